"""The figures that the chapter of Phase 22 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import math

FLOAT32, FLOAT16 = 4, 2  # bytes


def cache_bytes(layers: int, width: int, places: int, of: int) -> int:
    """Keys and values of every layer and place."""
    return 2 * layers * width * places * of


def empty_weight(places: int, score: float) -> float:
    """What softmax gives a slot of zeros beside `places` slots of one score: its own score is 0."""
    return 1.0 / (1.0 + places * math.exp(score))


def figures() -> dict[str, float]:
    """Every figure by its name."""
    return {
        "reads.without": float(sum(range(1, 25))),
        "reads.with": 24.0,
        "bytes.starter": float(cache_bytes(2, 32, 24, FLOAT32)),
        "megabytes.gpt2": cache_bytes(12, 768, 1024, FLOAT16) / 1e6,
        "empty.level": 100 * empty_weight(8, 0.0),
        "empty.liked": 100 * empty_weight(8, 1.0),
        "empty.disliked": 100 * empty_weight(8, -2.0),
        "rounding": 2.0**-23,
    }
