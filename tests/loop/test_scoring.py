"""Answers keep their type on the way through the journal, and one scorer serves every room."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.loop import scoring
from lynx.loop.results import Measured
from lynx.truth.claims import Answer, Expect, Kind, Option, Prediction, Result
from lynx.truth.measures import Measure

NUMBER = Prediction("P1", Kind.NUMBER, Measure("loss"), hit=0.5)
CHOICE = Prediction(
    "P2",
    Kind.CHOICE,
    Measure("loss"),
    options=(Option("falls", Expect(at_most=0.9)), Option("nan", Expect(nan=True)), Option("1e3", Expect())),
)


def through_json(prediction: Prediction, answer: Answer, written: str) -> tuple[Answer, str]:
    kept = json.dumps(scoring.answer_row(answer, written), allow_nan=False)
    return scoring.answer_from(prediction, json.loads(kept))


@given(st.sampled_from(["falls", "nan", "1e3", "inf", "never", "-inf", "0"]), st.text(max_size=20))
def test_a_choice_comes_back_as_the_choice_it_was(name: str, why: str) -> None:
    answer = Answer("P2", name, 70, why)
    assert through_json(CHOICE, answer, name) == (answer, name)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_number_comes_back_as_the_number_it_was(value: float) -> None:
    (back, _) = through_json(NUMBER, Answer("P1", value, 50, "so"), "x")
    assert isinstance(back.value, float)
    assert back.value == value or (math.isnan(back.value) and math.isnan(value))


@given(st.dictionaries(st.integers(0, 10**6), st.floats(), min_size=1, max_size=5))
def test_a_curve_comes_back_as_the_curve_it_was(curve: dict[int, float]) -> None:
    asked = Prediction("P3", Kind.CURVE, Measure("loss"), hit=0.1, steps=tuple(curve))
    back, _ = through_json(asked, Answer("P3", curve, 70, "so"), "drawn")
    assert repr(back.value) == repr(curve)


@pytest.mark.parametrize(("values", "result"), [((0.1,), Result.MISS), ((math.nan,), Result.HIT)])
def test_the_choice_nan_is_held_against_what_was_measured(values: tuple[float, ...], result: Result) -> None:
    found = Measured("P2", CHOICE.measure, values, (0,))
    answer = Answer("P2", "nan", 90, "it blows up")
    one = scoring.score(CHOICE, {"en": "?"}, answer, "nan", (found,))
    assert one.result is result
    row = json.loads(json.dumps(scoring.scored_row(one), allow_nan=False))
    again = scoring.scored_from(CHOICE, {"en": "?"}, (answer, "nan"), row, (0,), {})
    assert (again.predicted, again.answer, again.result) == ("nan", one.answer, result)


def test_nothing_measured_is_no_miss() -> None:
    one = scoring.score(NUMBER, {}, Answer("P1", 1.0, 70, ""), "1", (Measured("P1", NUMBER.measure, (), ()),))
    assert (one.result, one.answer) == (Result.UNMEASURED, "–")
