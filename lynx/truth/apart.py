"""What tells two variants apart, over everything that was recorded: how far, from which step on, for better or worse.

A threshold names what somebody thought of beforehand; this looks at every metric, layer and step. Seeds are
compared as groups: a metric tells the two apart where every run of one lies beyond every run of the other. Among
thousands of steps some do so by chance, so that in a long series it must hold three recorded steps in a row and
at most of those that follow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.truth import stats
from lynx.truth.measures import METRICS, Worse, metric_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lynx.truth.measures import Metric, Run, Series

LONG = 10  # recorded steps from which on a series is long
IN_A_ROW = 3  # by chance one step in 126 separates five runs from five
MOST = 0.8  # share of the recorded steps from the first on at which the two must be apart


@dataclass(frozen=True)
class Pair:
    """Both groups at one step, a value a seed, and by how many spreads their medians lie apart."""

    step: int
    one: tuple[float, ...]
    other: tuple[float, ...]
    effect: float  # infinite where neither group spreads


@dataclass(frozen=True)
class Apart:
    """One metric at one layer that tells the two variants apart."""

    metric: str
    layer: str | None
    first: Pair  # where it begins to
    peak: Pair  # where it does so most
    better: bool  # the other lies towards the metric's better end

    @property
    def exact(self) -> bool:
        """Whether every seed gives the same two numbers."""
        return math.isinf(self.peak.effect)


def apart(
    seeds: Sequence[Mapping[str, Run]],
    one: str = "healthy",
    other: str = "broken",
    metrics: Mapping[str, Metric] = METRICS,
) -> tuple[Apart, ...]:
    """Every metric that tells `other` from `one`, at the layer that shows it first, in the order in which they do.

    `seeds` are mappings variant -> run, one a seed. Empty where nothing recorded differs beyond the spread of
    the seeds: a finding, not a lack of one.
    """
    found: list[Apart] = []
    for name in _shared(seeds, one, other):
        metric = metric_of(name, metrics)
        of_layers = [a for layer in _layers(seeds, one, name) if (a := _of(seeds, one, other, metric, layer))]
        if of_layers:
            found.append(min(of_layers, key=lambda a: (a.first.step, -a.peak.effect)))
    return tuple(sorted(found, key=lambda a: (a.first.step, -a.peak.effect, a.metric)))


def _shared(seeds: Sequence[Mapping[str, Run]], one: str, other: str) -> list[str]:
    """Metrics that every run of both recorded, with the same layers."""
    runs = [runs[variant] for runs in seeds for variant in (one, other)]
    if not runs:
        return []
    first = runs[0].series
    return [
        name
        for name, series in first.items()
        if all(name in run.series and run.series[name].layers == series.layers for run in runs)
    ]


def _layers(seeds: Sequence[Mapping[str, Run]], one: str, name: str) -> tuple[str | None, ...]:
    return seeds[0][one].series[name].layers or (None,)


def _of(
    seeds: Sequence[Mapping[str, Run]], one: str, other: str, metric: Metric, layer: str | None
) -> Apart | None:
    pairs = list(_pairs(seeds, one, other, metric, layer))
    signs = [_sign(pair, metric) for pair in pairs]
    needed = IN_A_ROW if len(pairs) >= LONG else 1
    for i, sign in enumerate(signs):
        rest = signs[i:]
        if sign and rest[:needed] == [sign] * needed and rest.count(sign) >= MOST * len(rest):
            peak = max((p for p, s in zip(pairs[i:], rest, strict=True) if s == sign), key=lambda p: p.effect)
            return Apart(metric.name, layer, pairs[i], peak, better=(sign > 0) == (metric.worse is Worse.LOW))
    return None


def _pairs(
    seeds: Sequence[Mapping[str, Run]], one: str, other: str, metric: Metric, layer: str | None
) -> Iterator[Pair]:
    """Both groups at each step that every run recorded."""
    sides = [[runs[variant].series[metric.name] for runs in seeds] for variant in (one, other)]
    index = sides[0][0].layers.index(layer) if layer is not None else 0
    steps = set.intersection(*(set(series.points) for side in sides for series in side))
    for step in sorted(steps):
        here, there = (_values(side, step, index) for side in sides)
        yield Pair(step, here, there, _effect(here, there, metric))


def _values(side: Sequence[Series], step: int, index: int) -> tuple[float, ...]:
    return tuple(series.points[step][index] for series in side)


def _places(values: Sequence[float], metric: Metric, scale: stats.Scale) -> list[stats.Place]:
    return [stats.place(value, metric.worse, scale) for value in values]


def _scale(values: Sequence[float], metric: Metric) -> stats.Scale:
    return "log" if metric.log and all(not v <= 0 for v in values) else "linear"


def _sign(pair: Pair, metric: Metric) -> int:
    """1 where every run of the other lies above every run of the one, -1 below, 0 where they overlap."""
    scale = _scale((*pair.one, *pair.other), metric)
    one, other = (_places(values, metric, scale) for values in (pair.one, pair.other))
    if min(other) > max(one):
        return 1
    return -1 if max(other) < min(one) else 0


def _effect(one: Sequence[float], other: Sequence[float], metric: Metric) -> float:
    scale = _scale((*one, *other), metric)
    places = [sorted(_places(values, metric, scale)) for values in (one, other)]
    medians = [side[len(side) // 2] for side in places]
    distance = abs(stats.gap(medians[1], medians[0]))
    unit = max(stats.spread(side) for side in places)
    if distance == 0 or math.isnan(distance):
        return 0.0
    return math.inf if unit == 0 else distance / unit
