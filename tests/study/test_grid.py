"""The knobs, and the written definition of the three outcomes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.study.grid import (
    GUESSING,
    KNOBS,
    Cell,
    Outcome,
    cell_from_key,
    grid,
    outcome_of_losses,
    outcome_of_tail,
)

CELLS = st.builds(Cell, **{name: st.sampled_from(values) for name, values in KNOBS.items()})


def test_the_grid_holds_every_combination_once() -> None:
    cells = grid()
    assert len(cells) == len(set(cells)) == math.prod(len(v) for v in KNOBS.values())
    assert len(grid({"depth": (5,), "step": (0.01,)})) == 4 * 4 * 3 * 2


@given(CELLS)
def test_a_combination_survives_its_key(cell: Cell) -> None:
    assert cell_from_key(cell.key) == cell


@given(CELLS)
def test_neighbours_differ_in_one_knob_and_numbers_by_one_place(cell: Cell) -> None:
    for near in cell.neighbours():
        changed = [name for name in KNOBS if getattr(near, name) != getattr(cell, name)]
        assert len(changed) == 1
        if changed[0] in ("depth", "step"):
            values = KNOBS[changed[0]]
            assert abs(values.index(getattr(near, changed[0])) - values.index(getattr(cell, changed[0]))) == 1


@pytest.mark.parametrize("key", ["", "5-relu", "5-relu-xavier-rms-maybe-0.1", "x-relu-xavier-rms-plain-0.1"])
def test_another_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError):
        cell_from_key(key)


@pytest.mark.parametrize(
    ("tail", "outcome"),
    [
        (0.0, Outcome.TRAINS),
        (0.75 * GUESSING, Outcome.TRAINS),
        (0.76 * GUESSING, Outcome.STUCK),
        (2.0 * GUESSING, Outcome.STUCK),
        (2.01 * GUESSING, Outcome.DIVERGES),
        (math.inf, Outcome.DIVERGES),
        (math.nan, Outcome.DIVERGES),
    ],
)
def test_the_thresholds_are_the_chapters(tail: float, outcome: Outcome) -> None:
    assert outcome_of_tail(tail) is outcome


def test_the_median_of_the_last_ten_decides() -> None:
    assert outcome_of_losses([5.0] * 90 + [0.1] * 6 + [9.0] * 4) is Outcome.TRAINS
    assert outcome_of_losses([0.1] * 90 + [0.1] * 4 + [9.0] * 6) is Outcome.DIVERGES
    assert outcome_of_losses([0.1, 0.3]) is Outcome.TRAINS


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_one_loss_that_is_not_finite_is_enough(bad: float) -> None:
    assert outcome_of_losses([1.6, bad, *[0.1] * 50]) is Outcome.DIVERGES


def test_an_older_journals_word_is_read_as_what_it_meant() -> None:
    assert Outcome("vanishes") is Outcome.STUCK
    with pytest.raises(ValueError):
        Outcome("explodes")


def test_a_run_without_losses_has_no_outcome() -> None:
    with pytest.raises(ValueError):
        outcome_of_losses([])
