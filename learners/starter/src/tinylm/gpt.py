"""A small GPT over characters: embeddings, pre-norm blocks under a causal mask, a norm and a head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tinylm.attention import causal_mask
from tinylm.block import Block


class GPT(nn.Module):
    """Predicts the next character at every place of a text.

    codes: (batch, length) integers below `vocabulary`, length at most `context` -> logits:
    (batch, length, vocabulary). The logits of place t depend on the codes up to and including t.
    """

    def __init__(
        self,
        vocabulary: int = 65,
        width: int = 32,
        heads: int = 2,
        layers: int = 2,
        context: int = 32,
        hidden: int | None = None,
        dropout: float = 0.0,
    ) -> None:
        """`hidden`, the width of the feed-forward networks, is 4 · width unless given."""
        super().__init__()
        self.context = context
        self.char_embedding = nn.Embedding(vocabulary, width)
        self.pos_embedding = nn.Embedding(context, width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(width, heads, hidden or 4 * width, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.output_head = nn.Linear(width, vocabulary)

    def forward(self, codes: Tensor) -> Tensor:
        x = self.embed(codes)
        mask = causal_mask(codes.shape[1], codes.device)
        for block in self.blocks:
            x = block(x, mask)
        logits: Tensor = self.output_head(self.norm(x))
        return logits

    def embed(self, codes: Tensor, start: int = 0) -> Tensor:
        """What each character is, plus where it stands; the first of them at place `start`.

        ValueError where a text goes past the context.
        """
        end = start + codes.shape[1]
        if end > self.context:
            raise ValueError(f"{end} characters do not fit in a context of {self.context}")
        places = torch.arange(start, end, device=codes.device)
        embedded: Tensor = self.dropout(self.char_embedding(codes) + self.pos_embedding(places))
        return embedded
