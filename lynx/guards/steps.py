"""Checks of a training step: who moves, how far, and whether it goes on where it stopped."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from lynx.guards.reading import (
    array,
    clear,
    distance,
    few,
    gradient,
    like,
    number,
    parameters,
    put_back,
    values,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

State = TypeVar("State")


def overfits(step: Callable[[], Any], loss: Callable[[], Any], steps: int = 100, to: float = 0.1) -> None:
    """Trained on one batch over and over, a model learns it by heart: the loss falls to `to` times what it was.

    step: takes one step on that batch; loss: gives its loss. Catches what keeps a model from learning at all: steps
    in the wrong order, no step, a rate that is far off. Source: Karpathy 2019, A recipe ("overfit one batch").
    """
    assert steps > 0, "without a step nothing was compared"
    before = number(loss)
    for _ in range(steps):
        step()
    after = number(loss)
    assert 0 < before < math.inf, f"the loss begins at {before}"
    assert math.isfinite(after), f"the loss is {after} after {steps} steps"
    assert after <= to * before, (
        f"{steps} steps on one batch bring its loss from {before:.4g} to {after:.4g}, not to {to:g} of it"
    )


def every_parameter_moves(model: Any, step: Callable[[], Any]) -> None:
    """One training step changes every parameter, and leaves all of them finite.

    Catches parameters that the optimiser was not given, layers in a plain list that are counted by hand, a step in
    front of its backward pass. Source: PyTorch, torch.optim.
    """
    before = values(model)
    clear(model)
    step()
    after = values(model)
    broken = [name for name, now in after.items() if not np.isfinite(now).all()]
    assert not broken, f"a step left nan or infinity in {few(broken)}"
    still = [name for name, now in after.items() if np.array_equal(now, before[name])]
    assert not still, f"{len(still)} of {len(after)} parameters did not move: {few(still)}"


def scale_of_first_step(model: Any, step: Callable[[], Any], rate: float, rule: str = "adam") -> None:
    """The first step is as long as its rule says, within a tenth.

    rule "adam": every entry moves by `rate`, whatever its gradient (m/(1−β₁) ÷ √(v/(1−β₂)) is ±1); "sgd": by `rate`
    times its gradient, which the step must leave in place. Medians over all entries with a gradient are compared.
    Catches a rate that is off, a lost bias correction, decay that is far too strong. Source: Kingma and Ba 2015,
    2.1.
    """
    assert rule in {"adam", "sgd"}, f"a rule is adam or sgd, not {rule!r}"
    before = values(model)
    clear(model)
    step()
    shares: list[Any] = []
    for name, p in parameters(model):
        moved, held = np.abs(array(p) - before[name]), gradient(p)
        expected = (
            np.full(moved.shape, rate) if rule == "adam" else rate * np.abs(held if held is not None else 0.0)
        )
        shares.append((moved / np.where(expected > 0, expected, 1.0))[(expected > 0) & (moved > 0)])
    several = np.concatenate([each.reshape(-1) for each in shares])
    assert several.size, "no entry moved and has a gradient, so nothing was compared"
    share = float(np.median(several))
    assert 0.9 <= share <= 1.1, f"the first step is {share:.4g} times as long as a rate of {rate:g} makes it"


def rate_follows(step: Callable[[], Any], rate: Callable[[], Any], expected: Sequence[float]) -> None:
    """The rate in front of each step is the one that the schedule says.

    step: takes one step of training, the schedule's with it; rate: gives the rate as it stands; expected: one number
    for each step, not all alike. Catches a schedule that never steps or counts epochs for steps, and a rate that is
    off. Source: PyTorch, torch.optim: how to adjust learning rate.
    """
    assert len(set(expected)) > 1, "a schedule of one rate says nothing of whether it moves"
    for nth, right in enumerate(expected):
        found = number(rate)
        assert math.isclose(found, right, rel_tol=1e-5, abs_tol=1e-12), (
            f"step {nth}: the rate is {found:.6g}, not {right:.6g}"
        )
        step()


def decays_only(model: Any, optimizer: Any, decayed: Collection[str], by: float | None = None) -> None:
    """A step without gradients shrinks the parameters of these names and no others.

    decayed: names as in `named_parameters()`; by: the share that each loses, rate × decay, if that is to be held,
    too. Catches decay on norms and biases, and decay that goes through the gradient: Adam then moves every entry by
    the rate. Source: Loshchilov and Hutter 2019; nanoGPT, configure_optimizers.
    """
    before = values(model)
    unknown = sorted(set(decayed) - set(before))
    assert not unknown, f"there is no parameter {few(unknown)}"
    assert decayed, "no parameter is to be decayed, so nothing was compared"
    ones = {name: np.full_like(held, 2.0) for name, held in before.items()}
    for name, p in parameters(model):
        write(p, ones[name])
        p.grad = like(p.grad if p.grad is not None else _plain(p), np.zeros_like(ones[name]))
    optimizer.step()
    shrunk = {name: float((1.0 - array(p) / 2.0).mean()) for name, p in parameters(model)}
    put_back(model, before)
    clear(model)
    wrong = sorted(name for name, share in shrunk.items() if (share > 1e-12) != (name in decayed))
    assert not wrong, f"{few([f'{name} shrinks by {shrunk[name]:.3g}' for name in wrong])}"
    if by is not None:
        off = [name for name in decayed if not math.isclose(shrunk[name], by, rel_tol=1e-2)]
        assert not off, (
            f"{few([f'{name} shrinks by {shrunk[name]:.3g}' for name in off])}, and should by {by:.3g}"
        )


def _plain(parameter: Any) -> Any:
    """Something of the kind that its gradient has: a tensor for torch, an array elsewhere."""
    return parameter.data


def clips(model: Any, step: Callable[[float], Any], most: float) -> None:
    """A gradient a thousand times as long makes no longer step, and is at most `most` long all together.

    step(scale): takes one step on one fixed batch, with the loss times `scale`; best with plain SGD, for Adam's first
    step has one length whatever the gradient. Catches a clip that got lost, that comes after the step, or that clips
    each parameter by itself. Source: Pascanu, Mikolov and Bengio 2013.
    """
    before, moved = values(model), []
    for scale in (1e3, 1e6):
        put_back(model, before)
        clear(model)
        step(scale)
        moved.append(
            math.sqrt(sum(float(((now - before[name]) ** 2).sum()) for name, now in values(model).items()))
        )
        held = [g for _, p in parameters(model) if (g := gradient(p)) is not None]
        length = math.sqrt(sum(float((g**2).sum()) for g in held))
        assert length <= most * 1.001, (
            f"the gradient is {length:.4g} long all together after a step, more than {most:g}"
        )
    put_back(model, before)
    clear(model)
    assert moved[0] > 0, "the step moved nothing, so nothing was compared"
    assert moved[1] <= 1.01 * moved[0], (
        f"a gradient 1,000 times as long makes a step {moved[1] / moved[0]:.4g} times as long"
    )


def restores(
    make: Callable[[], State],
    step: Callable[[State], Any],
    save: Callable[[State], Any],
    load: Callable[[State, Any], Any],
    steps: int = 3,
) -> None:
    """Saved, loaded into a fresh start, and gone on with, training is what it would have been; exact.

    make() -> the state of a training before its first step, with another seed each time or not; step(state) -> the
    loss of one step; save(state) -> what is written; load(state, saved). Catches an optimiser, a schedule or a
    generator that is not restored, and a saved state that goes on changing. Source: PyTorch, saving and loading a
    general checkpoint.
    """
    one = make()
    for _ in range(steps):
        step(one)
    saved = save(one)
    on = [number(step(one)) for _ in range(steps)]
    other = make()
    load(other, saved)
    again = [number(step(other)) for _ in range(steps)]
    assert len(set(on)) > 1, f"the loss is {on[0]:.6g} at every step, so nothing was compared"
    gap = distance(np.array(on), np.array(again))
    first = next((nth for nth, (a, b) in enumerate(zip(on, again, strict=True)) if a != b), 0)
    assert on == again, (
        f"step {first} after the restart has a loss of {again[first]:.6g}, not {on[first]:.6g} ({gap:.2g} apart)"
    )
