"""Break 03's experiment against torch in float64 and the explainer's own code."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from lynx.runs.runner import Job, Setting, run_jobs
from lynx.truth.measures import Ended, Run

TARGET = "src/minimodel/stack.py"


def runs(
    starter: Setting, *arguments: dict[str, Any], source: bytes | None = None, seed: int = 0
) -> list[Run]:
    setting = replace(starter, target=TARGET)
    found = run_jobs(setting, [Job("healthy", seed, source, "scalar_stack", one) for one in arguments])
    for run in found:
        assert run.ended is Ended.FINISHED, run.log_tail
    return list(found)


def at(run: Run, metric: str, step: int, layer: str | None = None) -> float:
    series = run.series[metric]
    return series.points[step][series.layers.index(layer) if layer else 0]


def by_torch(layers: int, weight: float, bias: float, x: float, residual: bool) -> float:
    """The explainer's loop, in float64."""
    first = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    current = first
    for _ in range(layers):
        step = torch.tanh(weight * current + bias)
        current = current + step if residual else step
    current.backward()
    assert first.grad is not None
    return first.grad.item()


@pytest.mark.parametrize("setting", [(0.5, 0.0, 1.0), (-0.5, 0.3, 0.2), (1.5, -0.1, -2.0)])
def test_gradients_at_every_depth_are_torchs(setting: tuple[float, float, float], starter: Setting) -> None:
    weight, bias, x = setting
    (run,) = runs(starter, {"weight": weight, "bias": bias, "x": x, "layers": 20, "draws": 2})
    assert list(run.series["gradient"].points) == list(range(21))
    for n in range(21):
        wanted = by_torch(n, weight, bias, x, residual=True) if n else 1.0
        assert at(run, "gradient", n) == pytest.approx(wanted, rel=1e-10)
        assert at(run, "by_hand", n) == pytest.approx(wanted, rel=1e-10)
        plain = by_torch(n, weight, bias, x, residual=False) if n else 1.0
        assert at(run, "plain", n) == pytest.approx(plain, rel=1e-10)
        assert at(run, "disagreement", n) < 1e-10


def test_the_gradient_along_the_stack_is_torchs(starter: Setting) -> None:
    (run,) = runs(starter, {"layers": 12, "weight": 0.7, "bias": -0.2, "x": 0.4, "draws": 1})
    current = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    inputs = []
    for _ in range(12):
        current.retain_grad()
        inputs.append(current)
        current = current + torch.tanh(0.7 * current - 0.2)
    current.backward()
    wanted = [abs(one.grad.item()) for one in inputs if one.grad is not None]
    np.testing.assert_allclose(run.series["grad_norm"].points[12], wanted, rtol=1e-10)


def test_the_sweep_is_powers_where_nothing_is_squashed(starter: Setting) -> None:
    (run,) = runs(starter, {})
    for name in run.series["sweep_at_0"].layers:
        w = float(name)
        assert at(run, "plain_sweep_at_0", 50, name) == pytest.approx(abs(w) ** 50, rel=1e-12)
        assert at(run, "sweep_at_0", 50, name) == pytest.approx(abs(1 + w) ** 50, rel=1e-12)
    for name in ("-0.5", "0.5", "1.5"):
        wanted = abs(by_torch(50, float(name), 0.0, 1.0, residual=True))
        assert at(run, "sweep_at_1", 50, name) == pytest.approx(wanted, rel=1e-10)


def test_the_shares_are_those_of_the_explainers_own_test(starter: Setting) -> None:
    """torch's Linear(1, 1) draws another stream from the same distribution: shares agree within 4 s.e."""
    (run,) = runs(starter, {"draws": 2000}, seed=3)
    torch.manual_seed(0)
    residual, plain = [], []
    for _ in range(500):
        layer = torch.nn.Linear(1, 1)
        w, b = layer.weight.item(), layer.bias.item()
        residual.append(f"{abs(by_torch(50, w, b, 1.0, residual=True)):.4f}" == "0.0000")
        plain.append(f"{abs(by_torch(50, w, b, 1.0, residual=False)):.10f}" == "0.0000000000")
    for metric, seen in (("zero_share", residual), ("plain_zero_share", plain)):
        share = float(np.mean(seen))
        error = math.sqrt(share * (1 - share) * (1 / 500 + 1 / 2000))
        assert at(run, metric, 50) == pytest.approx(share, abs=4 * error)
    assert at(run, "zero_share", 50) > 0.2


def test_weights_of_their_own_are_other_stacks(starter: Setting) -> None:
    """The product over layers that each draw for themselves, worked out in numpy; and far fewer vanish."""
    (run,) = runs(starter, {"draws": 2000}, seed=3)
    rng = np.random.default_rng(8)
    value, gradient = np.ones(2000), np.ones(2000)
    for _ in range(50):
        weights, biases = rng.uniform(-1, 1, (2, 2000))
        step = np.tanh(weights * value + biases)
        value, gradient = value + step, gradient * (1 + weights * (1 - step**2))
    share = float(np.mean(np.abs(gradient) < 5e-5))
    error = math.sqrt(2 * share * (1 - share) / 2000)
    assert at(run, "own_zero_share", 50) == pytest.approx(share, abs=4 * error)
    assert at(run, "own_zero_share", 50) < at(run, "zero_share", 50) / 3


def test_the_explainers_arithmetic(starter: Setting) -> None:
    (run,) = runs(starter, {"layers": 1, "draws": 1})
    assert at(run, "half_to_99", 1) == 2.0**-99
    assert f"{at(run, 'tanh_minus_3', 1):.4f}" == "-0.9951"
    assert at(run, "tanh_others", 1) < 5e-5
    assert at(run, "rms_norm_of_2", 1) == pytest.approx(1.0, abs=1e-6)


def test_only_the_draws_depend_on_the_seed(starter: Setting) -> None:
    (one,) = runs(starter, {"layers": 5})
    (other,) = runs(starter, {"layers": 5}, seed=1)
    drawn = {"zero_share", "plain_zero_share", "near_page_share", "own_zero_share"}
    differing = {name for name in one.series if one.series[name] != other.series[name]}
    assert differing
    assert differing <= drawn


def test_without_the_plus_it_is_the_plain_stack(starter: Setting) -> None:
    healthy = (starter.top / TARGET).read_bytes()
    broken = healthy.replace(b"current = current + step", b"current = step")
    assert broken != healthy
    (run,) = runs(starter, {}, source=broken)
    assert run.series["gradient"].points == run.series["plain"].points
    assert at(run, "disagreement", 1) > 0.5
