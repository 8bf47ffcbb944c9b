"""The figures that the chapter of Phase 18 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import math

import numpy as np

BETAS = (0.9, 0.999)  # AdamW's
STEPS, WARMUP, RATE, FLOOR = 100, 10, 0.02, 0.1


def rate(step: int) -> float:
    """The plan of the chapter: a line up, a cosine down to FLOOR · RATE."""
    if step < WARMUP:
        return RATE * (step + 1) / WARMUP
    turn = math.pi * (step - WARMUP) / (STEPS - 1 - WARMUP)
    return RATE * (FLOOR + (1 - FLOOR) * (1 + math.cos(turn)) / 2)


def figures() -> dict[str, float]:
    """Every figure by its name."""
    marks = np.repeat([6.0, 8.0], [30, 10])
    gradient = np.array([3.0, 4.0])
    short = gradient / np.linalg.norm(gradient)
    cut = np.minimum(gradient, 1.0)
    fast, slow = (math.log(0.5) / math.log(beta) for beta in BETAS)
    return {
        "marks.mean": float(marks.mean()),
        "clip.first": float(short[0]),
        "clip.second": float(short[1]),
        "clip.entries": float(cut @ gradient / (np.linalg.norm(cut) * np.linalg.norm(gradient))),
        "half.averages": fast,
        "half.squares": slow,
        "rate.first": rate(0),
        "rate.tenth": rate(9),
        "rate.last": rate(STEPS - 1),
        "dropout.scale": 1 / (1 - 1 / 5),
    }
