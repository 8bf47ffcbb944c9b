"""`lynx export`, `lynx import`: progress carried to another machine, the break under way included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.loop import begin, notes_file, rescue
from lynx.loop.session import attach
from lynx.loop.stages import NEXT, Stage
from lynx.repo import inject
from lynx.repo.target import check_name
from lynx.store import files, parcel, places
from lynx.surroundings import cause

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.loop.session import Env, Session
    from lynx.store.journal import Attempt

NAME = "lynx-progress.json.gz"
LARGEST = 64 * 2**20  # bytes of the file


@dataclass(frozen=True)
class Exported:
    """`lynx export`: where the file is and what it holds."""

    path: Path
    attempts: int
    events: int
    under_way: str | None  # the break under way, which goes along


@dataclass(frozen=True)
class Imported:
    """`lynx import`: what was new here."""

    workspace: Path
    made: bool
    attempts: int
    known: int  # attempts that were here already
    events: int
    notes: tuple[str, ...]  # files that got sections
    under_way: str | None  # the break that goes on here
    left: str  # why a break that was under way does not: "", busy, drifted
    next: str


def export(session: Session, path: Path) -> Exported:
    """Write the file. Raises Refused where there is nothing to carry, or the place cannot be written."""
    attempts = session.journal.attempts()
    if not attempts and not session.journal.events():
        raise Refused(
            N_("There is nothing to carry yet."),
            code="nothing-to-export",
            remedy=N_("Start a break: lynx break"),
        )
    active = session.active()
    under_way = active if active is not None and active.stage != Stage.DONE else None
    names = dict.fromkeys(one.notes for one in attempts)
    notes = {name: notes_file.read(session.workspace, name) for name in names}
    target = session.target_bytes(under_way) if under_way else None
    packed = parcel.read(session.journal, session.workspace.learner, notes, target)
    try:
        files.write_whole(path, parcel.pack(packed))
    except OSError as error:
        raise Refused(
            N_("{path} cannot be written: {error}."),
            code="export-unwritable",
            remedy=N_("Name another place: lynx export FILE"),
            path=path,
            error=cause(error),
        ) from error
    return Exported(path, len(attempts), len(packed.events), under_way.break_id if under_way else None)


def bring(env: Env, path: Path) -> Imported:
    """Read the file into the workspace here, or into a new one; twice is once.

    A break that was under way goes on where none is here and its file is as it was there before the bug.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise OSError("too large")
        packed = parcel.unpack(path.read_bytes())
    except OSError as error:
        raise Refused(
            N_("{path} cannot be read: {error}."),
            code="import-unreadable",
            remedy=N_("Name the file that lynx export wrote: lynx import FILE"),
            path=path,
            error=cause(error),
        ) from error
    for one in packed.attempts:
        check_name(one["target"])
        check_name(one["notes"])
    for name in packed.notes:
        check_name(name)
    found = begin.find_or_make(env, elsewhere=True)
    found.workspace.state_dir.mkdir(parents=True, exist_ok=True)
    with inject.lock(found.workspace), attach(env, found.workspace) as session:
        begin.demand_mine(session)
        ids, events = parcel.bring(session.journal, packed)
        written = tuple(name for name, text in packed.notes.items() if _merge(session, name, text))
        under_way, left = _go_on(session, packed, ids)
        active = session.active()
        stage = Stage(active.stage) if active else None
        return Imported(
            workspace=found.workspace.top,
            made=found.made,
            attempts=len(ids),
            known=len(packed.attempts) - len(ids),
            events=events,
            notes=written,
            under_way=under_way,
            left=left,
            next=NEXT[stage] if stage and under_way else "lynx list",
        )


def _merge(session: Session, name: str, text: str) -> bool:
    """Append the sections of the notes that are not here yet; whether there were any."""
    there = notes_file.read(session.workspace, name)
    if not there.strip():
        notes_file.change(session.workspace, session.journal, name, lambda now: now if now.strip() else text)
        return bool(text.strip())
    heads = {line for line in there.splitlines() if line.startswith("## ")}
    parts = re.split(r"(?m)^(?=## )", text)
    fresh = [part for part in parts if part.startswith("## ") and part.splitlines()[0] not in heads]
    if not fresh:
        return False
    body = "".join(part.rstrip("\n") + "\n\n" for part in fresh)
    notes_file.change(
        session.workspace,
        session.journal,
        name,
        lambda now: f"{now.rstrip()}\n\n{body.rstrip()}\n",
    )
    return True


def _go_on(session: Session, packed: parcel.Parcel, ids: dict[int, int]) -> tuple[str | None, str]:
    """Put the break that was under way in again: its id, or why it was left."""
    row = packed.under_way
    if row is None or row["id"] not in ids or packed.target is None:
        return None, ""
    active = session.active()
    if active is not None and active.stage != Stage.DONE:
        return None, "busy"
    attempt = session.journal.attempt(ids[row["id"]])
    original = session.journal.needed(attempt.original)
    inject.check_target(session.workspace, attempt.target)
    if session.target_bytes(attempt) != original:
        return None, "drifted"
    if active is not None:
        session.journal.update(active.id, active=0)
    attempt = session.journal.update(attempt.id, active=1)
    rescue.proved(session, attempt)
    _put_in(session, attempt, original, packed.target)
    space = session.workspace
    places.remember(session.env.environ, space.top, space.state_dir, attempt.break_id, attempt.started)
    return attempt.break_id, ""


def _put_in(session: Session, attempt: Attempt, original: bytes, target: bytes) -> None:
    """The learner's own version, by way of the bug: recovery knows the bug's bytes, and keeps anybody else's."""
    broken = session.journal.needed(attempt.broken)
    inject.swap(session.workspace, session.journal, attempt.id, attempt.target, original, broken)
    if target != broken:
        session.journal.put(target)
        inject.swap(session.workspace, session.journal, attempt.id, attempt.target, broken, target)
