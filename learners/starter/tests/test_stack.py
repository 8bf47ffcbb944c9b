"""The scalar stack: the engine against the product of slopes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from minimodel.stack import PlainStack, ResidualStack, engine_gradient, plain_gradient, residual_gradient
from minitorch import Tensor

SETTINGS = [(x, w, b) for x in (1.0, -0.3) for w in (-0.5, 0.5, 0.9, 1.5) for b in (0.0, 0.2)]


@pytest.mark.parametrize(("x", "weight", "bias"), SETTINGS)
@pytest.mark.parametrize("n", [0, 1, 7, 50])
def test_the_engine_agrees_with_the_closed_form(n: int, x: float, weight: float, bias: float) -> None:
    plain = engine_gradient(PlainStack(n, weight, bias), x)
    residual = engine_gradient(ResidualStack(n, weight, bias), x)
    assert plain == pytest.approx(plain_gradient(x, n, weight, bias), rel=1e-10, abs=1e-300)
    assert residual == pytest.approx(residual_gradient(x, n, weight, bias), rel=1e-10, abs=1e-300)


def test_the_closed_forms_agree_with_finite_differences() -> None:
    for stack, gradient in (
        (PlainStack(5, 0.9, 0.1), plain_gradient),
        (ResidualStack(5, 0.9, 0.1), residual_gradient),
    ):
        up, down = (stack(Tensor(np.array(0.4 + h))).item() for h in (1e-6, -1e-6))
        assert (up - down) / 2e-6 == pytest.approx(gradient(0.4, 5, 0.9, 0.1), rel=1e-8)


def test_one_layer_by_hand() -> None:
    assert plain_gradient(2.0, 1, 0.5, 0.0) == pytest.approx(0.5 * (1 - math.tanh(1.0) ** 2), rel=1e-14)
    assert residual_gradient(2.0, 1, 0.5, 0.0) == pytest.approx(1.5 - 0.5 * math.tanh(1.0) ** 2, rel=1e-14)


def test_fifty_plain_layers_vanish_and_the_identity_term_bounds_the_residual_ones() -> None:
    # At most .5 a layer without; at least 1 with, for a positive weight.
    assert 0.0 < plain_gradient(1.0, 50, 0.5, 0.0) < 0.5**50
    assert residual_gradient(1.0, 50, 0.5, 0.0) >= 1.0


def test_parameters_and_vectors_of_inputs() -> None:
    stack = ResidualStack(3, 0.7, 0.1)
    assert [name for name, _ in stack.named_parameters()] == ["weight", "bias"]
    x = np.array([0.1, -0.4, 2.0])
    together = stack(Tensor(x))
    assert together.dtype == np.float64
    np.testing.assert_allclose(together.data, [stack(Tensor(np.array(v))).item() for v in x], rtol=1e-14)
