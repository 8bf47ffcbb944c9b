"""One Lynx at a time in a worktree."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.surroundings import cause

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lynx.repo.workspace import Workspace

_held: dict[Path, int] = {}


@contextmanager
def lock(workspace: Workspace, *, wait: float = 0.0) -> Iterator[None]:
    """The only Lynx at work in this worktree, while it lasts; the same process may nest it.

    A kill frees it. Raises Refused when another process holds it longer than `wait` seconds.
    """
    path = workspace.state_dir / "lock"
    if path in _held:
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise Refused(
            N_("{path} cannot be written: {error}."),
            code="unwritable",
            remedy=N_("Lynx keeps its journal there; make the folder writable."),
            path=path,
            error=cause(error),
        ) from error
    try:
        _acquire(fd, path, time.monotonic() + wait)
        _held[path] = 1
        try:
            os.truncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
            yield
        finally:
            del _held[path]
    finally:
        os.close(fd)


def _acquire(fd: int, path: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(0.02)
                continue
            raise Refused(
                N_("Another lynx is at work here (process {pid})."),
                code="locked",
                remedy=N_("Wait until it is done, then try again; nothing was changed."),
                pid=os.pread(fd, 20, 0).decode("ascii", "replace").strip() or "?",
            ) from None
        except OSError as error:
            raise Refused(
                N_("{path} cannot be locked: {error}."),
                code="no-lock",
                remedy=N_("Put the repository on a local disk; nothing was changed."),
                path=path,
                error=cause(error),
            ) from error
