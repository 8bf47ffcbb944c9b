"""`lynx drill --curve`: a curve put, kept over restarts, measured, and scored beside the written rule's."""

from __future__ import annotations

import json
import math
from random import Random

import pytest

from lynx.errors import Refused
from lynx.loop.session import Session
from lynx.study import rules, trajectory
from lynx.study.grid import Cell, Outcome
from lynx.truth.claims import Result
from lynx.view import results

SOUND = Cell(2, "gelu", "kaiming", "rms", True, 0.01)
HUGE = Cell(20, "none", "kaiming", "none", True, 0.1)


def put(session: Session, cell: Cell, curve: str) -> trajectory.Sketched:
    session.journal.set_fact(trajectory.PENDING, json.dumps({"cell": cell.key}))
    return trajectory.answer(session, curve, 70)


def test_a_question_waits_until_it_is_answered(session: Session) -> None:
    first = trajectory.question(session, random=Random(1))
    assert trajectory.question(session, random=Random(2)) == first
    assert first.prediction.steps == (0, 10, 30, 99)
    with pytest.raises(Refused, match="number for each step"):
        trajectory.answer(session, "2 1", 70, asked=first)
    with pytest.raises(Refused, match="no curve with a confidence"):
        trajectory.answer(session, "2 1 1 1", 80, asked=first)


def test_the_sketch_and_the_rule_are_scored_against_what_was_measured(session: Session) -> None:
    done = put(session, SOUND, "1.6, 1.6, 1.6, 1.6")
    measured = done.scored.answer
    assert isinstance(measured, dict)
    assert rules.stable()[SOUND] is Outcome.TRAINS
    assert measured[99] < 0.5 * measured[0]
    again = put(session, SOUND, ", ".join(f"{step}: {value:.3g}" for step, value in measured.items()))
    assert again.scored.result is Result.HIT
    assert set(again.points.values()) == {Result.HIT}
    assert (again.rule_says, again.rule_points) == ("trains", done.rule_points)
    hits = [sum(one is Result.HIT for one in x.values()) for x in (done.points, again.points, done.rule_points)]
    assert again.hits == (hits[0] + hits[1], 2 * hits[2], 8)
    wire = json.loads(json.dumps(results.to_json(again), allow_nan=False))
    assert (wire["result"], wire["rule_says"], len(wire["points"])) == ("hit", "trains", 4)


def test_what_diverges_is_nan_from_where_it_is_no_number(session: Session) -> None:
    done = put(session, HUGE, "10 nan nan nan")
    assert isinstance(done.scored.answer, dict)
    assert math.isnan(done.scored.answer[99])
    assert done.points[99] is Result.HIT


def test_the_rule_draws_each_outcome_as_it_was_measured() -> None:
    drawn = {rules.rule(cell): trajectory.rule_curve(cell) for cell in rules.stable()}
    assert set(drawn) == set(Outcome)
    assert drawn[Outcome.TRAINS][99] < 0.75 * trajectory.GUESSING
    assert drawn[Outcome.STUCK][99] == pytest.approx(trajectory.GUESSING, rel=0.1)
    assert math.isnan(drawn[Outcome.DIVERGES][99])
