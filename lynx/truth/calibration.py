"""How well a learner's confidence fits: the Brier score, the hit rate and the curve, over time.

Only a hit counts as being right; near is not. What could not be measured is left out of every figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.truth.claims import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CONFIDENCES = (30, 50, 70, 90)  # percent; whoever guesses among three must be able to say so


@dataclass(frozen=True)
class Forecast:
    """One scored prediction: its confidence in percent, how it fared, and when (seconds since the epoch)."""

    confidence: int
    result: Result
    at: float = 0.0


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

    Saying 50 % to everything gives .25, whatever happens: below that, confidence carries information.
    """
    losses = [(f.confidence / 100 - _hit(f)) ** 2 for f in _counted(forecasts)]
    return sum(losses) / len(losses) if losses else None


def curve(forecasts: Iterable[Forecast]) -> tuple[Bin, ...]:
    """For each confidence offered (30, 50, 70, 90) how often it came true; another value joins the nearest, the
    lower on a tie.
    """
    counted = _counted(forecasts)
    bins = []
    for confidence in CONFIDENCES:
        hits = [_hit(f) for f in counted if _nearest(f.confidence) == confidence]
        bins.append(Bin(confidence, len(hits), sum(hits), sum(hits) / len(hits) if hits else None))
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


def _hit(forecast: Forecast) -> int:
    return int(forecast.result is Result.HIT)


def _nearest(confidence: int) -> int:
    return min(CONFIDENCES, key=lambda c: (abs(c - confidence), c))
