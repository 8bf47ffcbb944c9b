"""What a control changes in a deep stack: its first weights, its norms, its sum, the length of its steps."""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MIRRORED = "mirrored"
PACES = ("sum", "replace")  # whose steps are counted off: those of x + f(x), those of f(x)


def change_init(model: Any, name: str) -> None:
    """Draw the blocks' linear weights again by another rule, from the generator that layers draw from."""
    if name == "kaiming_normal":
        return
    rules = importlib.import_module("minimodel.nn.init")
    if name == MIRRORED:
        _mirror(model, rules)
        return
    if not hasattr(rules, name):
        raise ValueError(f"minimodel.nn.init has no {name!r}")
    rng = rules.default_generator()
    for block in model.blocks:
        for _, parameter in block.named_parameters():
            if parameter.data.ndim == 2:
                parameter.data = getattr(rules, name)(parameter.data.shape, rng)


def _mirror(model: Any, rules: Any) -> None:
    """Let each branch begin as a rotation: W1 = [A; -A], W2 = [B, -B], B A orthogonal.

    φ(z) - φ(-z) = z for ReLU and for GELU alike, so the branch is B A norm(x), and linear but for the norm:
    the looks-linear start of Balduzzi et al. (2017), in which gradients are not shattered.
    """
    rng = rules.default_generator()
    for block in model.blocks:
        width, hidden = block.fc2.weight.data.shape
        a = rules.orthogonal((hidden // 2, width), rng)
        b = rules.orthogonal((width, width), rng) @ a.T
        block.fc1.weight.data = np.concatenate([a, -a]).astype(np.float32)
        block.fc2.weight.data = np.concatenate([b, -b], axis=1).astype(np.float32)


def change_norm(model: Any, name: str, width: int) -> None:
    """Replace the norm in front of each block's branch."""
    if name == "rms":
        return
    nn = importlib.import_module("minimodel.nn")
    kinds = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}
    if name not in kinds:
        raise ValueError(f"norm must be rms, {' or '.join(kinds)}, not {name!r}")
    for block in model.blocks:
        block.norm = kinds[name](width)


def cut_gradient(model: Any, number: int) -> None:
    """Let no gradient pass the input of block `number`, counted from 1; the values pass unchanged."""
    blocks = list(model.blocks)
    if not 1 <= number <= len(blocks):
        raise ValueError(f"there is no block {number} among {len(blocks)}")
    block = blocks[number - 1]
    forward = block.forward
    block.forward = lambda x: forward(x.detach())


def mix(model: Any, weight: float) -> None:
    """Let each block give x/√(1 + a²) + a·f(x), whatever the learner's own sum is.

    Behind a norm f has one size s, and the stream settles at s·√(1 + a²): so each block replaces the share
    a²/(1 + a²) of the stream's variance, at every depth, and the path around all blocks shrinks by
    (1 + a²)^(-depth/2).
    """
    keep = 1.0 / math.sqrt(1.0 + weight * weight)
    _sums(model, lambda x, branch: x * keep + branch * weight)


def sum_as(model: Any, name: str) -> None:
    """Let each block give x + f(x) or f(x), whatever the learner's own sum is."""
    if name not in PACES:
        raise ValueError(f"paced_by must be {' or '.join(PACES)}, not {name!r}")
    _sums(model, (lambda x, branch: x + branch) if name == "sum" else (lambda x, branch: branch))  # noqa: ARG005


def _sums(model: Any, joined: Callable[[Any, Any], Any]) -> None:
    for block in model.blocks:

        def forward(x: Any, block: Any = block) -> Any:
            return joined(x, block.fc2(block.fc1(block.norm(x)).gelu()))

        block.forward = forward


def states(model: Any, x: Any) -> list[Any]:
    """What comes out of each block, (batch, width) in float64; without blocks nothing."""
    found = []
    with importlib.import_module("minitorch").no_grad():
        h = model.embed(x)
        for block in model.blocks:
            h = block(h)
            found.append(np.asarray(h.data, dtype=np.float64))
    return found


def moved(before: Sequence[Any], after: Sequence[Any]) -> list[float]:
    """‖Δh‖/‖h‖ of each state."""
    return [float(np.linalg.norm(b - a) / np.linalg.norm(a)) for a, b in zip(before, after, strict=True)]


class Stepper:
    """Steps of an optimiser whose length is known, and can be given."""

    def __init__(self, optimiser: Any, parameters: Sequence[Any]) -> None:
        self.optimiser, self.parameters = optimiser, parameters

    def step(self, length: float | None = None) -> float:
        """Update; the length ‖Δ‖ of the update over all parameters. Given one, the same way but that far."""
        before = [p.data.copy() for p in self.parameters]
        self.optimiser.step()
        went = math.sqrt(sum(_square(p.data - old) for p, old in zip(self.parameters, before, strict=True)))
        if length is None or went == 0.0:
            return went
        for p, old in zip(self.parameters, before, strict=True):
            p.data = (old + (length / went) * (p.data - old)).astype(old.dtype)
        return length


def _square(a: Any) -> float:
    return float(np.square(a, dtype=np.float64).sum())
