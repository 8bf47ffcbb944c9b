"""The gestures of an exam: sit down, look, answer; at a terminal all of it in one go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lynx.cli.studying import own_session
from lynx.errors import N_, Refused
from lynx.view.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.cli.world import World
    from lynx.study.exam import Answer, Sitting


def exam(
    world: World,
    reference: str | None,
    look: str | None,
    only: str | None,
    answers: Sequence[str],
    seed: int | None,
) -> Any:
    """The paper, one instrument of it, or how it went once every run is answered."""
    from lynx.study import exam as exams
    from lynx.view.study import examining

    with own_session(world) as session:
        chosen = reference or exams.waiting(session)
        asked = exams.sit(
            session,
            chosen,
            seed=seed,
            training=lambda: world.terminal.progress(_("Training the runs of the exam")),
        )
        for label, said in [exams.parse_answer(asked, text) for text in answers]:
            asked = exams.answer(session, asked, label, said)
        if look is not None:
            return _looked(asked, look, only)
        if not answers and world.terminal.interactive:

            def keep(sitting: Sitting, label: str, said: Answer) -> Sitting:
                return exams.answer(session, sitting, label, said)

            handed_in = examining.sitting(world.terminal, asked, keep)
            return None if handed_in is None else exams.grade(session, handed_in)
        if answers and not asked.left:
            return exams.grade(session, asked)
        return asked


def _looked(asked: Sitting, look: str, only: str | None) -> Sitting:
    from lynx.study.exam import pick

    names = [panel.metric for panel in asked.panels]
    metric = pick(look, names)
    label = only.upper() if only else None
    if metric is None or (label is not None and label not in asked.paper.labels):
        raise Refused(
            N_("“{name}” is nothing to look at here."),
            code="unknown-metric",
            remedy=N_("There are: {known}."),
            name=look if metric is None else only,
            known=", ".join(names if metric is None else asked.paper.labels),
        )
    return replace(asked, look=metric, only=label)
