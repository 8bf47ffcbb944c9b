"""A transformer block: what the places say to each other, then what each makes of it."""

from __future__ import annotations

from torch import Tensor, nn

from tinylm.attention import Attention


class Block(nn.Module):
    """x + attention(norm(x)), then x + feed_forward(norm(x)): pre-norm, as in GPT-2.

    x and the result: (batch, length, width). `hidden` is the width of the feed-forward network; `dropout` the
    share of each branch's results that is set to zero in training.
    """

    def __init__(self, width: int, heads: int, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`mask` says which places are hidden from which (`causal_mask`); without one nothing is."""
        x = x + self.dropout(self.attention(self.norm1(x), mask=mask))
        out: Tensor = x + self.dropout(self.feed_forward(self.norm2(x)))
        return out
