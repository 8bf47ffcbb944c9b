"""The training loop, a step at a time, on a small network with one optimiser or another."""

import numpy as np
from minimodel.nn import Linear, Sequential, Tanh, mse
from minimodel.optim import SGD, Adam
from minimodel.training import fit


def make(rng):
    """`fit` on random batches; compared are its losses, the weights and what the optimiser holds."""
    d_in, width, d_out = (int(n) for n in rng.integers(1, 6, 3))
    model = Sequential(Linear(d_in, width, rng=rng), Tanh(), Linear(width, d_out, rng=rng)).to(np.float64)
    if rng.integers(2):
        optimizer = SGD(model.parameters(), float(rng.uniform(0.01, 0.2)), momentum=float(rng.choice([0.0, 0.9])))
    else:
        optimizer = Adam(model.parameters(), float(rng.uniform(0.001, 0.1)))

    def batches():
        while True:
            size = int(rng.integers(1, 9))
            yield rng.standard_normal((size, d_in)), rng.standard_normal((size, d_out))

    losses = fit(model, optimizer, batches(), mse)
    return {"step": lambda: next(losses), "model": model, "optimizer": optimizer}
