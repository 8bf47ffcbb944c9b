"""Which answers should come back for review? Policies on simulated learners who forget, looked at on day 60.

    python -m benchmarks.review_policies [--learners 60] [--seed 0]

It tests the schedule and not people: the learners are equations, and what they owe to assumption is written here.

- 4 questions a day for 30 days. A learner knows the answer (55 %), believes a wrong one (20 %), or guesses (25 %,
  right one time in three). Who knows or believes is mostly sure; who guesses is mostly not.
- Each answer is followed by the right one. What is then remembered fades as exp(−days / strength). Strength after
  first seeing the answer, in days: known 60; guessed right 12 (nothing drew attention to it); a guess corrected 8
  (least, Fazio & Marsh 2009); a belief corrected 20 (hypercorrection), but when that is forgotten the *belief* is
  what comes back (Butler 2011), where a forgotten guess is a guess again.
- A right retry strengthens by 1 + 3 · (share forgotten by then): late retries do more than early ones. A wrong one,
  followed by the right answer, begins again at one and a half times the first strength.
- Everybody reviews at most `--a-day` things a day (6), so that no policy wins by asking more than a day holds; how many
  it asked is printed beside what it gained. The schedules are `lynx.truth.spacing`'s own code.

Three settings of the constants (forgetting half and twice as fast) show what depends on them. On day 60 every question
is asked once more, without feedback.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, field
from statistics import mean, stdev

from numpy.random import Generator, default_rng

from lynx.truth.spacing import DAY, EVERY, TIMES, Policy, Try, returning

DAYS, A_DAY, UNTIL = 30, 4, 60
KNOWN, BELIEVED = 0.55, 0.20  # the rest is guessed
STRENGTH = {"known": 60.0, "lucky": 12.0, "guessed": 8.0, "believed": 20.0}
SAYS = {"known": (0.10, 0.35, 0.55), "believed": (0.10, 0.35, 0.55), "guess": (0.70, 0.25, 0.05)}
CONFIDENCES = (50, 70, 90)
GROWING = (1, 7, 30)
POLICIES = {
    "none": Policy(surest=False, others=False, hits=False),
    "surest misses": Policy(others=False, hits=False),
    "all misses": Policy(hits=False),
    "misses and hits": Policy(),
    "misses and hits, growing": Policy(days=GROWING),
}


@dataclass
class Item:
    """One question in a learner's head."""

    kind: str  # known | lucky | guessed | believed
    strength: float
    seen: float  # day on which the right answer was last seen
    first: float = field(default=0.0)

    def recalled(self, day: float) -> float:
        """The share that is still remembered."""
        return math.exp(-(day - self.seen) / self.strength)

    def right(self, day: float) -> float:
        """The chance of a right answer: what is forgotten is guessed, or believed wrongly again."""
        kept = self.recalled(day)
        return kept + (1 - kept) * (0.0 if self.kind == "believed" else 1 / 3)

    def retry(self, day: float, rng: Generator) -> bool:
        """Ask it again and show the answer."""
        kept, right = self.recalled(day), bool(rng.random() < self.right(day))
        self.strength = self.strength * (1 + 3 * (1 - kept)) if right else 1.5 * self.first
        self.seen = day
        return right


@dataclass(frozen=True)
class Outcome:
    """What one learner has of a policy: the share right on day 60, of all and of what was missed, and retries made."""

    right: float
    right_of_misses: float
    retries: int


def learn(policy: Policy, rng: Generator, a_day: int = 6, slower: float = 1.0) -> Outcome:
    """Thirty days of questions and sixty of reviews."""
    items: dict[int, Item] = {}
    tries: list[Try] = []
    missed: set[int] = set()
    retries = 0
    for day in range(UNTIL):
        now = day * DAY
        due = [one for one in returning(tries, policy) if one.is_due(now)][:a_day]
        for one in due:
            right = items[one.number].retry(day, rng)
            tries.append(Try(len(items) + 10_000 + retries, now, right, 70, review_of=one.number))
            retries += 1
        for _ in range(A_DAY if day < DAYS else 0):
            number = len(items)
            kind, right, sure = _first_answer(rng)
            strength = STRENGTH[kind] * slower
            items[number] = Item(kind, strength, day, strength)
            tries.append(Try(number, now, right, sure))
            if not right:
                missed.add(number)
    chances = {number: item.right(UNTIL) for number, item in items.items()}
    return Outcome(mean(chances.values()), mean(chances[n] for n in missed), retries)


def _first_answer(rng: Generator) -> tuple[str, bool, int]:
    drawn = rng.random()
    state = "known" if drawn < KNOWN else "believed" if drawn < KNOWN + BELIEVED else "guess"
    right = state == "known" or (state == "guess" and rng.random() < 1 / 3)
    sure = int(rng.choice(CONFIDENCES, p=SAYS[state]))
    kind = state if state != "guess" else "lucky" if right else "guessed"
    return kind, bool(right), sure


def simulate(name: str, learners: int, seed: int, a_day: int = 6, slower: float = 1.0) -> list[Outcome]:
    """The same learners under one policy."""
    return [learn(POLICIES[name], default_rng([seed, i]), a_day, slower) for i in range(learners)]


def main() -> None:
    """Print a table for each speed of forgetting."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--a-day", type=int, default=6)
    wanted = parser.parse_args()
    print(f"fixed: every {EVERY} days, {TIMES} times; growing: after {', '.join(map(str, GROWING))} days")
    for slower, words in ((0.5, "forgetting twice as fast"), (1.0, "as assumed"), (2.0, "half as fast")):
        print(
            f"\n{words}; {wanted.learners} learners, at most {wanted.a_day} retries a day, seed {wanted.seed}"
        )
        print(f"  {'':<26}{'right on day 60':>24}{'of the misses':>16}{'retries':>10}")
        for name in POLICIES:
            found = simulate(name, wanted.learners, wanted.seed, wanted.a_day, slower)
            right = [one.right for one in found]
            error = stdev(right) / math.sqrt(len(right)) if len(right) > 1 else math.nan
            print(
                f"  {name:<26}{mean(right):>15.3f} ± {error:.3f}"
                f"{mean(one.right_of_misses for one in found):>17.3f}{mean(one.retries for one in found):>10.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
