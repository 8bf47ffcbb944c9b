"""Expectations: which values they describe."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.truth.claims import Expect, meets
from lynx.truth.measures import METRICS, Metric, Worse

NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("expect", "value", "metric", "met"),
    [
        (Expect(at_least=1.0), 1.0, "loss", True),
        (Expect(at_least=1.0), 0.999, "loss", False),
        (Expect(at_most=1.0), 1.0, "loss", True),
        (Expect(at_most=1.0), 1.001, "loss", False),
        (Expect(at_least=1.0, at_most=2.0), 1.5, "loss", True),
        (Expect(at_least=1.0, at_most=2.0), 2.5, "loss", False),
        (Expect(equals=0.1, within=0.1), 0.2, "loss", True),
        (Expect(equals=0.7, within=0.1), 0.8, "loss", True),  # 0.8 - 0.7 > 0.1 in binary
        (Expect(equals=0.1, within=0.1), 0.21, "loss", False),
        (Expect(equals=0.0), 0.0, "loss", True),
        (Expect(equals=0.0), 1e-300, "loss", False),
        (Expect(equals=INF), INF, "first_nan_step", True),
        (Expect(equals=1.0, within=INF), INF, "loss", False),
        (Expect(at_most=50), INF, "first_nan_step", False),
        # NaN: beyond the worse end
        (Expect(at_least=1e9), NAN, "loss", True),
        (Expect(at_least=INF), NAN, "loss", True),
        (Expect(at_most=1e9), NAN, "loss", False),
        (Expect(at_most=INF), NAN, "loss", False),
        (Expect(at_least=1.0, at_most=1e9), NAN, "loss", False),
        (Expect(at_most=0.1), NAN, "val_accuracy", True),
        (Expect(at_least=0.0), NAN, "val_accuracy", False),
        (Expect(at_least=1.0), NAN, "a_metric_of_ones_own", True),
        (Expect(equals=1.0, within=10), NAN, "loss", False),
        # NaN itself is meant
        (Expect(nan=True), NAN, "loss", True),
        (Expect(nan=True), 1.0, "loss", False),
        (Expect(nan=True), INF, "loss", False),
        (Expect(at_most=1.0, nan=True), NAN, "loss", True),
        (Expect(at_most=1.0, nan=True), 2.0, "loss", False),
        # no bound: anything
        (Expect(), NAN, "loss", True),
        (Expect(), 3.0, "loss", True),
    ],
)
def test_meets(expect: Expect, value: float, metric: str, met: bool) -> None:
    assert meets(expect, value, metric) is met


def test_an_own_metric_says_where_nan_lies() -> None:
    own = {**METRICS, "bleu": Metric("bleu", worse=Worse.LOW)}
    assert meets(Expect(at_least=1.0), NAN, "bleu")
    assert not meets(Expect(at_least=1.0), NAN, "bleu", own)


@given(st.floats(allow_nan=True), st.floats(allow_nan=False), st.sampled_from(["loss", "val_accuracy"]))
def test_at_least_and_at_most_leave_no_value_out(value: float, bound: float, metric: str) -> None:
    above, below = meets(Expect(at_least=bound), value, metric), meets(Expect(at_most=bound), value, metric)
    assert above or below
    assert (above and below) == (value == bound)
