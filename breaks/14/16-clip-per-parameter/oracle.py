"""Clipping keeps the direction of all gradients together, whatever function does it."""

import numpy as np
import torch
from tinyrnn.training import clip_gradients


def make(rng):
    """The threshold, what was returned, which gradients there were, and each before and after."""
    count = int(rng.integers(1, 7))
    parameters, before = [], []
    for i in range(count):
        size = tuple(int(n) for n in rng.integers(1, 6, size=int(rng.integers(1, 3))))
        p = torch.nn.Parameter(torch.tensor(rng.standard_normal(size)))
        if i == 0 or rng.integers(5):
            p.grad = torch.tensor(rng.standard_normal(size) * 10.0 ** rng.integers(-3, 3))
        parameters.append(p)
        before.append(np.zeros(size) if p.grad is None else p.grad.numpy().copy())
    most = float(10.0 ** rng.integers(-3, 4)) * float(rng.uniform(0.5, 2))

    def clip():
        had = np.array([p.grad is not None for p in parameters])
        for p, b in zip(parameters, before, strict=True):
            if p.grad is not None:
                p.grad = torch.tensor(b.copy())
        returned = float(clip_gradients(iter(parameters), most))
        have = np.array([p.grad is not None for p in parameters])
        after = [b if p.grad is None else p.grad.numpy().copy() for p, b in zip(parameters, before, strict=True)]
        return (np.array([most, returned]), had, have, *before, *after)

    return clip, ()


def holds(inputs, outputs):  # noqa: ARG001
    """One factor for all gradients, 1 where they are short enough; the length they had comes back."""
    (most, returned), had, have, *rest = outputs
    assert np.array_equal(had, have), "a parameter without a gradient has got one, or one has lost its own"
    before, after = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    length = np.sqrt(sum(float((b**2).sum()) for b in before))
    assert abs(returned - length) <= 1e-6 * length, "what is returned is not the length that the gradient had"
    # torch's own function divides by the length + 1e-6
    factor = min(1.0, most / length)
    for b, a in zip(before, after, strict=True):
        slack = 1e-9 + (2e-6 + 1e-5 * (length < 0.5)) / length
        assert np.allclose(a, factor * b, rtol=min(slack, 0.01), atol=0), "not one factor for all, or not the right one"
    return True
