"""What tells two variants apart, over everything that was recorded: how far, from which step on, for better or worse.

A threshold names what somebody thought of beforehand; this looks at every metric, layer and step. Seeds are
compared as groups: a metric tells the two apart where every run of one lies beyond every run of the other, or, from
ten seeds on, where the rank test finds it so. Among thousands of steps some do so by chance, so that in a long series
it must hold three recorded steps in a row and at most of those that follow. "Nothing differs" is a finding of its own:
every recorded pair of a seed lies within what the healthy seeds differ by among themselves.
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
TRAINING = ("loss", "val_loss", "train_accuracy", "val_accuracy")  # what training is for
DECADES = 1e3  # between the smallest and the largest value, from which on factors are what differs
MOST = 0.8  # share of the recorded steps from the first on at which the two must be apart


@dataclass(frozen=True)
class Pair:
    """Both groups at one step, a value a seed, and by how many spreads their medians lie apart."""

    step: int
    one: tuple[float, ...]
    other: tuple[float, ...]
    effect: float = 0.0  # infinite where neither group spreads; 0 until it is worked out

    @property
    def in_order(self) -> int:
        """How many of the seeds' own pairs lie the way that most of them do."""
        twins = list(zip(self.one, self.other, strict=True))
        above, below = sum(b > a for a, b in twins), sum(b < a for a, b in twins)
        return max(above, below) + sum(math.isnan(a) != math.isnan(b) for a, b in twins)


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
        layers = _layers(seeds, one, name)
        parting = [p for layer in layers if (p := _parting(seeds, one, other, metric, layer))]
        if parting:
            first = min(step for step, *_ in parting)
            found.append(
                max((_apart(metric, p) for p in parting if p[0] == first), key=lambda a: a.peak.effect)
            )
    return tuple(sorted(found, key=lambda a: (a.first.step, -a.peak.effect, a.metric)))


@dataclass(frozen=True)
class Odd:
    """The recorded pair that lies furthest outside its noise, where nothing tells the groups apart."""

    metric: str
    layer: str | None
    step: int
    seed: int
    one: float
    other: float


@dataclass(frozen=True)
class Difference:
    """What was found by looking at every pair that both sides recorded."""

    rows: tuple[Apart, ...]  # what tells the groups apart, the largest separation over seeds first
    seeds: int
    pairs: int  # values of one seed, step and layer that both sides recorded
    outside: int = (
        0  # of them, those that differ by more than the healthy seeds do there; counted without rows
    )
    odd: Odd | None = None

    @property
    def failed(self) -> bool:
        """Whether training ends worse: a loss or an accuracy tells the other side apart, towards its worse end."""
        return any(row.metric in TRAINING and not row.better for row in self.rows)

    @property
    def nothing(self) -> bool:
        """Whether it was measured that nothing differs; where nothing was compared it was not."""
        return self.pairs > 0 and not self.rows and not self.outside


def difference(
    seeds: Sequence[Mapping[str, Run]],
    one: str = "healthy",
    other: str = "broken",
    metrics: Mapping[str, Metric] = METRICS,
) -> Difference:
    """Everything recorded, compared: what tells the two apart most, or that nothing does."""
    rows = sorted(apart(seeds, one, other, metrics), key=lambda a: (-a.peak.effect, a.first.step, a.metric))
    shared = _shared(seeds, one, other)
    steps = {name: len(_steps(seeds, one, other, name)) for name in shared}
    pairs = sum(steps[name] * len(_layers(seeds, one, name)) for name in shared) * len(seeds)
    if rows:
        return Difference(tuple(rows), len(seeds), pairs)
    outside, widest, odd = 0, 0.0, None
    for name in shared:
        metric = metric_of(name, metrics)
        for layer in _layers(seeds, one, name):
            for pair in _pairs(seeds, one, other, metric, layer):
                for i, beyond in _outside(pair, metric) if pair.one != pair.other else ():
                    outside += 1
                    if odd is None or beyond > widest:
                        seed = seeds[i][one].seed
                        widest, odd = beyond, Odd(name, layer, pair.step, seed, pair.one[i], pair.other[i])
    return Difference((), len(seeds), pairs, outside, odd)


def _outside(pair: Pair, metric: Metric) -> Iterator[tuple[int, float]]:
    """The seeds whose pair differs by more than all healthy seeds do, and by how many times as much."""
    scale = _scale((*pair.one, *pair.other), metric)
    one, other = (_places(values, metric, scale) for values in (pair.one, pair.other))
    noise = stats.gap(max(one), min(one))
    for i, (a, b) in enumerate(zip(one, other, strict=True)):
        if not stats.alike(a, b, noise):
            yield i, abs(stats.gap(a, b)) / noise if noise else math.inf


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


Parting = tuple[
    int, str | None, int, list[Pair]
]  # from which step, at which layer, which way, at which pairs


def _parting(
    seeds: Sequence[Mapping[str, Run]], one: str, other: str, metric: Metric, layer: str | None
) -> Parting | None:
    """Where the groups part for good at one layer; None where they do not."""
    pairs = list(_pairs(seeds, one, other, metric, layer))
    signs = [0 if pair.one == pair.other else _sign(pair, metric) for pair in pairs]
    needed = IN_A_ROW if len(pairs) >= LONG else 1
    left = {sign: signs.count(sign) for sign in (1, -1)}  # from the current step on
    for i, sign in enumerate(signs):
        if sign and signs[i : i + needed] == [sign] * needed and left[sign] >= MOST * (len(signs) - i):
            shown = [p for p, s in zip(pairs[i:], signs[i:], strict=True) if s == sign]
            return pairs[i].step, layer, sign, shown
        if sign:
            left[sign] -= 1
    return None


def _apart(metric: Metric, parting: Parting) -> Apart:
    _, layer, sign, pairs = parting
    shown = [Pair(p.step, p.one, p.other, _effect(p.one, p.other, metric)) for p in pairs]
    better = (sign > 0) == (metric.worse is Worse.LOW)
    return Apart(metric.name, layer, shown[0], max(shown, key=lambda p: p.effect), better=better)


def _steps(seeds: Sequence[Mapping[str, Run]], one: str, other: str, name: str) -> list[int]:
    """The steps that every run recorded."""
    recorded = [runs[variant].series[name].points for runs in seeds for variant in (one, other)]
    return sorted(set(recorded[0]).intersection(*recorded[1:]))


def _pairs(
    seeds: Sequence[Mapping[str, Run]], one: str, other: str, metric: Metric, layer: str | None
) -> Iterator[Pair]:
    """Both groups at each step that every run recorded."""
    sides = [[runs[variant].series[metric.name] for runs in seeds] for variant in (one, other)]
    index = sides[0][0].layers.index(layer) if layer is not None else 0
    for step in _steps(seeds, one, other, metric.name):
        here, there = (_values(side, step, index) for side in sides)
        yield Pair(step, here, there)


def _values(side: Sequence[Series], step: int, index: int) -> tuple[float, ...]:
    return tuple(series.points[step][index] for series in side)


def _places(values: Sequence[float], metric: Metric, scale: stats.Scale) -> list[stats.Place]:
    return [stats.place(value, metric.worse, scale) for value in values]


def _scale(values: Sequence[float], metric: Metric) -> stats.Scale:
    """Logarithmic where the metric is, or its values lie decades apart: a spread of factors is no distance."""
    if any(v <= 0 for v in values):
        return "linear"
    finite = [v for v in values if math.isfinite(v)]
    return "log" if metric.log or (finite and max(finite) > DECADES * min(finite)) else "linear"


def _sign(pair: Pair, metric: Metric) -> int:
    """1 where the other lies above the one, -1 below, 0 where the two are not told apart."""
    if not any(
        math.isnan(value) for value in (*pair.one, *pair.other)
    ):  # what most are, without their places
        if min(pair.other) > max(pair.one):
            return 1
        if max(pair.other) < min(pair.one):
            return -1
        if len(pair.one) < stats.RANK_SEEDS:
            return 0
    one, other = (_places(values, metric, "linear") for values in (pair.one, pair.other))
    if min(other) > max(one):
        return 1
    if max(other) < min(one):
        return -1
    if len(one) < stats.RANK_SEEDS:
        return 0
    if not (stats.ranked_above(other, one) or stats.ranked_above(one, other)):
        return 0
    scale = _scale((*pair.one, *pair.other), metric)
    one, other = (_places(values, metric, scale) for values in (pair.one, pair.other))
    distance = stats.gap(_middle(other), _middle(one))
    return 0 if abs(distance) < stats.spread(one) else 1 if distance > 0 else -1


def _middle(places: Sequence[stats.Place]) -> stats.Place:
    return sorted(places)[len(places) // 2]


def _effect(one: Sequence[float], other: Sequence[float], metric: Metric) -> float:
    scale = _scale((*one, *other), metric)
    places = [_places(values, metric, scale) for values in (one, other)]
    distance = abs(stats.gap(_middle(places[1]), _middle(places[0])))
    unit = max(stats.spread(side) for side in places)
    if distance == 0 or math.isnan(distance):
        return 0.0
    return math.inf if unit == 0 else distance / unit
