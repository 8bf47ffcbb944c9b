# Called for every open: plain strings, and no import that opens or keeps an `open` of its own.
# ruff: noqa: PTH109, PTH112, PTH115, PTH116, PTH117, PTH118, PTH119
"""The variant's bytes for whoever opens the target, under a real descriptor.

The child's entry installs the trampolines before any other import, because `numpy` and others keep a private
`io.open`. Until a job says what to serve they hand on what they get. What serves is a private copy: it has a
`fileno`, can be sought and mapped, is shared by forks, and what a program writes to "the target" goes there and
nowhere else.
"""

from __future__ import annotations

import _io
import _thread
import builtins
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_real_open, _real_open_code, _real_os_open = io.open, io.open_code, os.open
_here = _thread._local()  # `quiet`: an open of ours is under way in this thread

WRITES = os.O_WRONLY | os.O_RDWR


class Delivery:
    """What became of the target in one job and its forks: read, opened past us, processes started.

    Shared memory, so that a fork's reading counts. `text` holds the first process that matters, or the first
    way past us.
    """

    READ, PAST, STARTED, FORKED = range(4)
    SIZE = 512

    def __init__(self) -> None:
        import mmap

        self._page = mmap.mmap(-1, self.SIZE)

    def note(self, what: int, text: str = "") -> None:
        """It happened; the first text stays."""
        if text and not self._page[8]:
            data = text.encode("utf-8", "replace")[: self.SIZE - 9]
            self._page[8 : 8 + len(data)] = data
        self._page[what] = 1

    def has(self, what: int) -> bool:
        """Whether it ever happened."""
        return bool(self._page[what])

    @property
    def text(self) -> str:
        """What was noted first."""
        return self._page[8:].rstrip(b"\0").decode("utf-8", "replace")


class Served:
    """One file, `path`, that reads as `data`. `scratch` is a folder for where the kernel has no memory files."""

    def __init__(self, path: str, data: bytes, delivery: Delivery, scratch: str | None = None) -> None:
        self.path = os.path.realpath(path)
        self.delivery = delivery
        self._data = data
        self._scratch = scratch
        self._held: tuple[str, tuple[int, int]] | None = None

    def is_target(self, path: object, dir_fd: int | None = None) -> bool:
        """Whether `path` is the target by any of its names: relative, linked, after a change of folder."""
        if isinstance(path, int):
            return False
        try:
            name = os.fsdecode(path)  # type: ignore[arg-type]
            if dir_fd is not None and not os.path.isabs(name):
                name = os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), name)
            return is_same(name, self.path)
        except (TypeError, ValueError, OSError):
            return False

    def open(self, file: object, mode: str, *args: object) -> Any:
        """As `io.open`; the name stays what was asked for."""
        if "r" in mode or "+" in mode:
            self.delivery.note(Delivery.READ)
        with quiet():
            rest = (*args, *(-1, None, None, None)[len(args) :])
            return _real_open(file, mode, *rest, True, lambda _, flags: self._descriptor(flags))  # type: ignore[call-overload]

    def descriptor(self, flags: int) -> int:
        """As `os.open`."""
        if flags & os.O_ACCMODE != os.O_WRONLY:
            self.delivery.note(Delivery.READ)
        with quiet():
            return self._descriptor(flags)

    def _descriptor(self, flags: int) -> int:
        if flags & os.O_CREAT and flags & os.O_EXCL:
            raise FileExistsError(17, os.strerror(17), self.path)
        name = self._copy()
        return _real_os_open(name, (flags & ~(os.O_CREAT | os.O_NOFOLLOW)) | os.O_CLOEXEC)

    def _copy(self) -> str:
        """A name under which the private copy can be opened; made anew when the program closed ours."""
        if self._held is not None:
            name, identity = self._held
            try:
                status = os.stat(name)
            except OSError:
                status = None
            if status is not None and (status.st_dev, status.st_ino) == identity:
                return name
        name, fd = self._make()
        view = memoryview(self._data)
        while view:
            view = view[os.write(fd, view) :]
        status = os.fstat(fd)
        if not name.startswith("/proc"):
            os.close(fd)
        self._held = (name, (status.st_dev, status.st_ino))
        return name

    def _make(self) -> tuple[str, int]:
        if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
            fd = os.memfd_create(os.path.basename(self.path))
            return f"/proc/self/fd/{fd}", fd
        import tempfile

        fd, name = tempfile.mkstemp(dir=self._scratch)
        return name, fd


def is_same(name: str, path: str) -> bool:
    """Whether two names lead to one file; compared as text where the file is gone."""
    try:
        one, other = os.stat(name), os.stat(path)
        return one.st_ino == other.st_ino and one.st_dev == other.st_dev
    except OSError:
        return os.path.normpath(os.path.join(os.getcwd(), name)) == path


class quiet:  # noqa: N801 - reads as a statement: with quiet()
    """What opens here is ours: the audit hook looks away."""

    def __enter__(self) -> None:
        self._before = is_quiet()
        _here.quiet = True

    def __exit__(self, *_: object) -> None:
        _here.quiet = self._before


def is_quiet() -> bool:
    """Whether this thread's open is ours."""
    return getattr(_here, "quiet", False)


class _State:
    served: Served | None = None


def serve(served: Served | None) -> None:
    """From now on, in this process and its forks."""
    _State.served = served


# --- the trampolines: callable objects, for a plain function kept in a class would become a method -----------


class _Open:
    __name__, __module__, __doc__ = "open", "io", io.open.__doc__

    def __call__(
        self,
        file: object,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: object = None,
    ) -> object:
        served = _State.served
        if served is None or not isinstance(mode, str) or not served.is_target(file):
            return _real_open(file, mode, buffering, encoding, errors, newline, closefd, opener)  # type: ignore[call-overload]
        if opener is None:
            return served.open(file, mode, buffering, encoding, errors, newline)

        def asked(name: str, flags: int) -> int:  # whatever it calls is judged by itself
            before, _here.quiet = is_quiet(), False
            try:
                fd: int = opener(name, flags)  # type: ignore[operator]
                return fd
            finally:
                _here.quiet = before

        with quiet():
            return _real_open(file, mode, buffering, encoding, errors, newline, closefd, asked)  # type: ignore[call-overload]

    def __reduce__(self) -> str:
        return "open"


class _OpenCode:
    __name__, __module__, __doc__ = "open_code", "io", io.open_code.__doc__

    def __call__(self, path: str) -> object:
        served = _State.served
        if served is None or not served.is_target(path):
            return _real_open_code(path)
        return served.open(path, "rb")

    def __reduce__(self) -> str:
        return "open_code"


class _OsOpen:
    __name__, __module__, __doc__ = "open", "os", os.open.__doc__

    def __call__(self, path: object, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        served = _State.served
        if served is None or not served.is_target(path, dir_fd):
            return _real_os_open(path, flags, mode, dir_fd=dir_fd)  # type: ignore[arg-type]
        return served.descriptor(flags)

    def __reduce__(self) -> str:
        return "open"


def install() -> None:
    """Take the places of the three functions, also where a module already holds one of them."""
    ours = {_real_open: _Open(), _real_open_code: _OpenCode(), _real_os_open: _OsOpen()}
    posix = sys.modules[os.name]
    for owner, name in (
        (io, "open"), (_io, "open"), (builtins, "open"),
        (io, "open_code"), (_io, "open_code"), (os, "open"), (posix, "open"),
    ):  # fmt: skip
        setattr(owner, name, ours.get(getattr(owner, name), getattr(owner, name)))
    for module in list(sys.modules.values()):  # what site-packages' start-up files imported before us
        held = getattr(module, "__dict__", {})
        if held is globals():
            continue
        for name, value in list(held.items()):
            if type(value) is type(_real_open) and value in ours:
                held[name] = ours[value]
    accessor = getattr(sys.modules.get("pathlib"), "_NormalAccessor", None)  # Python 3.9 and 3.10
    if accessor is not None and accessor.open in ours:
        accessor.open = staticmethod(ours[accessor.open])  # type: ignore[arg-type]
