"""Two groups of runs against each other: separation, the exact rank test, the spread of a group.

A group is a sequence of places on a scale (`place`): NaN lies beyond the metric's worse end and infinity is a
value like others, so no run is ever dropped. The rules are written down in docs/architecture.md#claims; the error
rates they have are measured by `benchmarks/error_rates.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from lynx.errors import N_, Refused
from lynx.truth.measures import SLACK, Worse, position

if TYPE_CHECKING:
    from collections.abc import Sequence

Scale = Literal["linear", "log"]
Place = tuple[int, float]  # (-1 or 1 for NaN below or above everything else, the value or its logarithm)

RANK_SEEDS = 10  # from so many seeds on the rank test decides what separation leaves open
ALPHA = 0.005  # one-sided
RATE_SEEDS = 10  # fewer say nothing of how often something happens
RATE_ALPHA = 0.011  # one-sided: 9 of 10 has .0107
FIRM_SEEDS = 5  # fewer are provisional
ENUMERABLE = math.comb(20, 10)  # splits of 10 against 10, which scipy enumerates in about a second


def place(value: float, worse: Worse, scale: Scale = "linear") -> Place:
    """Where `value` lies on the scale. Raises Refused for a negative value on a logarithmic scale."""
    if scale == "linear" or math.isnan(value):
        return position(value, worse)
    if value < 0:
        raise Refused(
            N_("{value} is negative and has no place on a logarithmic scale."),
            code="negative-on-log",
            remedy=N_("Compare on a linear scale: `scale: linear`, with the margin as a difference."),
            value=f"{value:.3g}",
        )
    return (0, math.log(value) if value > 0 else -math.inf)


def width(margin: float, scale: Scale) -> float:
    """A margin as a distance between places: a factor below 1 counts as no margin."""
    if scale == "linear":
        return margin
    return math.log(max(margin, 1.0))


def gap(a: Place, b: Place) -> float:
    """How far `a` lies above `b`: infinite when one of them is NaN or infinite, 0 when they are equal."""
    if a == b:
        return 0.0
    if a[0] != b[0]:
        return math.inf if a > b else -math.inf
    return a[1] - b[1]


def beyond(a: Place, b: Place, margin: float) -> bool:
    """Whether `a` lies above `b` by at least `margin`."""
    return a > b and gap(a, b) >= margin - _slack(a, b)


def alike(a: Place, b: Place, margin: float) -> bool:
    """Whether the two differ by at most `margin`; NaN is like NaN and unlike everything else."""
    return abs(gap(a, b)) <= margin + _slack(a, b)


def _slack(a: Place, b: Place) -> float:
    """What binary fractions may be off by: 0.7 - 0.6 is a little less than 0.1."""
    sizes = [abs(x) for _, x in (a, b) if math.isfinite(x)]
    return SLACK * max(sizes, default=0.0)


def separated(high: Sequence[Place], low: Sequence[Place], margin: float) -> bool:
    """Whether every place of one group lies above every place of the other by the margin."""
    return beyond(min(high), max(low), margin)


@dataclass(frozen=True)
class Group:
    """One side of a comparison: the places of its runs, in the order of the seeds, and their median's."""

    places: tuple[Place, ...]
    median: Place


@dataclass(frozen=True)
class Above:
    """Whether one group was found to lie above another, whether by separation, and the one-sided p (None: no
    test).
    """

    found: bool
    separated: bool
    p: float | None


def above(high: Group, low: Group, margin: float, unit: float) -> Above:
    """Does `high` lie above `low` by the margin? Complete separation says so at any number of runs.

    From ten runs a side on the rank test may say so too, when its p is at most .005 and the medians are apart
    by the margin and by at least `unit`, the standard deviation of the healthy runs.
    """
    if separated(high.places, low.places, margin):
        return Above(True, True, separation_p(len(high.places), len(low.places)))
    if min(len(high.places), len(low.places)) < RANK_SEEDS:
        return Above(False, False, None)
    p = rank_p(high.places, low.places, margin)
    return Above(p <= ALPHA and beyond(high.median, low.median, max(margin, unit)), False, p)


def all_alike(a: Group, b: Group, margin: float) -> bool:
    """Whether every paired difference lies within the margin."""
    return all(alike(x, y, margin) for x, y in zip(a.places, b.places, strict=True))


@lru_cache(maxsize=256)
def rate_p(k: int, n: int) -> float:
    """The exact one-sided p of `k` of `n` or more, were it to happen as often as not."""
    from scipy import stats  # takes a second to import: only a claim over many seeds needs it

    return float(stats.binomtest(k, n, 0.5, alternative="greater").pvalue)


def least_rate(n: int) -> float:
    """What n of n says of the rate: with 95 % confidence it is at least this (Clopper & Pearson 1934)."""
    return float(0.05 ** (1 / n))


def separation_p(m: int, n: int) -> float:
    """The one-sided p of complete separation: one of all the ways to split m + n runs."""
    return 1 / math.comb(m + n, n)


def spread(group: Sequence[Place]) -> float:
    """The standard deviation (n - 1); infinite when some but not all are NaN or infinite, 0 when all are
    equal.
    """
    if len(set(group)) <= 1:
        return 0.0
    if any(tier != 0 or math.isinf(x) for tier, x in group):
        return math.inf
    from statistics import stdev  # with its fractions and decimals, for those who judge

    return stdev(x for _, x in group)


def rank_p(high: Sequence[Place], low: Sequence[Place], margin: float = 0.0) -> float:
    """The exact one-sided Mann-Whitney p that `high` lies above `low` by more than `margin` (Mann & Whitney
    1947).

    Without ties from scipy's exact distribution. With ties, of which counts and accuracies have many, by all
    splits of the midranks where scipy can enumerate them (up to 10 against 10); beyond that each tie is
    counted against the hypothesis, which keeps the test valid and makes it stricter.
    """
    shifted = [(tier, x + margin) if tier == 0 else (tier, x) for tier, x in low]
    order = {key: rank for rank, key in enumerate(sorted({*high, *shifted}))}
    return _exact_p(tuple(sorted(order[key] for key in high)), tuple(sorted(order[key] for key in shifted)))


def ranked_above(high: Sequence[Place], low: Sequence[Place]) -> bool:
    """Whether the rank test finds `high` above `low` at `ALPHA`; a tie counts against it, so ties make it stricter."""
    wins = sum(a > b for a in high for b in low)
    return wins >= _critical(len(high), len(low))


@lru_cache(maxsize=64)
def _critical(m: int, n: int) -> int:
    """How many of the m · n pairs must be won, without ties, for a one-sided exact p of at most `ALPHA`."""
    for wins in range(m * n + 1):
        above, over = divmod(wins, n)  # so many lie above all others, and one above so many of them
        high = [n + 1.0] * above + ([over + 0.5] if above < m else []) + [-1.0] * max(m - above - 1, 0)
        spread = [x + i / (10 * m) for i, x in enumerate(high)]
        if rank_p([(0, x) for x in spread], [(0, float(i + 1)) for i in range(n)]) <= ALPHA:
            return wins
    return m * n + 1


@lru_cache(maxsize=256)
def _exact_p(high: tuple[int, ...], low: tuple[int, ...]) -> float:
    from scipy import stats  # takes a second to import: only a comparison over many seeds needs it

    tied = len({*high, *low}) < len(high) + len(low)
    if not tied:
        return float(stats.mannwhitneyu(high, low, alternative="greater", method="exact").pvalue)
    if math.comb(len(high) + len(low), len(high)) <= ENUMERABLE:
        midranks = 2 * stats.rankdata((*high, *low))  # doubled, so that sums are whole and compare exactly
        return float(
            stats.permutation_test(
                (midranks[: len(high)], midranks[len(high) :]),
                lambda x, y, axis: x.sum(axis=axis) - y.sum(axis=axis),
                vectorized=True,
                n_resamples=ENUMERABLE,
                batch=20_000,
                alternative="greater",
            ).pvalue
        )
    # every element gets its own rank, and of equal ones those of `low` come last
    ranked = sorted([(key, 0) for key in high] + [(key, 1) for key in low])
    up = [rank for rank, (_, side) in enumerate(ranked) if side == 0]
    down = [rank for rank, (_, side) in enumerate(ranked) if side == 1]
    return float(stats.mannwhitneyu(up, down, alternative="greater", method="exact").pvalue)
