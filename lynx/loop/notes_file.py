"""The learner's notes file on disk: read in whatever encoding it was saved, changed by exchange and check.

A pure change is applied to the text that is there; the file is exchanged as a target is, and when somebody saved in
between, their text stands and the change is applied to that. What a kill leaves, the next start ends.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from lynx.errors import N_, NotYet, Refused, Word
from lynx.loop.encoding import Decoded, Unreadable, decode
from lynx.repo.disk import DISK, Disk
from lynx.repo.lock import lock
from lynx.repo.swap import exchange, finish, recreate
from lynx.repo.target import check_name
from lynx.surroundings import cause

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lynx.repo.workspace import Workspace
    from lynx.store.journal import Journal

ROUNDS = 50  # saves in a row that come just when Lynx writes
WAIT = 10.0  # seconds to wait for another Lynx that writes just now


def locate(workspace: Workspace, name: str) -> Path:
    """The file itself, links within the repository followed. Raises Refused unless it is a plain one, or none yet."""
    check_name(name)
    path = workspace.top / name
    try:
        top, real = workspace.top.resolve(), path.resolve(strict=False)
        inside = real.is_relative_to(top)
    except (OSError, RuntimeError):  # links that go round
        inside = False
    if not inside:
        raise Refused(
            N_("The notes {path} lie outside the repository: a link leads there."),
            code="notes-outside",
            remedy=N_("Put a real file or folder in the place of the link; nothing was changed."),
            path=path,
        )
    found = workspace.top / real.relative_to(top)
    check_name(found.relative_to(workspace.top).as_posix())
    try:
        status = found.lstat()
    except FileNotFoundError:
        return found
    except OSError as error:
        raise _unusable(found, "unreadable", cause(error)) from error
    if not stat.S_ISREG(status.st_mode):
        what = N_("it is a folder") if stat.S_ISDIR(status.st_mode) else N_("it is no plain file")
        raise _unusable(found, "unreadable", Word(what))
    if status.st_nlink > 1:
        raise Refused(
            N_("The notes {path} have {count} names (hard links); a change would part them."),
            code="notes-hard-link",
            remedy=N_("Give the file bytes of its own: copy it, remove it, and give the copy its name."),
            path=found,
            count=status.st_nlink,
        )
    return found


def read(workspace: Workspace, name: str) -> str:
    """The notes as text, whatever encoding they were saved in; empty when there are none."""
    path = locate(workspace, name)
    return _decoded(workspace, path, _bytes(path, DISK)).text


def change(
    workspace: Workspace, journal: Journal, name: str, pure: Callable[[str], str], *, disk: Disk = DISK
) -> str:
    """Apply a pure change, durably; a save made meanwhile is kept, and the change applied to it."""
    with lock(workspace, wait=WAIT):
        for _ in range(ROUNDS):
            path = locate(workspace, name)
            data = _bytes(path, disk)
            before = _decoded(workspace, path, data)
            after = pure(before.text)
            if after == before.text:
                return after
            if _written(workspace, journal, path, data, _encoded(workspace, path, before, after), disk):
                return after
    raise NotYet(
        N_("The notes {path} keep changing while Lynx writes to them."),
        code="notes-busy",
        remedy=N_("Save the file in your editor, then try again."),
        path=path,
    )


def demand_writable(workspace: Workspace, name: str) -> None:
    """Raise Refused for what would keep the notes from being changed, as far as mode bits and kinds tell."""
    path = locate(workspace, name)
    _decoded(workspace, path, _bytes(path, DISK))
    there = path if path.exists() else next(folder for folder in path.parents if folder.exists())
    for one in {there, there if there.is_dir() else there.parent}:
        if one != path and not one.is_dir():
            raise _unusable(path, "unwritable", Word(N_("a file lies in the way of its folder")))
        if not one.stat().st_mode & stat.S_IWUSR or not os.access(one, os.W_OK):
            raise _unusable(path, "unwritable", Word(N_("it is read-only")))


def withdraw(
    workspace: Workspace, journal: Journal, name: str, before: str | None, after: str, *, disk: Disk = DISK
) -> None:
    """Take a change back that nobody has seen: the text was `before` (None: no file) and is `after` still."""
    if before is not None:
        change(workspace, journal, name, lambda text: before if text == after else text, disk=disk)
        return
    path = locate(workspace, name)
    if change(workspace, journal, name, lambda text: "" if text == after else text, disk=disk):
        return
    # Moved away and looked at: were it removed by its name, a save made at this moment would go with it.
    aside = path.with_name(f".lynx-{os.urandom(6).hex()}.tmp")
    disk.rename(path, aside)
    if disk.busy(aside) or disk.read(aside):
        disk.link(aside, path)
    disk.unlink(aside)
    for folder in list(path.parents)[: name.count("/")]:
        with suppress(OSError):
            folder.rmdir()


def _written(
    workspace: Workspace, journal: Journal, path: Path, data: bytes | None, new: bytes, disk: Disk
) -> bool:
    """Whether the change stands: nobody saved while it was made."""
    try:
        if data is None:
            swap, settled = recreate(workspace, journal, None, path, new, 0o644, disk)
        else:
            swap, settled = exchange(workspace, journal, None, path, data, new, disk)
    except Refused as error:
        if error.code == "cannot-write" and isinstance(error.__cause__, OSError):
            raise _unusable(path, "unwritable", cause(error.__cause__)) from error
        raise
    finish(journal, swap, settled.end)
    return settled.end == "done" and not settled.saved


def _bytes(path: Path, disk: Disk) -> bytes | None:
    """The file's bytes at rest: an editor that saves in place empties the file first."""
    try:
        for _ in range(ROUNDS):
            data = disk.read(path)
            if not disk.busy(path) and disk.read(path) == data:
                break
    except OSError as error:
        raise _unusable(path, "unreadable", cause(error)) from error
    return data


def _decoded(workspace: Workspace, path: Path, data: bytes | None) -> Decoded:
    try:
        return decode(data or b"")
    except Unreadable as error:
        raise _at_line(workspace, path, error) from None


def _encoded(workspace: Workspace, path: Path, as_: Decoded, text: str) -> bytes:
    try:
        return as_.encode(text)
    except Unreadable as error:
        raise _at_line(workspace, path, error) from None


def _at_line(workspace: Workspace, path: Path, error: Unreadable) -> Refused:
    name = path.relative_to(workspace.top).as_posix()
    return Refused(
        error.why,
        code="notes-encoding",
        remedy=N_("Save the notes as UTF-8 in your editor, then say it again; nothing was changed."),
        where=f"{name}:{error.line}",
        **error.fields,
    )


def _unusable(path: Path, how: str, why: object) -> Refused:
    return Refused(
        N_("The notes {path} cannot be read: {error}.")
        if how == "unreadable"
        else N_("The notes {path} cannot be written: {error}."),
        code=f"notes-{how}",
        remedy=N_("Make it a file that you can read and write, then try again; nothing was changed."),
        path=path,
        error=why,
    )
