"""Checks of data: what is next to what, which part is which, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.guards.reading import array, distance, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def targets_are_next(inputs: Any, targets: Any) -> None:
    """The target of a place is the input of the next one.

    inputs, targets: (batch, length) tokens, of a real batch. Catches labels that are not shifted (the model copies,
    and scores far too well) or shifted twice (it learns to skip a token). Source: nanoGPT, get_batch.
    """
    x, y = array(inputs), array(targets)
    assert x.shape == y.shape, f"inputs of shape {x.shape}, targets of shape {y.shape}"
    assert x.shape[1:] > (1,), f"(batch, length) with a length of two or more is wanted, not {x.shape}"
    assert (x[:, 1:] != x[:, :-1]).any(), "every input is one token over and over, so nothing was compared"
    right = int((y[:, :-1] == x[:, 1:]).sum())
    total = y[:, :-1].size
    same = int((y == x).sum())
    assert right == total, (
        f"{right} of {total} targets are the token after their input, and {same} of {y.size} are the input itself"
    )


def splits_disjoint(train: Any, validation: Any, key: Callable[[Any], Any] | None = None) -> None:
    """No sample stands on both sides of a split.

    train, validation: arrays (samples, …) or any sequences. `key` says what makes two samples the same one, the
    person or the document that they are from. Catches a leak between the parts. Source: Kapoor and Narayanan 2023.
    """
    here, there = ({_sample(row, key) for row in part} for part in (train, validation))
    assert here, "the training part is empty, so nothing was compared"
    assert there, "the validation part is empty, so nothing was compared"
    shared = here & there
    assert not shared, f"{len(shared)} of {len(there)} validation samples stand in the training part as well"


def _sample(row: Any, key: Callable[[Any], Any] | None) -> Any:
    value = row if key is None else key(row)
    try:
        hash(value)
        plain = isinstance(value, str | bytes | int | float | tuple | frozenset)
    except TypeError:
        plain = False
    return value if plain else array(value).tobytes()


def reshuffles(epoch: Callable[[], Any], epochs: int = 3) -> None:
    """Every epoch sees all samples, each time in another order, and not in the order in which they lie.

    epoch: a callable that gives the samples (or their numbers) of one epoch, in order; at least eight of them.
    Catches a shuffle that is off, and a seed that is set again every epoch. Source: Bottou 2012, Stochastic gradient
    descent tricks.
    """
    orders = [[_sample(row, None) for row in epoch()] for _ in range(epochs)]
    assert len(orders[0]) >= 8, f"{len(orders[0])} samples may come in one order by chance; eight are wanted"
    assert all(sorted(map(repr, order)) == sorted(map(repr, orders[0])) for order in orders), (
        "the epochs do not hold the same samples"
    )
    distinct = len({tuple(order) for order in orders})
    assert distinct == epochs, f"{epochs} epochs came in {distinct} different orders"
    assert all(list(map(str, order)) != sorted(map(str, order), key=_by_size) for order in orders), (
        "an epoch came in sorted order"
    )


def _by_size(text: str) -> tuple[int, str]:
    return len(text), text


def evaluates_validation(score: Callable[[Any, Any], Any], train: Any, validation: Any, other: Any) -> None:
    """A score depends on the validation part, and not on the training part.

    score(train, validation) -> one number, without training in between; `other`: a part that is unlike both. Catches
    a score that is measured on what was learned. Source: Hastie, Tibshirani and Friedman 2009, chapter 7.
    """
    before = number(score(train, validation))
    changed = number(score(train, other))
    assert changed != before, f"the score is {before:.6g}, whatever the validation part is"
    swapped = number(score(other, validation))
    assert swapped == before, f"another training part turns the score from {before:.6g} into {swapped:.6g}"


def evaluates_all(
    score: Callable[[Sequence[Any]], Any], batches: Sequence[Any], within: float = 1e-5
) -> None:
    """A score over several batches does not depend on their order: every one of them counts.

    score(batches) -> one number; at least two batches, with scores that differ. Catches a sum that became an
    assignment, so that only the last batch counts.
    """
    several = list(batches)
    assert len(several) > 1, "one batch has no order, so nothing was compared"
    alone = [number(score([batch])) for batch in several]
    assert max(alone) > min(alone), f"every batch scores {alone[0]:.6g}: give batches that differ"
    whole, turned = number(score(several)), number(score(several[::-1]))
    assert distance(np.array(whole), np.array(turned)) <= within, (
        f"the score of {len(several)} batches is {whole:.6g}, and {turned:.6g} in the opposite order"
    )
