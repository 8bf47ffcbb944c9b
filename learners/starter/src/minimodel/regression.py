"""A small regression: a curved surface over the square, and its loss written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from minitorch import Tensor

Array = npt.NDArray[Any]


def surface(n: int, seed: int, noise: float = 0.1) -> tuple[Array, Array]:
    """`n` points x: (n, 2) in [-1, 1]² and y = sin(3 x₀) + x₁² + noise: (n,), both float32."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.0, 1.0, (n, 2))
    y = np.sin(3.0 * x[:, 0]) + x[:, 1] ** 2 + noise * rng.standard_normal(n)
    return x.astype(np.float32), y.astype(np.float32)


def squared_error(prediction: Tensor, y: Array) -> Tensor:
    """Mean of (prediction - y)² over the examples.  prediction: (n, 1), a column; y: (n,)."""
    error = prediction - y[:, None]
    return (error * error).mean()
