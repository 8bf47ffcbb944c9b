"""A recurrent model that reads a text in one go or in parts, from its beginning or from a state."""

import torch
from tinyrnn.model import TinyRNN


def make(rng):
    """Read a text and perhaps its continuation: logits, states, and the gradients of all parameters."""
    torch.manual_seed(int(rng.integers(2**31)))
    hidden = int(rng.integers(2, 9))
    model = TinyRNN(11, width=int(rng.integers(2, 7)), hidden=hidden)
    batch, length = int(rng.integers(1, 5)), int(rng.integers(2, 13))
    codes = torch.tensor(rng.integers(0, 11, (batch, length)))
    cut = int(rng.integers(1, length))
    begun, parts = bool(rng.integers(2)), bool(rng.integers(2))
    start = torch.tensor(rng.uniform(-1, 1, (batch, hidden)), dtype=torch.get_default_dtype())

    def read():
        if not parts:
            return model(codes, start) if begun else model(codes)
        first, state = model(codes[:, :cut], start) if begun else model(codes[:, :cut])
        second, last = model(codes[:, cut:], state)
        return torch.cat([first, second], dim=1), last

    return read, (), {"model": model}
