"""Where the learner is: `lynx`, `lynx status`, `lynx list`, what is due. Light, all of it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lynx.loop import hints
from lynx.loop.session import Env, Session, attach, prefix_of
from lynx.loop.stages import NEXT, Stage
from lynx.loop.standing import Due, Listed, Status
from lynx.repo import inject, workspace
from lynx.store import originals, places
from lynx.store.damage import Damaged
from lynx.store.journal import Attempt, Journal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lynx.repo.workspace import Workspace
    from lynx.store.attempts import Standing
    from lynx.store.journal import Event


@contextmanager
def perhaps(env: Env) -> Iterator[Session | None]:
    """The session around `env`, or None where Lynx has never been; for commands that work anywhere."""
    found = workspace.locate(env.cwd, env.repo, env.learner, env.environ)
    if found is None or not Journal.exists(found.state_dir):
        yield None
        return
    with attach(env, found) as session:
        yield session


def where(env: Env) -> Status:
    """`lynx status`: where the learner is, or what is wrong with the journal and what is known without it."""
    try:
        with perhaps(env) as session:
            return status(session, env)
    except Damaged as damage:
        found = workspace.locate(env.cwd, env.repo, env.learner, env.environ)
        if found is None:
            raise
        return _without_journal(found, env, damage)


def _without_journal(found: Workspace, env: Env, damage: Damaged) -> Status:
    lying = originals.all_of(found.state_dir)
    attempt = Attempt(**{**lying[-1].attempt, "id": 0, "active": True}) if lying else None
    shown = attempt is not None and not attempt.hidden
    return Status(
        break_id=attempt.break_id if attempt else None,
        title=attempt.card.get("blind_title" if attempt.blind else "title") if attempt else None,
        blind=attempt.blind if attempt else False,
        stage=None,
        target=attempt.target if attempt and shown else None,
        target_state=inject.target_state(found, attempt) if attempt else "",
        notes=attempt.notes if attempt else None,
        hints_shown=0,
        hints_of=0,
        controls=0,
        next="lynx reset --yes",
        kept=tuple(inject.kept(found)),
        prefix=prefix_of(found, env),
        damage=damage,
    )


def status(session: Session | None, env: Env) -> Status:
    """Where the attempt under way stands, what is next and what is due."""
    attempt = session.active() if session else None
    if session is None or attempt is None:
        offer = _first_new(session, env)
        return Status(
            break_id=None,
            title=None,
            blind=False,
            stage=None,
            target=None,
            target_state="",
            notes=None,
            hints_shown=0,
            hints_of=0,
            controls=0,
            next=f"lynx break {offer}" if offer else "lynx list",
            due=due(session) if session else (),
            recovered=session.recovered if session else "",
            offer=offer,
            first=session is None or not session.journal.count(),
            foreign=session.foreign if session else False,
            elsewhere=places.others(env.environ, session.workspace.top if session else None),
        )
    state = inject.target_state(session.workspace, attempt)
    stage = Stage(attempt.stage)
    following = NEXT[stage]
    if session.foreign:
        following = "lynx adopt"
    elif state == "missing":
        following = "lynx reset --yes"
    elif stage is Stage.DONE:
        offer = _following(session, env, attempt) or _first_new(session, env)
        following = f"lynx break {offer}" if offer else "lynx list"
    return Status(
        break_id=attempt.break_id,
        title=attempt.card["blind_title" if attempt.blind else "title"],
        blind=attempt.blind,
        stage=stage,
        target=None if attempt.blind and stage is not Stage.DONE else attempt.target,
        target_state=state,
        notes=attempt.notes,
        hints_shown=hints.shown_so_far(session, attempt),
        hints_of=len(attempt.card["hints"]),
        controls=len(session.journal.events(attempt.id, "control")),
        next=following,
        due=due(session),
        leftovers=_leftovers(session, attempt),
        kept=tuple(inject.kept(session.workspace)),
        recovered=session.recovered,
        prefix=session.prefix,
        foreign=session.foreign,
    )


def _leftovers(session: Session, attempt: Attempt) -> tuple[tuple[str, str], ...]:
    """Where git holds the bug and what removes it; while blind without the command, which names the file."""
    if session.foreign:
        return ()  # asking git would be asking about a path that nobody has looked at
    found = tuple(inject.leftovers_if_changed(session.workspace, session.journal, attempt))
    if attempt.blind and attempt.stage != Stage.DONE:
        return tuple((where, "lynx reset --yes") for where, _command in found)
    return found


def _following(session: Session, env: Env, attempt: Attempt) -> str | None:
    """The break that this one names as the next, while it is new."""
    from lynx.loop.shelf import shelf  # `lynx` with a break under way looks at no shelf

    cards = shelf(session.workspace.top, env)
    mine = next((c for c in cards if (c.id, c.pack) == (attempt.break_id, attempt.pack)), None)
    after = next((c.name for c in cards if mine and (c.id, c.pack) == (mine.next, mine.pack)), None)
    new = {line.id for line in list_breaks(session, env) if line.state == "new" and not line.broken}
    return after if after in new else None


def _first_new(session: Session | None, env: Env) -> str | None:
    return next(
        (line.id for line in list_breaks(session, env) if line.state == "new" and not line.broken), None
    )


def list_breaks(
    session: Session | None, env: Env | None = None, *, needed: bool = False
) -> tuple[Listed, ...]:
    """Every break there is, in the order in which to play them, its state here and, if asked, what it needs."""
    from lynx.loop.shelf import needs, shelf

    world = session.env if session else env
    assert world is not None
    stand = {(one.break_id, one.pack): one for one in standings(session)} if session else {}
    took = (
        session.journal.facts("took:") if session else {}
    )  # what a first run took on this machine, in seconds
    found = []
    for card in shelf(session.workspace.top if session else None, world):
        mine, here = stand.get((card.id, card.pack)), took.get(f"{card.pack}:{card.id}")
        hidden = mine is not None and mine.blind and mine.stage != Stage.DONE  # given back is not found yet
        found.append(
            Listed.made_of(
                {
                    "id": card.name,
                    "phase": card.phase,
                    "title": card.blind_title if hidden else card.title,
                    "teaches": () if hidden else card.teaches,
                    "seconds": float(card.seconds if here is None else here),
                    "state": _state(mine),
                    "pack": card.pack,
                    "broken": card.broken,
                    "place": card.place,
                    "needs": needs(card) if needed else (),
                    "here": here is not None,
                }
            )
        )
    return tuple(found)


def _state(mine: Standing | None) -> str:
    """new, a stage while under way, done, revealed or reset; an untouched exercise is never counted as done."""
    if mine is None:
        return "new"
    if mine.active and mine.stage != Stage.DONE:
        return mine.stage
    if mine.undisclosed:
        return "done"
    return "revealed" if mine.stage == Stage.DONE else "reset"


def standings(session: Session) -> list[Standing]:
    """Where each break stands since everything was last begun anew (`lynx reset --all`)."""
    marks = session.journal.events(kind="afresh")
    return session.journal.standings(marks[-1].payload["after"] if marks else 0)


def due(session: Session) -> tuple[Due, ...]:
    """What comes back today: breaks that were missed or revealed, blind, and drills; the most urgent first."""
    finished = [one for one in standings(session) if one.finished is not None]
    drills = session.journal.events(kind="drill")
    if not finished and not drills:
        return ()
    from lynx.truth.spacing import DAY, EVERY, TIMES  # for those who have something to come back to

    now = time.time()
    found = []
    for one in finished:
        if one.under_way or one.done > TIMES or one.finished is None:
            continue
        reason, confidence = _reason(session, one.finished)
        if reason is None:
            continue
        ended = [e.time for e in session.journal.events(one.finished) if e.kind in ("explain", "reveal")]
        # a later reset or run moves nothing
        last = max(ended) if ended else session.journal.attempt(one.finished).started
        if now - last >= EVERY * DAY:
            found.append(Due("break", one.break_id, reason, last, confidence))
    return (*found, *_drills_due(drills, now))


def _drills_due(drills: Sequence[Event], now: float) -> list[Due]:
    """Neighbours of each missed drill, and of some that were right."""
    told = [(e.time, e.payload) for e in drills]
    if not told:
        return []
    from lynx.truth.spacing import Try, returning  # for those who drill

    tries = [
        Try(p["number"], at, p["right"], p["confidence"], p["review_of"]) for at, p in told if p["outcome"]
    ]
    return [
        Due("drill", str(one.number), "hit" if one.right else "miss", one.last, one.confidence)
        for one in returning(tries)
        if one.is_due(now)
    ]


def _reason(session: Session, attempt: int) -> tuple[str | None, int | None]:
    """Why an attempt at a break brings it back: revealed, or a miss, and how sure of it the learner was at most."""
    if session.journal.events(attempt, "reveal"):
        return "revealed", None
    sure = [
        int(row["confidence"])
        for run in session.journal.events(attempt, "run")
        for row in (run.payload["predictions"].values() if run.payload["first"] else ())
        if row["result"] == "miss"
    ]
    return ("miss", max(sure)) if sure else (None, None)
