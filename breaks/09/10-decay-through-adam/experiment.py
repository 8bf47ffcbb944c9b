"""A classifier of verb forms under weight decay; how long its weights are, and those that nothing ever uses."""

import numpy as np
from minimodel.corpus import tense_dataset
from minimodel.deep_mlp import DeepMLP
from minimodel.nn import init
from minimodel.nn.losses import accuracy, cross_entropy
from minimodel.optim import SGDW, AdamW
from minitorch import Tensor


def run(probe, *, optimizer, depth, width, batch, steps, lr, decay, scale, seed):
    """Train with `optimizer`, `adamw` or `sgdw`, at weight decay `decay`, on `scale` times the cross-entropy.

    Recorded at every step: `loss`, before `scale`; `length` of all weight matrices as one vector, and `unused`, that
    of the embedding's columns whose letter stands in no training form at its place, each as a fraction of what it was
    at first. Every 20 steps and at the end `train_accuracy` and `val_accuracy`.
    """
    init.manual_seed(seed)
    rng = np.random.default_rng(seed)
    data = tense_dataset(seed=seed)
    model = DeepMLP(data.x_train.shape[1], 5, depth=depth, width=width)
    build = {"adamw": AdamW, "sgdw": SGDW}[optimizer]
    chosen = build(model.parameters(), lr=lr, weight_decay=decay)
    matrices = [p for name, p in model.named_parameters() if name.endswith("weight") and p.ndim == 2]
    never = ~data.x_train.any(axis=0)

    def lengths():
        squares = sum(np.square(p.data, dtype=np.float64).sum() for p in matrices)
        unused = np.square(model.embed.weight.data[:, never], dtype=np.float64).sum()
        return float(np.sqrt(squares)), float(np.sqrt(unused))

    first = lengths()
    probe.watch(model)
    for step in probe.steps(steps):
        now = lengths()
        rows = rng.choice(len(data.x_train), batch, replace=False)
        x, y = data.x_train[rows], data.y_train[rows]
        loss = cross_entropy(model(Tensor(x)), y)
        chosen.zero_grad()
        (loss * scale).backward()
        chosen.step()
        probe.record(loss=loss.item(), length=now[0] / first[0], unused=now[1] / first[1])
        if step % 20 == 0 or step == steps - 1:
            probe.record(
                train_accuracy=accuracy(model(Tensor(data.x_train)), data.y_train),
                val_accuracy=accuracy(model(Tensor(data.x_val)), data.y_val),
            )
