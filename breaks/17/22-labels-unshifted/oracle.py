"""Texts with what follows: the pairs themselves, batches and windows."""

import torch
from tinylm.text import batches, windows, with_following


def make(rng):
    """One of the three on a text of up to 60 codes."""
    codes = torch.tensor(rng.integers(0, 30, int(rng.integers(4, 60))))
    context, seed = int(rng.integers(1, len(codes) - 1)), int(rng.integers(1000))
    kind = int(rng.integers(3))

    def pairs():
        if kind == 0:
            return with_following(codes)
        if kind == 1:
            return windows(codes, context)
        drawn = batches(codes, 3, context, seed)
        return torch.stack([torch.stack(next(drawn)) for _ in range(4)])

    return pairs, ()
