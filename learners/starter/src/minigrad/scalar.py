"""Value: one number that remembers how it was made, so that a gradient can flow back to where it came from.

Each operation makes a new Value and hangs a closure on it, `_backward`, that passes the gradient of the
result on to the operands by the chain rule. A value that is used more than once gets a contribution from
every use, and its gradient is their sum: ∂L/∂a = Σ ∂L/∂u · ∂u/∂a over all u that were made from a.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

Operand: TypeAlias = "Value | float | int"


class Value:
    """A number and its gradient; `grad` is 0 until `backward()` was called on something made from it."""

    __slots__ = ("_backward", "_parents", "data", "grad")

    def __init__(self, data: float, parents: tuple[Value, ...] = ()) -> None:
        self.data = float(data)
        self.grad = 0.0
        self._parents = parents
        self._backward: Callable[[], None] = _nothing

    def __repr__(self) -> str:
        return f"Value({self.data:g}, grad={self.grad:g})"

    # --- arithmetic -------------------------------------------------------------------------

    def __add__(self, other: Operand) -> Value:
        b = _value(other)
        out = Value(self.data + b.data, (self, b))

        def backward() -> None:
            self.grad += out.grad
            b.grad += out.grad

        out._backward = backward
        return out

    def __mul__(self, other: Operand) -> Value:
        b = _value(other)
        out = Value(self.data * b.data, (self, b))

        def backward() -> None:
            self.grad += b.data * out.grad
            b.grad += self.data * out.grad

        out._backward = backward
        return out

    def __pow__(self, exponent: float) -> Value:
        if not isinstance(exponent, int | float):
            raise TypeError("the exponent must be a number")
        out = Value(self.data**exponent, (self,))

        def backward() -> None:
            self.grad += exponent * self.data ** (exponent - 1) * out.grad

        out._backward = backward
        return out

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Operand) -> Value:
        return self + -_value(other)

    def __truediv__(self, other: Operand) -> Value:
        return self * _value(other) ** -1.0

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Operand) -> Value:
        return _value(other) - self

    def __rtruediv__(self, other: Operand) -> Value:
        return _value(other) / self

    # --- functions --------------------------------------------------------------------------

    def tanh(self) -> Value:
        t = math.tanh(self.data)
        out = Value(t, (self,))

        def backward() -> None:
            self.grad += (1.0 - t * t) * out.grad

        out._backward = backward
        return out

    def relu(self) -> Value:
        """max(x, 0); the slope at 0 is taken as 0."""
        out = Value(max(self.data, 0.0), (self,))

        def backward() -> None:
            self.grad += out.grad if self.data > 0.0 else 0.0

        out._backward = backward
        return out

    def exp(self) -> Value:
        out = Value(math.exp(self.data), (self,))

        def backward() -> None:
            self.grad += out.data * out.grad

        out._backward = backward
        return out

    def log(self) -> Value:
        """The natural logarithm; ValueError at 0 and below."""
        out = Value(math.log(self.data), (self,))

        def backward() -> None:
            self.grad += out.grad / self.data

        out._backward = backward
        return out

    # --- the backward pass ------------------------------------------------------------------

    def backward(self) -> None:
        """Add d(self)/d(v) to the gradient of every value v that this one was made from.

        A value passes its gradient on only after everything made from it has contributed: the reverse of the
        topological order sees to that.
        """
        self.grad = 1.0
        for value in reversed(topological_order(self)):
            value._backward()


def topological_order(root: Value) -> list[Value]:
    """Every value that `root` was made from, operands before results, `root` last; the same order every time.

    Walks with a stack of its own: a sum over a batch is deeper than Python's recursion limit.
    """
    order: list[Value] = []
    seen = {root}
    stack = [(root, iter(root._parents))]
    while stack:
        value, operands = stack[-1]
        for operand in operands:
            if operand not in seen:
                seen.add(operand)
                stack.append((operand, iter(operand._parents)))
                break
        else:
            order.append(value)
            stack.pop()
    return order


def _value(other: Operand) -> Value:
    return other if isinstance(other, Value) else Value(other)


def _nothing() -> None:
    """What a leaf passes on."""
