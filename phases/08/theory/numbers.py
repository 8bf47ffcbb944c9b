"""The figures that the chapter of Phase 08 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import numpy as np

ABOVE = np.array([[0.5, -1.0, 2.0], [1.5, 0.0, -0.5]])


def column_gradient(above: np.ndarray, h: float = 1e-6) -> np.ndarray:
    """The gradient of Σ above · (column + zeros) for a column of length 1 along the rows, by central differences."""
    rows = above.shape[0]

    def total(column: np.ndarray) -> float:
        return float((above * (column + np.zeros_like(above))).sum())

    moves = h * np.eye(rows).reshape(rows, rows, 1)
    return np.array([(total(move) - total(-move)) / (2 * h) for move in moves])


def loss_gradient(logits: np.ndarray, target: int, h: float = 1e-6) -> np.ndarray:
    """The gradient of −log softmax(logits)[target], by central differences."""

    def loss(z: np.ndarray) -> float:
        return float(np.log(np.exp(z).sum()) - z[target])

    moves = h * np.eye(len(logits))
    return np.array([(loss(logits + move) - loss(logits - move)) / (2 * h) for move in moves])


def figures() -> dict[str, float]:
    """Every figure by its name."""
    first, second = column_gradient(ABOVE)
    row = loss_gradient(np.array([2.0, 1.0, 0.0]), target=0)
    return {
        "column.first": float(first),
        "column.second": float(second),
        "softmax.target": float(row[0]),
        "softmax.second": float(row[1]),
        "softmax.third": float(row[2]),
    }
