"""Reverse-mode automatic differentiation on NumPy arrays."""

from minitorch import functional
from minitorch.engine import no_grad
from minitorch.tensor import Tensor

__all__ = ["Tensor", "functional", "no_grad"]
