"""The drill's knobs, the grid they span, and the written definition of the three outcomes (chapter 04).
Pure.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLASSES = 5
GUESSING = math.log(CLASSES)  # nats: the loss of somebody who answers every class with the same probability
DIVERGED, TRAINED = 2.0, 0.75  # × guessing
LAST = 10  # losses whose median decides
WIDTH, STEPS = 64, 100


class Outcome(StrEnum):
    """How a training of a hundred steps ends. Why one does not learn is told apart: `Reason`."""

    DIVERGES = "diverges"
    STUCK = "does-not-learn"
    TRAINS = "trains"

    @classmethod
    def _missing_(cls, value: object) -> Outcome | None:
        """Older journals call the middle outcome "vanishes"; its bounds were the same."""
        return cls.STUCK if value == "vanishes" else None


class Reason(StrEnum):
    """Why a network did not learn, by what its recorded series show first (`links.reason_of`)."""

    GONE = "gradient-gone"
    COLLAPSED = "collapsed"
    SHORT = "step-too-short"
    NONE = "none-of-these"


KNOBS: Mapping[str, tuple[Any, ...]] = {
    "depth": (2, 5, 10, 20, 30, 50),
    "activation": ("none", "relu", "gelu", "tanh"),
    "init": ("small", "uniform", "xavier", "kaiming"),
    "norm": ("none", "layer", "rms"),
    "residual": (False, True),
    "step": (0.001, 0.01, 0.1),
}


# of the shipped map: a letter a seed
OUTCOME_OF = {"d": Outcome.DIVERGES, "n": Outcome.STUCK, "t": Outcome.TRAINS}
REASON_OF = {"g": Reason.GONE, "c": Reason.COLLAPSED, "s": Reason.SHORT, "x": Reason.NONE, ".": None}


@dataclass(frozen=True, order=True)
class Cell:
    """One combination of the knobs."""

    depth: int
    activation: str
    init: str
    norm: str
    residual: bool
    step: float

    def knobs(self) -> dict[str, Any]:
        """Knob -> value, as the experiment takes them."""
        return {name: getattr(self, name) for name in KNOBS}

    @property
    def key(self) -> str:
        """A short name that sorts and reads: 20-relu-kaiming-rms-plain-0.01."""
        way = "residual" if self.residual else "plain"
        return f"{self.depth}-{self.activation}-{self.init}-{self.norm}-{way}-{self.step:g}"

    def neighbours(self) -> tuple[Cell, ...]:
        """The combinations that differ in one knob: by one place where the knob is a number, else by any."""
        found = []
        for name, values in KNOBS.items():
            here = getattr(self, name)
            if name in ("depth", "step"):
                at = values.index(here) if here in values else 0
                others = [values[i] for i in (at - 1, at + 1) if 0 <= i < len(values)]
            else:
                others = [value for value in values if value != here]
            found += [replace(self, **{name: value}) for value in others]
        return tuple(found)


def grid(knobs: Mapping[str, Sequence[Any]] = KNOBS) -> tuple[Cell, ...]:
    """Every combination, in the knobs' order."""
    names = tuple(KNOBS)
    chosen = (knobs.get(name, KNOBS[name]) for name in names)
    return tuple(Cell(*values) for values in itertools.product(*chosen))


def cell_from_key(key: str) -> Cell:
    """The combination whose `key` this is. Raises ValueError for anything else."""
    depth, activation, init, norm, way, step = key.split("-", 5)
    if way not in ("residual", "plain"):
        raise ValueError(key)
    return Cell(int(depth), activation, init, norm, way == "residual", float(step))


def outcome_of_tail(tail: float) -> Outcome:
    """The outcome by the median of the last ten losses; NaN stands for a loss that was not finite once."""
    if not math.isfinite(tail) or tail > DIVERGED * GUESSING:
        return Outcome.DIVERGES
    return Outcome.TRAINS if tail <= TRAINED * GUESSING else Outcome.STUCK


def outcome_of_losses(losses: Sequence[float]) -> Outcome:
    """The outcome of a whole run's losses, in order. Raises ValueError when there are none."""
    if not losses:
        raise ValueError("a run without losses has no outcome")
    if not all(map(math.isfinite, losses)):
        return Outcome.DIVERGES
    tail = sorted(losses[-LAST:])
    middle = len(tail) // 2
    median = tail[middle] if len(tail) % 2 else (tail[middle - 1] + tail[middle]) / 2
    return outcome_of_tail(median)
