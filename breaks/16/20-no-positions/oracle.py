"""Small models on texts that begin at their place 0: logits and gradients; and embeddings that begin elsewhere."""

import torch
from tinylm.gpt import GPT


def make(rng):
    """A model of one or two blocks: its logits, or the embedding of a text from some place on."""
    torch.manual_seed(int(rng.integers(2**31)))
    context = int(rng.choice([4, 9, 32]))
    model = GPT(11, width=8, heads=2, layers=int(rng.integers(1, 3)), context=context, hidden=12)
    length = int(rng.integers(1, context + 1))
    codes = torch.tensor(rng.integers(0, 11, (int(rng.integers(1, 5)), length)))
    start = int(rng.integers(0, context - length + 1))
    if rng.integers(2):
        return (lambda: model(codes)), (), {"model": model}
    return (lambda: model.embed(codes, start)), (), {"model": model}
