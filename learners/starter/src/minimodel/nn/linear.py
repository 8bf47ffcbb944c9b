"""The linear layer."""

from __future__ import annotations

import numpy as np

from minimodel.nn.init import Init, default_generator, kaiming_normal
from minimodel.nn.module import Module, Parameter
from minitorch import Tensor
from minitorch import functional as F


class Linear(Module):
    """y = x Wᵀ + b, with `weight` of shape (d_out, d_in) and `bias` of shape (d_out,), zero at first."""

    def __init__(
        self,
        d_in: int,
        d_out: int,
        *,
        init: Init = kaiming_normal,
        bias: bool = True,
        rng: np.random.Generator | None = None,
    ) -> None:
        super().__init__()
        self.weight = Parameter(init((d_out, d_in), rng or default_generator()))
        self.bias = Parameter(np.zeros(d_out, dtype=np.float32)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight, self.bias)
