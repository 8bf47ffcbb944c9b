"""The figures that the chapter of Phase 09 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import numpy as np

SAMPLES = np.array([1.0, 3.0, -2.0, 4.0])


def velocity(momentum: float, gradients: list[float]) -> float:
    """What is left of v <- momentum · v + g after all gradients, from v = 0."""
    v = 0.0
    for g in gradients:
        v = momentum * v + g
    return v


def figures() -> dict[str, float]:
    """Every figure by its name."""
    return {
        "batch.mean": float(SAMPLES.mean()),
        "velocity.third": velocity(0.9, [1.0] * 3),
        "push.left": velocity(0.9, [1.0] + [0.0] * 7),
    }
