"""Checks of a whole model: who sees whom, and how it behaves in training and in evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.guards.reading import array, called, distance, few, finite, like, mode, parameters

if TYPE_CHECKING:
    from collections.abc import Callable


def no_future(forward: Callable[[Any], Any], codes: Any) -> None:
    """No output depends on an input that comes after it; exact.

    forward(codes): (batch, length, …), in evaluation; codes: (batch, length) tokens of which at least two differ, or
    (batch, length, d) numbers. One place at a time is changed, and every output before it must stay as it is, to the
    last bit. Catches a mask that is missing, off by one or 0 instead of −∞, a softmax or a norm along the sequence,
    heads that are split or merged by a view. Source: Vaswani et al. 2017, 3.2.3.
    """
    given = array(codes)
    assert given.shape[1:2] > (1,), f"(batch, length) of two places or more is wanted, not {given.shape}"
    healthy = called(forward, codes, "the output")
    length = given.shape[1]
    assert healthy.shape[1:2] == (length,), (
        f"an output for each of {length} places is wanted; this has shape {healthy.shape}"
    )
    assert np.array_equal(healthy, array(forward(codes))), (
        "the same input gives two outputs: put the model into evaluation"
    )
    sees, depends = {}, False
    for place in range(length):
        out = array(forward(like(codes, _changed(given, place))))
        differs = (out != healthy).reshape(len(out), length, -1).any(axis=(0, 2))
        depends |= bool(differs[place:].any())
        if differs[:place].any():
            sees[place] = int(differs[:place].sum())
    assert depends, "no output depends on any input, so nothing was compared"
    assert not sees, f"{len(sees)} of {length - 1} places change outputs before them: " + few(
        [f"place {place} changes {count}" for place, count in sees.items()]
    )


def _changed(given: np.ndarray, place: int) -> np.ndarray:
    """Another token at one place of every row, one that stands somewhere in the batch."""
    other = given.copy()
    if given.ndim == 2:
        known = np.unique(given)
        assert len(known) > 1, "every token is the same one, so nothing can be changed"
        other[:, place] = known[(np.searchsorted(known, given[:, place]) + 1) % len(known)]
    else:
        other[:, place] = 1.0 - given[:, place]
    return other


def knows_order(forward: Callable[[Any], Any], codes: Any, least: float = 1e-4) -> None:
    """A row of one token over and over gives other outputs at other places.

    forward(codes): (batch, length, …), in evaluation; codes: (batch, length) tokens. Attention by itself cannot tell
    such places apart, however many layers it has. Catches positions that got lost. Source: Vaswani et al. 2017,
    3.5.
    """
    given = array(codes)
    assert given.shape[1:] > (1,), f"(batch, length) of two places or more is wanted, not {given.shape}"
    out = called(forward, like(codes, np.broadcast_to(given[:, :1], given.shape).copy()), "the output")
    assert out.shape[:2] == given.shape, f"an output for each place is wanted; this has shape {out.shape}"
    scale = float(np.abs(out).max())
    apart = float(np.abs(out - out[:, :1]).max())
    assert scale > 0, "every output is zero, so nothing was compared"
    assert apart > least * scale, (
        f"{given.shape[1]} places of one token differ by {apart:.3g} of {scale:.3g}: it knows no order"
    )


def rows_independent(forward: Callable[[Any], Any], batch: Any) -> None:
    """No sample of a batch changes the output of another one; exact.

    forward(batch): (rows, …), in evaluation; batch: (rows, …), at least two rows that differ. Catches a norm or a
    softmax along the batch, a view that mixes samples. Batch norm in training mixes them by intention. Source:
    Karpathy 2019, A recipe for training neural networks ("use backprop to chart dependencies").
    """
    given = array(batch)
    rows = len(given)
    assert rows > 1, f"{rows} row has no neighbour, so nothing was compared"
    healthy = called(forward, batch, "the output")
    assert healthy.shape[:1] == (rows,), f"{rows} rows went in, and {healthy.shape} came out"
    assert np.array_equal(healthy, array(forward(batch))), (
        "the same input gives two outputs: put the model into evaluation"
    )
    depends, mixed = False, {}
    for row in range(rows):
        other = given.copy()
        other[row] = given[(row + 1) % rows]
        if np.array_equal(other, given):
            continue
        differs = (array(forward(like(batch, other))) != healthy).reshape(rows, -1).any(axis=1)
        depends |= bool(differs[row])
        differs[row] = False
        if differs.any():
            mixed[row] = int(differs.sum())
    assert depends, "no output depends on its own row, so nothing was compared"
    assert not mixed, few(
        [f"row {row} changes the outputs of {count} other rows" for row, count in mixed.items()]
    )


def same_in_eval(model: Any, batch: Any) -> None:
    """In evaluation the same input gives the same output, and nothing in the model changes.

    model(batch) -> one array; the model has `eval()`. Catches dropout that never rests, and running averages that are
    updated by what is only measured. Source: PyTorch, Module.eval.
    """
    mode(model, training=False)
    held = _state(model)
    first, second = called(model, batch, "the output"), array(model(batch))
    assert first.size, "nothing came out, so nothing was compared"
    gap = distance(first, second)
    assert gap == 0, f"the same input gives two outputs in evaluation, {gap:.3g} of the largest number apart"
    changed = [name for name, before in held.items() if distance(before, _state(model)[name]) > 0]
    assert not changed, f"a forward pass in evaluation changed {few(changed)}"


def _state(model: Any) -> dict[str, np.ndarray]:
    state = model.state_dict() if hasattr(model, "state_dict") else {}
    return {name: array(value) for name, value in state.items()}


def scores_in_eval(model: Any, score: Callable[[], Any]) -> None:
    """A function that scores a model puts it into evaluation, and back into training.

    score: a callable that runs the model, directly or through its parts. Catches an `eval()` that got lost (the score
    is noisy and too low) and a `train()` that did (from the first evaluation on nothing is dropped any more). Source:
    nanoGPT, estimate_loss.
    """
    modules = [each for each in _modules(model) if hasattr(each, "training")]
    assert modules, "the model knows no training mode, so nothing was compared"
    mode(model, training=True)
    seen: list[bool] = []

    def watched(forward: Callable[..., Any], module: Any) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            seen.append(bool(module.training))
            return forward(*args, **more)

        return call

    held = [(module, module.forward) for module in modules if hasattr(module, "forward")]
    for module, forward in held:
        module.forward = watched(forward, module)
    try:
        score()
    finally:
        for module, _ in held:
            del module.forward
    assert seen, "the score never ran the model, so nothing was compared"
    assert not any(seen), f"{sum(seen)} of {len(seen)} calls were in training mode while the model was scored"
    left = sum(not module.training for module in modules)
    assert left == 0, f"{left} of {len(modules)} modules are left in evaluation"


def _modules(model: Any) -> list[Any]:
    return list(model.modules()) if hasattr(model, "modules") else [model]


def train_and_eval_differ(model: Any, batch: Any) -> None:
    """In training the output is not that of evaluation: dropout drops, batch norm looks at the batch.

    model(batch) -> one array. Catches a dropout layer that is made and never called, or that is off. Source:
    Srivastava et al. 2014.
    """
    mode(model, training=False)
    still = called(model, batch, "the output in evaluation")
    mode(model, training=True)
    moving = finite(array(model(batch)), "the output in training")
    mode(model, training=False)
    assert still.size, "nothing came out, so nothing was compared"
    assert distance(still, moving) > 0, "training and evaluation give the same output, to the last bit"


def dropout_drops(dropout: Any, ones: Any, share: float, within: float = 0.05) -> None:
    """In training a dropout layer zeroes `share` of its input and keeps the mean.

    ones: a tensor of ones, at least 1,000 of them. Catches p and 1 − p exchanged. Source: Srivastava et al. 2014.
    """
    given = array(ones)
    assert given.size >= 1000, f"{given.size} numbers are too few to count on; 1,000 are wanted"
    assert (given == 1.0).all(), "ones are wanted, so that what was dropped can be counted"
    mode(dropout, training=True)
    out = called(dropout, ones, "the output")
    dropped, mean = float((out == 0.0).mean()), float(out.mean())
    assert abs(dropped - share) <= within, (
        f"{dropped:.3f} of the numbers are dropped, and {share:.3f} should be"
    )
    assert abs(mean - 1.0) <= 4.0 * within, f"the mean goes from 1 to {mean:.3f}"


def has_parameters(model: Any, count: int) -> None:
    """The model has as many numbers to train as were counted by hand, a shared one once.

    Catches layers in a plain list, which a module does not find, and weights that should be shared and are not.
    Source: PyTorch, ModuleList; Press and Wolf 2017.
    """
    found = sum(array(p).size for _, p in parameters(model))
    assert found == count, f"{found:,} numbers are trained, and {count:,} should be"


def units_differ(model: Any) -> None:
    """No weight begins with all its rows alike: units that begin alike stay alike.

    Every parameter of two or more axes, with two or more rows, is looked at. Catches first weights of zero, or of one
    number. Source: Goodfellow, Bengio and Courville 2016, 8.4.
    """
    weights = [(name, array(p)) for name, p in parameters(model)]
    weights = [(name, w) for name, w in weights if w.ndim > 1 and len(w) > 1]
    assert weights, "no weight has rows, so nothing was compared"
    alike = [name for name, w in weights if not (w != w[:1]).any()]
    assert not alike, f"{len(alike)} of {len(weights)} weights begin with all rows alike: {few(alike)}"
