"""Interpreters that stay up while much is to be run: a child is then a fork of one, and imports nothing again.

A process that has imported torch for one break has it for every other. Who has much to run says so with `kept`;
inside, every `Child` asks here first. Without a fork (macOS) each child starts by itself, as it does outside.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

Key = tuple[str, bool, tuple[tuple[str, str], ...]]


@dataclass
class Forked:
    """A supervisor that an interpreter forked: as much of a Popen as a Child needs. `out` is what it says."""

    stdin: IO[bytes]
    out: int
    pid: int = 0  # told with its greeting

    def wait(self, timeout: float | None = None) -> None:
        """Until it is gone: nobody else holds the other end. Raises TimeoutExpired."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self.out], [], [], left)[0]:
                raise subprocess.TimeoutExpired("supervisor", timeout or 0)
            if not os.read(self.out, 1 << 18):
                return

    def kill(self) -> None:
        """At once."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


@dataclass
class Kept:
    """The interpreters that are up. Variables named `besides` act on no import, and may differ from child to child."""

    besides: Collection[str] = ()
    doors: dict[Key, socket.socket] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    took: dict[tuple[str, bool], float] = field(default_factory=dict)  # processor seconds until it was up
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fork(
        self, command: list[str], cwd: Path, environ: Mapping[str, str], streams: tuple[int, int, int],
        *, torch: bool, views: bool,
    ) -> Forked | None:  # fmt: skip
        """A supervisor; None where one must start by itself.

        `streams` are the two ends of the pipe on which it speaks, and where its errors go.
        """
        heard, out, errors = streams
        key = self.key(command[0], torch, environ)
        with self.lock:
            try:
                door = self.doors.get(key) or self._open(key, command, cwd, environ)
            except OSError:
                return None  # it says itself, on its own start, what is the matter
        read_fd, write_fd = os.pipe()
        try:
            with tempfile.TemporaryFile() as request:
                told = {"cwd": str(cwd), "environ": dict(environ), "views": views}
                request.write(json.dumps(told).encode("utf-8", "surrogateescape"))
                request.seek(0)
                fds = [read_fd, out, errors, request.fileno()]
                door.sendmsg([b"fork"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
        except OSError:  # it is gone
            with self.lock:
                self.doors.pop(key, door).close()
            os.close(write_fd)
            return None
        finally:
            os.close(read_fd)
        return Forked(os.fdopen(write_fd, "wb"), heard)

    def key(self, interpreter: str, torch: bool, environ: Mapping[str, str]) -> Key:
        """What two children must have in common to be forks of one interpreter."""
        acting = tuple(sorted((k, v) for k, v in environ.items() if k not in self.besides))
        return interpreter, torch, acting

    def _open(self, key: Key, command: list[str], cwd: Path, environ: Mapping[str, str]) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            line = [*command, str(theirs.fileno()), "--warm", *(["--torch"] if key[1] else [])]
            self.processes.append(
                subprocess.Popen(
                    line,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    cwd=cwd,
                    env=dict(environ),
                    start_new_session=True,
                )
            )
        self.doors[key] = ours
        return ours

    def close(self) -> None:
        """Let them go, each after its last supervisor."""
        for door in self.doors.values():
            door.close()
        self.doors.clear()
        for process in self.processes:
            process.wait()
        self.processes.clear()


_kept: Kept | None = None


@contextlib.contextmanager
def kept(besides: Collection[str] = ()) -> Iterator[None]:
    """Inside, interpreters stay up, one for each that is asked for; a `kept` within another is that one."""
    global _kept
    if _kept is not None or not sys.platform.startswith("linux"):
        yield
        return
    _kept = Kept(besides)
    try:
        yield
    finally:
        mine, _kept = _kept, None
        mine.close()


def remember(interpreter: Path, torch: bool, took: float) -> None:
    """What one took to start, as its first child was told."""
    if _kept is not None:
        _kept.took[str(interpreter), torch] = took


def took(interpreter: Path, torch: bool) -> float:
    """Processor seconds that an interpreter takes to start and to import what jobs need; 0 where none was kept up."""
    return 0.0 if _kept is None else _kept.took.get((str(interpreter), torch), 0.0)


@contextlib.contextmanager
def put_out() -> Iterator[None]:
    """Inside, every child starts by itself."""
    global _kept
    before, _kept = _kept, None
    try:
        yield
    finally:
        _kept = before


def now() -> Kept | None:
    """What is kept up at the moment."""
    return _kept
