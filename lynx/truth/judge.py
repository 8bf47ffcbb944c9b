"""From runs to verdicts: claims judged over seeds, rivals kept or ruled out.

The rules are in docs/architecture.md#claims. All directions, margins and steps were written before measuring.
Nothing here looks at a clock or a file, and no run is dropped: NaN counts at the metric's worse end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from enum import StrEnum

from lynx.truth import stats
from lynx.truth.claims import (
    Claim,
    Compare,
    Expect,
    Verdict,
    meets,
)
from lynx.truth.measures import (
    METRICS,
    Metric,
    Run,
    median_of,
    metric_of,
    value_of,
)

Seeds = Sequence[Mapping[str, Run]]  # one mapping a seed: variant -> run
Metrics = Mapping[str, Metric]

EXACT = 1e-3  # a relative tolerance that no noise of seeds fits into


class Reason(StrEnum):
    """What decided a verdict; `view` has the words."""

    ALL = "all"  # every seed meets the expectation
    NONE = "none"  # no seed does
    SOME = "some"
    MOSTLY = "mostly"  # more often than not, by the exact test over ten seeds or more
    RARELY = "rarely"  # less often than not, by the same test
    NOT_CONTRADICTED = "not-contradicted"  # too few seeds for a verdict, and some meet it
    CONTRADICTED = "contradicted"  # too few seeds for a verdict, and none meets it
    SEPARATED = "separated"  # every run of one side lies beyond every run of the other, as claimed
    OPPOSITE = "opposite"  # … or the other way round
    RANKED = "ranked"  # the rank test over ten seeds or more, and a gap of one healthy sd
    RANKED_OPPOSITE = "ranked-opposite"
    ALIKE = "alike"  # every paired difference lies within the margin
    OVERLAP = "overlap"  # none of these
    HEALTHY_FAILED = "healthy-failed"
    NO_SEEDS = "no-seeds"


@dataclass(frozen=True)
class Judgement:
    """A verdict and what it rests on.

    `k` of `n` seeds meet the expectation, or, seed by seed, the comparison. `p` is one-sided and exact: of
    the direction that decided, else of the claimed one; None where no test was made. `other` and
    `other_values` belong to the other side of a comparison.
    """

    verdict: Verdict
    k: int
    n: int
    p: float | None
    median: float
    values: tuple[float, ...]
    other: float | None = None
    other_values: tuple[float, ...] = ()
    provisional: bool = False
    reason: Reason = Reason.OVERLAP


# -- claims --------------------------------------------------------------------------------------


def judge(claim: Claim, seeds: Seeds, healthy_ok: bool = True, metrics: Metrics = METRICS) -> Judgement:
    """The verdict on `claim` from all of these seeds.

    A comparison needs separation, or from ten seeds on the rank test; below five seeds it is provisional, and on
    an unhealthy healthy leg INVALID. An expectation says "more often than not" of a run drawn at random, and is
    decided from ten seeds on; see `rate`. Raises Refused when a measure cannot be read (`measures.problems_of`) or
    a negative value is compared on a logarithmic scale, ValueError for a claim that neither expects nor
    compares.
    """
    values = tuple(value_of(claim.measure, runs, metrics) for runs in seeds)
    if claim.compare is not None:
        mine = with_changes(claim.measure, variant=claim.compare.to)
        others = tuple(value_of(mine, runs, metrics) for runs in seeds)
        judgement = _compared(claim, claim.compare, values, others, metrics)
        if not healthy_ok and seeds:
            judgement = with_changes(judgement, verdict=Verdict.INVALID, reason=Reason.HEALTHY_FAILED)
        return judgement
    if claim.expect is None:
        raise ValueError(f"claim {claim.id!r} neither expects nor compares")
    return _counted(claim, claim.expect, values, metrics)


def judge_all(claims: Sequence[Claim], seeds: Seeds, metrics: Metrics = METRICS) -> tuple[Judgement, ...]:
    """Each claim's judgement, in the order of the claims.

    The healthy leg's own claims are judged first: when one of them fails (`passes`), every other comparison is
    INVALID.
    """
    healthy = {i: judge(claim, seeds, True, metrics) for i, claim in enumerate(claims) if claim.healthy}
    ok = all(passes(claims[i], judgement) for i, judgement in healthy.items())
    return tuple(healthy[i] if i in healthy else judge(c, seeds, ok, metrics) for i, c in enumerate(claims))


def passes(claim: Claim, judgement: Judgement) -> bool:
    """Whether a claim of the healthy leg's own does not speak against it."""
    return judgement.verdict is claim.verdict if claim.expect else agrees(claim.verdict, judgement)


def decide(claims: Sequence[Claim], seeds: Seeds, metrics: Metrics = METRICS) -> tuple[Judgement, ...]:
    """The claims that decide on a repair: each HOLDS when `yours` meets it under every seed, else is REFUTED.

    INVALID where the healthy side does not meet it under every one of these seeds, for then it decides nothing.
    """
    return tuple(_decided(claim, seeds, metrics) for claim in claims)


def _decided(claim: Claim, seeds: Seeds, metrics: Metrics) -> Judgement:
    found = judge(claim, seeds, True, metrics)
    verdict = Verdict.HOLDS if found.k == found.n else Verdict.REFUTED
    reason = {found.n: Reason.ALL, 0: Reason.NONE}.get(found.k, Reason.SOME)
    if claim.compare is None or claim.compare.to != "healthy":
        sound = judge(
            with_changes(claim, measure=with_changes(claim.measure, variant="healthy")), seeds, True, metrics
        )
        if sound.k < sound.n:
            verdict, reason = Verdict.INVALID, Reason.HEALTHY_FAILED
    return with_changes(found, verdict=verdict, reason=reason, provisional=False)


def judge_staged(
    claim: Claim, seeds: Seeds, healthy_ok: bool = True, metrics: Metrics = METRICS
) -> Judgement:
    """The 5→10 scheme, which spares runs: five seeds, and the rest only where `wants_more`."""
    first = judge(claim, seeds[: stats.FIRM_SEEDS], healthy_ok, metrics)
    return judge(claim, seeds, healthy_ok, metrics) if wants_more(claim, first) else first


def wants_more(claim: Claim, judgement: Judgement) -> bool:
    """Whether more seeds, up to ten, could still decide: what is provisional, or a comparison that is open.

    Open is also one that came out otherwise than declared: what is written was measured over ten, and five of
    these may be alike by chance.
    """
    if judgement.provisional:
        return True
    if claim.compare is None or judgement.n >= stats.RANK_SEEDS or judgement.verdict is Verdict.INVALID:
        return False
    return judgement.verdict is Verdict.UNDECIDED or not agrees(claim.verdict, judgement)


def contradicts(declared: Verdict, judgement: Judgement) -> bool:
    """Whether the evidence says the opposite: HOLDS for REFUTED or the reverse, or an invalid comparison.

    Where there are too few seeds for a verdict: none of them meets what is declared to hold, or all of them
    what is declared refuted.
    """
    if judgement.verdict is Verdict.INVALID:
        return declared is not Verdict.INVALID
    if judgement.reason is Reason.CONTRADICTED:
        return declared is Verdict.HOLDS
    if judgement.reason is Reason.NOT_CONTRADICTED:
        return declared is Verdict.REFUTED and judgement.k == judgement.n
    return {declared, judgement.verdict} == {Verdict.HOLDS, Verdict.REFUTED}


def agrees(declared: Verdict, judgement: Judgement) -> bool:
    """Whether a check may pass: the declared verdict, or, while provisional, no contradiction."""
    if judgement.provisional:
        return not contradicts(declared, judgement)
    return judgement.verdict is declared


def _counted(claim: Claim, expect: Expect, values: tuple[float, ...], metrics: Metrics) -> Judgement:
    metric, n = claim.measure.metric, len(values)
    if n == 0:
        nothing = Reason.NO_SEEDS
        return Judgement(Verdict.UNDECIDED, 0, 0, None, math.nan, (), provisional=True, reason=nothing)
    k = sum(meets(expect, value, metric, metrics) for value in values)
    found = rate(claim, k, n, exact=_exact(expect, values))
    return Judgement(
        found.verdict,
        k,
        n,
        found.p,
        median_of(metric, values, metrics),
        values,
        provisional=found.provisional,
        reason=found.reason,
    )


def _exact(expect: Expect, values: tuple[float, ...]) -> bool:
    """Whether an exact value is expected and no seed changes the number; of one seed the tolerance tells."""
    if expect.equals is None or len(set(values)) != 1:
        return False
    return len(values) > 1 or expect.within <= EXACT * abs(expect.equals)


@dataclass(frozen=True)
class Rate:
    """What k of n seeds say of an expectation."""

    verdict: Verdict
    reason: Reason
    p: float | None  # one-sided, of the direction that decided, else the smaller one
    provisional: bool


def rate(claim: Claim, k: int, n: int, *, exact: bool = False) -> Rate:
    """The finding on a claim about one condition that `k` of `n` seeds meet (docs/architecture.md#claims).

    It means "more often than not": from ten seeds on an exact binomial test decides (9 of 10 holds, 1 of 10
    is refuted); fewer give no verdict. `always` asks for n of n, and one seed refutes it. The healthy side's
    own claims pass at n − 1 of n from five seeds on, below at n of n. `exact`: every seed gave one number.
    """
    all_of_them = {n: Reason.ALL, 0: Reason.NONE}.get(k, Reason.SOME)
    if exact:
        return Rate(Verdict.HOLDS if k == n else Verdict.REFUTED, all_of_them, None, False)
    if claim.always and k < n:
        return Rate(Verdict.REFUTED, all_of_them, None, False)
    if claim.healthy and not claim.always:
        spared = 1 if n >= stats.FIRM_SEEDS else 0
        verdict = Verdict.HOLDS if k >= n - spared else Verdict.UNDECIDED if k else Verdict.REFUTED
        return Rate(verdict, all_of_them, None, n < stats.FIRM_SEEDS)
    if n < stats.RATE_SEEDS:
        return Rate(Verdict.UNDECIDED, Reason.NOT_CONTRADICTED if k else Reason.CONTRADICTED, None, True)
    if claim.always:
        return Rate(Verdict.HOLDS, Reason.ALL, None, False)
    more, less = stats.rate_p(k, n), stats.rate_p(n - k, n)
    if more <= stats.RATE_ALPHA:
        return Rate(Verdict.HOLDS, Reason.MOSTLY, more, False)
    if less <= stats.RATE_ALPHA:
        return Rate(Verdict.REFUTED, Reason.RARELY, less, False)
    return Rate(Verdict.UNDECIDED, Reason.SOME, min(more, less), False)


def _compared(
    claim: Claim, compare: Compare, values: tuple[float, ...], others: tuple[float, ...], metrics: Metrics
) -> Judgement:
    metric = claim.measure.metric
    n = len(values)
    if n == 0:
        return Judgement(
            Verdict.UNDECIDED, 0, 0, None, math.nan, (), math.nan, provisional=True, reason=Reason.NO_SEEDS
        )
    worse = metric_of(metric, metrics).worse
    mine = [stats.place(value, worse, compare.scale) for value in values]
    theirs = [stats.place(value, worse, compare.scale) for value in others]
    margin = stats.width(compare.margin, compare.scale)
    unit = _healthy_spread(claim.measure.variant, compare.to, mine, theirs)
    medians = median_of(metric, values, metrics), median_of(metric, others, metrics)
    centre, other_centre = (stats.place(median, worse, compare.scale) for median in medians)
    here = stats.Group(tuple(mine), centre)
    there = stats.Group(tuple(theirs), other_centre)
    pairs = list(zip(mine, theirs, strict=True))
    if compare.direction == "same":
        verdict, reason, p = _no_effect(here, there, margin, unit)
        k = sum(stats.alike(a, b, margin) for a, b in pairs)
    else:
        flip = compare.direction == "below"
        high, low = (there, here) if flip else (here, there)
        verdict, reason, p = _directed(high, low, margin, unit)
        k = sum(stats.beyond(b, a, margin) if flip else stats.beyond(a, b, margin) for a, b in pairs)
    return Judgement(
        verdict,
        k,
        n,
        p,
        medians[0],
        values,
        medians[1],
        others,
        provisional=n < stats.FIRM_SEEDS,
        reason=reason,
    )


def _healthy_spread(
    variant: str, to: str, mine: Sequence[stats.Place], theirs: Sequence[stats.Place]
) -> float:
    """The sd of the healthy side; when neither side is the healthy one, the larger of the two."""
    if "healthy" in (variant, to):
        return stats.spread(mine if variant == "healthy" else theirs)
    return max(stats.spread(mine), stats.spread(theirs))


Finding = tuple[Verdict, Reason, float | None]


def _directed(high: stats.Group, low: stats.Group, margin: float, unit: float) -> Finding:
    """The finding on "`high` lies above `low` by the margin".

    It is refuted when the opposite is found, by whatever margin, or when all pairs are alike within this one.
    """
    claimed = stats.above(high, low, margin, unit)
    if claimed.found:
        return Verdict.HOLDS, Reason.SEPARATED if claimed.separated else Reason.RANKED, claimed.p
    if low.median > high.median:
        opposite = stats.above(low, high, 0.0, unit)
        if opposite.found:
            reason = Reason.OPPOSITE if opposite.separated else Reason.RANKED_OPPOSITE
            return Verdict.REFUTED, reason, opposite.p
    if stats.all_alike(high, low, margin):
        return Verdict.REFUTED, Reason.ALIKE, claimed.p
    return Verdict.UNDECIDED, Reason.OVERLAP, claimed.p


def _no_effect(here: stats.Group, there: stats.Group, margin: float, unit: float) -> Finding:
    """The finding on "the two differ by no more than the margin", seed by seed."""
    if stats.all_alike(here, there, margin):
        return Verdict.HOLDS, Reason.ALIKE, None
    high, low = (here, there) if here.median > there.median else (there, here)
    apart = stats.above(high, low, margin, unit)
    if apart.found:
        return Verdict.REFUTED, Reason.SEPARATED if apart.separated else Reason.RANKED, apart.p
    return Verdict.UNDECIDED, Reason.OVERLAP, apart.p


# -- rivals --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Survival:
    """Which rivals an outcome leaves standing, in the order they were named."""

    survived: tuple[str, ...]
    ruled_out: tuple[str, ...]

    @property
    def separates(self) -> bool:
        """Whether the outcome told rivals apart: one stands and another fell."""
        return bool(self.survived and self.ruled_out)


def survivors(
    predicts: Mapping[str, Expect], value: float, metric: str, metrics: Metrics = METRICS
) -> Survival:
    """Hold what each rival predicts against the outcome of a control."""
    kept = tuple(rival for rival, expect in predicts.items() if meets(expect, value, metric, metrics))
    return Survival(kept, tuple(rival for rival in predicts if rival not in kept))
