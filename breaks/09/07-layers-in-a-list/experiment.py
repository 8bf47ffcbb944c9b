"""A deep network on verb forms: its blocks, what reaches them, what changes them, what is saved of them."""

import numpy as np
from minimodel.corpus import tense_dataset
from minimodel.deep_mlp import DeepMLP
from minimodel.nn import cross_entropy, init
from minimodel.nn.losses import accuracy
from minimodel.optim import Adam
from minitorch import Tensor, no_grad


def run(probe, *, depth, width, batch, steps, lr, train, seed):
    """Adam on what `model.parameters()` names; `train` can be `outside` (all of them but the blocks') or `by-hand`
    (the blocks' are added).

    Recorded at every step: `loss` of the batch, `block_grad`, the length of the gradient at all blocks' weights. Every
    10 steps and at the last: `train_accuracy`, `val_accuracy`, and `block_moved`, how far the blocks' weights are from
    their first values, as a fraction of their first length. At the last: `handed`, the numbers that the optimiser was
    given, and `reloaded`, the share of training forms that a new network gets right with this one's saved state.
    """
    data = tense_dataset(seed=seed)
    rng = np.random.default_rng(seed)
    init.manual_seed(seed)
    model = DeepMLP(data.x_train.shape[1], 5, depth=depth, width=width)
    inside = [p for block in model.blocks for p in block.parameters()]
    named = list(model.parameters())
    if train == "outside":
        named = [p for p in named if all(p is not q for q in inside)]
    elif train == "by-hand":
        named += [q for q in inside if all(p is not q for p in named)]
    optimizer = Adam(named, lr=lr)
    first = [p.data.copy() for p in inside]
    for step in probe.steps(steps):
        rows = rng.choice(len(data.x_train), batch, replace=False)
        loss = cross_entropy(model(Tensor(data.x_train[rows])), data.y_train[rows])
        for p in named + inside:
            p.grad = None
        loss.backward()
        optimizer.step()
        probe.record(loss=loss.item(), block_grad=length([p.grad for p in inside if p.grad is not None]))
        last = step == steps - 1
        if step % 10 == 0 or last:
            with no_grad():
                probe.record(
                    train_accuracy=accuracy(model(Tensor(data.x_train)), data.y_train),
                    val_accuracy=accuracy(model(Tensor(data.x_val)), data.y_val),
                )
            if inside:
                moved = [p.data - before for p, before in zip(inside, first, strict=True)]
                probe.record(block_moved=length(moved) / length(first))
        if last:
            other = DeepMLP(data.x_train.shape[1], 5, depth=depth, width=width)
            other.load_state_dict(model.state_dict())
            with no_grad():
                probe.record(
                    handed=sum(p.size for p in named),
                    reloaded=accuracy(other(Tensor(data.x_train)), data.y_train),
                )


def length(arrays):
    """Euclidean, of all of them as one vector."""
    return float(np.sqrt(sum(np.square(a, dtype=np.float64).sum() for a in arrays)))
