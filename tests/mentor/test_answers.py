"""Whether somebody who knows the mentor's answer is right on other seeds: held against counting by hand."""

import pytest

from lynx.mentor.answers import found_again
from lynx.mentor.evidence import _besides
from lynx.truth.claims import Expect, Kind, Option, Prediction
from lynx.truth.measures import METRICS, Measure


def number(hit: float, scale: str = "linear") -> Prediction:
    return Prediction("P1", Kind.NUMBER, Measure("loss"), scale=scale, hit=hit)


STEADY = [1.0, 1.01, 0.99, 1.02, 0.98, 1.0, 1.0, 1.01, 0.99, 1.0]
SPLIT = [0.0] * 5 + [1.0] * 5  # the median of all is 0.5, that of three is 0 or 1


@pytest.mark.parametrize(
    ("prediction", "values", "share"),
    [
        (number(0.1), STEADY, 1.0),
        (number(0.4), SPLIT, 0.0),
        (number(0.6), SPLIT, 1.0),
        (number(0.1), [0.0] * 3 + [1.0] * 7, 1 - (3 * 7 + 1) / 120),  # two or three of the three low ones
        (number(2.0, "log"), [1.0] * 7 + [100.0] * 3, 1 - (3 * 7 + 1) / 120),
        (number(0.1), [0.0, 1.0, 5.0], 1.0),  # three seeds say nothing of other draws
    ],
)
def test_the_share_of_draws_that_agree(prediction: Prediction, values: list[float], share: float) -> None:
    assert found_again(prediction, {0: values}, METRICS) == pytest.approx(share)


def test_an_option_that_changes_with_the_draw() -> None:
    options = (Option("low", Expect(at_most=0.5)), Option("high", Expect(at_least=0.5)))
    asked = Prediction("P1", Kind.CHOICE, Measure("loss"), options=options)
    assert found_again(asked, {0: [0.0] * 8 + [1.0] * 2}, METRICS) == pytest.approx(1 - 8 / 120)
    assert found_again(asked, {0: STEADY}, METRICS) == 1.0


def test_a_curve_is_drawn_whole() -> None:
    asked = Prediction("P1", Kind.CURVE, Measure("loss"), hit=0.1, steps=(0, 10))
    assert found_again(asked, {0: STEADY, 10: STEADY}, METRICS) == 1.0
    assert found_again(asked, {0: STEADY, 10: SPLIT}, METRICS) == 0.0


def test_a_neighbour_leaves_alone_what_a_variant_sets_for_itself() -> None:
    assert _besides({"lr": 0.4, "batch": 10}, {"lr": 0.1}) == {"batch": 10}
    assert _besides({"lr": 0.4}, {}) == {"lr": 0.4}
