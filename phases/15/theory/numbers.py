"""The figures that the chapter of Phase 15 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np

ROOTS = (Path(__file__).resolve().parents[3] / "learners" / "starter", Path(__file__).resolve().parents[3] / "starter")
SCORES = np.array([2.0, 1.0, 0.0])
INPUTS = 64  # numbers that a layer takes in
HEAD = 64  # numbers of the widest head


def shares(scores: np.ndarray) -> np.ndarray:
    """A softmax."""
    odds = np.exp(scores)
    return odds / odds.sum()


def slope(share: float, h: float = 1e-6) -> float:
    """d share / d its own score, among two places, by central differences."""
    score = math.log(share / (1 - share))

    def at(s: float) -> float:
        return 1 / (1 + math.exp(-s))

    return (at(score + h) - at(score - h)) / (2 * h)


def of_a_query(weight_variance: float) -> float:
    """The variance of Σ w·x over INPUTS independent terms of mean 0, with inputs of variance 1."""
    return INPUTS * weight_variance


def place_in_memory() -> int:
    """Where (head 1, place 2, number 3) of (2, 5, 4) lies, by asking an array that counts."""
    return int(np.arange(2 * 5 * 4).reshape(2, 5, 4)[1, 2, 3])


def english() -> tuple[float, int]:
    """The entropy rate of the starter's English grammar, from its table of sentences, and its characters."""
    root = next(root for root in ROOTS if (root / "src/tinylm/grammar.py").is_file())
    sys.path.insert(0, str(root / "src"))
    try:
        from tinylm.grammar import grammar
    finally:
        sys.path.pop(0)
    table = grammar("english")
    entropy = -sum(p * math.log(p) for p in table.values())
    return entropy / sum(p * len(s) for s, p in table.items()), len(set("".join(table)))


def figures() -> dict[str, float]:
    """Every figure by its name."""
    rate, characters = english()
    whole, half = shares(SCORES), shares(SCORES / 2)
    uniform = np.linspace(-1, 1, 200_001) / math.sqrt(INPUTS)  # as good as uniform within ± 1/√n
    return {
        **{f"whole.{i}": float(share) for i, share in enumerate(whole)},
        **{f"half.{i}": float(share) for i, share in enumerate(half)},
        "slope.even": slope(0.5),
        "slope.sure": slope(0.99),
        "deviation.64": math.sqrt(HEAD * of_a_query(1 / INPUTS) ** 2),
        "query.torch": of_a_query(float(uniform.var())),
        "query.gpt2": of_a_query(0.02**2),
        "memory": float(place_in_memory()),
        "rate": rate,
        "characters": float(characters),
        "even": math.log(characters),
    }
