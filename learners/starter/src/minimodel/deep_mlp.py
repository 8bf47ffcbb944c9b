"""A deep MLP: embed, a stack of equal blocks, a final norm, a head."""

from __future__ import annotations

from collections.abc import Callable

from minimodel.nn import Linear, Module, ModuleList, ResidualBlock, RMSNorm
from minitorch import Tensor


class DeepMLP(Module):
    """x: (batch, d_in) -> logits: (batch, classes), through `depth` blocks of width `width`."""

    def __init__(
        self,
        d_in: int,
        classes: int,
        *,
        depth: int,
        width: int,
        block: Callable[[int], Module] = ResidualBlock,
    ) -> None:
        super().__init__()
        self.embed = Linear(d_in, width)
        self.blocks = ModuleList(block(width) for _ in range(depth))
        self.norm = RMSNorm(width)
        self.head = Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = self.embed(x)
        for block in self.blocks:
            h = block(h)
        return self.head(self.norm(h))
