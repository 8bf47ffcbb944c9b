"""How well a learner's confidence fits: the Brier score, the hit rate and the curve, over time.

Only a hit counts as being right; near is not. What could not be measured is left out of every figure.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.truth.claims import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CONFIDENCES = (30, 50, 70, 90)  # percent; whoever guesses among three must be able to say so


@dataclass(frozen=True)
class Forecast:
    """A scored prediction: its confidence in percent, how it fared, when (seconds since the epoch), and
    how many there were of it (over time each is told by itself).
    """

    confidence: int
    result: Result
    at: float = 0.0
    times: int = 1


@dataclass(frozen=True)
class Bin:
    """All predictions made with one confidence (percent); `rate` is the share of hits, None when there are
    none.
    """

    confidence: int
    n: int
    hits: int
    rate: float | None


@dataclass(frozen=True)
class Period:
    """Consecutive predictions, and how they did together."""

    start: float
    end: float
    n: int
    hits: int
    brier: float


def brier(forecasts: Iterable[Forecast]) -> float | None:
    """The mean of (confidence - hit)², from 0 (best) to 1; None without predictions (Brier 1950, one
    outcome).

    No single figure of it says whether confidence tells anything: always 70 % with 70 % hits gives .21 and tells
    no hit from a miss. `decompose` does.
    """
    # in whole numbers: the same to the last digit in whatever order they are counted
    counted = _counted(forecasts)
    loss = sum(f.times * (f.confidence - 100 * _hit(f)) ** 2 for f in counted)
    return loss / (10_000 * _many(counted)) if counted else None


@dataclass(frozen=True)
class Decomposition:
    """Murphy's parts of a Brier score (1973): reliability − resolution + uncertainty."""

    n: int
    reliability: float  # how far each confidence lies from how often it came true; 0 is best
    resolution: float  # how far apart the confidences lie in how often they came true; 0 tells nothing
    uncertainty: float  # how mixed hits and misses were: the resolution that could be reached
    by_chance: float  # the resolution expected of the same confidences, dealt out at random

    @property
    def brier(self) -> float:
        """The score that the parts make."""
        return self.reliability - self.resolution + self.uncertainty


def decompose(forecasts: Iterable[Forecast]) -> Decomposition | None:
    """The parts of the Brier score, by each confidence that was given; None without predictions.

    With K confidences over n predictions chance alone gives a resolution of uncertainty · (K − 1)/(n − 1).
    """
    counted = _counted(forecasts)
    n = _many(counted)
    if not n:
        return None
    sizes, hits = Counter[int](), Counter[int]()
    for one in sorted(counted, key=lambda f: f.confidence):
        sizes[one.confidence] += one.times
        hits[one.confidence] += one.times * _hit(one)
    base = hits.total() / n
    rates = {said: hits[said] / size for said, size in sizes.items()}
    uncertainty = base * (1 - base)
    return Decomposition(
        n=n,
        reliability=sum(size * (said / 100 - rates[said]) ** 2 for said, size in sizes.items()) / n,
        resolution=sum(size * (rates[said] - base) ** 2 for said, size in sizes.items()) / n,
        uncertainty=uncertainty,
        by_chance=uncertainty * (len(sizes) - 1) / (n - 1) if n > 1 else 0.0,
    )


def curve(forecasts: Iterable[Forecast]) -> tuple[Bin, ...]:
    """For each confidence offered (30, 50, 70, 90) how often it came true; another value joins the nearest, the
    lower on a tie.
    """
    counted = _counted(forecasts)
    bins = []
    for confidence in CONFIDENCES:
        near = [f for f in counted if _nearest(f.confidence) == confidence]
        n, hits = _many(near), _many(f for f in near if _hit(f))
        bins.append(Bin(confidence, n, hits, hits / n if n else None))
    return tuple(bins)


def over_time(forecasts: Iterable[Forecast], per: int = 10) -> tuple[Period, ...]:
    """The predictions in order of time, `per` at a time; the last period may be shorter. Raises ValueError if
    per < 1.
    """
    if per < 1:
        raise ValueError("a period holds at least one prediction")
    ordered = sorted(_counted(forecasts), key=lambda f: f.at)
    return tuple(_period(ordered[i : i + per]) for i in range(0, len(ordered), per))


def _period(part: Sequence[Forecast]) -> Period:
    score = brier(part)
    assert score is not None
    return Period(part[0].at, part[-1].at, len(part), sum(_hit(f) for f in part), score)


def _counted(forecasts: Iterable[Forecast]) -> list[Forecast]:
    return [f for f in forecasts if f.result is not Result.UNMEASURED]


def _many(counted: Iterable[Forecast]) -> int:
    return sum(f.times for f in counted)


def _hit(forecast: Forecast) -> int:
    return int(forecast.result is Result.HIT)


def _nearest(confidence: int) -> int:
    return min(CONFIDENCES, key=lambda c: (abs(c - confidence), c))
