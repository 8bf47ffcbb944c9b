"""Formulas on plain arrays: values, and derivatives where a value is at hand. No graph in here."""

from __future__ import annotations

import math

import numpy as np

from minitorch.engine import Array

_GELU_SCALE = math.sqrt(2.0 / math.pi)
_GELU_CUBIC = 0.044715


def gelu(x: Array) -> tuple[Array, Array]:
    """GELU in its tanh form and its derivative (Hendrycks & Gimpel 2016).

    y = x/2 · (1 + tanh u),  u = √(2/π) · (x + 0.044715 x³). It differs from the exact form, which uses
    erf, by up to 5e-4. The temporaries are reused: at a width of 256 this costs less than a matmul.
    """
    square = x * x
    u = square * (_GELU_SCALE * _GELU_CUBIC)
    u += _GELU_SCALE
    u *= x
    t = np.tanh(u, out=u)
    slope = t * t  # becomes x/2 · (1 - t²) · du/dx
    np.subtract(1.0, slope, out=slope)
    square *= 1.5 * _GELU_SCALE * _GELU_CUBIC
    square += 0.5 * _GELU_SCALE
    slope *= square
    slope *= x
    t += 1.0
    t *= 0.5
    slope += t
    t *= x
    return t, slope


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
