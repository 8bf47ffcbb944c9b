"""Activations, as functions and as modules."""

from __future__ import annotations

from minimodel.nn.module import Module
from minitorch import Tensor


def identity(x: Tensor) -> Tensor:
    """x"""
    return x


def relu(x: Tensor) -> Tensor:
    """max(x, 0)"""
    return x.relu()


def gelu(x: Tensor) -> Tensor:
    """GELU in its tanh form (Hendrycks & Gimpel 2016)."""
    return x.gelu()


def tanh(x: Tensor) -> Tensor:
    """tanh x, between -1 and 1"""
    return x.tanh()


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + e^-x)"""
    return x.sigmoid()


ACTIVATIONS = {"identity": identity, "relu": relu, "gelu": gelu, "tanh": tanh, "sigmoid": sigmoid}


class Identity(Module):
    """x"""

    def forward(self, x: Tensor) -> Tensor:
        return x


class ReLU(Module):
    """max(x, 0)"""

    def forward(self, x: Tensor) -> Tensor:
        return x.relu()


class GELU(Module):
    """GELU in its tanh form (Hendrycks & Gimpel 2016)."""

    def forward(self, x: Tensor) -> Tensor:
        return x.gelu()


class Tanh(Module):
    """tanh x, between -1 and 1"""

    def forward(self, x: Tensor) -> Tensor:
        return x.tanh()


class Sigmoid(Module):
    """1 / (1 + e^-x)"""

    def forward(self, x: Tensor) -> Tensor:
        return x.sigmoid()
