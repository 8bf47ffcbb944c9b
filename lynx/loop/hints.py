"""`lynx hint`: the next level after an attempt since the last; no clock, no scolding. Light: reads the journal only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_, NotYet, Refused
from lynx.loop.stages import Stage
from lynx.repo import inject
from lynx.values import Value

if TYPE_CHECKING:
    from lynx.content.spec import Text
    from lynx.loop.session import Session
    from lynx.store.journal import Attempt


class Hinted(Value):
    """`lynx hint`: the hints open now; `opened` is the level just revealed, None when it stays closed."""

    break_id: str
    level: int
    of: int
    text: Text
    open: tuple[Text, ...]
    opened: bool
    anyway: bool = False
    blind: bool = False


def hint(session: Session, *, level: int | None = None, anyway: bool = False) -> Hinted:
    """Reveal the next hint, or reread up to `level`.

    The next one opens when, since the last, the target's bytes changed, a control ran, or a changed target was
    verified; otherwise `opened` is False and the open ones are repeated.
    """
    attempt = session.attempt("hint")
    hints = attempt.card["hints"]
    shown = shown_so_far(session, attempt)
    if level is not None:
        if not 1 <= level <= shown:
            raise NotYet(
                N_("Hint {level} is not open yet; {shown} of {of} are."),
                code="hint-closed",
                remedy=N_("Open the next one: lynx hint"),
                level=level,
                shown=shown,
                of=len(hints),
            )
        return _hinted(attempt, hints, level, shown, opened=True)
    if not hints:
        raise Refused(
            N_("This break has no hints."), code="no-hints", remedy=N_("Next: {next}"), next="lynx verify"
        )
    if shown == len(hints):
        return _hinted(attempt, hints, shown, shown, opened=True)
    if shown and not anyway and not _tried_since_last(session, attempt):
        return _hinted(attempt, hints, shown, shown, opened=False)
    # counted first, shown second: a hint on the screen has always been counted; the lock: counted once
    with inject.lock(session.workspace):
        if shown_so_far(session, attempt) == shown:
            session.journal.record(
                attempt.id,
                "hint",
                {"level": shown + 1, "of": len(hints), "anyway": anyway, "sha": session.target_sha(attempt)},
            )
    return _hinted(attempt, hints, shown + 1, shown + 1, opened=True, anyway=anyway)


def shown_so_far(session: Session, attempt: Attempt) -> int:
    """How many hints are open."""
    return len(session.journal.events(attempt.id, "hint"))


def _tried_since_last(session: Session, attempt: Attempt) -> bool:
    last = session.journal.events(attempt.id, "hint")[-1]
    if session.target_sha(attempt) != last.payload["sha"]:
        return True
    for event in session.journal.events(attempt.id):
        if event.id > last.id and event.kind == "control":
            return True
        if event.id > last.id and event.kind == "verify" and event.payload["sha"] != attempt.broken:
            return True
    return False


def _hinted(
    attempt: Attempt,
    hints: list[dict[str, str]],
    level: int,
    shown: int,
    *,
    opened: bool,
    anyway: bool = False,
) -> Hinted:
    return Hinted(
        break_id=attempt.break_id,
        level=level,
        of=len(hints),
        text=hints[level - 1],
        open=tuple(hints[:shown]),
        opened=opened,
        anyway=anyway,
        blind=attempt.blind and attempt.stage != Stage.DONE,
    )
