# ruff: noqa: E501 - programs in strings
"""A candidate that reaches for the verdict: nothing is open to it, as a plain user and as root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import numpy
import pytest

from .conftest import BLOCKS, STARTER

ROOT = Path(__file__).parents[2]
LINE = "        return x + h\n"
PACKAGES = Path(numpy.__file__).parents[1]
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": f"{ROOT}{os.pathsep}{PACKAGES}",
    "PYTHONDONTWRITEBYTECODE": "1",
    "HOME": "/nonexistent",
}

# Runs where the candidate is imported. `say` what was open: an attempt that says nothing got nothing.
HEAD = """
import ctypes, gc, json, os, struct, subprocess, sys
def say(*words): print("OPEN", *words, flush=True)
def children(pid):
    return [int(p) for p in open(f"/proc/{pid}/task/{pid}/children").read().split()]
def parent(pid):
    return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
UP = os.getppid()
JUDGES = [p for p in children(UP) if p != os.getpid()] if os.path.exists(f"/proc/{UP}/task/{UP}/children") else []
OTHERS = [UP, *JUDGES, parent(UP)]
VERDICT = json.dumps({"cases": 50, "failed": 0, "zeros_agree": True, "first": None, "same_draws": True}).encode()
FORGED = b"".join(struct.pack(">cII", kind, 0, len(VERDICT)) + VERDICT for kind in (b"V", b"A", b"Z", b"D"))
libc = ctypes.CDLL(None, use_errno=True)
"""

FORGERS = {
    "the descriptors of who judges": '''
for pid in OTHERS:
    for fd in range(64):
        try: os.write(os.open(f"/proc/{pid}/fd/{fd}", os.O_WRONLY), FORGED)
        except OSError: continue
        say("fd", pid, fd)
''',
    "their memory as a file": '''
for pid in OTHERS:
    for mode in ("rb", "r+b"):
        try: open(f"/proc/{pid}/mem", mode).close()
        except OSError: continue
        say("mem", pid, mode)
''',
    "their maps, environment and folders": '''
for pid in OTHERS:
    for name in ("maps", "environ", "auxv", "map_files", "cwd/.", "root/.", "exe"):
        try: os.listdir(f"/proc/{pid}/{name}") if name == "map_files" else os.stat(f"/proc/{pid}/{name}") if "/" in name or name == "exe" else open(f"/proc/{pid}/{name}", "rb").read(1)
        except OSError: continue
        say(name, pid)
''',
    "ptrace": '''
for pid in OTHERS:
    for request in (16, 0x4206):
        if libc.ptrace(request, pid, 0, 0) == 0: say("ptrace", pid, request)
''',
    "process_vm": '''
libc.process_vm_readv.restype = libc.process_vm_writev.restype = ctypes.c_ssize_t
class iovec(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
held = ctypes.create_string_buffer(8)
for pid in OTHERS:
    for call in (libc.process_vm_readv, libc.process_vm_writev):
        mine, there = iovec(ctypes.addressof(held), 8), iovec(id(None), 8)
        if call(pid, ctypes.byref(mine), 1, ctypes.byref(there), 1, 0) > 0: say(call, pid)
''',
    "pidfd_getfd": '''
for pid in OTHERS:
    pidfd = libc.syscall(434, pid, 0)
    for fd in range(32):
        got = libc.syscall(438, pidfd, fd, 0)
        if got >= 0: say("pidfd", pid, fd); os.write(got, FORGED)
''',
    "a program of its own": '''
subprocess.run([sys.executable, "-c", """
import os, sys
for pid in sys.argv[1:]:
    for name in ("mem", "fd/1", "environ"):
        try: os.open(f"/proc/{pid}/{name}", os.O_RDONLY)
        except OSError: continue
        print("OPEN", pid, name, flush=True)
""", *map(str, OTHERS)])
''',
    "a user namespace of its own": '''
if libc.unshare(0x10000000) == 0:
    for pid in OTHERS:
        try: os.open(f"/proc/{pid}/mem", os.O_RDWR)
        except OSError: continue
        say("namespace", pid)
''',
    "capabilities taken back": '''
class Header(ctypes.Structure): _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
class Data(ctypes.Structure): _fields_ = [(n, ctypes.c_uint32) for n in ("e", "p", "i")]
data = (Data * 2)()
for one in data: one.e = one.p = one.i = 0xFFFFFFFF
libc.capset(ctypes.byref(Header(0x20080522, 0)), data)
libc.prctl(47, 2, 19, 0, 0)
for pid in OTHERS:
    try: os.open(f"/proc/{pid}/mem", os.O_RDWR)
    except OSError: continue
    say("capset", pid)
''',
    "frames of the callers": '''
for frame in sys._current_frames().values():
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if name in ("nonce", "judge", "healthy") and value: say("frame", name)
            if isinstance(value, dict) and value.get("nonce"): say("frame", name)
        frame = frame.f_back
''',
    "everything that lives": '''
for one in gc.get_objects():
    if isinstance(one, dict) and ("nonce" in one or one.get("role") == "reference"): say("dict", sorted(map(str, one))[:5])
    if type(one).__name__ in ("Supervisor", "Judge") and (vars(one).get("order") or vars(one).get("my_arrays")): say(one)
    if type(one).__name__ == "Worker": say(one)
''',
    "modules": '''
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "lynx": say(name)
    for held in list(getattr(module, "__dict__", {})):
        if held in ("nonce", "NONCE"): say(name, held)
''',
    "stray descriptors": '''
mine = sorted(int(fd) for fd in os.listdir("/proc/self/fd"))
pipes = [fd for fd in mine if os.path.exists(f"/proc/self/fd/{fd}") and os.readlink(f"/proc/self/fd/{fd}").startswith(("pipe", "socket", "anon"))]
if len([fd for fd in pipes if fd > 2]) > 1: say("pipes", pipes)
for fd in mine:
    if fd > 2:
        try: os.write(fd, FORGED)
        except OSError: pass
os._exit(0)
''',
    "an answer, a verdict and an end of its own": '''
for fd in range(3, 64):
    try: os.write(fd, FORGED)
    except OSError: pass
''',
    "says that it finished and leaves": '''
done = json.dumps({"why": "finished", "nonce": None, "judge": False, "ended": "finished", "compiles": True}).encode()
for fd in range(3, 64):
    try: os.write(fd, struct.pack(">cII", b"D", 0, len(done)) + done)
    except OSError: pass
os._exit(0)
''',
    "kills who judges": '''
for pid in JUDGES:
    try: os.kill(pid, 9)
    except OSError: pass
''',
}  # fmt: skip

DRIVER = """
import json, sys
from pathlib import Path
from lynx.content.spec import Oracle, OracleInput
from lynx.runs.runner import Setting, examine
top, asked = Path(sys.argv[1]), json.loads(sys.stdin.read())
setting = Setting(top, ("src",), asked["target"], Path(sys.executable), top / "state", processor=20, parallel=1)
oracle = Oracle("minimodel.nn.blocks:ResidualBlock", {"d": 8}, (OracleInput(("batch", 8)),), ({"batch": 4},), cases=8)
reports = []
for batch in asked["batches"]:
    found = examine(setting, oracle, asked["healthy"].encode(), [source.encode() for source in batch])
    reports += [{"passed": r.passed, "ended": r.ended, "log": r.log_tail} for r in found]
print(json.dumps(reports))
"""


@pytest.fixture
def world() -> Iterator[Path]:
    """A copy of the starter that anybody may read and write."""
    top = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        shutil.copytree(STARTER / "src", top / "src", ignore=shutil.ignore_patterns("__pycache__"))
        for path in (top, *top.rglob("*")):
            path.chmod(0o777)
        yield top
    finally:
        shutil.rmtree(top, ignore_errors=True)


def as_user(user: str) -> list[str]:
    """The words that start a Python as root or as a plain user; skips where that cannot be."""
    if not sys.platform.startswith("linux"):
        pytest.skip("reads /proc")
    root = os.geteuid() == 0
    if user == "root" and not root:
        pytest.skip("these tests do not run as root")
    if user != "plain user" or not root:
        return [sys.executable]
    if shutil.which("setpriv") is None:
        pytest.skip("there is no setpriv to become a plain user with")
    words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    works = "import subprocess, sys, lynx; subprocess.run([sys.executable, '-c', 'import numpy'], check=True)"
    # Ours may lie in root's own folder; another of the same version reads the same packages.
    for python in (sys.executable, *(f"{folder}/python3" for folder in ("/usr/bin", "/usr/local/bin"))):
        if Path(python).exists():
            tried = subprocess.run([*words, python, "-c", works], env=ENVIRONMENT, capture_output=True)
            if tried.returncode == 0:
                return [*words, python]
    pytest.skip("a plain user may not read this interpreter, its packages or the project")


@pytest.mark.parametrize("user", ["plain user", "root"])
def test_nothing_is_open_to_a_candidate(user: str, world: Path) -> None:
    assert list(FORGERS)[-1] == "kills who judges"  # the others need them
    words = as_user(user)
    healthy = (world / BLOCKS).read_text()
    bug = healthy.replace(LINE, "        return h\n")
    assert bug != healthy
    attempts = [
        bug.replace("\nfrom minimodel", f"\n{HEAD}\ntry:\n{indent(body.strip(), '    ')}\nexcept Exception as error:\n    print('nothing:', error)\nfrom minimodel", 1)
        for body in FORGERS.values()
    ]  # fmt: skip
    *quiet, kills = attempts
    asked = {"target": BLOCKS, "healthy": healthy, "batches": [[healthy, *quiet], [kills]]}
    done = subprocess.run(
        [*words, "-c", DRIVER, str(world)],
        cwd="/",
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sound, *reports = json.loads(done.stdout)
    assert sound["passed"], sound
    for name, report in zip(FORGERS, reports, strict=True):
        assert not report["passed"], (name, report)
        assert "nothing:" not in report["log"], (name, report["log"])  # it did try
        opened = [line for line in report["log"].splitlines() if line.startswith("OPEN")]
        assert opened == [], name


def test_a_process_that_a_candidate_leaves_dies_with_it(world: Path, tmp_path: Path) -> None:
    words = as_user("any")
    pids = tmp_path / "pids"
    healthy = (world / BLOCKS).read_text()
    leaving = f"""
import os, subprocess, sys
WAIT = [sys.executable, "-c", "import time; time.sleep(600)"]
one = subprocess.Popen(WAIT, start_new_session=True).pid
if (two := os.fork()) == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(WAIT[0], WAIT)
    os._exit(0)
open({str(pids)!r}, "w").write(f"{{one}} {{two}}")
"""
    fixed = healthy.replace("\nfrom minimodel", f"\n{leaving}\nfrom minimodel", 1)
    asked = {"target": BLOCKS, "healthy": healthy, "batches": [[fixed]]}
    done = subprocess.run(
        [*words, "-c", DRIVER, str(world)], cwd="/", env=ENVIRONMENT, input=json.dumps(asked), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)[0]["passed"], done.stderr
    for pid in pids.read_text().split():
        assert not Path(f"/proc/{pid}").exists()
