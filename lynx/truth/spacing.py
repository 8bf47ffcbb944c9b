"""When a confident miss comes back: one, seven and thirty days later, at fixed intervals. Pure.

Expanding intervals add nothing over fixed ones, and spaced retries beat massed ones; a retry
that is missed starts again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAYS = (1, 7, 30)
DAY = 86_400.0  # seconds


@dataclass(frozen=True)
class Try:
    """One answered question, `at` seconds since the epoch; `review_of` is the number of the miss it
    retries.
    """

    number: int
    at: float
    right: bool
    sure: bool  # answered with the highest confidence
    review_of: int | None = None


@dataclass(frozen=True)
class Returning:
    """A confident miss that comes back: `number` of the miss, the last try, the interval it waits for."""

    number: int
    last: float
    days: int

    def is_due(self, now: float) -> bool:
        """Whether its interval is over."""
        return now - self.last >= self.days * DAY


def returning(tries: Iterable[Try], days: Sequence[int] = DAYS) -> tuple[Returning, ...]:
    """Every confident miss that still comes back, the one that waits longest first.

    A retry of it that is right moves it to the next interval, one that is wrong to the first; after the last
    interval it is done.
    """
    last: dict[int, float] = {}
    passed: dict[int, int] = {}
    for one in sorted(tries, key=lambda t: (t.at, t.number)):
        if one.review_of is None:
            if one.sure and not one.right:
                last[one.number], passed[one.number] = one.at, 0
        elif one.review_of in last:
            last[one.review_of] = one.at
            passed[one.review_of] = passed[one.review_of] + 1 if one.right else 0
    left = [Returning(n, last[n], days[passed[n]]) for n in last if passed[n] < len(days)]
    return tuple(sorted(left, key=lambda r: r.last + r.days * DAY))
