"""The first sign of a fault: where, reading from the left, a run parts from its sound twin for anybody to see."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.truth.measures import Run, Series

APART = 1.5  # a factor, either way
IN_A_ROW = 2  # recorded steps: a single odd batch is no sign


@dataclass(frozen=True)
class FirstSign:
    """The first recorded step from which a metric of the two differs, and both values there."""

    metric: str
    step: int
    sound: float
    here: float


def first_sign(sound: Run, other: Run, metrics: Sequence[str]) -> FirstSign | None:
    """The earliest sign among the scalar `metrics`; of two at one step, the one that stands first among them.

    None where nothing that both recorded lies apart by the factor twice in a row.
    """
    found = [
        (one.step, i, one)
        for i, metric in enumerate(metrics)
        if metric in sound.series and metric in other.series
        if (one := _of(metric, sound.series[metric], other.series[metric])) is not None
    ]
    return min(found, key=lambda item: item[:2])[2] if found else None


def _of(metric: str, sound: Series, other: Series) -> FirstSign | None:
    if sound.layers or other.layers:
        return None
    steps = sorted(sound.points.keys() & other.points.keys())
    shows = [_apart(sound.points[step][0], other.points[step][0]) for step in steps]
    for i, step in enumerate(steps):
        if all(shows[i : i + IN_A_ROW]):
            return FirstSign(metric, step, sound.points[step][0], other.points[step][0])
    return None


def _apart(sound: float, here: float) -> bool:
    if not (math.isfinite(sound) and math.isfinite(here)):
        return not (sound == here or (math.isnan(sound) and math.isnan(here)))
    if sound * here <= 0:
        return sound != here
    ratio = abs(here / sound)
    return ratio >= APART or ratio <= 1 / APART
