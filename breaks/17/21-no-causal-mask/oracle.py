"""A block with and without a mask: what comes out, and the gradients at its input and at every parameter."""

import torch
from tinylm.attention import causal_mask
from tinylm.block import Block


def make(rng):
    """A block of up to four heads on texts of up to 32 places; hidden is the future, something else, or nothing."""
    torch.manual_seed(int(rng.integers(2**31)))
    heads = int(rng.integers(1, 5))
    block = Block(4 * heads, heads, hidden=int(rng.integers(2, 17)))
    length = int(rng.choice([1, 2, 5, 16, 32]))
    x = torch.randn(int(rng.integers(1, 5)), length, 4 * heads, requires_grad=True)
    kind = int(rng.integers(4))
    mask = causal_mask(length) if kind < 2 else None
    if kind == 2:  # any other places, but never all of a row
        mask = torch.rand(length, length) < 0.5
        mask.fill_diagonal_(False)

    def apply(given):
        return block(given) if mask is None else block(given, mask)

    return apply, (x,), {"block": block}
