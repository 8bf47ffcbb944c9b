"""A median stands with its range, and one seed's value with its seed."""

from __future__ import annotations

import math

import pytest

from lynx.loop.results import Measured
from lynx.truth.apart import Difference, Odd
from lynx.truth.measures import Measure, Where
from lynx.view.figures import measured_cell, measured_said
from lynx.view.screens.apart import undivided

LOSS = Measure("loss", "broken", 3)


def of(*values: float, measure: Measure = LOSS) -> Measured:
    return Measured("P1", measure, values, tuple(range(100, 100 + len(values))))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((2.27, 0.0303, 0.0449), "0.0449, from 0.03 to 2.3"),
        ((2.27,), "2.27 (seed 100)"),
        ((3.0, 3.0, 3.0), "3"),
        ((1.0, 2.0, math.nan), "2, from 1 to NaN"),
        ((math.nan, math.nan, math.nan), "NaN"),
    ],
)
def test_a_median_with_its_range(values: tuple[float, ...], said: str) -> None:
    assert measured_said(of(*values), of(*values).median) == said


def test_an_option_with_what_it_stands_for() -> None:
    assert measured_cell(of(0.66, 0.7, 0.74), "flat") == "flat (0.7)\n(0.66 … 0.74)"


def test_a_step_that_never_came() -> None:
    first = of(4, math.inf, math.inf, measure=Measure("loss", "broken", first_step=Where(at_least=1)))
    assert measured_said(first, first.median) == "never, from 4 to never"


def test_nothing_differs_says_over_how_many_pairs_and_seeds() -> None:
    assert "all 600 pairs (3 seeds)" in undivided(Difference((), 3, 600))
    odd = undivided(Difference((), 3, 600, 2, Odd("loss", None, 7, 101, 0.3, 0.9)))
    assert "3 seeds do not tell the two apart; 2 of 600" in odd
    assert "step 7, seed 101: 0.3 and 0.9" in odd
