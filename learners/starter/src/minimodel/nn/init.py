"""Initialisation: how wide the first weights are drawn.

An initialiser takes a shape (d_out, d_in) and a generator and returns a float32 array. In y = W x the
variance of an entry of y is d_in · Var(W) · E[x²]; the gradient flows back through Wᵀ, where d_out takes
the place of d_in. Each rule below keeps one of the two, or their average, at 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Shape: TypeAlias = tuple[int, ...]
Init: TypeAlias = Callable[[Shape, np.random.Generator], Array]

_generator = np.random.default_rng(0)


def manual_seed(seed: int) -> None:
    """Restart the generator that layers draw from: the same seed and the same layers, the same weights."""
    global _generator
    _generator = np.random.default_rng(seed)


def default_generator() -> np.random.Generator:
    """The generator that layers draw from when they are given none."""
    return _generator


def _gaussian(shape: Shape, std: float, rng: np.random.Generator) -> Array:
    weights = rng.standard_normal(shape, dtype=np.float32)
    weights *= np.float32(std)
    return weights


def _uniform(shape: Shape, limit: float, rng: np.random.Generator) -> Array:
    return rng.uniform(-limit, limit, shape).astype(np.float32)


def normal(std: float) -> Init:
    """An initialiser that draws from N(0, std²)."""
    return lambda shape, rng: _gaussian(shape, std, rng)


def uniform(limit: float) -> Init:
    """An initialiser that draws evenly from [-limit, limit]; the variance is limit²/3."""
    return lambda shape, rng: _uniform(shape, limit, rng)


def zeros(shape: Shape, rng: np.random.Generator) -> Array:
    """All zeros: every unit then computes and learns the same."""
    return np.zeros(shape, dtype=np.float32)


def lecun_normal(shape: Shape, rng: np.random.Generator) -> Array:
    """Var = 1/d_in: keeps the variance forward through a linear layer (LeCun et al. 1998)."""
    return _gaussian(shape, math.sqrt(1.0 / shape[1]), rng)


def xavier_normal(shape: Shape, rng: np.random.Generator) -> Array:
    """Var = 2/(d_in + d_out): between forward and backward, for linear and tanh (Glorot & Bengio 2010)."""
    return _gaussian(shape, math.sqrt(2.0 / (shape[0] + shape[1])), rng)


def xavier_uniform(shape: Shape, rng: np.random.Generator) -> Array:
    """The same variance, drawn evenly."""
    return _uniform(shape, math.sqrt(6.0 / (shape[0] + shape[1])), rng)


def kaiming_normal(shape: Shape, rng: np.random.Generator) -> Array:
    """Var = 2/d_in: ReLU halves the second moment, the 2 makes up for it (He et al. 2015)."""
    return _gaussian(shape, math.sqrt(2.0 / shape[1]), rng)


def kaiming_uniform(shape: Shape, rng: np.random.Generator) -> Array:
    """The same variance, drawn evenly."""
    return _uniform(shape, math.sqrt(6.0 / shape[1]), rng)


def orthogonal(shape: Shape, rng: np.random.Generator) -> Array:
    """Rows (or columns, when there are fewer) that are orthonormal (Saxe et al. 2014)."""
    rows, columns = shape
    square = rng.standard_normal((max(shape), min(shape)))
    q, r = np.linalg.qr(square)
    q *= np.sign(np.diagonal(r))  # without it the draw is not uniform over the orthogonal matrices
    return np.ascontiguousarray(q if rows >= columns else q.T, dtype=np.float32)
