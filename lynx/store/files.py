"""Writing one of Lynx's own files whole or not at all, and clearing away what a kill left of that."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STRAY = r"\.lynx-(\d+)-[0-9a-f]{12}\.tmp(-journal|-wal|-shm)?$"


def temporary(folder: Path) -> Path:
    """A name in `folder` for a file that is being written; `clear` knows it, and whose it is."""
    return folder / f".lynx-{os.getpid()}-{os.urandom(6).hex()}.tmp"


def write(path: Path, data: bytes, *, mode: int = 0o644, durable: bool = True) -> None:
    """Give `path` these bytes at one instant; `durable`: they survive a loss of power. Raises OSError."""
    fresh = temporary(path.parent)
    try:
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise
    if durable:
        sync(path.parent)


def write_whole(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """The same for results that can be made again, their folder made: not durable. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, data, mode=mode, durable=False)


def sync(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def clear(*folders: Path) -> None:
    """Remove what processes that are gone left half written; a folder that is not there, or not ours, is skipped."""
    for folder in folders:
        with contextlib.suppress(OSError):
            if folder.is_symlink():
                continue
            for name in os.listdir(folder):  # noqa: PTH208 - a quarter of the time, and every command pays
                found = name.startswith(".lynx-") and re.match(STRAY, name)
                if found and not alive(found[1]):
                    with contextlib.suppress(OSError):
                        (folder / name).unlink()


def alive(pid: str) -> bool:
    """Whether there is a process with this number."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
