"""The command line, each time in a process of its own, which is a fork of one that has imported Lynx already.

What a command does is what it does from a shell: its own folder, variables, streams and end. It only saves the
second that Python takes to import everything. Whatever depends on how an interpreter starts (its encoding, what
a command imports) starts one: `cold`, and so does everything where there is no safe fork.

Run as a file it is the process that forks.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[1]

# Seconds until a hang is called one. Never a verdict on anything that ends: a machine may be busy.
HANGS = 600

# Variables that are read while Python starts, or before git is asked anything, and not by a command.
_EARLY = "PYTHON LC_ LD_ DYLD_ OMP_ MALLOC_ GIT_DIR GIT_INDEX GIT_WORK GIT_OBJ"
_HARMLESS = "PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED PYTHONHASHSEED"
# Variables that act on no import of a child's: one interpreter will do for every home and every test.
_LATE = """
    HOME TMPDIR XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_CONFIG_HOME LYNX_HOME LYNX_LANG LANG LANGUAGE
    COLUMNS LINES NO_COLOR TERM EDITOR VISUAL PWD OLDPWD SHLVL _ PYTEST_CURRENT_TEST VIRTUAL_ENV
    GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_PYTHON_REFRESH TORCHINDUCTOR_CACHE_DIR
"""
AT_THE_START, HARMLESS = tuple(_EARLY.split()), frozenset(_HARMLESS.split())
FOR_COMMANDS = HARMLESS | frozenset(_LATE.split())


@dataclass(frozen=True)
class Said:
    """What one command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def run(*words: str, cwd: Path, env: Mapping[str, str]) -> Said:
    """`lynx words…`, to its end."""
    env = {
        name: value for name, value in env.items() if (name, value) != ("PYTHONPATH", str(ROOT))
    }  # it is there
    early = [name for name in env if name.startswith(AT_THE_START) and name not in HARMLESS]
    if sys.platform != "linux" or any(env[name] != os.environ.get(name) for name in early):
        return cold(*words, cwd=cwd, env=env)
    return _forked(words, cwd, env)


def cold(*words: str, cwd: Path, env: Mapping[str, str]) -> Said:
    """The same from an interpreter that starts."""
    done = subprocess.run(
        [sys.executable, "-m", "lynx", *words],
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=HANGS,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


_up: tuple[subprocess.Popen[bytes], socket.socket] | None = None


def close() -> None:
    """Let the process that forks go, and wait for it."""
    global _up
    if _up is not None:
        process, door = _up
        _up = None
        door.close()
        process.wait()


def _forked(words: Iterable[str], cwd: Path, env: Mapping[str, str]) -> Said:
    told = {"words": list(words), "cwd": str(cwd), "env": dict(env)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as asked:
        asked.write(json.dumps(told).encode())
        asked.seek(0)
        read_fd, write_fd = os.pipe()
        with os.fdopen(read_fd, "rb") as ending:
            fds = array.array("i", [asked.fileno(), out.fileno(), err.fileno(), write_fd])
            _server().sendmsg([b"run"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
            os.close(write_fd)
            code = int(ending.read())
        out.seek(0)
        err.seek(0)
        return Said(code, out.read().decode(), err.read().decode())


def _server() -> socket.socket:
    """The way to the process that forks, started when first asked for; it goes when this process does."""
    global _up
    if _up is None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        with theirs:
            fd = theirs.fileno()
            _up = (
                subprocess.Popen([sys.executable, __file__, str(fd)], pass_fds=[fd], env=env, cwd=ROOT),
                ours,
            )
    return _up[1]


# -- the other side ----------------------------------------------------------------------------------


def _serve(fd: int) -> NoReturn:
    door = socket.socket(fileno=fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import_everything()
    from lynx.runs import warm

    running: set[int] = set()
    with warm.kept(FOR_COMMANDS):  # its children fork from interpreters that are up, too
        while True:
            asked, fds, _, _ = socket.recv_fds(door, 64, 4)
            if not asked:
                break
            _keep_up(json.loads(os.pread(fds[0], 1 << 24, 0))["env"])
            running -= {pid for pid in running if os.waitpid(pid, os.WNOHANG)[0]}
            pid = os.fork()
            if pid == 0:
                door.close()
                _attend(*fds)
            running.add(pid)
            for one in fds:
                os.close(one)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    os._exit(0)


def _keep_up(env: Mapping[str, str]) -> None:
    """Have a door to each interpreter that this command may fork from: one that it opened itself would go with it.

    Behind it waits a process that becomes the interpreter when the first of all commands knocks.
    """
    from lynx.runs import process, warm

    kept, environ = warm.now(), process.environment(env)
    assert kept is not None
    for torch in (False, True):
        key = kept.key(sys.executable, torch, environ)
        if key not in kept.doors:
            kept.doors[key], theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                if os.fork() == 0:
                    _become(theirs.fileno(), torch, environ)


def _become(fd: int, torch: bool, environ: Mapping[str, str]) -> NoReturn:
    """An interpreter that stays up, once there is a request; nothing at all when nobody is left to ask."""
    from lynx.runs.process import ENTRY

    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        os.closerange(3, fd)
        os.closerange(fd + 1, os.sysconf("SC_OPEN_MAX"))
        os.setsid()
        door = socket.socket(fileno=fd)
        if door.recv(1, socket.MSG_PEEK):
            door.set_inheritable(True)
            line = [sys.executable, str(ENTRY), str(fd), "--warm", *(["--torch"] if torch else [])]
            os.execve(sys.executable, line, dict(environ))
    finally:
        os._exit(0)


def import_everything() -> None:
    """What commands import when they are called, but for what only a child may."""
    import importlib
    import pkgutil

    import lynx

    for found in pkgutil.walk_packages(lynx.__path__, "lynx."):
        if not found.name.startswith(
            ("lynx.runs.child.", "lynx.runs.experiments.", "lynx.guards", "lynx.__main__")
        ):
            importlib.import_module(found.name)
    for name in ("scipy.stats", "plotext", "matplotlib.backends.backend_svg", "rich.live", "rich.table"):
        importlib.import_module(name)


def _attend(asked: int, out: int, err: int, ending: int) -> NoReturn:
    """Run one command, and tell how it ended."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        pid = os.fork()
        if pid == 0:
            os.close(ending)
            _command(asked, out, err)
        _, status = os.waitpid(pid, 0)
        os.write(ending, str(os.waitstatus_to_exitcode(status)).encode())
    finally:
        os._exit(0)


def _command(asked: int, out: int, err: int) -> NoReturn:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with os.fdopen(asked, "rb") as file:
        told = json.load(file)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, standard in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(fd, standard)
        os.close(fd)
    os.chdir(told["cwd"])
    os.environ.clear()
    os.environ.update(told["env"])
    tempfile.tempdir = None
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.argv = [str(ROOT / "lynx/__main__.py"), *told["words"]]
    code: Any = 1
    try:
        from lynx.cli.app import main

        main()
    except SystemExit as leaving:
        code = leaving.code
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        import atexit

        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
