"""Attention of random sizes, masked and not: its result, the shares themselves, and what splits and merges heads."""

import torch
from tinylm.attention import Attention, causal_mask, merge_heads, split_heads, weights_of


def make(rng):
    """One layer with fresh weights over a random batch, under a causal mask two times in three."""
    heads, d = int(rng.choice([1, 2, 3, 4])), int(rng.choice([1, 2, 4, 16]))
    batch, length = int(rng.integers(1, 5)), int(rng.integers(1, 12))
    torch.manual_seed(int(rng.integers(2**31)))
    layer = Attention(heads * d, heads).double()
    x = torch.randn(batch, length, heads * d, dtype=torch.float64, requires_grad=True)
    mask = causal_mask(length) if rng.integers(3) else None

    def attend(x):
        q, k, _ = layer.project(x)
        shares = weights_of(q, k, mask)
        there_and_back = merge_heads(split_heads(x, heads))
        return layer(x, mask), shares, there_and_back

    return attend, (x,)
