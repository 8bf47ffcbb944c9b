"""A classifier of verb forms under Adam, and beside it one number whose gradient is always 1."""

import numpy as np
from minimodel.corpus import tense_dataset
from minimodel.deep_mlp import DeepMLP
from minimodel.nn import init
from minimodel.nn.losses import accuracy, cross_entropy
from minimodel.nn.module import Parameter
from minimodel.optim import Adam
from minitorch import Tensor

FAR = 3000  # steps of the lone number, far enough to see it settle
WARM_UP = 20


def run(probe, *, depth, width, batch, steps, lr, beta2, rate, seed):
    """Train with Adam(lr, betas (0.9, beta2)); `rate` says what is done to lr from step to step.

    `constant` nothing; `warm-up` it rises evenly over the first 20 steps; `times` multiplies it by
    (1 - 0.9ᵗ) / √(1 - beta2ᵗ), t = 1, 2, …, and `over` divides it by that. Recorded at every step: `loss`, and
    `stride`, the step of a lone number under a gradient of 1, in units of lr (`rate` does not touch it); every 25
    steps and at the end `train_accuracy` and `val_accuracy`; at the end `settled`, the steps after which the stride
    stays within 5 % of 1.
    """
    init.manual_seed(seed)
    rng = np.random.default_rng(seed)
    data = tense_dataset(seed=seed)
    model = DeepMLP(data.x_train.shape[1], 5, depth=depth, width=width)
    optimizer = Adam(model.parameters(), betas=(0.9, beta2))
    strides = lone_strides(beta2, max(FAR, steps))
    probe.watch(model)
    for step in probe.steps(steps):
        rows = rng.choice(len(data.x_train), batch, replace=False)
        x, y = data.x_train[rows], data.y_train[rows]
        loss = cross_entropy(model(Tensor(x)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.lr = lr * factor(rate, step + 1, beta2)
        optimizer.step()
        probe.record(loss=loss.item(), stride=strides[step])
        if step % 25 == 0 or step == steps - 1:
            probe.record(
                train_accuracy=accuracy(model(Tensor(data.x_train)), data.y_train),
                val_accuracy=accuracy(model(Tensor(data.x_val)), data.y_val),
            )
    off = np.flatnonzero(np.abs(np.array(strides) - 1.0) > 0.05)
    probe.record(settled=float(off[-1] + 1 if len(off) else 0))


def factor(rate, t, beta2):
    """What `rate` multiplies lr by at step t, counted from 1."""
    if rate == "warm-up":
        return min(1.0, t / WARM_UP)
    early = float((1 - 0.9**t) / np.sqrt(1 - beta2**t))
    return {"constant": 1.0, "times": early, "over": 1 / early}[rate]


def lone_strides(beta2, steps):
    """How far Adam with a rate of 1 moves one number at each of `steps` steps, the gradient always 1."""
    number = Parameter(np.zeros(1))
    optimizer = Adam([number], lr=1.0, betas=(0.9, beta2))
    number.grad = np.ones(1)
    places = [0.0]
    for _ in range(steps):
        optimizer.step()
        places.append(float(number.data[0]))
    return [float(x) for x in -np.diff(places)]
