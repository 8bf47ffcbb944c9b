"""Steps of Adam on a few parameters, some of which get no gradient now and then."""

import numpy as np
from minimodel.nn.module import Parameter
from minimodel.optim import Adam


def make(rng):
    """Gradients far above eps, so that it does not matter where eps is added; some entries are exactly 0."""
    sizes = [tuple(int(n) for n in rng.integers(1, 5, rng.integers(1, 3))) for _ in range(3)]
    params = [Parameter(np.asarray(rng.standard_normal(size))) for size in sizes]
    betas = float(rng.uniform(0.5, 0.95)), float(rng.uniform(0.8, 0.999))
    optimiser = Adam(params, lr=float(10 ** rng.uniform(-3, -1)), betas=betas)
    scale = 10 ** float(rng.uniform(2, 4))

    def step():
        for p in params:
            p.grad = None
            if rng.integers(4):
                sign = rng.choice([-1.0, 0.0, 1.0], p.shape)
                p.grad = np.asarray(scale * sign * rng.uniform(1, 3, p.shape))
        optimiser.step()

    return {"step": step, "first": params[0], "second": params[1], "third": params[2], "optimiser": optimiser}
