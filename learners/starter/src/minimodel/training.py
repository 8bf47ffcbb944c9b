"""The training loop: a batch, its loss, its gradients, a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy.typing as npt

from minimodel.nn import Module, cross_entropy
from minimodel.optim import Optimizer
from minitorch import Tensor

Batch = tuple[npt.NDArray[Any], npt.NDArray[Any]]
Loss = Callable[[Tensor, npt.NDArray[Any]], Tensor]


def fit(
    model: Module, optimizer: Optimizer, batches: Iterable[Batch], loss: Loss = cross_entropy
) -> Iterator[float]:
    """Take one step on each batch (x, y) in turn, and yield what `loss(model(x), y)` was before it.

    x: (batch, d_in). A batch is asked for only when its loss is: whoever stops asking stops training.
    """
    for x, y in batches:
        value = loss(model(Tensor(x)), y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        yield value.item()
