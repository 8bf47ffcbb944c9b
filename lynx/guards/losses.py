"""Checks of a loss: where it begins, where it ends, and what it averages over."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.guards.reading import array, distance, like, number

if TYPE_CHECKING:
    from collections.abc import Callable

    Loss = Callable[[Any, Any], Any]


def starts_at_chance(loss: Any, classes: int, within: float = 0.3) -> None:
    """Before training a classifier knows nothing: its cross-entropy is ln(classes), within `within` nats.

    loss: the first loss, or a callable that gives it. Catches labels that the input holds (too low), first weights
    that are too large (too high), a softmax too many or too few. Source: Karpathy 2019, A recipe for training neural
    networks ("verify loss @ init").
    """
    assert classes > 1, f"{classes} classes leave nothing to guess"
    value, chance = number(loss), math.log(classes)
    assert math.isfinite(value), f"the loss before training is {value}"
    assert abs(value - chance) <= within, (
        f"the loss before training is {value:.3f}; chance over {classes} classes is {chance:.3f}, within {within}"
    )


def loss_reaches_zero(loss: Loss, logits: Any, targets: Any, below: float = 0.01) -> None:
    """A loss of certain and right logits is 0: no softmax too many, no floor that no training can reach.

    logits: (rows, classes), only its shape and kind are used; targets: (rows,) integers. Catches a double softmax
    (its floor is ln(1 + (C − 1)/e)) and a softmax where a log-softmax is wanted. Source: PyTorch, CrossEntropyLoss.
    """
    shape, right = array(logits).shape, array(targets).astype(int)
    assert len(shape) == 2, f"logits of shape (rows, classes) are wanted, not {shape}"
    assert shape[0] == right.size > 0, f"{right.size} targets for {shape[0]} rows"
    assert shape[1] > 1, "one class leaves nothing to be wrong about"
    certain = np.full(shape, -30.0)
    certain[np.arange(shape[0]), right] = 30.0
    value = number(loss(like(logits, certain), targets))
    assert abs(value) <= below, f"the loss of certain and right logits is {value:.4f}, and should be 0"


def loss_is_mean_of_rows(loss: Loss, predictions: Any, targets: Any, within: float = 1e-4) -> None:
    """The loss of a batch is the mean over the losses of its rows, each by itself.

    predictions: (rows, …), targets: (rows, …), at least two rows that differ in their loss. Catches a sum where a
    mean is meant, and a column against a row: (N, 1) − (N,) is (N, N), and the loss is about pairs that do not exist.
    Source: NumPy, broadcasting.
    """
    rows = len(array(predictions))
    assert rows == len(array(targets)), f"{rows} predictions for {len(array(targets))} targets"
    alone = [number(loss(predictions[i : i + 1], targets[i : i + 1])) for i in range(rows)]
    assert max(alone, default=0.0) - min(alone, default=0.0) > 0, (
        f"{rows} rows of one loss: a mean over them says nothing; give rows that differ"
    )
    whole, mean = number(loss(predictions, targets)), sum(alone) / rows
    assert abs(whole - mean) <= within * max(abs(mean), abs(whole)), (
        f"the loss of {rows} rows is {whole:.6g}; the mean of their {rows} losses is {mean:.6g}"
    )


def loss_ignores_padding(loss: Loss, logits: Any, targets: Any, padding: Any) -> None:
    """What stands at padded places does not change the loss, and what stands elsewhere does.

    logits: (…, classes), targets: (…), padding: (…) booleans, true where a place is only filled up. Catches an
    `ignore_index` or a mask that got lost. Source: PyTorch, CrossEntropyLoss(ignore_index).
    """
    numbers, where = array(logits), array(padding).astype(bool)
    assert where.shape == numbers.shape[:-1], (
        f"padding of shape {where.shape} for logits of shape {numbers.shape}"
    )
    assert where.any(), "no place is padded, so nothing was compared"
    assert not where.all(), "every place is padded, so nothing was compared"
    rng = np.random.default_rng(0)
    other = numbers + 3.0 * rng.standard_normal(numbers.shape)
    before = number(loss(logits, targets))
    padded = number(loss(like(logits, np.where(where[..., None], other, numbers)), targets))
    assert _close(before, padded), (
        f"the loss goes from {before:.6g} to {padded:.6g} when only {int(where.sum())} padded places change"
    )
    rest = number(loss(like(logits, np.where(where[..., None], numbers, other)), targets))
    assert not _close(before, rest), f"the loss is {before:.6g} whatever stands at the places that count"


def _close(a: float, b: float) -> bool:
    return distance(np.array(a), np.array(b)) <= 1e-6
