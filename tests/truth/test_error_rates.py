"""The simulation of the verdict rules, small: the rates lie where counting and the full simulation put them.

Limits are five standard errors of the simulated fraction away from the figure, so that chance does not fail
them: a rule that errs three times as often does, and at full size one that errs half as often again.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import pytest
from numpy.random import default_rng

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "error_rates.py"


@pytest.fixture(scope="module")
def error_rates() -> ModuleType:
    spec = importlib.util.spec_from_file_location("error_rates", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["error_rates"] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def limits(rate: float, repetitions: int) -> tuple[float, float]:
    """Five standard errors to either side."""
    error = math.sqrt(rate * (1 - rate) / repetitions)
    return rate - 5 * error, rate + 5 * error


def check_null(error_rates: ModuleType, repetitions: int) -> None:
    rates = error_rates.simulate(0.0, repetitions, default_rng(1))
    for scheme, rate in (("5 v 5", 1 / 252), ("10 v 10", 0.0037), ("5→10", 0.0074)):
        low, high = limits(rate, repetitions)
        assert low <= rates[scheme].holds <= high, scheme
        assert low <= rates[scheme].refuted <= high, scheme


def test_few_false_verdicts_at_the_null(error_rates: ModuleType) -> None:
    check_null(error_rates, 1500)


@pytest.mark.exhaustive
def test_few_false_verdicts_at_the_null_in_full(error_rates: ModuleType) -> None:
    check_null(error_rates, 40_000)


@pytest.mark.parametrize(
    ("shift", "five", "ten", "staged"),
    [(1.0, 0.07, 0.26, 0.28), (2.0, 0.38, 0.907, 0.912), (3.0, 0.76, 0.999, 0.999)],
)
def test_power(error_rates: ModuleType, shift: float, five: float, ten: float, staged: float) -> None:
    rates = error_rates.simulate(shift, 400, default_rng(2))
    for scheme, rate in (("5 v 5", five), ("10 v 10", ten), ("5→10", staged)):
        low, high = limits(rate, 400)
        assert low <= rates[scheme].holds <= high, scheme
        assert rates[scheme].refuted <= 0.01, scheme


@pytest.mark.parametrize(
    ("rate", "holds", "refuted"),
    # binomial, by counting: P(k >= 9 of 10) and P(k <= 1 of 10)
    [(0.5, 11 / 1024, 11 / 1024), (0.95, 0.9139, 0.0), (0.1, 0.0, 0.7361)],
)
def test_the_rule_for_one_condition(
    error_rates: ModuleType, rate: float, holds: float, refuted: float
) -> None:
    rates = error_rates.simulate_one_condition(rate, 1500, default_rng(3))
    for found, wanted in ((rates["10 seeds"].holds, holds), (rates["10 seeds"].refuted, refuted)):
        low, high = limits(wanted, 1500)
        assert low <= found <= max(high, 1e-3)
    assert (rates["3 seeds"].holds, rates["3 seeds"].refuted) == (0.0, 0.0)


def test_more_seeds_do_not_punish_a_claim_that_is_true_of_most_runs(error_rates: ModuleType) -> None:
    rates = error_rates.simulate_one_condition(0.95, 1500, default_rng(4))
    assert rates["all of 10"].holds < rates["all of 3"].holds < rates["10 seeds"].holds
