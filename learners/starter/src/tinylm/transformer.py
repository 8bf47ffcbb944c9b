"""One layer of attention and one feed-forward network over characters."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class TinyTransformer(nn.Module):
    """Predicts the next character at every place of a text.

    codes: (batch, length) integers below `vocabulary`, length at most `context` -> logits:
    (batch, length, vocabulary). Attention first, then the feed-forward network, each followed by its
    norm (post-norm, as in Vaswani et al. 2017).
    """

    mask: Tensor

    def __init__(
        self, vocabulary: int = 65, width: int = 64, heads: int = 2, context: int = 64, hidden: int = 128
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"a width of {width} cannot be shared by {heads} heads")
        self.heads = heads
        self.char_embedding = nn.Embedding(vocabulary, width)
        self.pos_embedding = nn.Embedding(context, width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width)
        self.ff1 = nn.Linear(width, hidden)
        self.ff2 = nn.Linear(hidden, width)
        self.norm2 = nn.LayerNorm(width)
        self.output_head = nn.Linear(width, vocabulary)
        # Place t looks at places 0..t; made once, and not part of the state.
        self.register_buffer("mask", torch.tril(torch.ones(context, context)) == 0, persistent=False)

    def forward(self, codes: Tensor) -> Tensor:
        places = torch.arange(codes.shape[1], device=codes.device)
        x = self.char_embedding(codes) + self.pos_embedding(places)

        # What the places before say about this one.
        output = self.out_proj(self.attend(x))
        x = x + output
        x = self.norm1(x)

        # What to make of it, place by place.
        output = self.ff2(torch.relu(self.ff1(x)))
        x = x + output
        x = self.norm2(x)

        logits: Tensor = self.output_head(x)
        return logits

    def attend(self, x: Tensor) -> Tensor:
        """Scaled dot-product attention to the places before; x and the result: (batch, length, width)."""
        batch, length, width = x.shape

        def split(y: Tensor) -> Tensor:
            return y.view(batch, length, self.heads, width // self.heads).transpose(1, 2)

        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        scores = q @ k.transpose(-2, -1) / math.sqrt(width // self.heads)
        scores = scores.masked_fill(self.mask[:length, :length], float("-inf"))
        mixed = scores.softmax(dim=-1) @ v
        return mixed.transpose(1, 2).reshape(batch, length, width)
