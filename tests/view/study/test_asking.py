"""What a laboratory and a drill ask at a terminal, typed as a person types."""

from __future__ import annotations

from typing import Any

import pytest
import study_samples as samples

from lynx.study.grid import Outcome
from lynx.study.results import DrillQuestion
from lynx.view.study import asking


def test_a_laboratory_asks_each_question_and_keeps_each_answer_at_once(terminal) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(typed="a lot\n1e20\n80\n90\n1e6\n70\nno\n50\n", tty=True)
    kept: list[dict[str, Any]] = []
    asking.laboratory(outside, samples.QUESTIONS, lambda given: kept.append({**given}))
    assert kept == [
        {"P1": {"value": 1e20, "written": "1e20", "confidence": 90}},
        {"P2": {"value": 1e6, "written": "1e6", "confidence": 70}},
        {"P3": {"value": "no", "written": "no", "confidence": 50}},
    ]
    assert "30, 50, 70 or 90" in outside.stdout.getvalue()


def test_what_was_answered_survives_the_end_of_the_input(terminal) -> None:  # type: ignore[no-untyped-def]
    kept: list[dict[str, Any]] = []
    with pytest.raises(EOFError):
        asking.laboratory(
            terminal(typed="1e20\n90\n1e6\n", tty=True),
            samples.QUESTIONS,
            lambda given: kept.append({**given}),
        )
    assert [list(one) for one in kept] == [["P1"]]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("t\n70\n", (Outcome.TRAINS, 70)),
        ("boom\nn\n33\n90\n", (Outcome.STUCK, 90)),
        ("D\n50\n", (Outcome.DIVERGES, 50)),
    ],
)
def test_a_drill_asks_until_it_understands(terminal, typed: str, answer: tuple[Outcome, int]) -> None:  # type: ignore[no-untyped-def]
    outside = terminal(typed=typed, tty=True)
    assert asking.drill(outside, DrillQuestion(samples.CELL, 1)) == answer
    assert "RMSNorm" in outside.stdout.getvalue()


@pytest.mark.parametrize(("typed", "more"), [("\n", True), ("q\n", False), ("no\n", False), ("y\n", True)])
def test_enter_goes_on(terminal, typed: str, more: bool) -> None:  # type: ignore[no-untyped-def]
    assert asking.again(terminal(typed=typed, tty=True)) is more
