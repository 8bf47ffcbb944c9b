"""A small network learns the tense of verb forms by the starter's own training loop."""

import numpy as np
from minimodel.corpus import tense_dataset
from minimodel.deep_mlp import DeepMLP
from minimodel.nn import cross_entropy, init, mse
from minimodel.nn.losses import accuracy
from minimodel.optim import SGD, Adam
from minimodel.training import fit
from minitorch import Tensor, no_grad


def squares(logits, y):
    """Mean squared distance between (batch, 5) logits and one-hot targets."""
    return mse(logits, np.eye(5)[y])


def run(probe, *, target, optimiser, lr, divided, keep, twin, depth, width, batch, steps, seed):
    """Train with `fit`; `target` is `entropy` or `squares`, `optimiser` is `sgd` or `adam`.

    `divided`: step t (from 1) has the rate lr / t. `keep`: what is in a parameter's `.grad` is multiplied by it before
    each batch. `twin`: a second network of the same first weights takes SGD steps of momentum 1.0 on the same batches.

    Recorded at every step: `loss` over all training forms before it, `step_norm`, the length of the gradient that the
    optimiser was given, with a twin `apart`, the largest difference of any weight; every 10 steps and at the last
    `train_accuracy` and `val_accuracy`.
    """
    data = tense_dataset(seed=seed, dtype=np.float64)
    rng = np.random.default_rng(seed)
    criterion = cross_entropy if target == "entropy" else squares
    model, second = (network(data.x_train.shape[1], depth, width, seed) for _ in range(2))
    parameters = list(model.parameters())
    optimizer = SGD(parameters, lr) if optimiser == "sgd" else Adam(parameters, lr)
    beside = SGD(second.parameters(), lr, momentum=1.0)

    def batches():
        for step in probe.steps(steps):
            with no_grad():
                logits = model(Tensor(data.x_train))
                probe.record(loss=criterion(logits, data.y_train).item())
                if step % 10 == 0 or step == steps - 1:
                    probe.record(
                        train_accuracy=accuracy(logits, data.y_train),
                        val_accuracy=accuracy(model(Tensor(data.x_val)), data.y_val),
                    )
            rows = rng.choice(len(data.x_train), batch, replace=False)
            x, y = data.x_train[rows], data.y_train[rows]
            for p in parameters:
                if keep < 1 and p.grad is not None:
                    p.grad = keep * p.grad
            if divided:
                optimizer.lr = lr / (step + 1)
            if twin:
                beside.zero_grad()
                criterion(second(Tensor(x)), y).backward()
                beside.step()
            yield x, y

    for _ in fit(model, optimizer, batches(), criterion):
        given = [p.grad for p in parameters if p.grad is not None]
        probe.record(step_norm=float(np.sqrt(sum((g * g).sum() for g in given))))
        if twin:
            pairs = zip(parameters, second.parameters(), strict=True)
            probe.record(apart=max(float(np.abs(p.data - q.data).max()) for p, q in pairs))


def network(d_in, depth, width, seed):
    """In float64, so that a loss near zero stays above it."""
    init.manual_seed(seed)
    return DeepMLP(d_in, 5, depth=depth, width=width).to(np.float64)
