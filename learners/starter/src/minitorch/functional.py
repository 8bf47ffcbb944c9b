"""Operations that are worth one node of their own: the same gradients, far fewer passes over memory."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from minitorch import kernels
from minitorch.engine import Array, unbroadcast
from minitorch.tensor import Tensor, record


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x Wᵀ + b.  x: (..., d_in), weight: (d_out, d_in), bias: (d_out,) -> (..., d_out)."""
    a, w = x.data, weight.data
    out = a @ w.T
    if bias is not None:
        out += bias.data

    def backward(g: Array) -> tuple[Array | None, ...]:
        rows, inputs = g.reshape(-1, g.shape[-1]), a.reshape(-1, a.shape[-1])
        gx = g @ w if x.requires_grad else None
        gw = rows.T @ inputs if weight.requires_grad else None
        if bias is None:
            return gx, gw
        return gx, gw, rows.sum(axis=0) if bias.requires_grad else None

    return record(out, (x, weight) if bias is None else (x, weight, bias), backward)


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    """x / √(mean(x²) + eps) · weight over the last axis (Zhang & Sennrich 2019)."""
    gain = weight.data
    out, unit, inverse = kernels.rms_norm(x.data, gain, eps)

    def backward(g: Array) -> tuple[Array, Array | None]:
        gw = unbroadcast(g * unit, gain.shape) if weight.requires_grad else None
        return kernels.rms_norm_back(g, gain, unit, inverse), gw

    return record(out, (x, weight), backward)


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """(x - mean) / √(var + eps) · weight + bias over the last axis (Ba, Kiros & Hinton 2016)."""
    return _standardise(x, weight, bias, eps, axis=-1)


def batch_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """The same over the batch, with the batch's own statistics (Ioffe & Szegedy 2015).  x: (batch, d)."""
    return _standardise(x, weight, bias, eps, axis=0)


def _standardise(x: Tensor, weight: Tensor, bias: Tensor, eps: float, axis: int) -> Tensor:
    a, gain = x.data, weight.data
    n = a.shape[axis]
    unit = a - a.sum(axis=axis, keepdims=True) / n
    inverse = 1.0 / np.sqrt((unit * unit).sum(axis=axis, keepdims=True) / n + eps)
    unit *= inverse
    out = unit * gain
    out += bias.data

    def backward(g: Array) -> tuple[Array, Array, Array]:
        gu = g * gain
        along = (gu * unit).sum(axis=axis, keepdims=True) / n
        gu -= gu.sum(axis=axis, keepdims=True) / n
        gu -= unit * along
        gu *= inverse
        return gu, unbroadcast(g * unit, gain.shape), unbroadcast(g, gain.shape)

    return record(out, (x, weight, bias), backward)


def cross_entropy(logits: Tensor, targets: Array) -> Tensor:
    """Mean of -log softmax(logits)[target], in nats.  logits: (..., C), targets: integers of shape (...).

    ValueError when the shapes do not fit or a target lies outside 0..C-1.
    """
    classes = logits.shape[-1]
    index = np.asarray(targets)
    if index.shape != logits.shape[:-1]:
        raise ValueError(f"targets of shape {index.shape} for logits of shape {logits.shape}")
    if not np.issubdtype(index.dtype, np.integer):
        raise ValueError(f"targets must be integers, not {index.dtype}")
    if index.size and (index.min() < 0 or index.max() >= classes):
        raise ValueError(f"targets must lie in 0..{classes - 1}")
    flat = index.reshape(-1)
    rows = np.arange(flat.size)
    log_p = kernels.log_softmax(logits.data.reshape(-1, classes), axis=-1)
    loss = -log_p[rows, flat].mean()

    def backward(g: Array) -> tuple[Array]:
        grad: Array = np.exp(log_p)
        grad[rows, flat] -= 1.0
        grad *= g / flat.size
        return (grad.reshape(logits.shape),)

    return record(loss, (logits,), backward)


def mse(prediction: Tensor, target: Tensor | Array) -> Tensor:
    """Mean of (prediction - target)² over all entries.  ValueError unless both have one shape:
    (N, 1) against (N,) would broadcast to (N, N), and the loss would be about something else."""
    goal = target if isinstance(target, Tensor) else Tensor(target)
    if prediction.shape != goal.shape:
        raise ValueError(f"prediction of shape {prediction.shape}, target of shape {goal.shape}")
    error = prediction.data - goal.data
    scale = 2.0 / max(error.size, 1)

    def backward(g: Array) -> tuple[Array, Array]:
        gp = error * (scale * g)
        return gp, -gp

    return record((error * error).mean(), (prediction, goal), backward)


def concatenate(tensors: Sequence[Tensor], axis: int = 0) -> Tensor:
    """Join along an axis that exists; the gradient is cut at the same places."""
    ends = np.cumsum([t.shape[axis] for t in tensors])[:-1]
    return record(
        np.concatenate([t.data for t in tensors], axis=axis),
        tuple(tensors),
        lambda g: tuple(np.split(g, ends, axis=axis)),
    )


def where(condition: Array, a: Tensor, b: Tensor) -> Tensor:
    """`a` where `condition` holds, else `b`; each gets the gradient of its own entries."""
    return record(
        np.where(condition, a.data, b.data),
        (a, b),
        lambda g: (
            unbroadcast(np.where(condition, g, 0.0), a.shape),
            unbroadcast(np.where(condition, 0.0, g), b.shape),
        ),
    )


def dropout(x: Tensor, rate: float, rng: np.random.Generator) -> Tensor:
    """Zero each entry with probability `rate` and scale the rest by 1/(1 - rate), so the mean stays."""
    if not 0.0 <= rate < 1.0 or math.isnan(rate):
        raise ValueError(f"a dropout rate must lie in [0, 1), not {rate}")
    keep = (rng.random(x.shape) >= rate).astype(x.dtype) / x.dtype.type(1.0 - rate)
    return x * Tensor(keep)
