"""Sums of two tensors of shapes that stretch, with a random gradient from above."""

import numpy as np
from minitorch import Tensor

SHAPES = (
    ((3,), (4, 3)),
    ((4, 3), (3,)),
    ((4, 1), (4, 3)),
    ((1, 3), (4, 1)),
    ((1,), (5,)),
    ((), (2, 3)),
    ((2, 1, 4), (3, 1)),
    ((4, 3), (4, 3)),
    ((1, 1), (1, 1)),
    ((7, 1), (7, 64)),
)


def make(rng):
    """a + b on either side, each operand's gradient asked for."""
    left, right = SHAPES[int(rng.integers(len(SHAPES)))]
    if rng.integers(2):
        left, right = right, left
    a, b = (Tensor(np.asarray(rng.standard_normal(shape)), requires_grad=True) for shape in (left, right))
    if rng.integers(3):
        return (lambda x, y: x + y), (a, b)
    number = float(rng.standard_normal())
    return (lambda x, y: number + x + y), (a, b)
