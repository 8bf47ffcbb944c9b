"""What comes back for review, and when: every miss, and some hits, at one fixed interval. Pure.

Spaced retries beat massed ones, and intervals that grow add nothing over fixed ones; errors made with the highest
confidence return once their correction is forgotten, and those made with the lowest are corrected least (Butler,
Fazio & Marsh 2011), so both come before the rest; what was guessed right needs to be recalled, too. Which of
several policies this is, and why, is simulated by `benchmarks/review_policies.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY = 86_400.0  # seconds
EVERY = 7  # days from one retry to the next
TIMES = 3  # right retries in a row after which a miss is done; a hit that came back is done after one
SURE, UNSURE = 90, 50  # percent: at or above, at or below
ONE_IN = 4  # of the other hits, every so-manieth comes back


@dataclass(frozen=True)
class Try:
    """One answered question, `at` seconds since the epoch; `review_of` is the number of the answer it
    retries.
    """

    number: int
    at: float
    right: bool
    confidence: int  # percent
    review_of: int | None = None


@dataclass(frozen=True)
class Policy:
    """What comes back: misses at these confidences, and whether some hits do."""

    surest: bool = True
    others: bool = True
    hits: bool = True
    days: tuple[int, ...] = (EVERY,) * TIMES  # from a miss, then from each right retry, to the next

    def wants(self, one: Try) -> bool:
        """Whether an answer comes back."""
        if one.right:
            return self.hits and (one.confidence <= UNSURE or one.number % ONE_IN == 0)
        return self.surest if one.confidence >= SURE else self.others


SHIPPED = Policy()


@dataclass(frozen=True)
class Returning:
    """An answer that comes back: its `number`, whether it was `right`, the last try, the interval it waits for."""

    number: int
    right: bool
    confidence: int
    last: float
    days: int

    def is_due(self, now: float) -> bool:
        """Whether its interval is over."""
        return now - self.last >= self.days * DAY

    @property
    def urgency(self) -> int:
        """0 for the surest and the least sure misses, 1 for other misses, 2 for hits."""
        if self.right:
            return 2
        return 0 if self.confidence >= SURE or self.confidence <= UNSURE else 1


def returning(tries: Iterable[Try], policy: Policy = SHIPPED) -> tuple[Returning, ...]:
    """Every answer that still comes back: by urgency, and of equals the one that waits longest first.

    A right retry brings a miss one interval on, and a hit to its end; a wrong one begins again as a miss.
    """
    first: dict[int, Try] = {}
    last: dict[int, float] = {}
    passed: dict[int, int] = {}
    missed: set[int] = set()
    for one in sorted(tries, key=lambda t: (t.at, t.number)):
        number = one.number if one.review_of is None else one.review_of
        if one.review_of is None and policy.wants(one):
            first[number] = one
        elif one.review_of is None or number not in first:
            continue
        last[number] = one.at
        if not one.right:
            missed.add(number)
        passed[number] = passed.get(number, -1) + 1 if one.right else 0
    found = [
        Returning(n, n not in missed, first[n].confidence, last[n], policy.days[passed[n]])
        for n in first
        if passed[n] < (len(policy.days) if n in missed else 1)
    ]
    return tuple(sorted(found, key=lambda r: (r.urgency, r.last + r.days * DAY)))
