"""A small network fitted to a curved surface, and how much of the surface it has found."""

import numpy as np
from minimodel.nn import Linear, Sequential, Tanh, init
from minimodel.optim import Adam
from minimodel.regression import squared_error, surface
from minitorch import Tensor

POINTS = 200


def run(probe, *, width, batch, steps, lr, shuffle, seed):
    """Adam on `batch` points a step; with `shuffle` the targets are dealt out to other points beforehand.

    At every step `loss`, as the code under test computes it, `identity_off`, how far it is from Var(p) + (mean p −
    mean y)² + Var(y) of the batch, relative; every 25 steps and at the end, on all points: `spread`, the standard
    deviation of the predictions over that of the targets, and `unexplained`, the mean squared error, each prediction
    with its own target, over the targets' variance.
    """
    init.manual_seed(seed)
    rng = np.random.default_rng(seed)
    x, y = surface(POINTS, seed)
    if shuffle:
        y = np.random.default_rng(seed + 5000).permutation(y)
    model = Sequential(Linear(2, width), Tanh(), Linear(width, 1))
    optimizer = Adam(model.parameters(), lr=lr)
    probe.watch(model)
    for step in probe.steps(steps):
        rows = rng.choice(POINTS, batch, replace=False)
        prediction = model(Tensor(x[rows]))
        loss = squared_error(prediction, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        p, t = prediction.data[:, 0].astype(np.float64), y[rows].astype(np.float64)
        apart = p.var() + (p.mean() - t.mean()) ** 2 + t.var()
        probe.record(loss=loss.item(), identity_off=abs(loss.item() / apart - 1.0) if apart else 0.0)
        if step % 25 == 0 or step == steps - 1:
            found = model(Tensor(x)).data[:, 0]
            probe.record(
                spread=float(found.std() / y.std()), unexplained=float(np.mean((found - y) ** 2) / y.var())
            )
