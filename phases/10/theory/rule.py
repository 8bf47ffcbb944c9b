"""The written-down rule of chapter 04, and the figures that the chapter works out with it.

Pure and of the standard library alone, so that the drill can keep its score beside a learner's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

ACTIVATION_FACTOR: Mapping[str, float] = {"none": 1.0, "relu": 0.5, "gelu": 0.43}


def variance_factor(init: str, width: int) -> float:
    """s = n·σ² of the four initialisations of the drill, for a square layer of `width` inputs."""
    return {"small": 0.02**2 * width, "uniform": width / 12, "xavier": 1.0, "kaiming": 2.0}[init]


def growth(depth: int, activation: str, init: str, residual: bool, width: int = 64) -> float:
    """G of the rule: what `depth` layers without a norm do to the second moment, as a factor."""
    s = variance_factor(init, width)
    if activation == "tanh":
        return float(depth) if residual else min(s, 1.0) ** depth
    a = s * ACTIVATION_FACTOR[activation]
    return float((1 + a) ** depth if residual else a**depth)


def too_deep(activation: str, step: float) -> float:
    """From how many layers on a plain stack does not learn, at this step; infinity where depth is no limit."""
    if step >= 0.1:
        return 20
    if activation == "none":
        return math.inf
    return 30 if step >= 0.01 else 50


def offset_adds_up(depth: int, activation: str, init: str, norm: str, residual: bool) -> bool:
    """Whether every block adds a positive mean to a stream from which no norm takes it away."""
    return residual and norm == "rms" and activation in ("relu", "gelu") and init != "small" and depth >= 10


def rule(
    depth: int, activation: str, init: str, norm: str, residual: bool, step: float, width: int = 64
) -> str:
    """Answer "diverges", "does-not-learn" or "trains", after a hundred steps of SGD with momentum 0.9.

    Activations are none, relu, gelu, tanh; inits small, uniform, xavier, kaiming; norms none, layer, rms. The
    questions are asked in the chapter's order and the first yes decides. The thresholds are those that
    benchmarks/written_rule.py found by cross-validation.
    """
    if norm == "none":
        g = growth(depth, activation, init, residual, width)
        if g * step > 2:
            return "diverges"
        if g < 0.02:
            return "does-not-learn"
    if not residual and depth >= too_deep(activation, step):
        return "does-not-learn"
    if offset_adds_up(depth, activation, init, norm, residual) and step < 0.01:
        return "does-not-learn"
    return "trains"


def figures() -> dict[str, float]:
    """The figures of chapter 04, under the names that numbers.yaml uses."""
    key_size, init = 32, 0.02
    # A coordinate of q = W·x with 64 unit inputs has variance 64·σ²; a logit sums 32 products of two such.
    logit = math.sqrt(key_size) * 64 * init**2
    doubled = 1.0
    for _ in range(4):
        doubled = 4 * doubled + 1
    return {
        "small.factor64": variance_factor("small", 64),
        "uniform.factor64": variance_factor("uniform", 64),
        "example.xavier.relu20": growth(20, "relu", "xavier", residual=False),
        "example.kaiming.relu20": growth(20, "relu", "kaiming", residual=True),
        "example.kaiming.relu20.step": growth(20, "relu", "kaiming", residual=True) * 0.01,
        "example.xavier.relu10": growth(10, "relu", "xavier", residual=True),
        "example.xavier.relu10.step": growth(10, "relu", "xavier", residual=True) * 0.01,
        "example.xavier.relu10.long": growth(10, "relu", "xavier", residual=True) * 0.1,
        "logit.unscaled": logit,
        "logit.scaled": logit / math.sqrt(key_size),
        "share.single": 1 / 5,
        "share.doubled": 1 / doubled,
    }
