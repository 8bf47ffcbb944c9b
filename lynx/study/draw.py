"""Which combination to ask next: where the learner is weakest and most wrongly confident. Pure.

The outcome is drawn first, so that all three stay in the mix whatever the grid's shares are; then a
combination with that outcome, the likelier the worse the learner did with its knobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.study.grid import KNOBS, Cell, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from random import Random

RECENT = 12  # combinations that are not asked again, and drills over which the outcomes are mixed
PRIOR, PRIOR_LOSS = 3.0, 0.2  # what is assumed of a knob that was never asked: three drills, Brier .2
SHARPNESS = 3.0


@dataclass(frozen=True)
class Answered:
    """One drill of the past. `outcome` is None where the seeds disagreed."""

    number: int
    at: float
    cell: Cell
    answer: Outcome
    confidence: int  # percent
    outcome: Outcome | None
    review_of: int | None = None
    reason: Reason | None = None  # where it did not learn

    @property
    def right(self) -> bool:
        """Whether the answer came true."""
        return self.answer == self.outcome

    @property
    def loss(self) -> float:
        """(confidence − hit)²: .81 for a miss at 90 %, .01 for a hit."""
        return (self.confidence / 100 - self.right) ** 2


def draw(known: Mapping[Cell, Outcome], past: Sequence[Answered], random: Random) -> Cell:
    """The next combination, out of those whose outcome is `known`. Raises ValueError when there is none."""
    recent = {one.cell for one in past[-RECENT:]}
    cells = [cell for cell in known if cell not in recent] or [
        cell for cell in known if not past or cell != past[-1].cell
    ]
    if not cells:
        raise ValueError("there is no combination to ask")
    wanted = _outcome(known, cells, past, random)
    cells = [cell for cell in cells if known[cell] == wanted]
    weak = weakness(past)
    weights = [_weight(cell, weak) for cell in cells]
    return random.choices(cells, weights)[0]


def neighbour(
    known: Mapping[Cell, Outcome], missed: Cell, past: Sequence[Answered], random: Random
) -> Cell | None:
    """A combination one knob away from a missed one, another outcome first: it asks for the reason again."""
    recent = {one.cell for one in past[-RECENT:]}
    near = [cell for cell in missed.neighbours() if cell in known and cell not in recent]
    other = [cell for cell in near if missed in known and known[cell] != known[missed]]
    if other and random.random() < 0.5:
        return random.choice(other)
    return random.choice(near) if near else None


def weakness(past: Iterable[Answered]) -> dict[tuple[str, object], float]:
    """(knob, value) -> the mean Brier loss of the drills that had it, drawn towards .2 where there are
    few.
    """
    total: dict[tuple[str, object], list[float]] = {}
    for one in past:
        if one.outcome is not None:
            for name, value in one.cell.knobs().items():
                total.setdefault((name, value), []).append(one.loss)
    return {key: (sum(v) + PRIOR * PRIOR_LOSS) / (len(v) + PRIOR) for key, v in total.items()}


def _weight(cell: Cell, weak: Mapping[tuple[str, object], float]) -> float:
    values = [weak.get((name, getattr(cell, name)), PRIOR_LOSS) for name in KNOBS]
    return float((sum(values) / len(values)) ** SHARPNESS)


def _outcome(
    known: Mapping[Cell, Outcome], cells: Sequence[Cell], past: Sequence[Answered], random: Random
) -> Outcome:
    """An outcome that was rare lately is likelier, and one that the learner gets wrong."""
    there = [outcome for outcome in Outcome if any(known[cell] == outcome for cell in cells)]
    lately = [one.outcome for one in past[-RECENT:]]
    weights = []
    for outcome in there:
        mine = [one.loss for one in past if one.outcome == outcome]
        loss = (sum(mine) + PRIOR * PRIOR_LOSS) / (len(mine) + PRIOR)
        weights.append((loss + PRIOR_LOSS) / (1 + lately.count(outcome)))
    return random.choices(there, weights)[0]
