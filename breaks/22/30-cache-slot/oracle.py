"""With whatever cache, the logits are those that the whole text gives."""

import numpy as np
import torch
from tinylm.cache import Cache, read
from tinylm.gpt import GPT


def make(rng):
    """A small model with random weights, random texts, and random pieces to read them in."""
    heads = int(rng.integers(1, 4))
    sizes = {"width": heads * int(rng.integers(2, 5)), "heads": heads, "layers": int(rng.integers(1, 4))}
    context, batch = int(rng.integers(4, 13)), int(rng.integers(1, 4))
    model = GPT(7, context=context, **sizes).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.tensor(rng.normal(0.0, 0.7, tuple(parameter.shape))))
    codes = torch.tensor(rng.integers(0, 7, (batch, context)))
    cuts = np.flatnonzero(rng.random(context - 1) < rng.choice([0.2, 0.6, 1.0])) + 1
    pieces = np.diff([0, *cuts, context]).tolist()

    def logits():
        model.eval()
        cache, other = Cache(model, batch), Cache(model, batch)
        found = []
        for piece in codes.split(pieces, dim=1):
            read(model, piece[:, :1], other)  # one that must not matter
            found.append(read(model, piece, cache))
        return torch.cat(found, dim=1).numpy()

    return logits, ()
