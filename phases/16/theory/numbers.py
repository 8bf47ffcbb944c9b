"""The figures that the chapter of Phase 16 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import math

VALUES, SCORES = (2.0, 5.0, 9.0), (1.0, 0.0, -1.0)
RATES = (1.0, 0.01)


def weights(scores: tuple[float, ...]) -> list[float]:
    """The softmax of a few scores."""
    powers = [math.exp(s) for s in scores]
    return [p / math.fsum(powers) for p in powers]


def attended(values: tuple[float, ...], scores: tuple[float, ...]) -> float:
    """The sum of the values with the weights that their scores give them."""
    return math.fsum(w * v for w, v in zip(weights(scores), values, strict=True))


def place(t: int) -> list[float]:
    """Sines and cosines of a place at each rate (Vaswani et al. 2017)."""
    return [f(rate * t) for rate in RATES for f in (math.sin, math.cos)]


def product(one: int, other: int) -> float:
    """The inner product of what two places get."""
    return math.fsum(a * b for a, b in zip(place(one), place(other), strict=True))


def figures() -> dict[str, float]:
    """Every figure by its name."""
    first, second, third = weights(SCORES)
    return {
        "weight.first": first,
        "weight.second": second,
        "weight.third": third,
        "sum": attended(VALUES, SCORES),
        "sum.reseated": attended(VALUES[::-1], SCORES[::-1]),
        "product.near": product(3, 5),
        "product.far": product(10, 12),
    }
