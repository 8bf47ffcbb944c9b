"""A deep residual MLP: embed, L blocks with the norm in front, a final norm, a head."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """The branch of a pre-LayerNorm residual MLP block; the model adds it to what came in.

    h: (batch, d_hidden) -> (batch, d_hidden).
    """

    def __init__(self, d_hidden: int, w2_std: float = 0.01) -> None:
        super().__init__()
        self.ln = nn.LayerNorm(d_hidden)
        self.w1 = nn.Linear(d_hidden, d_hidden)
        self.w2 = nn.Linear(d_hidden, d_hidden)
        # A small second layer: at first the branch says little, and the model is close to its embedding.
        nn.init.normal_(self.w2.weight, std=w2_std)
        nn.init.zeros_(self.w2.bias)

    def forward(self, h: Tensor) -> Tensor:
        branch: Tensor = self.w2(torch.nn.functional.gelu(self.w1(self.ln(h))))
        return branch


class ResidualMLP(nn.Module):
    """x: (batch, input_dim) -> logits: (batch, num_classes).

    With `residual_add` off each block replaces the hidden state; that, and `w2_std`, are for ablations.
    """

    def __init__(
        self,
        input_dim: int,
        d_hidden: int,
        num_classes: int,
        num_blocks: int,
        residual_add: bool = True,
        w2_std: float = 0.01,
    ) -> None:
        super().__init__()
        self.embed = nn.Linear(input_dim, d_hidden)
        self.blocks = nn.ModuleList([ResidualBlock(d_hidden, w2_std) for _ in range(num_blocks)])
        self.out_ln = nn.LayerNorm(d_hidden)
        self.out_head = nn.Linear(d_hidden, num_classes)
        self.num_blocks = num_blocks
        self.residual_add = residual_add

    def step(self, h: Tensor, layer: int) -> Tensor:
        """The hidden state after block `layer`, from the one before it."""
        f: Tensor = self.blocks[layer](h)
        return h + f if self.residual_add else f

    def readout(self, h: Tensor) -> Tensor:
        """Logits from the last hidden state."""
        logits: Tensor = self.out_head(self.out_ln(h))
        return logits

    def hidden_states(self, x: Tensor) -> list[Tensor]:
        """h_0 (the embedding), h_1, …, h_L, each (batch, d_hidden)."""
        hiddens = [self.embed(x)]
        for layer in range(self.num_blocks):
            hiddens.append(self.step(hiddens[-1], layer))
        return hiddens

    def forward(self, x: Tensor, return_hidden: bool = False) -> Tensor | tuple[Tensor, list[Tensor]]:
        """Logits; with `return_hidden` also the list h_0, …, h_L."""
        hiddens = self.hidden_states(x)
        logits = self.readout(hiddens[-1])
        return (logits, hiddens) if return_hidden else logits

    def forward_from(self, h: Tensor, start_layer: int) -> Tensor:
        """Logits from the hidden state h that goes into block `start_layer`: for perturbation tests."""
        for layer in range(start_layer, self.num_blocks):
            h = self.step(h, layer)
        return self.readout(h)
