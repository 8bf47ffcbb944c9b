"""Reverse-mode automatic differentiation on single numbers: the whole idea in one file."""

from minigrad.scalar import Value

__all__ = ["Value"]
