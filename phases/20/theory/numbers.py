"""The figures that the chapter of Phase 20 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import math


def standard_error(share: float, places: int) -> float:
    """Of a share of independent places."""
    return math.sqrt(share * (1.0 - share) / places)


def miscalibration(factor: float, steps: int = 3000) -> float:
    """Mean |confidence - accuracy| of a calibrated two-way answer whose log odds, 0 to 3, are multiplied."""
    total = 0.0
    for i in range(steps):
        z = 3.0 * (i + 0.5) / steps
        total += abs(1.0 / (1.0 + math.exp(-factor * z)) - 1.0 / (1.0 + math.exp(-z)))
    return total / steps


def figures() -> dict[str, float]:
    """Every figure by its name; shares in per cent where the page writes them so."""
    return {
        "letters.nats": math.log(27),
        "letters.bits": math.log2(27),
        "coins.one": math.exp(math.log(2)),
        "coins.four": math.exp(math.log(16)),
        "error.400": 100 * standard_error(0.76, 400),
        "error.5000": 100 * standard_error(0.76, 5000),
        "slices.whole": 100 * (0.9 * 0.95 + 0.1 * 0.45),
        "doubled": 100 * miscalibration(2.0),
        "thin.mean_surprise": -(math.log(0.9) + math.log(0.4)) / 2,
        "thin.surprise_of_mean": -math.log((0.9 + 0.4) / 2),
    }
