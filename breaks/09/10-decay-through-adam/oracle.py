"""Steps of AdamW and SGDW on a few parameters, some of which get no gradient now and then."""

import numpy as np
from minimodel.nn.module import Parameter
from minimodel.optim import SGDW, AdamW


def make(rng):
    """Gradients of every size and decay of every strength; some entries of a gradient are exactly 0."""
    sizes = [tuple(int(n) for n in rng.integers(1, 5, rng.integers(1, 3))) for _ in range(3)]
    params = [Parameter(np.asarray(rng.standard_normal(size))) for size in sizes]
    lr, decay = (float(10 ** rng.uniform(-2, 0)) for _ in range(2))
    if rng.integers(3):
        betas = float(rng.uniform(0.5, 0.95)), float(rng.uniform(0.8, 0.999))
        optimiser = AdamW(params, lr, betas, weight_decay=decay)
    else:
        optimiser = SGDW(params, lr, float(rng.choice([0.0, 0.9])), decay)
    scale = 10 ** float(rng.uniform(-2, 2))

    def step():
        for p in params:
            p.grad = None
            if rng.integers(4):
                sign = rng.choice([-1.0, 0.0, 1.0], p.shape)
                p.grad = np.asarray(scale * sign * rng.uniform(1, 3, p.shape))
        optimiser.step()

    return {"step": step, "first": params[0], "second": params[1], "third": params[2], "optimiser": optimiser}
