"""A classifier of verb forms with its log-softmax written out, and the sums that stretch an operand."""

import numpy as np
from minimodel.corpus import tense_dataset
from minimodel.deep_mlp import DeepMLP
from minimodel.nn import init
from minimodel.nn.losses import accuracy
from minimodel.nn.module import Parameter
from minimodel.optim import SGD, Adam
from minitorch import Tensor


def run(probe, *, depth, width, batch, steps, lr, shift, seed):
    """Train with Adam on −log softmax(z)[target], where log softmax is s − log Σ exp(s) and s = z + (−c).

    `shift` says what c is: `max` the largest logit of the row, `detached` the same outside the graph, `mean` the row's
    mean, `centred` the largest logit after the row's mean was taken off, `none` nothing. All have one value and one
    gradient. Recorded at every step: `loss` of the batch, `logit_mean`, `row_sum`, the mean over examples of Σ ∂/∂z of
    their own loss, and `cosine` of ∂loss/∂z with softmax − one-hot; every 10 steps and at the end `train_accuracy` and
    `val_accuracy`; at step 0 what `stretched` finds.
    """
    init.manual_seed(seed)
    rng = np.random.default_rng(seed)
    data = tense_dataset(seed=seed)
    model = DeepMLP(data.x_train.shape[1], 5, depth=depth, width=width)
    optimizer = Adam(model.parameters(), lr=lr)
    probe.watch(model)
    for step in probe.steps(steps):
        if step == 0:
            probe.record(**stretched(rng))
        rows = rng.choice(len(data.x_train), batch, replace=False)
        x, y = data.x_train[rows], data.y_train[rows]
        logits = model(Tensor(x))
        logits.retain_grad()
        loss = -log_softmax(logits, shift)[np.arange(batch), y].mean()
        optimizer.zero_grad()
        loss.backward()
        found, right = logits.grad, softmax(logits.data)
        right[np.arange(batch), y] -= 1.0
        lengths = np.linalg.norm(found) * np.linalg.norm(right)
        probe.record(
            loss=loss.item(),
            logit_mean=float(logits.data.mean()),
            row_sum=float(found.sum()),
            cosine=float((found * right).sum() / lengths) if lengths else 1.0,
        )
        optimizer.step()
        if step % 10 == 0 or step == steps - 1:
            probe.record(
                train_accuracy=accuracy(model(Tensor(data.x_train)), data.y_train),
                val_accuracy=accuracy(model(Tensor(data.x_val)), data.y_val),
            )


def log_softmax(z, shift):
    """log softmax over the last axis, with the row shifted first so that exp cannot overflow."""
    if shift == "centred":
        z = z - z.mean(axis=-1, keepdims=True)
    if shift in ("max", "centred"):
        z = z + (-z.max(axis=-1, keepdims=True))
    elif shift == "detached":
        z = z + (-z.max(axis=-1, keepdims=True)).detach()
    elif shift == "mean":
        z = z + (-z.mean(axis=-1, keepdims=True))
    return z - z.exp().sum(axis=-1, keepdims=True).log()


def softmax(z):
    """The same in plain NumPy, not logarithmic."""
    p = np.exp(z - z.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True)


def stretched(rng):
    """A bias (3,) and a column (4, 1), each added to a (4, 3), with all-ones and random gradients from above.

    `bias_shape_right`: whether the bias gets a gradient of its own shape. `in_place_crashes`: whether SGD, which
    changes a parameter in place, then stops with an error; `assigned_rows`: rows that the bias has after one
    `p.data = p.data − lr · p.grad` (it should have none: 0). `ones_off` and `random_off`: the largest error of three
    times the column's gradient as it stands, in units of the right one: 0 would say that it is wrong by the factor
    3, the other's length.
    """
    bias = Parameter(np.zeros(3))
    above = Tensor(rng.standard_normal((4, 3)))
    (above + bias).backward(np.ones((4, 3)))
    shape_right = bias.grad.shape == (3,)
    crashes = 0
    try:
        SGD([bias], lr=0.1).step()
    except ValueError:
        crashes = 1
    assigned = np.zeros(3) - 0.1 * bias.grad
    off = []
    for upstream in (np.ones((4, 3)), rng.standard_normal((4, 3))):
        column = Tensor(np.zeros((4, 1)), requires_grad=True)
        (above + column).backward(upstream)
        right = upstream.sum(axis=1, keepdims=True)
        off.append(float(np.max(np.abs(3.0 * column.grad / right - 1.0))))
    return {
        "bias_shape_right": float(shape_right),
        "in_place_crashes": float(crashes),
        "assigned_rows": float(len(assigned) if assigned.ndim == 2 else 0),
        "ones_off": off[0],
        "random_off": off[1],
    }
