"""Checks of gradients: who gets one, whether it is right, and where it ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.guards.reading import (
    array,
    clear,
    distance,
    few,
    gradient,
    number,
    parameters,
    put_back,
    values,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt


def every_parameter_gets_gradient(model: Any, loss: Callable[[], Any]) -> None:
    """After one backward pass every parameter has a gradient that is finite and not zero throughout.

    loss: a callable that gives the loss of a batch, a scalar with `backward()`. Catches a branch that nothing is
    computed from, a detach too many, a layer that was made and is not called. Source: a blog's lost line `x = x +
    output`, after which four of its layers had no gradient at all.
    """
    clear(model)
    value = loss()
    assert getattr(value, "requires_grad", True), "the loss depends on no parameter at all"
    value.backward()
    held = {name: gradient(p) for name, p in parameters(model)}
    clear(model)
    without = [name for name, g in held.items() if g is None]
    assert not without, f"{len(without)} of {len(held)} parameters have no gradient: {few(without)}"
    broken = [name for name, g in held.items() if g is not None and not np.isfinite(g).all()]
    assert not broken, f"{len(broken)} of {len(held)} gradients hold nan or infinity: {few(broken)}"
    zero = [name for name, g in held.items() if g is not None and not g.any()]
    assert not zero, f"{len(zero)} of {len(held)} gradients are zero throughout: {few(zero)}"


def gradient_stops_at(loss: Callable[[], Any], stopped: Any, flows: Any) -> None:
    """The loss trains `flows` and leaves `stopped` alone.

    loss: a callable that gives a scalar with `backward()`; stopped, flows: models or lists of parameters. Catches a
    detach that got lost: a target network that is trained, a state that carries the graph of the batch before.
    Source: PyTorch, Tensor.detach.
    """
    clear(stopped)
    clear(flows)
    loss().backward()
    reached = [name for name, p in parameters(flows) if (g := gradient(p)) is not None and g.any()]
    passed = [name for name, p in parameters(stopped) if (g := gradient(p)) is not None and g.any()]
    clear(stopped)
    clear(flows)
    assert reached, "no gradient reached what should be trained, so nothing was compared"
    assert not passed, f"a gradient went past the detached value, into {few(passed)}"


def gradients_match_differences(
    f: Callable[..., Any], *inputs: Any, step: float = 1e-6, within: float = 1e-5, entries: int = 64
) -> None:
    """Gradients agree with central differences: (f(x + h) − f(x − h)) / 2h.

    f(*inputs) -> a scalar with `backward()`; inputs: tensors in float64 that want a gradient, or single numbers with
    one. At most `entries` entries of each are tried. Catches a wrong derivative, a contribution overwritten instead
    of added, a lost sum over a broadcast axis. Source: Bottou 1998; PyTorch, gradcheck.
    """
    assert inputs, "without an input nothing was compared"
    clear(list(inputs))
    f(*inputs).backward()
    rng = np.random.default_rng(0)
    for nth, x in enumerate(inputs):
        numbers, held = array(x), gradient(x)
        assert held is not None, f"input {nth} has no gradient"
        assert numbers.size, f"input {nth} is empty"
        tried = rng.permutation(numbers.size)[:entries]
        for place in tried:
            moved = []
            for sign in (1.0, -1.0):
                other = numbers.copy()
                other.reshape(-1)[place] += sign * step
                write(x, other)
                moved.append(number(f(*inputs)))
            write(x, numbers)
            slope, found = (moved[0] - moved[1]) / (2.0 * step), float(held.reshape(-1)[place])
            scale = max(abs(slope), abs(found), float(np.abs(held).max()), 1e-8)
            assert abs(slope - found) <= within * scale, (
                f"input {nth}, entry {place}: the gradient is {found:.6g}, the difference says {slope:.6g}"
            )
    clear(list(inputs))


def gradients_are_cleared(model: Any, step: Callable[[], Any]) -> None:
    """A training step, repeated from the same parameters on the same batch, leaves the same gradients.

    step: a callable that takes one step on one fixed batch, without dropout. A loop that clears behind the step
    leaves none, which passes. Catches a `zero_grad()` that got lost: every gradient is then the sum of all before it.
    Source: PyTorch, Optimizer.zero_grad.
    """
    before = values(model)
    clear(model)
    held = []
    for _ in range(3):
        put_back(model, before)
        step()
        held.append({name: gradient(p) for name, p in parameters(model)})
    moved = any(distance(now, before[name]) > 0 for name, now in values(model).items())
    put_back(model, before)
    clear(model)
    assert moved, "the step changed no parameter, so nothing was compared"
    for name in before:
        first, last = held[0][name], held[-1][name]
        if first is None or last is None:
            assert first is last, f"{name} has a gradient after one of the steps only"
        else:
            gap = distance(first, last)
            size = _ratio(last, first)
            assert gap <= 1e-4, (
                f"{name}: the gradient of the same batch is {size:.3g} times as long at the third step"
            )


def _ratio(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> float:
    below = float(np.linalg.norm(b))
    return float(np.linalg.norm(a)) / below if below else math.inf


def accumulation_equals_batch(
    model: Any, whole: Callable[[], Any], parts: Callable[[], Any], within: float = 1e-4
) -> None:
    """Gradients gathered over parts of a batch are those of the whole batch.

    whole, parts: callables that each do all their backward passes, on the same samples. Catches an accumulation that
    is not divided, and a mean of means over parts of different lengths. Source: PyTorch, gradient accumulation.
    """
    found: list[dict[str, Any]] = []
    for way in (whole, parts):
        clear(model)
        way()
        found.append({name: gradient(p) for name, p in parameters(model)})
    clear(model)
    names = [name for name, g in found[0].items() if g is not None and g.any()]
    assert names, "the whole batch leaves no gradient, so nothing was compared"
    for name in names:
        one, other = found[0][name], found[1][name]
        assert other is not None, f"{name} has a gradient from the whole batch and none from its parts"
        assert distance(one, other) <= within, (
            f"{name}: the gradient from parts is {_ratio(other, one):.3g} times as long as that of the whole batch"
        )


def records_no_graph(measure: Callable[[], Any]) -> None:
    """What is only measured has no graph behind it.

    measure: a callable that gives a tensor or several. Catches a `no_grad` that got lost: memory grows with every
    batch that is kept. Source: PyTorch, locally disabling gradient computation.
    """
    result = measure()
    several: Sequence[Any] = result if isinstance(result, tuple | list) else [result]
    tensors = [each for each in several if hasattr(each, "requires_grad")]
    assert tensors, "it gave no tensor, so nothing was compared"
    kept = sum(bool(each.requires_grad) for each in tensors)
    assert kept == 0, f"{kept} of {len(tensors)} results carry a graph"
