"""Verdicts over seeds: what holds, what is refuted, what stays open, and what mirrors what."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lynx.errors import Refused
from lynx.truth.claims import Claim, Compare, Expect, Source, Verdict
from lynx.truth.judge import (
    Judgement,
    Reason,
    agrees,
    contradicts,
    decide,
    judge,
    judge_all,
    judge_staged,
    survivors,
    wants_more,
)
from lynx.truth.measures import METRICS, Ended, Measure, Metric, Run, Series, Worse
from lynx.truth.stats import least_rate, separation_p

NAN, INF = math.nan, math.inf
HOLDS, REFUTED, UNDECIDED, INVALID = Verdict.HOLDS, Verdict.REFUTED, Verdict.UNDECIDED, Verdict.INVALID
Direction = Literal["above", "below", "same"]


def seeds_of(metric: str = "loss", **variants: Sequence[float]) -> list[dict[str, Run]]:
    """One mapping a seed; each variant's values are its seeds' values of the metric at step 0."""
    count = max(map(len, variants.values()))
    return [
        {
            name: Run(name, seed, Ended.FINISHED, {metric: Series((), {0: (float(values[seed]),)})})
            for name, values in variants.items()
        }
        for seed in range(count)
    ]


def comparison(
    direction: Direction = "above",
    margin: float = 0.0,
    *,
    metric: str = "loss",
    variant: str = "broken",
    to: str = "healthy",
    scale: Literal["linear", "log"] = "linear",
    verdict: Verdict = HOLDS,
) -> Claim:
    compare = Compare(to, direction, margin, scale)
    return Claim("c", "course", Measure(metric, variant, 0), verdict, compare=compare)


def expectation(
    expect: Expect,
    metric: str = "loss",
    variant: str = "broken",
    *,
    healthy: bool = False,
    declared: Verdict = HOLDS,
) -> Claim:
    return Claim("e", Source.THEORY, Measure(metric, variant, 0), declared, expect=expect, healthy=healthy)


# -- one condition -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "verdict", "reason", "p"),
    [
        (10, HOLDS, Reason.MOSTLY, 1 / 1024),
        (9, HOLDS, Reason.MOSTLY, 11 / 1024),
        (8, UNDECIDED, Reason.SOME, 56 / 1024),
        (5, UNDECIDED, Reason.SOME, 638 / 1024),
        (2, UNDECIDED, Reason.SOME, 56 / 1024),
        (1, REFUTED, Reason.RARELY, 11 / 1024),
        (0, REFUTED, Reason.RARELY, 1 / 1024),
    ],
)
def test_one_condition_is_a_rate_over_ten_seeds(k: int, verdict: Verdict, reason: Reason, p: float) -> None:
    values = [3.0] * k + [0.0] * (10 - k)
    found = judge(expectation(Expect(at_least=3)), seeds_of(broken=values))
    assert (found.verdict, found.k, found.n, found.reason) == (verdict, k, 10, reason)
    assert found.p == pytest.approx(p)
    assert not found.provisional


@pytest.mark.parametrize("n", [1, 3, 5, 9])
def test_fewer_than_ten_seeds_give_no_verdict_on_a_rate(n: int) -> None:
    for k in range(n + 1):
        values = [3.0] * k + [0.0] * (n - k)
        found = judge(expectation(Expect(at_least=3)), seeds_of(broken=values))
        reason = Reason.NOT_CONTRADICTED if k else Reason.CONTRADICTED
        assert (found.verdict, found.reason, found.provisional, found.p) == (UNDECIDED, reason, True, None)
        assert contradicts(HOLDS, found) == (k == 0)
        assert contradicts(REFUTED, found) == (k == n)
        assert not contradicts(UNDECIDED, found)


def test_nan_lies_beyond_every_loss() -> None:
    assert judge(expectation(Expect(at_least=3)), seeds_of(broken=[3, 4, 5, 6, NAN])).k == 5


@pytest.mark.parametrize(
    ("k", "n", "verdict", "provisional"),
    [(10, 10, HOLDS, False), (9, 10, REFUTED, False), (3, 3, UNDECIDED, True), (2, 3, REFUTED, False)],
)
def test_always_is_every_seed_of_ten_and_one_refutes_it(
    k: int, n: int, verdict: Verdict, provisional: bool
) -> None:
    claim = replace(expectation(Expect(at_least=3)), always=True)
    found = judge(claim, seeds_of(broken=[3.0] * k + [0.0] * (n - k)))
    assert (found.verdict, found.provisional) == (verdict, provisional)


@pytest.mark.parametrize(
    ("k", "n", "verdict"),
    [
        (10, 10, HOLDS),
        (9, 10, HOLDS),
        (8, 10, UNDECIDED),
        (4, 5, HOLDS),
        (3, 5, UNDECIDED),
        (3, 3, HOLDS),
        (2, 3, UNDECIDED),
        (0, 3, REFUTED),
    ],
)
def test_the_healthy_side_is_spared_one_seed_from_five_on(k: int, n: int, verdict: Verdict) -> None:
    claim = expectation(Expect(at_least=3), variant="healthy", healthy=True)
    assert judge(claim, seeds_of(healthy=[3.0] * k + [0.0] * (n - k))).verdict is verdict


def test_what_n_of_n_bounds() -> None:
    assert least_rate(10) == pytest.approx(0.741, abs=0.001)
    assert least_rate(3) < 0.37


def test_nan_within_fifty_steps_in_none_of_ten_seeds() -> None:
    claim = expectation(Expect(at_most=50), "first_nan_step")
    found = judge(claim, seeds_of("first_nan_step", broken=[INF] * 10))
    assert (found.verdict, found.k, found.n, found.median) == (REFUTED, 0, 10, INF)
    assert not found.provisional
    assert judge(claim, seeds_of("first_nan_step", broken=[INF] * 4)).provisional


def test_one_seed_is_enough_for_an_exact_value_only() -> None:
    exact = judge(expectation(Expect(equals=0.964, within=1e-4)), seeds_of(broken=[0.96403]))
    assert (exact.verdict, exact.provisional) == (HOLDS, False)
    assert judge(expectation(Expect(at_least=0.9)), seeds_of(broken=[0.964])).provisional
    assert judge(expectation(Expect(equals=1, within=0.1)), seeds_of(broken=[0.96, 0.97])).provisional


# -- comparisons ---------------------------------------------------------------------------------

FIVE = [0.0, 1.0, 2.0, 3.0, 4.0]
TEN = [float(x) for x in range(10)]


def up(values: Sequence[float], by: float) -> list[float]:
    return [v + by for v in values]


@pytest.mark.parametrize(
    ("direction", "broken", "margin", "verdict", "reason"),
    [
        ("above", up(FIVE, 5), 0, HOLDS, Reason.SEPARATED),
        ("above", up(FIVE, 5), 1, HOLDS, Reason.SEPARATED),  # the nearest two are 4 and 5
        ("above", up(FIVE, 5), 1.5, UNDECIDED, Reason.OVERLAP),
        ("above", up(FIVE, 4), 0, UNDECIDED, Reason.OVERLAP),  # the nearest two are equal
        ("above", up(FIVE, -5), 0, REFUTED, Reason.OPPOSITE),
        ("above", up(FIVE, -5), 3, REFUTED, Reason.OPPOSITE),  # the opposite, by whatever margin
        ("above", up(FIVE, 0.5), 1, REFUTED, Reason.ALIKE),
        ("above", FIVE, 0, REFUTED, Reason.ALIKE),
        ("below", up(FIVE, -5), 0, HOLDS, Reason.SEPARATED),
        ("below", up(FIVE, 5), 0, REFUTED, Reason.OPPOSITE),
        ("below", up(FIVE, 1), 0, UNDECIDED, Reason.OVERLAP),
        ("same", up(FIVE, 0.5), 0.5, HOLDS, Reason.ALIKE),
        ("same", FIVE, 0, HOLDS, Reason.ALIKE),
        ("same", up(FIVE, 0.6), 0.5, UNDECIDED, Reason.OVERLAP),
        ("same", up(FIVE, 6), 0.5, REFUTED, Reason.SEPARATED),
        ("same", up(FIVE, -6), 0.5, REFUTED, Reason.SEPARATED),
        # NaN beyond the worse end, by any margin; infinity too; NaN is like NaN
        ("above", [NAN] * 5, 1e9, HOLDS, Reason.SEPARATED),
        ("above", [NAN, NAN, 9, 9, 9], 4, HOLDS, Reason.SEPARATED),
        ("above", [NAN, NAN, NAN, NAN, 0], 0, UNDECIDED, Reason.OVERLAP),
        ("above", [INF] * 5, 1e9, HOLDS, Reason.SEPARATED),
        ("below", [NAN] * 5, 0, REFUTED, Reason.OPPOSITE),
        ("same", [NAN, 1, 2, 3, 4], 0.5, UNDECIDED, Reason.OVERLAP),
    ],
)
def test_five_seeds(
    direction: Direction, broken: list[float], margin: float, verdict: Verdict, reason: Reason
) -> None:
    found = judge(comparison(direction, margin), seeds_of(broken=broken, healthy=FIVE))
    assert (found.verdict, found.reason, found.n) == (verdict, reason, 5)
    assert not found.provisional
    assert found.p == (1 / 252 if reason in (Reason.SEPARATED, Reason.OPPOSITE) else None)


def test_where_low_is_worse_nan_lies_below() -> None:
    runs = seeds_of("val_accuracy", broken=[NAN] * 5, healthy=FIVE)
    assert judge(comparison("below", 0.5, metric="val_accuracy"), runs).verdict is HOLDS
    own = {**METRICS, "bleu": Metric("bleu", worse=Worse.LOW)}
    runs = seeds_of("bleu", broken=[NAN] * 5, healthy=FIVE)
    assert judge(comparison("below", metric="bleu"), runs).verdict is REFUTED
    assert judge(comparison("below", metric="bleu"), runs, True, own).verdict is HOLDS


def test_both_sides_nan_are_alike_and_never_dropped() -> None:
    runs = seeds_of(broken=[NAN] * 5, healthy=[NAN] * 5)
    found = judge(comparison("same"), runs)
    assert (found.verdict, found.n) == (HOLDS, 5)
    assert math.isnan(found.median)


def test_k_counts_the_seeds_that_agree_with_the_comparison() -> None:
    found = judge(comparison("above", 1.0), seeds_of(broken=[5, 2.5, 2.5, 3, 4], healthy=FIVE))
    assert (found.verdict, found.k, found.n) == (UNDECIDED, 2, 5)
    assert (found.median, found.other) == (3.0, 2.0)
    assert found.other_values == tuple(FIVE)
    found = judge(comparison("below", 1.0), seeds_of(broken=up(FIVE, -1), healthy=FIVE))
    assert found.k == 5


def test_a_factor_on_a_logarithmic_scale() -> None:
    runs = seeds_of("grad_norm", broken=[1e-9, 1e-8, 1e-9, 1e-7, 0.0], healthy=[1e-3, 2e-3, 4e-3, 1e-3, 9e-3])
    below = comparison("below", 1e3, metric="grad_norm", scale="log")
    assert judge(below, runs).verdict is HOLDS
    assert judge(comparison("below", 1e5, metric="grad_norm", scale="log"), runs).verdict is UNDECIDED
    assert judge(comparison("same", 2, metric="grad_norm", scale="log"), runs).verdict is REFUTED
    with pytest.raises(Refused, match="negative"):
        judge(below, seeds_of("grad_norm", broken=[-1.0], healthy=[1.0]))


def test_ten_seeds_decide_what_five_leave_open() -> None:
    claim, runs = comparison(), seeds_of(broken=up(TEN, 6.01), healthy=TEN)
    five = judge(claim, runs[:5])
    assert five.verdict is HOLDS  # TEN ascends: its first five are separated from 6.01 on
    runs = seeds_of(broken=[6.01, 15.01, *up(TEN, 6.01)[1:9]], healthy=[9, *TEN[:9]])
    five, ten = judge(claim, runs[:5]), judge(claim, runs)
    assert (five.verdict, five.n, five.p) == (UNDECIDED, 5, None)
    assert (ten.verdict, ten.reason, ten.n) == (HOLDS, Reason.RANKED, 10)
    assert ten.p is not None
    assert ten.p <= 0.005
    assert judge_staged(claim, runs) == ten
    mirrored = judge(comparison("below"), runs)
    assert (mirrored.verdict, mirrored.reason, mirrored.p) == (REFUTED, Reason.RANKED_OPPOSITE, ten.p)
    assert judge(comparison("same", 0.5), runs).verdict is REFUTED


def test_five_separated_seeds_end_the_scheme() -> None:
    broken, healthy = [*up(FIVE, 5), *up(TEN[5:], 0.01)], [*FIVE, *TEN[5:]]
    runs = seeds_of(broken=broken, healthy=healthy)
    assert judge_staged(comparison(), runs) == judge(comparison(), runs[:5])
    assert judge(comparison(), runs).verdict is UNDECIDED  # all ten, once they are there, are all counted


def test_a_significant_difference_within_one_healthy_sd_stays_open() -> None:
    # healthy is wide only at its ends: the ranks differ clearly, the medians by less than an sd
    healthy = [-100, -101, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 100, 0.05]
    broken = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9]
    found = judge(comparison(), seeds_of(broken=broken, healthy=healthy))
    assert found.p is not None
    assert found.p <= 0.005
    assert found.verdict is UNDECIDED
    # seen from the other side the healthy sd is the same one
    swapped = comparison("below", variant="healthy", to="broken")
    assert judge(swapped, seeds_of(broken=broken, healthy=healthy)).verdict is UNDECIDED


def test_where_neither_side_is_healthy_the_wider_one_sets_the_gap() -> None:
    wide = [-100, -101, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 100, 0.05]
    narrow = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9]
    for clip, broken in ((wide, narrow), (narrow, wide)):
        found = judge(comparison(variant="clip", to="broken"), seeds_of(clip=clip, broken=broken))
        assert found.verdict is UNDECIDED


def test_ten_separated_seeds_are_p_one_in_184756() -> None:
    found = judge(comparison(), seeds_of(broken=up(TEN, 10), healthy=TEN))
    assert (found.verdict, found.p) == (HOLDS, separation_p(10, 10))


def test_three_seeds_are_provisional() -> None:
    found = judge(comparison(), seeds_of(broken=[3, 4, 5], healthy=[0, 1, 2]))
    assert (found.verdict, found.provisional, found.p) == (HOLDS, True, 0.05)


def test_no_seeds_show_nothing() -> None:
    for claim in (comparison(), expectation(Expect(at_most=1))):
        found = judge(claim, [])
        assert (found.verdict, found.n, found.reason) == (UNDECIDED, 0, Reason.NO_SEEDS)


def test_a_crashed_run_is_an_error_and_not_a_smaller_n() -> None:
    runs = seeds_of(broken=FIVE, healthy=FIVE)
    runs[3]["broken"] = Run("broken", 3, Ended.CRASHED)
    with pytest.raises(Refused, match="seed 3 did not finish"):
        judge(comparison(), runs)


def test_a_claim_that_says_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="neither"):
        judge(Claim("x", "course", Measure("loss", "broken", 0), HOLDS), seeds_of(broken=[1.0]))


# -- the healthy leg -----------------------------------------------------------------------------

LEARNS = expectation(Expect(at_most=4), variant="healthy", healthy=True)


def test_an_unhealthy_leg_makes_comparisons_invalid() -> None:
    claims = [comparison(), LEARNS, expectation(Expect(at_least=0))]
    fine = judge_all(claims, seeds_of(broken=up(FIVE, 9), healthy=FIVE))
    assert [j.verdict for j in fine] == [HOLDS, HOLDS, UNDECIDED]
    spared = judge_all(claims, seeds_of(broken=up(FIVE, 9), healthy=[0, 1, 2, 3, 5]))
    assert [j.verdict for j in spared] == [HOLDS, HOLDS, UNDECIDED]
    ill = judge_all(claims, seeds_of(broken=up(FIVE, 9), healthy=[0, 1, 2, 5, 5]))
    assert [j.verdict for j in ill] == [INVALID, UNDECIDED, UNDECIDED]
    assert ill[0].reason is Reason.HEALTHY_FAILED
    assert ill[0].values == tuple(up(FIVE, 9))  # the figures stay visible


def test_a_healthy_claim_fails_when_it_differs_from_what_is_declared() -> None:
    refuted = expectation(Expect(at_least=100), variant="healthy", healthy=True, declared=REFUTED)
    found = judge_all([refuted, comparison()], seeds_of(broken=up(FIVE, 9), healthy=FIVE))
    assert [j.verdict for j in found] == [REFUTED, HOLDS]


def test_one_failed_healthy_claim_of_several_is_enough_and_none_at_all_fails_nothing() -> None:
    steady = expectation(Expect(at_least=0), variant="healthy", healthy=True)
    ill = seeds_of(broken=up(FIVE, 9), healthy=[5, 6, 7, 8, 8.5])
    found = judge_all([steady, comparison(), LEARNS], ill)
    assert [j.verdict for j in found] == [HOLDS, INVALID, REFUTED]
    assert [j.verdict for j in judge_all([comparison()], ill)] == [HOLDS]
    rare = judge_all([comparison(), expectation(Expect(at_least=99))], ill)
    assert [j.reason for j in rare] == [Reason.SEPARATED, Reason.CONTRADICTED]


def test_without_a_run_no_leg_is_unhealthy() -> None:
    """Nothing ran: that, and not a failed healthy side, is why nothing is decided."""
    found = judge(comparison(), [], healthy_ok=False)
    assert (found.verdict, found.reason, found.provisional) == (UNDECIDED, Reason.NO_SEEDS, True)
    failed = judge(comparison(), seeds_of(broken=up(FIVE, 9), healthy=FIVE), healthy_ok=False)
    assert (failed.verdict, failed.reason) == (INVALID, Reason.HEALTHY_FAILED)


def test_with_three_seeds_all_of_the_healthy_leg_must_be_well() -> None:
    claims = [LEARNS, comparison()]
    assert judge_all(claims, seeds_of(broken=[9, 9, 9], healthy=[1, 2, 3]))[1].verdict is HOLDS
    assert judge_all(claims, seeds_of(broken=[9, 9, 9], healthy=[1, 2, 5]))[1].verdict is INVALID
    assert judge_all(claims, seeds_of(broken=[9, 9, 9], healthy=[5, 6, 7]))[1].verdict is INVALID


YOURS = expectation(Expect(at_most=4), variant="yours")


@pytest.mark.parametrize(
    ("yours", "healthy", "verdict"),
    [
        ([1, 2, 3], [1, 2, 3], HOLDS),
        ([1, 2, 5], [1, 2, 3], REFUTED),  # one seed is enough
        ([5, 6, 7], [1, 2, 3], REFUTED),
        ([1, 2, 3], [1, 2, 5], INVALID),  # what the healthy code does not meet decides on nobody's
    ],
)
def test_a_repair_meets_the_deciding_claims_under_every_seed(
    yours: list[float], healthy: list[float], verdict: Verdict
) -> None:
    (found,) = decide([YOURS], seeds_of(yours=yours, healthy=healthy))
    assert (found.verdict, found.provisional) == (verdict, False)


def test_a_repair_is_compared_seed_by_seed() -> None:
    alike = comparison("same", 0.5, variant="yours")
    assert decide([alike], seeds_of(yours=[1, 2, 3], healthy=[1, 2, 3.4]))[0].verdict is HOLDS
    assert decide([alike], seeds_of(yours=[1, 2, 4], healthy=[1, 2, 3]))[0].verdict is REFUTED


def test_a_healthy_comparison_is_judged_and_can_fail() -> None:
    beats = Claim(
        "b",
        Source.THEORY,
        Measure("loss", "healthy", 0),
        HOLDS,
        compare=Compare("baseline", "below"),
        healthy=True,
    )
    runs = seeds_of(broken=up(FIVE, 9), healthy=FIVE, baseline=up(FIVE, -9))
    assert [j.verdict for j in judge_all([beats, comparison()], runs)] == [REFUTED, INVALID]


# -- checks --------------------------------------------------------------------------------------


def judged(verdict: Verdict, *, provisional: bool) -> Judgement:
    return Judgement(verdict, 0, 3, None, 0.0, (), provisional=provisional)


@pytest.mark.parametrize("declared", [HOLDS, REFUTED, UNDECIDED])
@pytest.mark.parametrize("measured", list(Verdict))
def test_a_check_fails_on_difference_or_while_provisional_on_contradiction(
    declared: Verdict, measured: Verdict
) -> None:
    assert agrees(declared, judged(measured, provisional=False)) == (declared is measured)
    opposite = {declared, measured} == {HOLDS, REFUTED} or measured is INVALID
    assert contradicts(declared, judged(measured, provisional=True)) == opposite
    assert agrees(declared, judged(measured, provisional=True)) == (not opposite)


def test_what_more_seeds_could_decide() -> None:
    open_ = seeds_of(broken=up(TEN, 1.01), healthy=TEN)
    assert wants_more(comparison(), judge(comparison(), open_[:3]))
    assert wants_more(comparison(), judge(comparison(), open_[:5]))
    assert not wants_more(comparison(), judge(comparison(), open_))
    more = seeds_of(broken=up([*TEN, 10, 11], 1.01), healthy=[*TEN, 10, 11])
    assert judge(comparison(), more).verdict is UNDECIDED
    assert not wants_more(comparison(), judge(comparison(), more))  # past ten nothing is added either
    some = expectation(Expect(at_least=3))
    assert wants_more(some, judge(some, open_[:5]))  # five give no rate
    assert not wants_more(some, judge(some, open_))
    assert not wants_more(LEARNS, judge(LEARNS, seeds_of(healthy=FIVE)))


def test_what_five_seeds_say_against_the_declared_verdict_is_asked_of_ten() -> None:
    """Five pairs that are alike by chance refute a difference that ten of them leave open."""
    tied = seeds_of(broken=[*FIVE, *up(TEN[5:], 9)], healthy=[*FIVE, *TEN[5:]])
    claim = comparison("above", 0.5, verdict=UNDECIDED)
    five, ten = judge(claim, tied[:5]), judge(claim, tied)
    assert (five.verdict, ten.verdict) == (REFUTED, UNDECIDED)
    assert wants_more(claim, five)
    assert judge_staged(claim, tied) == ten
    refuted = comparison("above", 0.5, verdict=REFUTED)
    assert not wants_more(refuted, five)  # as declared: five end it
    assert judge_staged(refuted, tied) == five
    failed = judge(claim, tied[:5], healthy_ok=False)
    assert not wants_more(claim, failed)  # more seeds mend no healthy leg that fails


# -- symmetry ------------------------------------------------------------------------------------

numbers = st.one_of(
    st.sampled_from([0.0, 0.5, 1.0, 2.0, NAN, INF, -INF]), st.floats(-3, 3), st.floats(97, 103)
)
two_sides = st.sampled_from([1, 3, 5, 7]).flatmap(
    lambda n: st.tuples(st.lists(numbers, min_size=n, max_size=n), st.lists(numbers, min_size=n, max_size=n))
)
MIRROR: dict[Verdict, Verdict] = {HOLDS: REFUTED, REFUTED: HOLDS, UNDECIDED: UNDECIDED}


@given(two_sides, st.sampled_from(["loss", "val_accuracy"]))
@example(([1.0] * 3, [1.0] * 3), "loss")
def test_without_a_margin_swapping_the_sides_mirrors_the_verdict(
    sides: tuple[list[float], list[float]], metric: str
) -> None:
    runs = seeds_of(metric, broken=sides[0], healthy=sides[1])
    one = judge(comparison("above", metric=metric), runs)
    other = judge(comparison("above", metric=metric, variant="healthy", to="broken"), runs)
    if one.reason is Reason.ALIKE:  # equal in every pair: neither is above the other
        assert (one.verdict, other.verdict) == (REFUTED, REFUTED)
    else:
        assert other.verdict is MIRROR[one.verdict]
        assert other.p == one.p


@given(two_sides, st.sampled_from([0.0, 0.5, 2.0]), st.sampled_from(["loss", "val_accuracy"]))
def test_above_from_here_is_below_from_there(
    sides: tuple[list[float], list[float]], margin: float, metric: str
) -> None:
    runs = seeds_of(metric, broken=sides[0], healthy=sides[1])
    one = judge(comparison("above", margin, metric=metric), runs)
    other = judge(comparison("below", margin, metric=metric, variant="healthy", to="broken"), runs)
    assert (one.verdict, one.reason, one.k, one.p) == (other.verdict, other.reason, other.k, other.p)
    assert one.values == pytest.approx(other.other_values, nan_ok=True)


@given(two_sides, st.sampled_from([0.0, 0.5, 2.0]))
def test_with_a_margin_what_holds_one_way_is_refuted_the_other(
    sides: tuple[list[float], list[float]], margin: float
) -> None:
    runs = seeds_of(broken=sides[0], healthy=sides[1])
    if judge(comparison("above", margin), runs).verdict is HOLDS:
        assert judge(comparison("above", margin, variant="healthy", to="broken"), runs).verdict is REFUTED
        assert judge(comparison("below", margin), runs).verdict is REFUTED


@given(st.permutations(range(20)), st.sampled_from([0.5, 3.5, 6.5]))
def test_ten_seeds_mirror_too(values: list[int], shift: float) -> None:
    # whole numbers against halves: no ties, which cost a second each to enumerate
    runs = seeds_of(broken=up(values[:10], shift), healthy=values[10:])
    one = judge(comparison("above"), runs)
    other = judge(comparison("above", variant="healthy", to="broken"), runs)
    assert other.verdict is MIRROR[one.verdict]
    assert one.n == other.n == 10


# -- rivals --------------------------------------------------------------------------------------


def test_survivors() -> None:
    predicts = {"vanishing": Expect(at_most=0.4), "step-size": Expect(at_least=0.6)}
    trained = survivors(predicts, 0.88, "val_accuracy")
    assert (trained.survived, trained.ruled_out, trained.separates) == (("step-size",), ("vanishing",), True)
    between = survivors(predicts, 0.5, "val_accuracy")
    assert (between.survived, between.ruled_out, between.separates) == ((), ("vanishing", "step-size"), False)
    assert survivors(predicts, NAN, "val_accuracy").survived == ("vanishing",)  # NaN is as bad as stuck
    assert not survivors({"a": Expect(), "b": Expect()}, 1.0, "loss").separates
