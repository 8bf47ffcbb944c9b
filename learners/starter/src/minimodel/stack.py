"""The smallest deep network: one number through n layers of tanh(w · current + b).

Small enough to differentiate by hand. The gradient of the last value with respect to the first is a
product of n slopes, one a layer; `plain_gradient` and `residual_gradient` multiply them out.
"""

from __future__ import annotations

import math

import numpy as np

from minimodel.nn.module import Module, Parameter
from minitorch import Tensor


class PlainStack(Module):
    """Each layer replaces what came in. All layers share the weight and the bias."""

    def __init__(self, n_layers: int = 50, weight: float = 0.5, bias: float = 0.0) -> None:
        super().__init__()
        self.n_layers = n_layers
        self.weight = Parameter(np.array(weight, dtype=np.float64))
        self.bias = Parameter(np.array(bias, dtype=np.float64))

    def forward(self, x: Tensor) -> Tensor:
        current = x
        for _ in range(self.n_layers):
            current = (self.weight * current + self.bias).tanh()
        return current


class ResidualStack(Module):
    """Each layer adds to what came in. All layers share the weight and the bias."""

    def __init__(self, n_layers: int = 50, weight: float = 0.5, bias: float = 0.0) -> None:
        super().__init__()
        self.n_layers = n_layers
        self.weight = Parameter(np.array(weight, dtype=np.float64))
        self.bias = Parameter(np.array(bias, dtype=np.float64))

    def forward(self, x: Tensor) -> Tensor:
        current = x
        for _ in range(self.n_layers):
            step = (self.weight * current + self.bias).tanh()
            current = current + step
        return current


def plain_gradient(x: float, n_layers: int, weight: float, bias: float) -> float:
    """d(last)/d(first) of the plain stack: the product of w · (1 - tanh²(w · current + b))."""
    gradient, current = 1.0, x
    for _ in range(n_layers):
        current = math.tanh(weight * current + bias)
        gradient *= weight * (1.0 - current * current)
    return gradient


def residual_gradient(x: float, n_layers: int, weight: float, bias: float) -> float:
    """d(last)/d(first) of the residual stack: the same slopes, each with the 1 of the identity added."""
    gradient, current = 1.0, x
    for _ in range(n_layers):
        step = math.tanh(weight * current + bias)
        gradient *= 1.0 + weight * (1.0 - step * step)
        current += step
    return gradient


def engine_gradient(stack: Module, x: float) -> float:
    """d(last)/d(first) as backpropagation finds it, in float64."""
    first = Tensor(np.array(x, dtype=np.float64), requires_grad=True)
    stack(first).backward()
    assert first.grad is not None
    return float(first.grad)
