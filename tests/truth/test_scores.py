"""Scoring predictions: hit, near, miss, and what NaN, never and zero do."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lynx.truth.claims import Answer, Expect, Kind, Option, Prediction, Result
from lynx.truth.measures import Measure
from lynx.truth.scores import answer_from_value, points, score

NAN, INF = math.nan, math.inf
HIT, NEAR, MISS, UNMEASURED = Result.HIT, Result.NEAR, Result.MISS, Result.UNMEASURED
LOSS = Measure("loss")

LOG = Prediction("P1", Kind.NUMBER, LOSS, scale="log", hit=3)
LINEAR = Prediction("P2", Kind.NUMBER, LOSS, scale="linear", hit=0.1)
CHOICE = Prediction(
    "P3",
    Kind.CHOICE,
    LOSS,
    options=(
        Option("falls", Expect(at_most=0.7)),
        Option("nan", Expect(nan=True)),
        Option("rises", Expect(at_least=1.3)),
        Option("flat", Expect()),
    ),
)
YESNO = Prediction("P4", Kind.YESNO, LOSS, options=(Option("yes", Expect(at_least=1.0)),))


@pytest.mark.parametrize(
    ("given", "measured", "result"),
    [
        (1.0, 1.0, HIT),
        (1.0, 3.0, HIT),
        (3.0, 1.0, HIT),
        (1.0, 3.01, NEAR),
        (1.0, 9.0, NEAR),
        (9.0, 1.0, NEAR),
        (1.0, 9.01, MISS),
        (1e-300, 1e300, MISS),
        (1e-7, 9.4, MISS),
        (0.0, 0.0, HIT),
        (0.0, 1e-30, MISS),
        (1e-30, 0.0, MISS),
        (-0.0, 0.0, HIT),
        (-2.0, -3.0, HIT),
        (0.5, 0.7, HIT),
        (-0.5, -0.7, HIT),
        (-0.5, 0.7, MISS),
        (0.5, -0.7, MISS),
        (-2.0, 2.0, MISS),
        (NAN, NAN, HIT),
        (NAN, 1.0, MISS),
        (1.0, NAN, MISS),
        (INF, INF, HIT),
        (INF, 1e308, MISS),
        (40.0, INF, MISS),
        (INF, -INF, MISS),
        (INF, NAN, MISS),
    ],
)
def test_a_factor(given: float, measured: float, result: Result) -> None:
    assert score(LOG, given, measured) is result


@pytest.mark.parametrize(
    ("given", "measured", "result"),
    [
        (0.5, 0.6, HIT),
        (0.7, 0.8, HIT),  # 0.8 - 0.7 > 0.1 in binary
        (0.5, 0.7, NEAR),
        (0.5, 0.701, MISS),
        (0.0, 0.1, HIT),
        (0.0, -0.1, HIT),
        (NAN, NAN, HIT),
        (INF, INF, HIT),
        (0.0, NAN, MISS),
        (INF, 0.5, MISS),
    ],
)
def test_a_difference(given: float, measured: float, result: Result) -> None:
    assert score(LINEAR, given, measured) is result


@pytest.mark.parametrize(
    ("value", "name"), [(0.7, "falls"), (1.0, "flat"), (1.3, "rises"), (NAN, "nan"), (INF, "rises")]
)
def test_the_first_option_that_fits_is_the_answer(value: float, name: str) -> None:
    assert answer_from_value(CHOICE, value) == name
    for option in CHOICE.options:
        assert score(CHOICE, option.name, value) is (HIT if option.name == name else MISS)


def test_the_order_of_options_decides() -> None:
    # NaN counts as beyond the worse end, so "rises" takes it when it stands first
    first = Prediction("P", Kind.CHOICE, LOSS, options=(CHOICE.options[2], CHOICE.options[1]))
    assert answer_from_value(first, NAN) == "rises"


@pytest.mark.parametrize(("value", "name"), [(1.0, "yes"), (0.9, "no"), (NAN, "yes")])
def test_no_is_whatever_is_not_yes(value: float, name: str) -> None:
    assert answer_from_value(YESNO, value) == name
    assert score(YESNO, "yes", value) is (HIT if name == "yes" else MISS)
    assert score(YESNO, "no", value) is (HIT if name == "no" else MISS)


def test_what_was_not_measured_is_not_scored() -> None:
    assert score(LOG, 1.0, None) is UNMEASURED
    gap = Prediction("P", Kind.CHOICE, LOSS, options=(Option("falls", Expect(at_most=0.7)),))
    assert answer_from_value(gap, 1.0) == ""
    assert score(gap, "falls", 1.0) is UNMEASURED


def test_an_answer_or_the_pages_bare_value() -> None:
    assert score(LOG, Answer("P1", 2.0, 70, "because"), 1.0) is HIT
    assert score(LOG, "nan", NAN) is HIT  # as JSON carries it
    assert score(LOG, "much", 1.0) is MISS
    assert score(CHOICE, Answer("P3", "flat", 90, "because"), 1.0) is HIT


positive = st.floats(1e-300, 1e300)
ORDER = [HIT, NEAR, MISS]


@given(positive, positive)
def test_a_factor_counts_the_same_both_ways(a: float, b: float) -> None:
    assert score(LOG, a, b) is score(LOG, b, a)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_difference_counts_the_same_both_ways(a: float, b: float) -> None:
    assert score(LINEAR, a, b) is score(LINEAR, b, a)


@given(st.floats(1e-100, 1e100), st.floats(1, 100), st.floats(1, 100))
def test_farther_off_is_never_better(truth: float, near: float, far: float) -> None:
    assume(near <= far)
    for direction in (1, -1):
        close, wide = score(LOG, truth * near**direction, truth), score(LOG, truth * far**direction, truth)
        assert ORDER.index(close) <= ORDER.index(wide)


@given(st.floats(allow_nan=True), st.sampled_from([LOG, LINEAR]))
def test_the_right_answer_is_always_a_hit(value: float, prediction: Prediction) -> None:
    assert score(prediction, value, value) is HIT


CURVE = Prediction("P6", Kind.CURVE, LOSS, scale="log", hit=2, steps=(0, 10, 100, 200))
MEASURED = {0: 1.0, 10: 1.0, 100: 1.0, 200: NAN}


@pytest.mark.parametrize(
    ("given", "result"),
    [
        ({0: 1.0, 10: 1.9, 100: 0.6, 200: NAN}, HIT),
        ({0: 1.0, 10: 1.0, 100: 3.0, 200: NAN}, HIT),  # one is near, and none misses
        ({0: 1.0, 10: 3.0, 100: 3.0, 200: NAN}, HIT),
        ({0: 3.0, 10: 3.0, 100: 3.0, 200: NAN}, NEAR),  # fewer than half are hits
        ({0: 1.0, 10: 1.0, 100: 1.0, 200: 1.0}, NEAR),  # one misses
        ({0: 1.0, 10: 9.0, 100: 3.0, 200: 1.0}, NEAR),
        ({0: 1.0, 10: 9.0, 100: 9.0, 200: 1.0}, MISS),
        ({0: 1.0}, MISS),  # what was not drawn misses
        ({}, MISS),
        (1.0, MISS),
    ],
)
def test_a_curve_is_scored_point_by_point(given: object, result: Result) -> None:
    assert score(CURVE, given, MEASURED) is result  # type: ignore[arg-type]


def test_each_point_of_a_curve_keeps_its_result() -> None:
    given = {0: 1.0, 10: 3.0, 100: 9.0, 200: NAN}
    assert points(CURVE, given, MEASURED) == {0: HIT, 10: NEAR, 100: MISS, 200: HIT}
    assert answer_from_value(CURVE, MEASURED) == MEASURED
    assert [one.step for one in CURVE.measures] == [0, 10, 100, 200]
    assert score(CURVE, {}, {}) is UNMEASURED
    assert score(LOG, {0: 1.0}, 1.0) is MISS
