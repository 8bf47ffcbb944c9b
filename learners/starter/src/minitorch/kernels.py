"""Formulas on plain arrays: values, and derivatives where a value is at hand. No graph in here.

NumPy makes a pass over memory for each operator, and a new array for its result. So the temporaries are
reused (`*=`, `out=`), and what the backward pass would compute again is kept while it is at hand.
"""

from __future__ import annotations

import math

import numpy as np

from minitorch.engine import Array

_GELU_SCALE = math.sqrt(2.0 / math.pi)
_GELU_CUBIC = 0.044715


def gelu(x: Array) -> Array:
    """GELU in its tanh form (Hendrycks & Gimpel 2016).

    y = x · s  with  s = (1 + tanh u) / 2  and  u = √(2/π) · (x + 0.044715 x³). It differs from the exact
    form, which uses erf, by up to 5e-4.
    """
    gate = _gelu_gate(x, x * x)
    gate *= x
    return gate


def gelu_with_slope(x: Array) -> tuple[Array, Array]:
    """GELU and its derivative, for one and a half times the price of the value alone.

    ds/dx = (1 - tanh²u)/2 · du/dx, and 1 - tanh²u = 4 s (1 - s), so with y = x · s
    dy/dx = s + x · 2 s (1 - s) · du/dx = s + y · (1 - s) · 2 √(2/π) · (1 + 3 · 0.044715 x²).
    """
    square = x * x
    gate = _gelu_gate(x, square)
    y = gate * x
    square *= 6.0 * _GELU_SCALE * _GELU_CUBIC
    square += 2.0 * _GELU_SCALE
    slope = np.subtract(1.0, gate)
    slope *= square
    slope *= y
    slope += gate
    return y, slope


def _gelu_gate(x: Array, square: Array) -> Array:
    """s, the share of x that GELU lets through: 0 far below zero, 1/2 at zero, 1 far above."""
    u: Array = square * (_GELU_SCALE * _GELU_CUBIC)
    u += _GELU_SCALE
    u *= x
    np.tanh(u, out=u)
    u += 1.0
    u *= 0.5
    return u


def rms_norm(x: Array, weight: Array, eps: float) -> tuple[Array, Array, Array]:
    """x / r · weight with r = √(mean(x²) + eps) over the last axis; also x / r, 1 / r for the way back."""
    inverse = np.einsum("...i,...i->...", x, x)[..., None]
    inverse /= x.shape[-1]
    inverse += eps
    np.sqrt(inverse, out=inverse)
    np.reciprocal(inverse, out=inverse)
    unit = x * inverse
    return unit * weight, unit, inverse


def rms_norm_back(g: Array, weight: Array, unit: Array, inverse: Array) -> Array:
    """The gradient of x.

    With u = x / r: ∂u_j/∂x_i = (δ_ij - u_i u_j / d) / r, for ∂r/∂x_i = x_i / (d r) = u_i / d. What arrives at
    u is v = g · weight, so x gets (v - u · mean(u · v)) / r: nothing along u itself, as its length is fixed.
    """
    v: Array = g * weight
    along = np.einsum("...i,...i->...", v, unit)[..., None]
    along /= v.shape[-1]
    v -= unit * along
    v *= inverse
    return v


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), through tanh, which cannot overflow."""
    half: Array = np.tanh(x * 0.5)
    half *= 0.5
    half += 0.5
    return half


def softmax(x: Array, axis: int) -> Array:
    """e^x over its sum along `axis`; the largest entry is taken off first, so nothing overflows."""
    e: Array = np.exp(x - x.max(axis=axis, keepdims=True))
    e /= e.sum(axis=axis, keepdims=True)
    return e


def log_softmax(x: Array, axis: int) -> Array:
    """x - log Σ e^x along `axis`, without overflow."""
    shifted: Array = x - x.max(axis=axis, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return shifted
