"""The figures that the chapter of Phase 26 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import math

import numpy as np

WIDTH, MATRICES = 64, 400


def uniform_decibels(top: int) -> float:
    """Signal over noise of entries spread evenly up to the largest: 1/3 over a squared step by 12."""
    return 10.0 * math.log10((1 / 3) / ((1 / top) ** 2 / 12))


def largest() -> tuple[float, float]:
    """The mean largest of a row and of a matrix of 64 · 64 normal numbers, in standard deviations."""
    drawn = np.abs(np.random.default_rng(0).standard_normal((MATRICES, WIDTH, WIDTH)))
    return float(drawn.max(axis=2).mean()), float(drawn.max(axis=(1, 2)).mean())


def figures() -> dict[str, float]:
    """Every figure by its name."""
    row, matrix = largest()
    return {
        "steps.eight": 127.0,
        "steps.four": 7.0,
        "decibels.eight": uniform_decibels(127),
        "decibels.four": uniform_decibels(7),
        "decibels.between": uniform_decibels(127) - uniform_decibels(7),
        "largest.row": row,
        "largest.matrix": matrix,
        "decibels.shared": 20.0 * math.log10(matrix / row),
        "decibels.outlier": 20.0 * math.log10(8),
        "half_step": 8 * row / 7 / 2,
    }
