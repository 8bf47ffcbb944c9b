"""A private view of the learner's repository, for jobs that run the learner's own programs.

On Linux: an overlay file system over the repository's own path, in a mount namespace of this process alone, with
the variant's target in the upper layer, which lives in memory: what is written is thrown away when the last
process in it ends, however it ends. Elsewhere, and where namespaces are refused: a copy of the files that are
named. Either way twins never see each other's files, and nothing a program writes reaches the repository.

    where = view.enter(view.NAMESPACE, top, "train.py", source, scratch, files=())

Standard library only. `available` tries it in a process that is thrown away.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import struct
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAMESPACE, COPY = "namespace", "copy"

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
_IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")
MEMORY = 2 << 30  # bytes that a program may write


def available(scratch: str) -> str:
    """NAMESPACE where this kernel and this user may have one, else COPY. Forks."""
    if not sys.platform.startswith("linux"):
        return COPY
    lower = Path(tempfile.mkdtemp(dir=scratch))
    (lower / "file").write_bytes(b"below")
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _overlay(str(lower), "file", b"above", scratch)
            code = int((lower / "file").read_bytes() != b"above")
        except OSError:
            pass  # refused: that is the answer
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    shutil.rmtree(lower, ignore_errors=True)
    return NAMESPACE if status == 0 else COPY


def enter(way: str, top: str, target: str, source: bytes | None, scratch: str, files: Iterable[str]) -> str:
    """Put this process into a private view whose `target` (relative to `top`) holds `source`; the view's top.

    None leaves the target as it is. `files` (relative) are what a copy consists of. This process must have one
    thread only. OSError when it cannot be made.
    """
    if way == NAMESPACE:
        _overlay(top, target, source, scratch)
        os.chdir(top)  # the folder we stood in lies below the mount
        return top
    made = _copy(top, target, source, scratch, files)
    os.chdir(made)
    return made


def room() -> Path:
    """A folder for views and private copies, named by this process; those that a killed one left are removed."""
    prefix = f"lynx-{os.getuid()}-"
    base = Path(tempfile.gettempdir())
    for left in base.glob(f"{prefix}*-*"):
        pid = left.name[len(prefix) :].partition("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            sweep(left)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))


def sweep(folder: Path) -> None:
    """Remove a `room`, whatever modes a program gave to what is in it."""

    def again(function: Callable[[str], object], path: str, _: object) -> None:
        with contextlib.suppress(OSError):
            for one in (Path(path).parent, Path(path)):
                # Never what lies above (another process may sweep the same), nor what a link leads to.
                if (one == folder or folder in one.parents) and one.is_dir() and not one.is_symlink():
                    one.chmod(0o700)
            if function in (os.unlink, os.rmdir):  # what could not be listed or opened is next round's
                function(path)

    for _ in range(2):  # a folder that could not be listed can be the second time
        if folder.exists():
            shutil.rmtree(folder, onerror=again)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


# --- a copy -----------------------------------------------------------------------------------


def _copy(top: str, target: str, source: bytes | None, scratch: str, files: Iterable[str]) -> str:
    made = Path(tempfile.mkdtemp(dir=scratch), Path(top).name or "top")
    made.mkdir()
    for name in dict.fromkeys([*files, target]):
        here, there = Path(top, name), made / name
        there.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # listed by git, removed from the disk
            if here.is_dir() and not here.is_symlink():
                shutil.copytree(here, there, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(here, there, follow_symlinks=False)
    if source is not None:
        _write(Path(os.path.realpath(made / target)), source)
    return str(made)


def _write(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whatever its mode was; the mode stays."""
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


# --- namespaces -------------------------------------------------------------------------------


def _overlay(top: str, target: str, source: bytes | None, scratch: str) -> None:
    top = os.path.realpath(top)
    below = _mounts_below(top)
    _unshare()
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    room = tempfile.mkdtemp(dir=scratch)
    _mount("tmpfs", room, "tmpfs", 0, f"size={MEMORY},mode=700")
    upper, work = Path(room, "upper"), Path(room, "work")
    upper.mkdir()
    work.mkdir()
    shutil.copymode(top, upper)
    if source is not None:
        _place(top, upper, target, source)
    # Paths in the options by descriptor: one with a comma or a colon could not be written otherwise.
    handles = [os.open(path, os.O_RDONLY | os.O_DIRECTORY) for path in (top, upper, work)]
    kept = {path: os.open(path, os.O_RDONLY) for path in below}
    lower, up, by = (f"/proc/self/fd/{fd}" for fd in handles)
    options = f"lowerdir={lower},upperdir={up},workdir={by}"
    try:
        try:
            _mount("overlay", top, "overlay", 0, f"{options},userxattr")
        except OSError:
            _mount("overlay", top, "overlay", 0, options)
        for path, fd in kept.items():  # an overlay hides what is mounted below it: data folders, environments
            _mount(f"/proc/self/fd/{fd}", path, None, _MS_BIND | _MS_REC)
            _mount("none", path, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY)
    finally:
        for fd in (*handles, *kept.values()):
            os.close(fd)


def _place(top: str, upper: Path, target: str, source: bytes) -> None:
    """The variant in the upper layer, in folders with the modes of those below."""
    real = Path(os.path.realpath(Path(top, target)))
    relative = real.relative_to(top)
    for folder in reversed(relative.parents[:-1]):
        (upper / folder).mkdir()
        shutil.copymode(Path(top, folder), upper / folder)
    (upper / relative).write_bytes(source)
    if real.exists():
        shutil.copymode(real, upper / relative)


def _unshare() -> None:
    """A mount namespace; where that needs a user namespace, one in which we are who we were."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS) == 0:  # root: files of other users stay theirs
        return
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS) != 0:
        raise _failed("unshare")
    with contextlib.suppress(OSError):  # kernels before 3.19 have no such file
        Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def _mounts_below(top: str) -> list[str]:
    """What is mounted below `top`, outermost first."""
    found = []
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_bytes().splitlines():
            raw = line.split()[4].decode("unicode_escape").encode("latin-1")
            path = os.fsdecode(raw)
            if path.startswith(top.rstrip("/") + "/"):
                found.append(path)
    found.sort()
    return [path for path in found if not any(path.startswith(other + "/") for other in found)]


def _mount(source: str, place: str, kind: str | None, flags: int, options: str = "") -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    words = (os.fsencode(source), os.fsencode(place), kind.encode() if kind else None)
    if libc.mount(*words, ctypes.c_ulong(flags), options.encode() if options else None) != 0:
        raise _failed(f"mount {kind or 'bind'}")


def _failed(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")


# --- who opened the target there --------------------------------------------------------------


class Watch:
    """Whether anybody opens a file: also a subprocess, or code that raises no audit event (Linux).

    Made before a fork, `on` is called in the child inside its view, `heard` in the parent.
    """

    def __init__(self) -> None:
        self.fd = -1
        if sys.platform.startswith("linux"):
            with contextlib.suppress(OSError, AttributeError):
                self.fd = ctypes.CDLL(None, use_errno=True).inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)

    def on(self, path: str) -> None:
        """From now on."""
        if self.fd >= 0:
            libc = ctypes.CDLL(None, use_errno=True)
            libc.inotify_add_watch(self.fd, os.fsencode(path), ctypes.c_uint32(_IN_OPEN))

    def heard(self) -> bool:
        """Whether it was opened since."""
        if self.fd < 0:
            return False
        data = b""
        with contextlib.suppress(OSError):  # nothing to read
            data = os.read(self.fd, 1 << 16)
        while len(data) >= _EVENT.size:
            _, mask, _, length = _EVENT.unpack_from(data)
            if mask & _IN_OPEN:  # not the end of the file system, which is told, too
                return True
            data = data[_EVENT.size + length :]
        return False

    def close(self) -> None:
        """Listen no more."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
