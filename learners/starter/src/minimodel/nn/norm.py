"""Normalisation: give each sample (or each feature) a fixed scale again."""

from __future__ import annotations

import numpy as np

from minimodel.nn.module import Module, Parameter
from minitorch import Tensor
from minitorch import functional as F


class RMSNorm(Module):
    """x / √(mean(x²) + eps) · weight over the last axis (Zhang & Sennrich 2019)."""

    def __init__(self, d: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = Parameter(np.ones(d, dtype=np.float32))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight, self.eps)


class LayerNorm(Module):
    """Mean 0 and variance 1 over the last axis, then weight and bias (Ba, Kiros & Hinton 2016)."""

    def __init__(self, d: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = Parameter(np.ones(d, dtype=np.float32))
        self.bias = Parameter(np.zeros(d, dtype=np.float32))

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight, self.bias, self.eps)


class BatchNorm1d(Module):
    """Mean 0 and variance 1 of each feature over the batch (Ioffe & Szegedy 2015).

    x: (batch, d). In training it uses the batch's statistics and follows them with running ones (the
    variance as n/(n-1) times the batch's); in evaluation it uses the running ones. ValueError for a
    training batch of one sample, whose variance is 0.
    """

    running_mean: np.ndarray
    running_var: np.ndarray

    def __init__(self, d: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.weight = Parameter(np.ones(d, dtype=np.float32))
        self.bias = Parameter(np.zeros(d, dtype=np.float32))
        self.register_buffer("running_mean", np.zeros(d, dtype=np.float32))
        self.register_buffer("running_var", np.ones(d, dtype=np.float32))

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            scale = self.weight * (1.0 / np.sqrt(self.running_var + self.eps))
            return (x - self.running_mean) * scale + self.bias
        if len(x) < 2:
            raise ValueError("batch norm in training needs at least two samples")
        m, n = self.momentum, len(x)
        self.running_mean = (1 - m) * self.running_mean + m * x.data.mean(axis=0)
        self.running_var = (1 - m) * self.running_var + m * x.data.var(axis=0) * (n / (n - 1))
        return F.batch_norm(x, self.weight, self.bias, self.eps)
