"""The exact tests, against scipy called plainly and against counting every split."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from lynx.errors import Refused
from lynx.truth import stats
from lynx.truth.measures import Worse
from lynx.truth.stats import Group, above, gap, place, rank_p, separated, separation_p, spread, width

NAN, INF = math.nan, math.inf
HIGH, LOW = Worse.HIGH, Worse.LOW


def places(*values: float, worse: Worse = HIGH) -> list[stats.Place]:
    return [place(v, worse) for v in values]


def group(*values: float) -> Group:
    return Group(tuple(places(*values)), place(statistics.median(values), HIGH))


def counted_p(high: list[stats.Place], low: list[stats.Place]) -> Fraction:
    """P(U at least as large as seen) over every split of the pooled runs, with a tie as one half."""

    def doubled_u(top: list[stats.Place], rest: list[stats.Place]) -> int:
        return sum(2 * (a > b) + (a == b) for a in top for b in rest)

    pooled, seen = high + low, doubled_u(high, low)
    splits = list(combinations(range(len(pooled)), len(high)))
    extreme = 0
    for chosen in splits:
        top = [pooled[i] for i in chosen]
        rest = [pooled[i] for i in range(len(pooled)) if i not in chosen]
        extreme += doubled_u(top, rest) >= seen
    return Fraction(extreme, len(splits))


few = st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, INF, NAN]), min_size=2, max_size=4)
apart = st.lists(st.floats(-100, 100), min_size=8, max_size=8, unique=True)


@settings(max_examples=60)
@given(few, few, st.sampled_from([HIGH, LOW]))
def test_p_with_ties_is_the_share_of_splits(high: list[float], low: list[float], worse: Worse) -> None:
    a, b = places(*high, worse=worse), places(*low, worse=worse)
    assert rank_p(a, b) == pytest.approx(float(counted_p(a, b)), abs=1e-12)


@settings(max_examples=40)
@given(apart)
def test_p_without_ties_is_the_share_of_splits_and_scipys(values: list[float]) -> None:
    a, b = values[:4], values[4:]
    p = rank_p(places(*a), places(*b))
    assert p == pytest.approx(float(counted_p(places(*a), places(*b))), abs=1e-12)
    assert p == pytest.approx(mannwhitneyu(a, b, alternative="greater", method="exact").pvalue, abs=1e-12)


def test_ten_against_ten_with_ties_enumerates_every_split() -> None:
    # two blocks swapped at the rim: a has one 0 among its 1s, b one 1 among its 0s.
    # U is as large only with at least nine ones on top: (C(10,9) C(10,1) + 1) of C(20,10) splits
    a, b = places(*[1.0] * 9, 0.0), places(*[0.0] * 9, 1.0)
    assert rank_p(a, b) == pytest.approx((10 * 10 + 1) / math.comb(20, 10), rel=1e-12)


def test_beyond_ten_ties_count_against_the_hypothesis() -> None:
    a, b = places(*range(6, 18)), places(*range(12))  # 6 … 11 stand on both sides
    nudged = [float(x) for x in range(6, 18)], [x + 0.5 for x in range(12)]
    assert rank_p(a, b) == pytest.approx(mannwhitneyu(*nudged, alternative="greater", method="exact").pvalue)
    assert rank_p(a, b) < 0.05


def test_the_margin_moves_the_other_side() -> None:
    a, b = places(*range(10, 20)), places(*range(10))
    assert rank_p(a, b, 0.5) == pytest.approx(separation_p(10, 10))
    assert rank_p(a, b, 10.5) > 0.5
    assert separated(a, b, 1.0)
    assert not separated(a, b, 1.1)


def test_figures_of_complete_separation() -> None:
    assert separation_p(5, 5) == 1 / 252
    assert separation_p(3, 3) == 1 / 20
    for n in (3, 5, 10):
        exact = mannwhitneyu(range(n, 2 * n), range(n), alternative="greater", method="exact").pvalue
        assert separation_p(n, n) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "difference"),
    [
        (2.0, 0.5, 1.5),
        (INF, 1.0, INF),
        (1.0, INF, -INF),
        (INF, INF, 0.0),
        (NAN, INF, INF),
        (NAN, NAN, 0.0),
        (1.0, NAN, -INF),
    ],
)
def test_gaps(a: float, b: float, difference: float) -> None:
    assert gap(place(a, HIGH), place(b, HIGH)) == difference


def test_nan_is_below_everything_where_low_is_worse() -> None:
    assert place(NAN, LOW) < place(-INF, LOW)
    assert separated(places(0.0, 0.1, worse=LOW), places(NAN, NAN, worse=LOW), 0.5)


def test_a_logarithmic_scale() -> None:
    assert gap(place(1e-3, LOW, "log"), place(1e-5, LOW, "log")) == pytest.approx(width(100, "log"))
    assert gap(place(0.0, LOW, "log"), place(1e-300, LOW, "log")) == -INF
    assert width(0.0, "log") == 0.0  # no margin given
    with pytest.raises(Refused, match="-1 is negative"):
        place(-1.0, LOW, "log")


def test_binary_fractions_do_not_spoil_a_margin() -> None:
    assert 0.7 - 0.6 < 0.1 < 0.8 - 0.7
    assert separated(places(0.7), places(0.6), 0.1)
    assert stats.alike(*places(0.8, 0.7), 0.1)
    assert not stats.alike(*places(0.81, 0.7), 0.1)


def test_spread() -> None:
    assert spread(places(1.0, 2.0, 3.0)) == 1.0
    assert spread(places(INF, INF)) == 0.0
    assert spread(places(NAN, NAN)) == 0.0
    assert spread(places(1.0, INF)) == INF
    assert spread(places(1.0, NAN)) == INF
    assert spread(places(4.0)) == 0.0


# -- what counts as found ------------------------------------------------------------------------

TEN = tuple(float(x) for x in range(10))


def shifted(by: float) -> Group:
    return group(*(x + by + 0.01 for x in TEN))


def test_below_ten_runs_only_separation_finds() -> None:
    assert above(group(5, 6, 7, 8, 9), group(0, 1, 2, 3, 4), 0, 1).found
    nearly = above(group(5, 6, 7, 8, 3.5), group(0, 1, 2, 3, 4), 0, 1)
    assert (nearly.found, nearly.p) == (False, None)


def test_from_ten_runs_the_rank_test_finds() -> None:
    found = above(shifted(6.0), group(*TEN), 0, spread(places(*TEN)))
    assert (found.found, found.separated) == (True, False)
    assert found.p is not None
    assert found.p <= 0.005
    assert not above(shifted(3.0), group(*TEN), 0, spread(places(*TEN))).found  # p = .02


def test_a_small_p_alone_finds_nothing_within_one_sd() -> None:
    found = above(shifted(6.0), group(*TEN), 0, unit=6.5)
    assert found.p is not None
    assert found.p <= 0.005
    assert not found.found


def test_a_small_p_alone_finds_nothing_within_the_margin() -> None:
    assert above(shifted(6.0), group(*TEN), 0.2, 1).found
    assert not above(shifted(6.0), group(*TEN), 5.0, 1).found


def test_with_many_runs_a_small_p_can_come_with_close_medians() -> None:
    low = [-1000.0 - i for i in range(20)] + [i / 1000 for i in range(21)]
    high = [0.5 + i / 1000 for i in range(21)] + [1000.0 + i for i in range(20)]
    found = above(group(*high), group(*low), margin=1.0, unit=0.0)
    assert found.p is not None
    assert found.p <= 0.005
    assert not found.found


def test_separation_counts_however_wide_the_healthy_runs_are() -> None:
    assert above(shifted(100.0), group(*TEN), 0, unit=INF).found
