"""The figures that the chapter of Phase 07 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import math
from collections.abc import Callable


def central_difference(f: Callable[[float], float], x: float, h: float = 1e-5) -> float:
    """(f(x + h) − f(x − h)) / 2h: the derivative up to an error of order h²."""
    return (f(x + h) - f(x - h)) / (2 * h)


def paths(diamonds: int) -> int:
    """How many paths lead through a row of diamonds, counted one step at a time."""
    ways = 1
    for _ in range(diamonds):
        left, right = ways, ways
        ways = left + right
    return ways


def figures() -> dict[str, float]:
    """Every figure by its name."""
    outer = 1 + math.exp(2.0)
    product = central_difference(lambda x: (x + 3) * (x + 1), 2.0)
    return {
        "chain.exp": math.exp(2.0),
        "chain.inverse_log": outer,
        "chain.whole": 2.0 * math.exp(2.0) / outer,
        "chain.checked": central_difference(lambda x: math.log(1 + math.exp(2 * x)), 1.0),
        "diamond.checked": product,
        "paths.ten": float(paths(10)),
    }
