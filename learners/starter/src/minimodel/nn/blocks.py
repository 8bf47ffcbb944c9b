"""The block that deep models are stacked from."""

from __future__ import annotations

from minimodel.nn.linear import Linear
from minimodel.nn.module import Module
from minimodel.nn.norm import RMSNorm
from minitorch import Tensor


class ResidualBlock(Module):
    """A pre-norm residual block: normalise, widen fourfold, GELU, narrow, add to what came in.

    x: (batch, d) -> (batch, d). He et al. (2015) for the skip connection, Xiong et al. (2020) for the
    norm in front of the branch.
    """

    def __init__(self, d: int) -> None:
        super().__init__()
        self.norm = RMSNorm(d)
        self.fc1 = Linear(d, 4 * d)
        self.fc2 = Linear(4 * d, d)

    def forward(self, x: Tensor) -> Tensor:
        h = self.fc2(self.fc1(self.norm(x)).gelu())
        return x + h
