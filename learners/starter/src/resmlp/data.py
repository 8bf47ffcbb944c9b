"""A small classification task: noisy points around one centre a class."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Points:
    """x: (samples, dim) floats, y: (samples,) classes."""

    x_train: Tensor
    y_train: Tensor
    x_val: Tensor
    y_val: Tensor


def noisy_centres(
    seed: int, train: int = 1000, val: int = 500, dim: int = 32, classes: int = 10, noise: float = 1.0
) -> Points:
    """Centres from N(0, 1) in every coordinate, points from N(centre, noise²), classes equally likely.

    The centres and both parts come from one generator, so a seed is a whole task of its own.
    """
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, dim, generator=generator)
    y = torch.randint(classes, (train + val,), generator=generator)
    x = centres[y] + noise * torch.randn(train + val, dim, generator=generator)
    return Points(x[:train], y[:train], x[train:], y[train:])
