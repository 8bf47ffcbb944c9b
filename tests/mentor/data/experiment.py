"""Linear regression by gradient descent on a small table."""

import numpy as np
from scaling import standardise, widen


def run(probe, *, steps, lr, batch, seed):
    rng = np.random.default_rng(seed)
    table = np.loadtxt("data/houses.csv", delimiter=",")
    x, y = widen(standardise(table[:, :-1])), table[:, -1]
    weights = rng.normal(0, 0.1, x.shape[1])
    for step in probe.steps(steps):
        rows = rng.integers(0, len(x), batch)
        error = x[rows] @ weights - y[rows]
        print("step", step, "error", error)
        probe.record(loss=float(np.mean(error**2)), chance=float(rng.normal()))
        weights -= lr * 2 * x[rows].T @ error / batch
        probe.series("weight", ["rooms", "age", "area", "one"], np.abs(weights))
