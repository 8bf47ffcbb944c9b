"""The few operations on files that an exchange needs, each as durable and as careful as the system allows."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import stat
import sys
import time
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 256_000_000
PATIENCE = 0.5  # seconds to wait for an editor that is writing just now


class Disk:
    """The real disk. Tests hand in others: one that records, one that cannot exchange."""

    def create(self, path: Path, data: bytes, like: Path | int, mtime: int) -> None:
        """A new file with owner, mode and attributes of `like`, or a mode. Raises OSError if it exists."""
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(data)
        made = path.lstat()
        if isinstance(like, int):
            path.chmod(like)
        else:
            old = like.lstat()
            if (made.st_uid, made.st_gid) != (old.st_uid, old.st_gid):
                os.chown(path, old.st_uid, old.st_gid)
            shutil.copystat(like, path, follow_symlinks=False)
        with contextlib.suppress(OSError, OverflowError):  # a time the file system cannot hold
            os.utime(path, (made.st_atime, mtime))

    def sync(self, path: Path) -> None:
        """Make a file's bytes, or a folder's names, survive a loss of power."""
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if sys.platform == "darwin":
                fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
            else:
                os.fsync(fd)
        finally:
            os.close(fd)

    def exchange(self, a: Path, b: Path) -> bool:
        """Swap what two names stand for, at one instant. False where the system cannot. Raises OSError."""
        return _exchange(os.fsencode(a), os.fsencode(b))

    def rename(self, a: Path, b: Path) -> None:
        """Give `a` the name `b`, which is free."""
        a.rename(b)

    def link(self, a: Path, b: Path) -> None:
        """A second name `b` for `a`. Raises FileExistsError when it is taken."""
        os.link(a, b, follow_symlinks=False)

    def unlink(self, path: Path) -> None:
        """Remove a name."""
        path.unlink()

    def read(self, path: Path) -> bytes | None:
        """A plain file's bytes; None when there is none. Raises OSError for anything else."""
        try:
            fd = open_plain(path)
        except FileNotFoundError:
            return None
        with os.fdopen(fd, "rb") as file:
            if os.fstat(fd).st_size > MAX_BYTES:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
            return file.read()

    def busy(self, path: Path) -> bool:
        """Whether somebody still has the file open for writing, after a short wait."""
        until = time.monotonic() + PATIENCE
        while _open_for_writing(path):
            if time.monotonic() > until:
                return True
            time.sleep(0.01)
        return False


DISK = Disk()


def open_plain(path: Path) -> int:
    """A descriptor for reading a plain file. Raises OSError for anything else; a FIFO does not block it."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise OSError(errno.EINVAL, "not a plain file", str(path))


def _open_for_writing(path: Path) -> bool:
    """A read lease is granted only while nobody can write (Linux); elsewhere a moment's pause must do."""
    if not hasattr(fcntl, "F_SETLEASE"):
        time.sleep(0.02)
        return False
    try:
        fd = open_plain(path)
    except OSError:
        return False
    try:
        # Should somebody open it while the lease is held, the kernel tells by a signal: one that is ignored.
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(fd)
    return False


_AT_FDCWD, _RENAME_EXCHANGE, _RENAME_SWAP = -100, 2, 2
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}


@cache
def _libc() -> Any:
    import ctypes  # 10 ms, and only an exchange needs it

    return ctypes.CDLL(None, use_errno=True)


def _exchange(a: bytes, b: bytes) -> bool:
    libc = _libc()
    if hasattr(libc, "renameat2"):  # Linux, glibc 2.28 or musl 1.2.6
        status = libc.renameat2(_AT_FDCWD, a, _AT_FDCWD, b, _RENAME_EXCHANGE)
    elif hasattr(libc, "renamex_np"):  # macOS 10.12
        status = libc.renamex_np(a, b, _RENAME_SWAP)
    else:
        return False
    if status == 0:
        return True
    import ctypes

    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), os.fsdecode(a))
