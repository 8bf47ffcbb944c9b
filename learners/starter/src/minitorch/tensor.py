"""Tensor: an array that remembers how it was made, so that gradients can flow back through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from minitorch import kernels
from minitorch.engine import Array, Backward, backpropagate, is_recording, unbroadcast

Axis: TypeAlias = int | tuple[int, ...] | None
Operand: TypeAlias = "Tensor | Array | float | int"
_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class Tensor:
    """A float array with a gradient.

    `data` keeps float32 and float64 as given; anything else becomes float32. `grad` is None until
    `backward()` reached this tensor, then an array of the same shape and dtype. Only leaves (tensors
    that no operation made) get one, unless `retain_grad()` asked for it.
    """

    __slots__ = ("__weakref__", "_backward", "_parents", "_retains_grad", "data", "grad", "requires_grad")
    __array_ufunc__ = None  # `array * tensor` must call Tensor.__rmul__, not loop over the array

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        array = np.asarray(data.data if isinstance(data, Tensor) else data)
        given = isinstance(data, np.ndarray | np.generic | Tensor) and array.dtype in _FLOATS
        self.data: Array = array if given else array.astype(np.float32)
        self.grad: Array | None = None
        self.requires_grad = requires_grad
        self._parents: tuple[Tensor, ...] = ()
        self._backward: Backward | None = None
        self._retains_grad = False

    # --- what it is -------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def size(self) -> int:
        return self.data.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        return f"Tensor({self.data}, requires_grad={self.requires_grad})"

    def item(self) -> float:
        """The only number in it; ValueError when it holds more than one."""
        return float(self.data.item())

    def numpy(self) -> Array:
        """The array itself, not a copy."""
        return self.data

    def detach(self) -> Tensor:
        """The same data outside the graph: no gradient flows back through it."""
        return Tensor(self.data)

    # --- gradients --------------------------------------------------------------------------

    def backward(self, grad: Any = None) -> None:
        """Add the gradient of this tensor, contracted with `grad`, to every leaf it was made from.

        `grad` has this tensor's shape and may be left out for a single number. RuntimeError when no
        gradient is tracked or `grad` is missing, ValueError when its shape differs.
        """
        if not self.requires_grad:
            raise RuntimeError("backward() on a tensor that tracks no gradient")
        if grad is None:
            if self.size != 1:
                raise RuntimeError(f"backward() on shape {self.shape} needs a gradient of that shape")
            seed: Array = np.ones_like(self.data)
        else:
            seed = np.asarray(grad.data if isinstance(grad, Tensor) else grad, dtype=self.dtype)
            if seed.shape != self.shape:
                raise ValueError(f"gradient of shape {seed.shape} for a tensor of shape {self.shape}")
        backpropagate(self, seed)

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor too, although an operation made it."""
        self._retains_grad = True

    # --- arithmetic -------------------------------------------------------------------------

    def __add__(self, other: Operand) -> Tensor:
        b = self._operand(other)
        shapes = self.shape, b.shape
        return record(
            self.data + b.data,
            (self, b),
            lambda g: (unbroadcast(g, shapes[0]), unbroadcast(g, shapes[1])),
        )

    def __sub__(self, other: Operand) -> Tensor:
        b = self._operand(other)
        shapes = self.shape, b.shape
        return record(
            self.data - b.data,
            (self, b),
            lambda g: (unbroadcast(g, shapes[0]), unbroadcast(-g, shapes[1])),
        )

    def __mul__(self, other: Operand) -> Tensor:
        b = self._operand(other)
        x, y = self.data, b.data
        return record(x * y, (self, b), lambda g: (unbroadcast(g * y, x.shape), unbroadcast(g * x, y.shape)))

    def __truediv__(self, other: Operand) -> Tensor:
        b = self._operand(other)
        x, y = self.data, b.data
        out = x / y
        return record(
            out, (self, b), lambda g: (unbroadcast(g / y, x.shape), unbroadcast(-g * out / y, y.shape))
        )

    def __matmul__(self, other: Tensor | Array) -> Tensor:
        b = self._operand(other)
        x, y = self.data, b.data

        def backward(g: Array) -> tuple[Array, Array]:
            # A vector operand is a matrix with one row (left) or one column (right).
            x2, y2 = np.atleast_2d(x), y[:, None] if y.ndim == 1 else y
            g2 = g[..., None] if y.ndim == 1 else g
            g2 = g2[..., None, :] if x.ndim == 1 else g2
            gx, gy = g2 @ y2.swapaxes(-1, -2), x2.swapaxes(-1, -2) @ g2
            return unbroadcast(gx, x2.shape).reshape(x.shape), unbroadcast(gy, y2.shape).reshape(y.shape)

        return record(x @ y, (self, b), backward)

    def __pow__(self, exponent: float) -> Tensor:
        if not isinstance(exponent, int | float):
            raise TypeError("the exponent must be a number")
        x = self.data
        if exponent == 0:  # x ** -1 would be inf at 0, and the slope is 0 everywhere
            return record(np.ones_like(x), (self,), lambda g: (np.zeros_like(g),))
        return record(x**exponent, (self,), lambda g: (g * (exponent * x ** (exponent - 1)),))

    def __neg__(self) -> Tensor:
        return record(-self.data, (self,), lambda g: (-g,))

    def __iadd__(self, other: Operand) -> Tensor:
        """`x += y` makes a new tensor: on the way back the old `x`'s numbers are still needed."""
        return self + other

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Operand) -> Tensor:
        return self._operand(other) - self

    def __rtruediv__(self, other: Operand) -> Tensor:
        return self._operand(other) / self

    def __rmatmul__(self, other: Array) -> Tensor:
        return self._operand(other) @ self

    # --- functions of each entry ------------------------------------------------------------

    def exp(self) -> Tensor:
        out = np.exp(self.data)
        return record(out, (self,), lambda g: (g * out,))

    def log(self) -> Tensor:
        x = self.data
        return record(np.log(x), (self,), lambda g: (g / x,))

    def sqrt(self) -> Tensor:
        out = np.sqrt(self.data)
        return record(out, (self,), lambda g: (g * 0.5 / out,))

    def abs(self) -> Tensor:
        x = self.data
        return record(np.abs(x), (self,), lambda g: (g * np.sign(x),))

    def tanh(self) -> Tensor:
        out = np.tanh(self.data)
        return record(out, (self,), lambda g: (g * (1.0 - out * out),))

    def sigmoid(self) -> Tensor:
        out = kernels.sigmoid(self.data)
        return record(out, (self,), lambda g: (g * (out * (1.0 - out)),))

    def relu(self) -> Tensor:
        """max(x, 0); the slope at 0 is taken as 0."""
        x = self.data
        return record(np.maximum(x, 0.0), (self,), lambda g: (g * (x > 0.0),))

    def gelu(self) -> Tensor:
        """GELU in its tanh form: see `kernels.gelu`."""
        if not (is_recording() and self.requires_grad):
            return Tensor(kernels.gelu(self.data))
        out, slope = kernels.gelu_with_slope(self.data)
        return record(out, (self,), lambda g: (g * slope,))

    # --- reductions -------------------------------------------------------------------------

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        shape = self.shape
        return record(
            self.data.sum(axis=axis, keepdims=keepdims),
            (self,),
            lambda g: (np.broadcast_to(_expand(g, axis, keepdims, len(shape)), shape),),
        )

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        total = self.sum(axis, keepdims)
        return total * (total.size / max(self.size, 1))

    def var(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Mean squared distance from the mean (the population's: divided by n)."""
        centred = self - self.mean(axis, keepdims=True)
        return (centred * centred).mean(axis, keepdims)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The largest entry; entries that tie share the gradient equally."""
        x = self.data
        top = x.max(axis=axis, keepdims=True)
        out = top if keepdims else x.max(axis=axis)

        def backward(g: Array) -> tuple[Array]:
            hit = x == top
            share = hit / hit.sum(axis=axis, keepdims=True)
            return (share * _expand(g, axis, keepdims, x.ndim),)

        return record(out, (self,), backward)

    def softmax(self, axis: int = -1) -> Tensor:
        p = kernels.softmax(self.data, axis)
        return record(p, (self,), lambda g: (p * (g - (g * p).sum(axis=axis, keepdims=True)),))

    def log_softmax(self, axis: int = -1) -> Tensor:
        out = kernels.log_softmax(self.data, axis)
        return record(out, (self,), lambda g: (g - np.exp(out) * g.sum(axis=axis, keepdims=True),))

    # --- shape ------------------------------------------------------------------------------

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        old = self.shape
        return record(self.data.reshape(*shape), (self,), lambda g: (g.reshape(old),))  # type: ignore[arg-type]

    def transpose(self, *axes: int) -> Tensor:
        """Permute the axes; without arguments, reverse them."""
        order = axes or tuple(reversed(range(self.ndim)))
        back = np.argsort([axis % self.ndim for axis in order]) if order else ()
        return record(self.data.transpose(order), (self,), lambda g: (g.transpose(*back),))

    @property
    def T(self) -> Tensor:
        return self.transpose()

    def __getitem__(self, index: Any) -> Tensor:
        x = self.data
        parts = index if isinstance(index, tuple) else (index,)
        plain = all(part is None or part is ... or isinstance(part, int | slice) for part in parts)

        def backward(g: Array) -> tuple[Array]:
            spread = np.zeros_like(x)
            if plain:
                spread[index] = g
            else:
                np.add.at(spread, index, g)  # an index array may name an entry twice
            return (spread,)

        return record(x[index], (self,), backward)

    def _operand(self, other: Operand) -> Tensor:
        """`other` as a tensor; a bare number takes this tensor's dtype, so nothing is upcast."""
        if isinstance(other, Tensor):
            return other
        if isinstance(other, np.ndarray) and other.dtype in _FLOATS:
            return Tensor(other)
        return Tensor(np.asarray(other, dtype=self.dtype))


def record(data: Array, parents: tuple[Tensor, ...], backward: Backward) -> Tensor:
    """The result of an operation; it remembers `parents` and `backward` when one of them needs a gradient.

    `backward` must not refer to the result itself: without such a cycle a graph is freed at once.
    """
    out = Tensor.__new__(Tensor)
    out.data = data if isinstance(data, np.ndarray) else np.asarray(data)
    out.grad, out.requires_grad, out._parents, out._backward, out._retains_grad = None, False, (), None, False
    if is_recording():
        for parent in parents:
            if parent.requires_grad:
                out.requires_grad, out._parents, out._backward = True, parents, backward
                break
    return out


def _expand(grad: Array, axis: Axis, keepdims: bool, ndim: int) -> Array:
    """Put back the axes that a reduction removed, each with length 1."""
    if keepdims or axis is None:
        return grad.reshape((1,) * ndim) if axis is None else grad
    axes = (axis,) if isinstance(axis, int) else axis
    return np.expand_dims(grad, tuple(a % ndim for a in axes))
