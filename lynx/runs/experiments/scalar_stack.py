"""One number through a stack of tanh layers: how the last value answers to the first, measured and by hand.

Nothing is trained. A step is a depth: step n looks at a stack of n layers.
"""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.runs.child.probe import Probe

WEIGHTS = tuple(k / 4 for k in range(-8, 9))  # of the sweep
PRINTS_ZERO = 5e-5  # a smaller gradient is printed as 0.0000 by the explainer's own format
PAGE = 0.2314  # what the explainer's test "prints something like"


def scalar_stack(
    probe: Probe,
    *,
    layers: int = 50,
    weight: float = 0.5,
    bias: float = 0.0,
    x: float = 1.0,
    draws: int = 400,
    seed: int = 0,
) -> None:
    """Record d(last value)/d(first) of the target's ResidualStack at every depth from 0 to `layers`.

    Per step, from `minimodel.stack`: `gradient` by the engine, `by_hand` as the product of slopes,
    `disagreement` = |gradient − by_hand| / |by_hand|, `plain` the engine's gradient of a PlainStack, `value`
    the last value. At the last step also `grad_norm`, |d(last)/d(what goes into layer k)| for each layer of the
    whole stack.

    And at the last step, the size of the gradient over WEIGHTS without bias, from x = 1 and from x = 0:
    `sweep_at_1`, `sweep_at_0`, and `plain_sweep_at_1`, `plain_sweep_at_0` of a PlainStack; shares of `draws`
    stacks whose weight and bias come from U(−1, 1), as torch draws those of Linear(1, 1): `zero_share` whose
    gradient prints as 0.0000, `plain_zero_share` of a PlainStack's that print as 0.0000000000,
    `near_page_share` within 10 % of the page's 0.2314, `own_zero_share` that print as 0.0000 when each layer
    draws a weight and bias of its own; and `arithmetic`.
    """
    stack = importlib.import_module("minimodel.stack")
    for n in probe.steps(layers + 1):
        residual, plain = (kind(n, weight, bias) for kind in (stack.ResidualStack, stack.PlainStack))
        gradient, by_hand = stack.engine_gradient(residual, x), stack.residual_gradient(x, n, weight, bias)
        probe.record(
            gradient=gradient,
            by_hand=by_hand,
            disagreement=abs(gradient - by_hand) / abs(by_hand) if by_hand else math.inf,
            plain=stack.engine_gradient(plain, x),
            value=_value(residual, x),
        )
        if n == layers:
            _along(probe, stack, layers, weight, bias, x)
            _sweep(probe, stack, layers)
            probe.record(**_drawn(stack, layers, x, draws, seed), **arithmetic())


def arithmetic() -> dict[str, float]:
    """What the explainer works out on its page, worked out again.

    `half_to_99` is 0.5⁹⁹; `tanh_minus_3`; `tanh_others`, the largest error of its other three values of tanh;
    `rms_norm_of_2`, what minimodel's RMSNorm makes of the single number 2.
    """
    minitorch, nn = importlib.import_module("minitorch"), importlib.import_module("minimodel.nn")
    printed = {2.0: 0.9640, -1.0: -0.7616, 0.5: 0.4621}
    return {
        "half_to_99": 0.5**99,
        "tanh_minus_3": math.tanh(-3.0),
        "tanh_others": max(abs(math.tanh(x) - said) for x, said in printed.items()),
        "rms_norm_of_2": float(nn.RMSNorm(1)(minitorch.Tensor(np.array([[2.0]]))).data[0, 0]),
    }


def gradients(stack: Any, x: Any, weights: Any, biases: Any) -> Any:
    """The engine's d(last)/d(first) of many stacks at once: one weight, bias and x an entry, all (n,)."""
    minitorch = importlib.import_module("minitorch")
    stack.weight.data, stack.bias.data = (np.asarray(a, dtype=np.float64) for a in (weights, biases))
    first = minitorch.Tensor(
        np.array(np.broadcast_to(x, np.shape(weights)), dtype=np.float64), requires_grad=True
    )
    stack(first).sum().backward()
    return np.zeros(len(weights)) if first.grad is None else first.grad


def _value(stack: Any, x: float) -> float:
    minitorch = importlib.import_module("minitorch")
    return float(stack(minitorch.Tensor(np.array(x, dtype=np.float64))).data)


def _along(probe: Probe, stack: Any, layers: int, weight: float, bias: float, x: float) -> None:
    """What reaches layer k is the gradient of the layers from k on, started where the first k leave off."""
    kind = stack.ResidualStack
    starts = [_value(kind(k, weight, bias), x) for k in range(layers)]
    rest = [
        abs(stack.engine_gradient(kind(layers - k, weight, bias), start)) for k, start in enumerate(starts)
    ]
    probe.series("grad_norm", [f"blocks.{k}" for k in range(layers)], rest)


def _sweep(probe: Probe, stack: Any, layers: int) -> None:
    names: Sequence[str] = [f"{w:g}" for w in WEIGHTS]
    for x in (1.0, 0.0):
        for prefix, kind in (("", stack.ResidualStack), ("plain_", stack.PlainStack)):
            found = np.abs(gradients(kind(layers), x, WEIGHTS, np.zeros(len(WEIGHTS))))
            probe.series(f"{prefix}sweep_at_{x:g}", names, found.tolist())


def _drawn(stack: Any, layers: int, x: float, draws: int, seed: int) -> dict[str, float]:
    weights, biases = np.random.default_rng(seed).uniform(-1, 1, (2, draws))
    residual, plain = (
        np.abs(gradients(kind(layers), x, weights, biases))
        for kind in (stack.ResidualStack, stack.PlainStack)
    )
    own = _own_weights(stack, layers, x, draws, seed)
    return {
        "zero_share": float(np.mean(residual < PRINTS_ZERO)),
        "own_zero_share": float(np.mean(own < PRINTS_ZERO)),
        "plain_zero_share": float(np.mean(plain < 5e-11)),
        "near_page_share": float(np.mean(np.abs(residual / PAGE - 1) < 0.1)),
    }


def _own_weights(stack: Any, layers: int, x: float, draws: int, seed: int) -> Any:
    """|gradient| of `draws` stacks, (draws,), in which each layer has a weight and bias of its own.

    A stack of one layer, `layers` times: what comes out of one goes into the next, and the gradients multiply.
    """
    minitorch = importlib.import_module("minitorch")
    rng, layer = np.random.default_rng((seed, 1)), stack.ResidualStack(1)
    value, gradient = np.full(draws, float(x)), np.ones(draws)
    for _ in range(layers):
        weights, biases = rng.uniform(-1, 1, (2, draws))
        gradient = gradient * gradients(layer, value, weights, biases)
        value = np.asarray(layer(minitorch.Tensor(value)).data)
    return np.abs(gradient)
