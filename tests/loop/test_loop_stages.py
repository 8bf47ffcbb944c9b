"""What is allowed where (docs/architecture.md#stages): the table as meant, and real workspaces against it."""

from __future__ import annotations

import pytest

from lynx.errors import NotYet
from lynx.loop.stages import ALLOWED, Stage, demand
from tests.loop.learner import Learner

ANYWHERE = "break setup status list reset reveal"
AFTER_THE_RUN = "run show hint control verify watch report"
OPEN = {
    "predicting": f"{ANYWHERE} predict run",
    "observing": f"{ANYWHERE} run",
    "fixing": f"{ANYWHERE} {AFTER_THE_RUN}",
    "explaining": f"{ANYWHERE} {AFTER_THE_RUN} explain",
    "done": f"{ANYWHERE} {AFTER_THE_RUN} explain guard",
}
VERBS = sorted({verb for verbs in OPEN.values() for verb in verbs.split()})


@pytest.mark.parametrize("stage", list(Stage))
def test_the_table_is_as_it_was_meant(stage: Stage) -> None:
    assert sorted(ALLOWED[stage]) == sorted(OPEN[stage].split())


@pytest.mark.parametrize(
    ("stage", "following"),
    [
        (Stage.PREDICTING, "lynx run"),
        (Stage.OBSERVING, "lynx run"),
        (Stage.FIXING, "lynx verify"),
        (Stage.EXPLAINING, 'lynx explain --text "…"'),
        (Stage.DONE, "lynx list"),
    ],
)
def test_what_is_not_allowed_names_the_next_command(stage: Stage, following: str) -> None:
    with pytest.raises(NotYet) as refused:
        demand(stage, "nonsense")
    assert refused.value.exit_code == 1
    assert following in str(refused.value)


@pytest.mark.parametrize(
    ("stage", "verb", "why"),
    [
        (Stage.PREDICTING, "hint", "First predict, then run"),
        (Stage.OBSERVING, "predict", "The predictions are locked"),
        (Stage.FIXING, "explain", "This opens once the fix passes."),
        (Stage.FIXING, "predict", "The predictions are locked since the first run."),
        (Stage.EXPLAINING, "predict", "The predictions are locked since the first run."),
        (Stage.DONE, "predict", "This break is done."),
    ],
)
def test_what_is_not_allowed_says_why(stage: Stage, verb: str, why: str) -> None:
    with pytest.raises(NotYet) as refused:
        demand(stage, verb)
    assert str(refused.value).startswith(why)


def test_at_fixing_the_explanation_waits_for_the_fix(stages: dict[str, Learner]) -> None:
    with stages["fixing"].session() as session, pytest.raises(NotYet, match="once the fix passes") as refused:
        session.attempt("explain")
    assert "lynx verify" in str(refused.value)


@pytest.mark.parametrize("stage", ["predicting", "fixing", "explaining", "done"])
def test_a_workspace_opens_exactly_these_doors(stage: str, stages: dict[str, Learner]) -> None:
    open_ = []
    with stages[stage].session() as session:
        for verb in VERBS:
            try:
                session.attempt(verb)
            except NotYet:
                continue
            open_.append(verb)
    assert open_ == sorted(OPEN[stage].split())
