"""The Brier score and its parts, against figures worked out by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.truth.calibration import CONFIDENCES, Bin, Forecast, brier, curve, decompose, over_time
from lynx.truth.claims import Result

HIT, NEAR, MISS, UNMEASURED = Result.HIT, Result.NEAR, Result.MISS, Result.UNMEASURED


def test_only_a_hit_counts() -> None:
    made = [
        Forecast(90, HIT),
        Forecast(90, NEAR),
        Forecast(70, MISS),
        Forecast(50, HIT),
        Forecast(50, UNMEASURED),
    ]
    assert brier(made) == pytest.approx((0.01 + 0.81 + 0.49 + 0.25) / 4)
    assert curve(made) == (Bin(30, 0, 0, None), Bin(50, 1, 1, 1.0), Bin(70, 1, 0, 0.0), Bin(90, 2, 1, 0.5))


def test_nothing_predicted_is_no_score() -> None:
    assert brier([]) is None
    assert brier([Forecast(90, UNMEASURED)]) is None
    assert curve([]) == (Bin(30, 0, 0, None), Bin(50, 0, 0, None), Bin(70, 0, 0, None), Bin(90, 0, 0, None))
    assert over_time([]) == ()


INTO = [(0, 30), (40, 30), (41, 50), (60, 50), (61, 70), (80, 70), (81, 90), (100, 90)]


@pytest.mark.parametrize(("confidence", "into"), INTO)
def test_other_confidences_join_the_nearest(confidence: int, into: int) -> None:
    assert [b.confidence for b in curve([Forecast(confidence, HIT)]) if b.n] == [into]


def test_periods_follow_the_clock_and_not_the_list() -> None:
    made = [Forecast(50, HIT, at=30.0), Forecast(90, MISS, at=10.0), Forecast(90, HIT, at=20.0)]
    first, second = over_time(made, per=2)
    assert (first.start, first.end, first.n, first.hits) == (10.0, 20.0, 2, 1)
    assert first.brier == pytest.approx((0.81 + 0.01) / 2)
    assert (second.n, second.hits, second.brier) == (1, 1, 0.25)
    with pytest.raises(ValueError, match="at least one"):
        over_time(made, per=0)


forecasts = st.lists(
    st.builds(Forecast, st.sampled_from(CONFIDENCES), st.sampled_from(list(Result)), st.floats(0, 1e9)),
    max_size=40,
)


@given(forecasts, st.integers(1, 7))
def test_bins_and_periods_count_every_measured_prediction_once(made: list[Forecast], per: int) -> None:
    counted = [f for f in made if f.result is not UNMEASURED]
    hits = sum(f.result is HIT for f in counted)
    assert (sum(b.n for b in curve(made)), sum(b.hits for b in curve(made))) == (len(counted), hits)
    periods = over_time(made, per)
    assert (sum(p.n for p in periods), sum(p.hits for p in periods)) == (len(counted), hits)
    assert all(p.end <= q.start for p, q in pairwise(periods))
    score = brier(made)
    if counted:
        assert score is not None
        assert score == pytest.approx(sum(p.brier * p.n for p in periods) / len(counted))


def test_fifty_percent_throughout_scores_a_quarter() -> None:
    assert brier([Forecast(50, r) for r in (HIT, MISS, MISS, NEAR)]) == 0.25


def test_always_seventy_with_seventy_percent_hits_is_reliable_and_tells_nothing() -> None:
    made = [Forecast(70, HIT)] * 7 + [Forecast(70, MISS)] * 3
    parts = decompose(made)
    assert parts is not None
    assert brier(made) == pytest.approx(0.21)  # below a quarter, and no information
    assert (parts.reliability, parts.resolution, parts.by_chance) == pytest.approx((0, 0, 0))


def test_sure_of_the_hits_and_unsure_of_the_misses_resolves_all_there_is() -> None:
    parts = decompose([Forecast(90, HIT)] * 5 + [Forecast(50, MISS)] * 5)
    assert parts is not None
    assert parts.resolution == pytest.approx(parts.uncertainty) == pytest.approx(0.25)
    assert parts.by_chance == pytest.approx(0.25 / 9)
    assert decompose([Forecast(90, UNMEASURED)]) is None


@given(forecasts)
def test_the_parts_make_the_score(made: list[Forecast]) -> None:
    parts, score = decompose(made), brier(made)
    if parts is None or score is None:
        assert parts is None
        assert score is None
    else:
        assert parts.brier == pytest.approx(score)
        assert -1e-12 <= parts.resolution <= parts.uncertainty + 1e-12
