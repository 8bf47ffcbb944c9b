"""How often the rules of `lynx.truth.judge` are wrong, and how often they see what is there.

    python -m benchmarks.error_rates [--repetitions 20000] [--seed 0]

A claim "broken lies above healthy" is judged on runs drawn from a known distribution, through the same
`judge` that judges a break. At the null both sides are drawn alike, so HOLDS and REFUTED are both false.
For power, broken is shifted up by 1 to 4 healthy standard deviations: HOLDS is then right, REFUTED should
not happen.

The schemes: five seeds (complete separation); ten seeds (separation, or the exact rank test at .005 with a
median gap of one healthy sd); 5→10 (ten only where five leave it open). The distributions: normal; skewed
(log-normal, sigma .75); heavy-tailed (Student's t, 3 degrees of freedom); all with mean 0 and sd 1. At five
seeds the null error is 1/252 = .0040 each way by counting, whatever the distribution.

A claim about one condition ("NaN within 50 steps") means "more often than not" of a run drawn at random. It is
judged on runs that meet it at a known rate, from 5 to 95 %; at 50 % either verdict is false. Beside it stands the
rule "HOLDS when every seed meets it, REFUTED when none does", which punishes evidence: the more seeds, the less
often a claim that is true of most runs holds.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng

from lynx.truth.claims import Claim, Compare, Expect, Source, Verdict
from lynx.truth.judge import Judgement, judge, judge_staged
from lynx.truth.measures import Ended, Measure, Run, Series

CLAIM = Claim(
    id="broken-above",
    source=Source.THEORY,
    measure=Measure("loss", "broken", 0),
    verdict=Verdict.HOLDS,
    compare=Compare("healthy", "above"),
)

Draw = Callable[[Generator, int], np.ndarray]
DISTRIBUTIONS: dict[str, Draw] = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "skewed": lambda rng, n: (rng.lognormal(0, 0.75, n) - math.exp(0.28125)) / 1.1512,
    "heavy": lambda rng, n: rng.standard_t(3, n) / math.sqrt(3),
}
SCHEMES: dict[str, Callable[[list[dict[str, Run]]], Judgement]] = {
    "5 v 5": lambda seeds: judge(CLAIM, seeds[:5]),
    "10 v 10": lambda seeds: judge(CLAIM, seeds),
    "5→10": lambda seeds: judge_staged(CLAIM, seeds),
}

HAPPENS = Claim(
    id="happens",
    source=Source.THEORY,
    measure=Measure("loss", "broken", 0),
    verdict=Verdict.HOLDS,
    expect=Expect(at_least=0.5),
)
RATES = (0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95)


def _all_or_none(seeds: list[dict[str, Run]]) -> Verdict:
    values = {runs["broken"].series["loss"].points[0][0] for runs in seeds}
    return Verdict.UNDECIDED if len(values) > 1 else Verdict.HOLDS if 1.0 in values else Verdict.REFUTED


ONE_CONDITION: dict[str, Callable[[list[dict[str, Run]]], Verdict]] = {
    "3 seeds": lambda seeds: judge(HAPPENS, seeds[:3]).verdict,
    "10 seeds": lambda seeds: judge(HAPPENS, seeds).verdict,
    "all of 3": lambda seeds: _all_or_none(seeds[:3]),
    "all of 10": _all_or_none,
}


@dataclass(frozen=True)
class Rates:
    """How often each verdict came out, as fractions of the repetitions."""

    holds: float
    refuted: float
    repetitions: int


def simulate(
    shift: float, repetitions: int, rng: Generator, draw: Draw = DISTRIBUTIONS["normal"]
) -> Mapping[str, Rates]:
    """The rates of every scheme on the same draws, with broken `shift` healthy standard deviations up."""
    counts = {name: {Verdict.HOLDS: 0, Verdict.REFUTED: 0, Verdict.UNDECIDED: 0} for name in SCHEMES}
    for _ in range(repetitions):
        healthy, broken = draw(rng, 10), draw(rng, 10) + shift
        seeds = [_pair(i, float(h), float(b)) for i, (h, b) in enumerate(zip(healthy, broken, strict=True))]
        for name, scheme in SCHEMES.items():
            counts[name][scheme(seeds).verdict] += 1
    return {
        name: Rates(c[Verdict.HOLDS] / repetitions, c[Verdict.REFUTED] / repetitions, repetitions)
        for name, c in counts.items()
    }


def simulate_one_condition(rate: float, repetitions: int, rng: Generator) -> Mapping[str, Rates]:
    """The rates of the rules for one condition on the same draws, where a run meets it with probability `rate`."""
    counts = {name: dict.fromkeys(Verdict, 0) for name in ONE_CONDITION}
    for _ in range(repetitions):
        met = rng.random(10) < rate
        seeds = [_pair(i, 0.0, float(one)) for i, one in enumerate(met)]
        for name, rule in ONE_CONDITION.items():
            counts[name][rule(seeds)] += 1
    return {
        name: Rates(c[Verdict.HOLDS] / repetitions, c[Verdict.REFUTED] / repetitions, repetitions)
        for name, c in counts.items()
    }


def _pair(seed: int, healthy: float, broken: float) -> dict[str, Run]:
    return {
        name: Run(name, seed, Ended.FINISHED, {"loss": Series((), {0: (value,)})})
        for name, value in (("healthy", healthy), ("broken", broken))
    }


def main() -> None:
    """Print one table a distribution."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--distributions", nargs="*", default=list(DISTRIBUTIONS), choices=DISTRIBUTIONS)
    wanted = parser.parse_args()
    for name in wanted.distributions:
        rng = default_rng(wanted.seed)
        print(f"\n{name}, {wanted.repetitions} repetitions, seed {wanted.seed}")
        print(f"  {'shift':>8}" + "".join(f"{scheme:>24}" for scheme in SCHEMES))
        print(f"  {'(sd)':>8}" + f"{'HOLDS':>14}{'REFUTED':>10}" * len(SCHEMES))
        for shift in (0, 1, 2, 3, 4):
            # the null needs the precision, power does not
            repetitions = wanted.repetitions if shift == 0 else max(wanted.repetitions // 5, 1)
            rates = simulate(shift, repetitions, rng, DISTRIBUTIONS[name])
            row = "".join(f"{r.holds:>14.4f}{r.refuted:>10.4f}" for r in rates.values())
            print(f"  {shift:>8}{row}", flush=True)
        print(f"  standard error of .007 at the null: {math.sqrt(0.007 / wanted.repetitions):.4f}")
    rng = default_rng(wanted.seed)
    print(f"\none condition, {wanted.repetitions} repetitions, seed {wanted.seed}")
    print(f"  {'rate':>8}" + "".join(f"{rule:>24}" for rule in ONE_CONDITION))
    print(f"  {'':>8}" + f"{'HOLDS':>14}{'REFUTED':>10}" * len(ONE_CONDITION))
    for rate in RATES:
        rates = simulate_one_condition(rate, wanted.repetitions, rng)
        row = "".join(f"{r.holds:>14.4f}{r.refuted:>10.4f}" for r in rates.values())
        print(f"  {rate:>8}{row}", flush=True)


if __name__ == "__main__":
    main()
