"""The odds that a model's logits stand for: log-probabilities, put out by whoever likes, are logits, too."""

import torch
from tinylm.gpt import GPT


def make(rng):
    """The logarithm of the softmax of what a model of one or two blocks puts out, and every parameter's gradient."""
    torch.manual_seed(int(rng.integers(2**31)))
    model = GPT(int(rng.integers(2, 30)), width=8, heads=2, layers=int(rng.integers(1, 3)), context=32, hidden=12)
    size = int(rng.integers(1, 9)), int(rng.choice([1, 5, 16, 32]))
    codes = torch.tensor(rng.integers(0, model.output_head.out_features, size))
    return (lambda: model(codes).log_softmax(dim=-1)), (), {"model": model}
