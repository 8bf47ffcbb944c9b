"""`+=` on tensors whose old numbers somebody still needs, on the way back or under another name."""

import numpy as np
from minitorch import Tensor, no_grad

AFTER = {
    "square": lambda h: h * h,
    "product": lambda h: h @ h.T,
    "tanh": lambda h: h.tanh() * h,
    "exp": lambda h: h.exp(),
    "quotient": lambda h: 1.0 / (h * h + 1.0),
}


def make(rng):
    """A small graph with one or more `+=` in it: its value, the old tensor's numbers, and x's and f's gradients."""
    size = int(rng.integers(1, 6)), int(rng.integers(1, 6))
    x, f = (Tensor(np.asarray(rng.standard_normal(size)), requires_grad=True) for _ in range(2))
    use = AFTER[str(rng.choice(list(AFTER)))]
    times, quiet = int(rng.integers(1, 4)), bool(rng.integers(4) == 0)

    def add(a, b):
        h = a * 1.5
        before = h
        used = use(h)
        if quiet:
            with no_grad():
                other = h
                other += b
        for _ in range(times):
            h += b * 0.5
        return used.sum() + (h * h).sum(), before

    return add, (x, f)
