"""One exchange of a file's bytes, and what to make of one that was cut short.

    journal: pending → new file beside the target, synced → the two names exchanged, at one instant
    → what came out is hashed → folder synced → journal: exchanged → old bytes removed → journal: done

A kill may come anywhere. `settle` looks at the bytes under both names, never at how far the program got, and
brings every state to one of two ends: the exchange happened, or it never did. It ends a normal exchange too.
Bytes that are not in the journal are never removed: they stay in the target or are kept aside.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from typing import TYPE_CHECKING, Literal

from lynx.errors import N_, LynxError, Refused
from lynx.repo.target import place
from lynx.store import files
from lynx.store.journal import Journal, Swap, sha256
from lynx.surroundings import cause
from lynx.values import Value

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.repo.disk import Disk
    from lynx.repo.workspace import Workspace

End = Literal["done", "undone"]
ROUNDS = 20  # exchanges back and forth while somebody saves without pause
TEMPORARY = r"\.lynx-[0-9a-f]{12}\.tmp"


class Settled(Value):
    """How an exchange ended; `saved`: somebody saved meanwhile; `kept`: where unknown bytes are now."""

    end: End
    saved: bool
    kept: Path | None


def exchange(
    workspace: Workspace,
    journal: Journal,
    attempt: int | None,
    path: Path,
    before: bytes,
    after: bytes,
    disk: Disk,
) -> tuple[Swap, Settled]:
    """Put `after` in the place of `before`. Raises Refused when the disk says no; the file is as it was."""
    target = path.relative_to(workspace.top).as_posix()
    temporary = _temporary(path)
    name = temporary.relative_to(workspace.top).as_posix()
    number = journal.begin_swap(attempt, target, journal.put(before), journal.put(after), name)
    swap = Swap(number, attempt, target, sha256(before), sha256(after), name, "pending")
    try:
        for folder in (
            workspace.state_dir,
            workspace.git_dir,
        ):  # in a fresh workspace the journal's own names
            disk.sync(folder)
        disk.create(temporary, after, path, later_second(path))
        disk.sync(temporary)
        if disk.read(path) == before:
            trade(path, temporary, disk)
    except OSError as error:
        try:
            settled = settle(workspace, journal, swap, disk)
        except LynxError:  # on what can only be read there is nothing to end
            if not _taken_back(path, temporary, before, after, disk):
                raise
        else:
            if settled.end == "done":  # the error came after the fact
                return swap, settled
        finish(journal, swap, "undone")
        raise _cannot_write(target, error) from error
    except BaseException:  # ^C: the bytes decide, as after a kill
        finish(journal, swap, settle(workspace, journal, swap, disk).end)
        raise
    try:
        return swap, settle(workspace, journal, swap, disk)
    except LynxError as error:
        # The journal has no room to say that it happened: then it must not have happened. A rename needs none.
        if not _taken_back(path, temporary, before, after, disk):
            raise
        with contextlib.suppress(OSError):
            finish(journal, swap, "undone")
        raise _cannot_write(target, error.__cause__) from error


def _taken_back(path: Path, temporary: Path, before: bytes, after: bytes, disk: Disk) -> bool:
    """Give the old bytes their name back while both lie there; whether they have it."""
    with contextlib.suppress(OSError):
        if disk.read(path) == after and disk.read(temporary) == before:
            trade(path, temporary, disk)
            _unfold(path, temporary, disk)
            disk.sync(path.parent)
        if disk.read(path) == before:
            if disk.read(temporary) == after:
                disk.unlink(temporary)
            return True
    return False


def _temporary(path: Path) -> Path:
    return path.with_name(f".lynx-{os.urandom(6).hex()}.tmp")


def trade(path: Path, temporary: Path, disk: Disk) -> None:
    """Exchange the two names; where the system cannot at one instant, in steps that `_unfold` knows.

    Never a rename over something: between the steps a save would be lost.
    """
    if disk.exchange(path, temporary):
        return
    aside, probe = _aside(temporary), temporary.with_suffix(".ln")
    disk.link(temporary, probe)  # no hard links, no exchange: found out while all is in place
    disk.unlink(probe)
    # Each step is synced before the next: a disk may otherwise keep a later one and lose an earlier.
    disk.sync(path.parent)
    disk.rename(path, aside)
    disk.sync(path.parent)
    try:
        disk.link(temporary, path)
    except FileExistsError:
        return  # saved in between; `settle` sees it
    disk.sync(path.parent)
    disk.unlink(temporary)
    disk.sync(path.parent)
    disk.rename(aside, temporary)


def _aside(temporary: Path) -> Path:
    return temporary.with_suffix(".old")


def _unfold(path: Path, temporary: Path, disk: Disk) -> None:
    """Bring a `trade` in steps that was cut short to a state that one at an instant could have left."""
    aside, probe = _aside(temporary), temporary.with_suffix(".ln")
    with contextlib.suppress(FileNotFoundError):
        disk.unlink(probe)
    if not os.path.lexists(aside):
        return
    if os.path.lexists(temporary):
        if not os.path.lexists(path):
            with contextlib.suppress(FileExistsError):
                disk.link(aside, path)
                disk.sync(path.parent)
                disk.unlink(aside)
                return
        disk.unlink(temporary)  # a second name of the target, or our bytes beside somebody's save
        disk.sync(path.parent)
    disk.rename(aside, temporary)


def settle(workspace: Workspace, journal: Journal, swap: Swap, disk: Disk) -> Settled:
    """Bring an exchange to its end, whatever was done of it; the same again changes nothing.

    Raises Refused when the disk says no; the journal then keeps the exchange for the next time.
    """
    try:
        return _settle(workspace, journal, swap, disk)
    except OSError as error:
        raise Refused(
            N_("What was begun in {target} cannot be ended: {error}."),
            code="cannot-recover",
            remedy=N_("See the folder's permissions and the disk's room; the next command ends it."),
            target=swap.target,
            error=cause(error),
        ) from error


def _settle(workspace: Workspace, journal: Journal, swap: Swap, disk: Disk) -> Settled:
    path, temporary = place(workspace, swap.target), place(workspace, swap.temporary)
    if temporary.parent != path.parent or not re.fullmatch(TEMPORARY, temporary.name):
        raise Refused(
            N_("The journal names a file of Lynx's own that it never makes: {name}."),
            code="bad-path",
            remedy=N_(
                "Nothing was moved. Did this folder come from elsewhere? To start afresh: mv {state} {aside}"
            ),
            name=swap.temporary,
            state=workspace.state_dir,
            aside=workspace.state_dir.with_name("lynx-foreign"),
        )
    if not path.parent.is_dir():  # the learner removed or moved the folder
        return Settled("done" if swap.state == "exchanged" else "undone", saved=True, kept=None)
    before, after = journal.needed(swap.before), journal.needed(swap.after)
    with contextlib.suppress(FileNotFoundError):
        _unfold(path, temporary, disk)
    there, out = _look(path, disk), _look(temporary, disk)
    if swap.state == "pending" and there == after and out not in (None, after):
        there, out = _weigh(path, temporary, before, after, disk)
    disk.sync(path.parent)
    end = _end(swap, there, out, before, after)
    if end == "done" and swap.state == "pending":
        journal.end_swap(swap.id, "exchanged")
    kept = _discard(workspace, temporary, told(journal, swap.attempt, path), out, (before, after), disk)
    disk.sync(path.parent)
    if end == "done":
        drop_bytecode(path)
    return Settled(end, saved=there not in (before, after), kept=kept)


def finish(journal: Journal, swap: Swap, end: End) -> None:
    """Close the swap in the journal: the last step, after what depends on it.

    Where the journal has no room for it the next command does it again: what was exchanged stays exchanged.
    """
    with contextlib.suppress(OSError):
        journal.end_swap(swap.id, end)


def _weigh(
    path: Path, temporary: Path, before: bytes, after: bytes, disk: Disk
) -> tuple[bytes | None, bytes | None]:
    """The names are exchanged: stay so if the old bytes came out, else give back the save."""
    for _ in range(ROUNDS):
        if not disk.busy(temporary) and disk.read(temporary) == before:
            break  # nobody can write to it any more: it is closed, and its name is ours
        trade(path, temporary, disk)
        _unfold(path, temporary, disk)
        if not disk.busy(temporary) and disk.read(temporary) == after:
            break
        trade(path, temporary, disk)  # saved once more, in that moment: the later bytes belong in the target
        _unfold(path, temporary, disk)
        if disk.read(path) != after:
            break
    return _look(path, disk), _look(temporary, disk)


def _look(path: Path, disk: Disk) -> bytes | None:
    try:
        return disk.read(path)
    except OSError as error:
        raise Refused(
            N_("{path} cannot be read: {error}."),
            code="swap-unreadable",
            remedy=N_("Make it readable again; Lynx then ends what it had begun."),
            path=path,
            error=cause(error),
        ) from error


def _end(swap: Swap, there: bytes | None, out: bytes | None, before: bytes, after: bytes) -> End:
    if swap.state == "exchanged" or there == after:
        return "done"
    if there == before:
        return "undone"
    if there is None:  # removed by the learner; what came out tells whether that was ours
        return "done" if out == before else "undone"
    if out is not None and after.startswith(out) and out != before:
        return "undone"
    # Saved since, and what is left does not tell whether on top of the old bytes or of the new.
    from lynx.repo import patch

    return "done" if patch.holds(there, before, after) else "undone"


def _discard(
    workspace: Workspace,
    temporary: Path,
    name: str,
    out: bytes | None,
    known: tuple[bytes, bytes],
    disk: Disk,
) -> Path | None:
    """Remove the temporary; keep it aside when its bytes are unknown or somebody still writes to it."""
    if out is None:
        return None
    before, after = known
    if (out == before or after.startswith(out)) and not disk.busy(temporary):
        disk.unlink(temporary)
        return None
    kept = keep(workspace, out, name, disk)
    if disk.busy(temporary):  # the file itself moves, so that what is written to it later is there too
        kept = kept.with_name(f"{os.urandom(4).hex()}-{name}")
        with contextlib.suppress(OSError):
            disk.rename(temporary, kept)
            return kept
    disk.unlink(temporary)
    return kept


def told(journal: Journal, number: int | None, path: Path) -> str:
    """What to call the file's bytes where they are kept; while an attempt is blind, not by the file's name."""
    with contextlib.suppress(KeyError):
        if number is not None and journal.attempt(number).hidden:
            return f"target{path.suffix}"
    return path.name


def keep(workspace: Workspace, data: bytes, name: str, disk: Disk) -> Path:
    """Save bytes nobody else knows under `<git dir>/lynx/kept`, durably; the same bytes are kept once."""
    folder = workspace.state_dir / "kept"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sha256(data)[:12]}-{name}"
    if disk.read(path) != data:
        fresh = files.temporary(folder)
        fresh.write_bytes(data)
        disk.sync(fresh)
        fresh.replace(path)
    for each in (folder, workspace.state_dir):
        disk.sync(each)
    return path


def recreate(
    workspace: Workspace,
    journal: Journal,
    attempt: int | None,
    path: Path,
    data: bytes,
    mode: int,
    disk: Disk,
) -> tuple[Swap, Settled]:
    """Make a file that is gone. Raises Refused when the disk says no."""
    target = path.relative_to(workspace.top).as_posix()
    temporary = _temporary(path)
    name = temporary.relative_to(workspace.top).as_posix()
    sha = journal.put(data)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        swap = Swap(
            journal.begin_swap(attempt, target, sha, sha, name), attempt, target, sha, sha, name, "pending"
        )
        disk.create(temporary, data, mode, int(time.time()))
        disk.sync(temporary)
        with contextlib.suppress(FileExistsError):  # somebody made it meanwhile
            disk.link(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise _cannot_write(target, error) from error
    return swap, settle(workspace, journal, swap, disk)


def _cannot_write(target: str, error: BaseException | None) -> Refused:
    return Refused(
        N_("{target} cannot be changed: {error}."),
        code="cannot-write",
        remedy=N_("See the folder's permissions and the disk's room; nothing was changed."),
        target=target,
        error=cause(error) if isinstance(error, OSError) else error,
    )


def later_second(path: Path) -> int:
    """A whole second after the file's own: bytecode is matched by whole seconds and size."""
    return max(int(time.time()), int(path.stat().st_mtime) + 1)


def drop_bytecode(path: Path) -> None:
    """Remove the target's cached bytecode; unchecked hash-based files would otherwise run for ever."""
    cache = path.parent / "__pycache__"
    if path.suffix != ".py" or cache.is_symlink() or sys.platform == "win32":
        return
    for stale in cache.glob(f"{_escaped(path.stem)}.*.pyc"):
        with contextlib.suppress(OSError):
            stale.unlink()


def _escaped(stem: str) -> str:
    import glob

    return glob.escape(stem)
