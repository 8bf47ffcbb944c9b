"""Putting a bug into one file and giving the file back, without ever losing a byte (docs/architecture.md#injection).

`swap` puts in, `restore` gives back, `recover` ends what a kill cut short; each may be killed at any moment.
Git is only read.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from lynx.errors import N_, Refused
from lynx.repo.disk import DISK, MAX_BYTES, Disk, open_plain
from lynx.repo.leftovers import Leftover, leftovers, leftovers_if_changed, remember
from lynx.repo.lock import lock
from lynx.repo.swap import exchange, finish, keep, recreate, settle, told
from lynx.repo.target import check_target, place, plain_file, unmerged
from lynx.store import files, hashed, originals
from lynx.store.damage import Damaged
from lynx.surroundings import cause
from lynx.values import Value

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.repo.workspace import Workspace
    from lynx.store.journal import Attempt, Journal

__all__ = [
    "Leftover",
    "Recovery",
    "Restored",
    "TargetState",
    "check_target",
    "ended",
    "forget",
    "kept",
    "kept_aside",
    "leftovers",
    "leftovers_if_changed",
    "lock",
    "recover",
    "restore",
    "swap",
    "target_state",
    "tidy",
]

WAIT = 2.0  # seconds recovery waits for another Lynx that is in the middle of an exchange


# -- putting in --------------------------------------------------------------------------------------


def swap(
    workspace: Workspace,
    journal: Journal,
    attempt_id: int,
    target: str,
    expected: bytes,
    new: bytes,
    *,
    disk: Disk = DISK,
) -> None:
    """Put `new` in the place of `expected`, under the lock, in one exchange.

    Raises Refused when the target holds other bytes, or is saved at that moment: the save stands.
    """
    with lock(workspace):
        path = plain_file(workspace, target)
        mode = stat.S_IMODE(path.stat().st_mode)
        remember(workspace, journal, attempt_id, target, mode)
        _lay_beside(workspace, journal, attempt_id, mode)
        made, settled = exchange(workspace, journal, attempt_id, path, expected, new, disk)
        finish(journal, made, settled.end)
    if settled.end == "undone" or settled.saved:
        raise _saved(target, settled.kept)


def _lay_beside(workspace: Workspace, journal: Journal, attempt_id: int, mode: int) -> None:
    """The original in a file of its own, before the bug goes in. Raises OSError."""
    attempt = _attempt(journal, attempt_id)
    if attempt is not None:  # a recording has none
        blobs = (journal.needed(attempt.original), journal.needed(attempt.broken))
        spec = journal.needed(attempt.spec) if attempt.spec else b""
        originals.keep(workspace.state_dir, attempt, *blobs, spec, mode)


def forget(workspace: Workspace, journal: Journal, attempt: Attempt) -> None:
    """The injection never happened. The file first: one without its attempt tells of a journal that was lost."""
    originals.drop(workspace.state_dir, originals.name_of(attempt))
    journal.forget(attempt.id)


def ended(workspace: Workspace, attempt: Attempt) -> None:
    """The break has ended; the journal knows it already."""
    originals.drop(workspace.state_dir, originals.name_of(attempt))


def _saved(target: str, kept: Path | None) -> Refused:
    if kept:
        return Refused(
            N_("{target} was saved at that moment; the save stands; an earlier one is at {kept}."),
            code="saved-meanwhile",
            remedy=N_("Try again when the editor rests."),
            target=target,
            kept=kept,
        )
    return Refused(
        N_("{target} was saved at that moment; the save stands."),
        code="saved-meanwhile",
        remedy=N_("Try again when the editor rests."),
        target=target,
    )


# -- giving back -------------------------------------------------------------------------------------


class Restored(Value):
    """What giving back came to.

    restored: the bug was there and is gone; replaced: other bytes were there, kept aside; already: the
    original was there; gone: git has put another version there, without the bug, and it stays; missing: the
    file is not there and was not made again; recreated: it was.
    """

    outcome: Literal["restored", "replaced", "already", "gone", "missing", "recreated"]
    kept_aside: Path | None = None


def restore(
    workspace: Workspace,
    journal: Journal,
    attempt: Attempt,
    *,
    recreate: bool = False,
    recovering: bool = True,
    disk: Disk = DISK,
) -> Restored:
    """Give the target its original bytes back, whatever is there now; a removed file only on `recreate`.

    `recovering` False leaves what else the journal says was begun: it is somebody else's.

    Raises Refused when the target is no plain file any more, is unmerged, or is saved at that moment.
    """
    with lock(workspace):
        if recovering:
            recover(workspace, journal, disk=disk)
        path = place(workspace, attempt.target)
        if not os.path.lexists(path):
            return _make_again(workspace, journal, attempt, path, disk) if recreate else Restored("missing")
        plain_file(workspace, attempt.target)
        there = _read(path, attempt.target, disk)
        original, broken = journal.needed(attempt.original), journal.needed(attempt.broken)
        if there == original:
            return Restored("already")
        aside: Path | None = None
        if there != broken:
            if _gits_own(workspace, journal, attempt, there):
                keep(workspace, original, f"original-{told(journal, attempt.id, path)}", disk)
                return Restored("gone")
            aside = kept_aside(workspace, there, told(journal, attempt.id, path), disk=disk)
        made, settled = exchange(workspace, journal, attempt.id, path, there, original, disk)
        finish(journal, made, settled.end)
        if settled.end == "undone" or settled.saved:
            raise _saved(attempt.target, settled.kept or aside)
        return Restored("replaced" if aside else "restored", aside)


def _make_again(workspace: Workspace, journal: Journal, attempt: Attempt, path: Path, disk: Disk) -> Restored:
    for folder in list(path.parents)[: attempt.target.count("/")]:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            plain_file(workspace, attempt.target)
    known = json.loads(journal.fact(f"target:{attempt.id}") or "{}")
    original = journal.needed(attempt.original)
    made, settled = recreate(workspace, journal, attempt.id, path, original, known.get("mode", 0o644), disk)
    finish(journal, made, settled.end)
    if settled.end == "undone" or settled.saved:
        raise _saved(attempt.target, settled.kept)
    return Restored("recreated")


def _gits_own(workspace: Workspace, journal: Journal, attempt: Attempt, there: bytes) -> bool:
    """Whether git has since put another commit's version there, without the bug. Refuses a conflict."""
    from lynx.repo import git, patch

    if any(entry.stage for entry in git.index_entries(workspace.top, attempt.target)):
        raise unmerged(attempt.target)
    known = json.loads(journal.fact(f"target:{attempt.id}") or "{}")
    entry = git.tree_entry(workspace.top, "HEAD", attempt.target)
    commit = git.resolve(workspace.top, "HEAD")
    if entry is None or commit == known.get("commit") or entry.oid == known.get("HEAD"):
        return False
    if patch.holds(there, journal.needed(attempt.original), journal.needed(attempt.broken)):
        return False
    committed = git.blob(workspace.top, entry.oid)
    return committed is not None and _unix(committed) == _unix(there)


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _read(path: Path, target: str, disk: Disk) -> bytes:
    try:
        return disk.read(path) or b""
    except OSError as error:
        raise Refused(
            N_("{target} cannot be read: {error}."),
            code="target-unreadable",
            remedy=N_("Make it readable (chmod u+r), then try again; nothing was changed."),
            target=target,
            error=cause(error),
        ) from error


def kept_aside(workspace: Workspace, data: bytes, name: str, *, disk: Disk = DISK) -> Path:
    """Save bytes Lynx does not know, durably, and say where: `<git dir>/lynx/kept/<hash>-<name>`."""
    return keep(workspace, data, name, disk)


def kept(workspace: Workspace) -> list[str]:
    """What is kept aside, oldest first."""
    folder = workspace.state_dir / "kept"
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return [str(path) for path in sorted(found, key=lambda path: path.stat().st_mtime)]


# -- after a kill ------------------------------------------------------------------------------------


class Recovery(Value):
    """What was brought to its end."""

    attempt: int | None
    target: str
    kind: Literal["inject", "restore"]
    outcome: Literal["finished", "undone"]
    kept_aside: Path | None = None

    def __str__(self) -> str:
        return f"{self.kind}-{self.outcome}"


def recover(workspace: Workspace, journal: Journal, *, disk: Disk = DISK) -> Recovery | None:
    """End what a kill cut short; first of all, always. Without anything pending: three queries.

    An injection that never happened takes its attempt with it. Another Lynx at work here is left to it.
    Raises Damaged when a break is in of which the journal knows nothing.
    """
    active = journal.active()
    if not _pending(workspace, journal, active):
        return None
    last: Recovery | None = None
    try:
        with lock(workspace, wait=WAIT):
            for unfinished in journal.pending_swaps():
                settled = settle(workspace, journal, unfinished, disk)
                attempt = _attempt(journal, unfinished.attempt)
                inject = attempt is None or unfinished.after == attempt.broken
                if attempt and inject and settled.end == "undone":
                    forget(workspace, journal, attempt)
                finish(journal, unfinished, settled.end)
                if unfinished.attempt is None:
                    continue  # the notes: nothing that a learner waits for
                last = Recovery(
                    unfinished.attempt,
                    unfinished.target,
                    "inject" if inject else "restore",
                    "finished" if settled.end == "done" else "undone",
                    settled.kept,
                )
            begun = journal.active()
            if begun and not journal.injected(begun.id):
                forget(workspace, journal, begun)
                last = last or Recovery(begun.id, begun.target, "inject", "undone")
            _match_originals(workspace, journal)
    except Refused as error:
        if error.code != "locked":
            raise
    return last


def _pending(workspace: Workspace, journal: Journal, active: Attempt | None) -> bool:
    if journal.pending_swaps() or (active and not journal.injected(active.id)):
        return True
    return originals.names(workspace.state_dir) != ([originals.name_of(active)] if active else [])


def _match_originals(workspace: Workspace, journal: Journal) -> None:
    """One file beside the journal for the break under way, and none for those that have ended."""
    active, there = journal.active(), originals.names(workspace.state_dir)
    own = originals.name_of(active) if active else None
    others = [name for name in there if name != own]
    if others and not {originals.name_of(one) for one in journal.attempts()}.issuperset(others):
        raise Damaged(journal.path, N_("knows nothing of the break that is in"))
    for name in others:
        originals.drop(workspace.state_dir, name)
    if active and own not in there:
        mode = json.loads(journal.fact(f"target:{active.id}") or "{}").get("mode", 0o644)
        with contextlib.suppress(OSError, Damaged):  # it began without one; what it guards against is rare
            _lay_beside(workspace, journal, active.id, mode)


def tidy(workspace: Workspace) -> None:
    """Clear away what a kill left half written among Lynx's own files."""
    state = workspace.state_dir
    files.clear(state, *(state / name for name in ("cache", "kept", originals.FOLDER)))
    with contextlib.suppress(OSError):
        for name in os.listdir(state):  # noqa: PTH208 - every command pays
            if name.startswith("drawing-") and not files.alive(name.rpartition("-")[2]):
                import shutil

                shutil.rmtree(state / name, ignore_errors=True)


def _attempt(journal: Journal, number: int | None) -> Attempt | None:
    with contextlib.suppress(KeyError):
        return journal.attempt(number) if number is not None else None
    return None


# -- while it is in ----------------------------------------------------------------------------------


class TargetState(StrEnum):
    """What the target holds now, by its hash."""

    UNTOUCHED = "untouched"  # the bug, as it was put in
    ORIGINAL = "original"
    CHANGED = "changed"
    MISSING = "missing"
    UNREADABLE = "unreadable"  # or no plain file any more


def target_state(workspace: Workspace, attempt: Attempt) -> TargetState:
    """What the target holds now. Reads one file; imports nothing."""
    try:
        fd = open_plain(place(workspace, attempt.target))
    except Refused:
        return TargetState.UNREADABLE
    except (FileNotFoundError, NotADirectoryError):
        return TargetState.MISSING
    except OSError:
        return TargetState.UNREADABLE
    with os.fdopen(fd, "rb") as file:
        if os.fstat(fd).st_size > MAX_BYTES:
            return TargetState.CHANGED
        sha = hashed.of_file(file).hex()
    known = {attempt.broken: TargetState.UNTOUCHED, attempt.original: TargetState.ORIGINAL}
    return known.get(sha, TargetState.CHANGED)
