"""The engine: who records a graph, in which order it is walked, how gradients add up.

Contract of an operation's backward function: it takes the gradient of its output and returns one
gradient a parent, each of them a new array, or the array it was given, or a view of that. The walk
relies on it to know which arrays it may keep without copying.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from minitorch.tensor import Tensor

Array = npt.NDArray[Any]
Backward = Callable[[Array], tuple["Array | None", ...]]

_recording = True


def is_recording() -> bool:
    """Whether operations remember their parents."""
    return _recording


class no_grad(ContextDecorator):
    """Within it no operation records a graph; usable as a `with` block and as a decorator."""

    def __enter__(self) -> Self:
        global _recording
        self._outer = _recording
        _recording = False
        return self

    def __exit__(self, *exc: object) -> None:
        global _recording
        _recording = self._outer


def unbroadcast(grad: Array, shape: tuple[int, ...]) -> Array:
    """Sum `grad` over the axes along which an operand of shape `shape` was stretched."""
    if grad.shape == shape:
        return grad
    new_axes = grad.ndim - len(shape)
    stretched = tuple(i + new_axes for i, n in enumerate(shape) if n == 1 and grad.shape[i + new_axes] != 1)
    axes = tuple(range(new_axes)) + stretched
    return grad.sum(axis=axes).reshape(shape) if axes else grad.reshape(shape)


def topological_order(root: Tensor) -> list[Tensor]:
    """Every tensor that `root` was made from, parents before children, `root` last.

    Walks with a stack of its own: fifty residual blocks are deeper than Python's recursion limit.
    """
    order: list[Tensor] = []
    seen = {id(root)}
    stack = [(root, iter(root._parents))]
    while stack:
        node, parents = stack[-1]
        for parent in parents:
            if parent.requires_grad and id(parent) not in seen:
                seen.add(id(parent))
                if parent._parents:
                    stack.append((parent, iter(parent._parents)))
                    break
                order.append(parent)  # a leaf: nothing comes before it
        else:
            order.append(node)
            stack.pop()
    return order


def backpropagate(root: Tensor, grad: Array) -> None:
    """Add d(root)/d(leaf), contracted with `grad`, to the `.grad` of every leaf under `root`.

    A tensor hands its gradient on only when all its children have contributed: the reverse of the
    topological order is what makes diamonds in the graph come out right.
    """
    pending: dict[int, tuple[Array, bool]] = {id(root): (grad, False)}
    for node in reversed(topological_order(root)):
        held = pending.pop(id(node), None)
        if held is None:
            continue
        g, ours = held
        if node._backward is None or node._retains_grad:
            _accumulate(node, g, ours and node._backward is None)
        if node._backward is None:
            continue
        for parent, contribution in zip(node._parents, node._backward(g), strict=True):
            if contribution is None or not parent.requires_grad:
                continue
            new = contribution is not g and contribution.base is None
            if contribution.dtype != parent.data.dtype:
                contribution, new = contribution.astype(parent.data.dtype), True
            before = pending.get(id(parent))
            pending[id(parent)] = (contribution, new) if before is None else (before[0] + contribution, True)


def _accumulate(node: Tensor, grad: Array, ours: bool) -> None:
    """`node.grad += grad`; an array that somebody else may hold is copied first."""
    if node.grad is None:
        node.grad = np.asarray(grad) if ours else np.array(grad)
    else:
        node.grad += grad
