"""`lynx break`: the bug goes in; at a terminal the predictions and the run follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lynx.content.words import shown
from lynx.errors import N_, Refused
from lynx.loop import begin, notes
from lynx.loop.results import Predicted
from lynx.loop.session import Session, open_session
from lynx.loop.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from lynx.cli.world import World
    from lynx.loop.results import Started


def start(world: World, break_id: str | None, *, blind: bool) -> Any:
    """Start or resume; on a terminal go straight on: predictions, the run, the next command."""
    with world.terminal.working(N_("Proving the bug before it goes in")) as tell:
        started = begin.start(world.env, break_id, blind=blind, tell=tell)
    if not world.terminal.interactive or started.stage not in (Stage.PREDICTING, Stage.OBSERVING):
        return started
    from lynx.cli import play  # what trains, and what asks: where nobody is asked, neither is needed
    from lynx.loop import observe
    from lynx.view import asking

    world.show(replace(started, asking=True))
    with open_session(world.env_at(started.workspace)) as session:
        if started.stage is Stage.PREDICTING and not asking.predictions(
            world.terminal,
            started,
            unanswered(session, started),
            keep=keeper(session),
            edit=notes_editor(session),
        ):
            return None  # they went to their editor, or left: the screen has said what is next
        return play.run_here(world, session, observe.SEEDS, {})


def unanswered(session: Session, started: Started) -> list[str]:
    """Ids of the predictions whose answer is not complete yet."""
    attempt = session.attempt("predict")
    answers, _, _ = notes.read_answers(session.read_notes(attempt), attempt.heading, started.predictions)
    return [p.id for p in started.predictions if p.id not in answers]


def predict(world: World, id_: str | None, answer: str | None, sure: str | None, because: str | None) -> Any:
    """`lynx predict`: the questions; with an id one answer, read and written as at the prompt."""
    from lynx.cli.giving import flag_missing
    from lynx.view import asking

    with open_session(world.env) as session:
        if id_ is None:
            return begin.setup(session)
        attempt = session.attempt("predict")
        started = begin.setup(session)
        prediction = next((p for p in started.predictions if p.id.casefold() == id_.casefold()), None)
        if prediction is None:
            raise Refused(
                N_("This break has no prediction “{id}”."),
                code="unknown-prediction",
                remedy=N_("There are: {names}"),
                id=shown(id_),
                names=", ".join(p.id for p in started.predictions),
            )
        given = {"prediction": answer, "confidence": sure, "because": because}
        if None in given.values():
            raise flag_missing(f'lynx predict {prediction.id} --answer … --sure 70 --because "…"')
        kept = {name: _read(part, given[name] or "") for name, part in asking.parts_of(prediction).items()}
        begin.answer(session, [(prediction.id, kept)])
        return Predicted(
            attempt.break_id,
            prediction.id,
            kept["prediction"],
            int(kept["confidence"]),
            " ".join(kept["because"].split()),
            tuple(unanswered(session, started)),
        )


def _read(part: Callable[[str], tuple[str | None, str]], text: str) -> str:
    """One part of an answer as it is kept. Raises Refused with what the prompt would say of it."""
    found, complaint = part(text.strip())
    if found is None:
        raise Refused(
            "{complaint}", code="bad-answer", remedy=N_("Nothing was written."), complaint=complaint
        )
    return found


def keeper(session: Session) -> Any:
    """Writes each answer into the notes as soon as it is given, so that ^C loses none."""

    def keep(prediction: str, values: dict[str, str]) -> None:
        begin.answer(session, [(prediction, values)])

    return keep


def notes_editor(session: Session) -> Any:
    """The notes file, for `$EDITOR`."""
    return session.notes_path(session.attempt("predict"))
