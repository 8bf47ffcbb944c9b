"""Causal self-attention with several heads, written out."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def causal_mask(length: int, device: torch.device | None = None) -> Tensor:
    """Which places are hidden from which: (length, length), True where place t (row) is not to see s > t."""
    return torch.ones(length, length, dtype=torch.bool, device=device).triu(diagonal=1)


def weights_of(q: Tensor, k: Tensor, mask: Tensor | None = None) -> Tensor:
    """How much each place takes from each: (batch, heads, length, keys), every row of it sums to 1.

    q: (batch, heads, length, d_k), k: (batch, heads, keys, d_k); `mask` is True where a place may not look.
    The products of two vectors of d_k numbers of variance 1 have variance d_k: hence the division.
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(mask, float("-inf"))
    return scores.softmax(dim=-1)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(batch, length, width) -> (batch, heads, length, width / heads): each head has a part of the width."""
    batch, length, width = x.shape
    return x.view(batch, length, heads, width // heads).transpose(1, 2)


def merge_heads(x: Tensor) -> Tensor:
    """The way back: (batch, heads, length, d) -> (batch, length, heads · d)."""
    batch, heads, length, d = x.shape
    return x.transpose(1, 2).reshape(batch, length, heads * d)


class Attention(nn.Module):
    """softmax(Q Kᵀ / √d_k) V in several heads (Vaswani et al. 2017), then a linear layer over them all."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"a width of {width} cannot be shared by {heads} heads")
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """x and the result: (batch, length, width). Without a mask every place looks at all of them."""
        q, k, v = self.project(x)
        result: Tensor = self.out_proj(merge_heads(weights_of(q, k, mask) @ v))
        return result

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of each head: (batch, heads, length, d_k) each."""
        q, k, v = (split_heads(layer(x), self.heads) for layer in (self.query, self.key, self.value))
        return q, k, v
