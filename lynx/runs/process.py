"""One child process, from the parent's side: started, spoken to, and gone when the block ends."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from lynx.errors import N_, Refused
from lynx.runs import warm
from lynx.runs.child import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from lynx.runs.types import Setting

Made = TypeVar("Made")

ENTRY = Path(__file__).parent / "child" / "entry.py"
# One thread a job: two jobs with four threads each on two cores are slower than either alone.
THREADS = ("OMP", "OPENBLAS", "MKL", "VECLIB", "NUMEXPR", "BLIS")
# Would send a foreign interpreter to our own environment, or change what it does.
DROPPED = ("__PYVENV_LAUNCHER__", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONPROFILEIMPORTTIME")
OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)

PATIENCE = 20  # seconds for a supervisor to end its jobs on a busy machine; a second ^C does not wait


class Child:
    """A supervisor process under the setting's interpreter (`lynx/runs/child/supervisor.py`).

    Leaving the block ends it and everything it started, also on KeyboardInterrupt. `views`: it is asked for
    private views; `torch`: its jobs import it. Raises Refused when the interpreter does not start.
    """

    def __init__(self, setting: Setting, *, views: bool = False, torch: bool = False) -> None:
        self.setting = setting
        self._views, self._torch = views, torch
        self._errors = _described(tempfile.TemporaryFile)  # closed in __exit__
        self._start(warm.now())
        _alive.add(self)

    def _start(self, up: warm.Kept | None) -> None:
        """As a fork of an interpreter that is up, or by itself."""
        self._reader = frames.Reader()
        self._process: subprocess.Popen[bytes] | warm.Forked
        self._fd, write_fd = _described(os.pipe)
        command, environ = [str(self.setting.interpreter), str(ENTRY)], environment()
        try:
            forked = up and up.fork(
                command, self.setting.top, environ, (self._fd, write_fd, self._errors.fileno()),
                torch=self._torch, views=self._views,
            )  # fmt: skip
            self._process = forked or subprocess.Popen(
                [*command, str(write_fd), *(["--views"] if self._views else [])],
                stdin=subprocess.PIPE,
                stdout=self._errors,
                stderr=self._errors,
                pass_fds=(write_fd,),
                cwd=self.setting.top,
                env=environ,
                start_new_session=True,  # ^C is ours to hear
            )
        except OSError as error:
            os.close(self._fd)
            if error.errno in OUT_OF_DESCRIPTORS:
                raise no_descriptors() from error
            raise self._cannot_start(str(error)) from error
        finally:
            os.close(write_fd)

    def __enter__(self) -> Self:
        return self

    def stop(self) -> None:
        """From another thread: let it end its jobs and go, and its messages with it."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _alive.discard(self)
        try:
            self._end()
        except KeyboardInterrupt:  # a second ^C: no more waiting
            self._process.kill()
            raise
        finally:
            os.close(self._fd)
            self._errors.close()

    def hello(self) -> dict[str, Any]:
        """The versions the child runs with. Raises Refused when it never comes to that."""
        message = frames.read_message(self._fd, self._reader)
        if message is None and isinstance(self._process, warm.Forked):
            self._process.stdin.close()
            os.close(self._fd)
            self._start(None)  # what keeps it from starting is said by one that starts by itself
            return self.hello()
        if message is None or message[0] != frames.HELLO:
            raise self._cannot_start(self.errors())
        greeting: dict[str, Any] = json.loads(message[2])
        pid, took = greeting.pop("pid"), greeting.pop("took")
        if isinstance(self._process, warm.Forked):
            self._process.pid = pid
            warm.remember(self.setting.interpreter, self._torch, took)
        return greeting

    def order(self, what: dict[str, Any]) -> None:
        """Tell it what to do; once."""
        stdin = self._process.stdin
        if stdin is None:
            raise ValueError("the child has no input")
        with contextlib.suppress(BrokenPipeError):  # its messages will end at once, and say so
            stdin.write(frames.pack(frames.ORDER, 0, json.dumps(what).encode()))
            stdin.flush()

    def messages(self) -> Iterator[tuple[bytes, int, bytes]]:
        """Everything it says, until it is done."""
        while data := os.read(self._fd, 1 << 18):
            yield from self._reader.feed(data)

    def errors(self) -> str:
        """The end of what the supervisor itself printed: a traceback of ours, or of a broken interpreter."""
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 4000))
        return self._errors.read().decode("utf-8", "replace")

    def _end(self) -> None:
        """Closing its input tells the supervisor to kill its jobs and go; if it does not, it is killed."""
        self.stop()
        try:
            self._process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            if self._process.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def _cannot_start(self, why: str) -> Refused:
        return Refused(
            N_("The Python at {python} does not start: {why}"),
            code="python-does-not-start",
            remedy=N_("Name another with --python; it must be 3.9 or later."),
            python=self.setting.interpreter,
            why=why.strip()[-1000:] or "-",
        )


_alive: set[Child] = set()


def end_all() -> None:
    """End every child of this process, whichever thread waits for it."""
    for child in list(_alive):
        child.stop()


def _described(make: Callable[[], Made]) -> Made:
    """What needs a descriptor. Raises Refused where none is left."""
    try:
        return make()
    except OSError as error:
        if error.errno not in OUT_OF_DESCRIPTORS:
            raise
        raise no_descriptors() from error


def no_descriptors() -> Refused:
    """There are no file descriptors left to start anything with."""
    return Refused(
        N_("There are no file descriptors left to start the Python of your packages with."),
        code="out-of-descriptors",
        remedy=N_("This shell allows too few open files; allow more: ulimit -n 1024"),
    )


def learners_environment() -> dict[str, str | None]:
    """What the child's variables were before they were changed for it; None for one that was not there."""
    given = {**os.environ, **dict.fromkeys(DROPPED)}
    return {
        name: os.environ.get(name)
        for name in {**given, **environment()}
        if os.environ.get(name) != environment().get(name)
    }


def environment(given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables that a child starts with."""
    env = {name: value for name, value in given.items() if name not in DROPPED}
    env |= {f"{name}_NUM_THREADS": "1" for name in THREADS}
    env["VECLIB_MAXIMUM_THREADS"] = "1"
    env |= {
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        # Everything is measured on the processor, and as written: before torch is imported, or it is too late.
        "CUDA_VISIBLE_DEVICES": "",
        "HIP_VISIBLE_DEVICES": "",
        "TORCH_COMPILE_DISABLE": "1",
    }
    return env
