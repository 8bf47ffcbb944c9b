"""The loss on random predictions and targets, its gradient with it."""

import numpy as np
from minimodel.regression import squared_error
from minitorch import Tensor


def make(rng):
    """A column of predictions and a row of targets, one to a hundred of them."""
    n = int(rng.choice([1, 2, 3, 7, 64, 100]))
    prediction = Tensor(np.asarray(rng.standard_normal((n, 1)) * rng.choice([0.01, 1.0, 30.0])), requires_grad=True)
    return squared_error, (prediction, rng.standard_normal(n))
