"""What the drill asks next: all outcomes, the learner's weak spots, never the same twice in a row."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from lynx.study.draw import Answered, draw, neighbour, weakness
from lynx.study.grid import Cell, Outcome, grid

CELLS = grid({"depth": (5, 20), "step": (0.01,)})
# nine of ten train: the mix must come from the drawing, not from the grid
KNOWN = {
    cell: Outcome.TRAINS if i % 10 > 1 else (Outcome.STUCK if i % 10 else Outcome.DIVERGES)
    for i, cell in enumerate(CELLS)
}


def answered(
    number: int, cell: Cell, *, right: bool, confidence: int = 70, outcome: Outcome | None = None
) -> Answered:
    truth = outcome or KNOWN[cell]
    wrong = next(o for o in Outcome if o is not truth)
    return Answered(number, float(number), cell, truth if right else wrong, confidence, truth)


def play(n: int, seed: int, right: bool = True) -> list[Answered]:
    random, past = Random(seed), []
    for i in range(n):
        past.append(answered(i + 1, draw(KNOWN, past, random), right=right))
    return past


def test_never_the_same_twice_in_a_row_nor_among_the_last_dozen() -> None:
    cells = [one.cell for one in play(300, seed=1)]
    for i in range(1, len(cells)):
        assert cells[i] not in cells[max(0, i - 12) : i]


def test_all_three_outcomes_stay_in_the_mix() -> None:
    found = Counter(KNOWN[one.cell] for one in play(300, seed=2))
    assert min(found[o] for o in Outcome) >= 75


def test_it_draws_where_the_learner_is_wrong_and_sure() -> None:
    past = [answered(i, cell, right=cell.norm != "rms", confidence=90) for i, cell in enumerate(CELLS)]
    random = Random(3)
    drawn = Counter(draw(KNOWN, past, random).norm for _ in range(600))
    assert drawn["rms"] > 1.3 * max(drawn["none"], drawn["layer"])


def test_a_confident_miss_weighs_more_than_a_doubtful_one() -> None:
    cell = CELLS[0]
    sure = weakness([answered(1, cell, right=False, confidence=90)])
    doubtful = weakness([answered(1, cell, right=False, confidence=50)])
    right = weakness([answered(1, cell, right=True, confidence=90)])
    key = ("depth", cell.depth)
    assert sure[key] > doubtful[key] > right[key]


def test_two_combinations_alternate_and_none_is_refused() -> None:
    two = dict(list(KNOWN.items())[:2])
    past: list[Answered] = []
    random = Random(4)
    for i in range(20):
        cell = draw(two, past, random)
        assert not past or cell != past[-1].cell
        past.append(answered(i, cell, right=True))
    with pytest.raises(ValueError):
        draw({}, [], random)


def test_a_neighbour_is_known_near_and_not_just_asked() -> None:
    random = Random(5)
    missed = CELLS[7]
    past = [answered(1, missed, right=False)]
    for _ in range(50):
        near = neighbour(KNOWN, missed, past, random)
        assert near in KNOWN
        assert near in missed.neighbours()
    only = {missed: Outcome.TRAINS}
    assert neighbour(only, missed, past, random) is None
