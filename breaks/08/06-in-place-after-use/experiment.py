"""Eight residual blocks, h += f(h), on verb forms; the gradient held against that of h = h + f(h)."""

import numpy as np
from minimodel.corpus import tense_dataset
from minimodel.nn import Linear, Module, ModuleList, RMSNorm, cross_entropy, init
from minimodel.nn.losses import accuracy
from minimodel.optim import Adam
from minitorch import Tensor


class Block(Module):
    """h += fc2(tanh(fc1(h))), with an RMSNorm in front of fc1 where `norm`. h: (batch, d)."""

    def __init__(self, d, norm):
        super().__init__()
        self.norm = RMSNorm(d) if norm else None
        self.fc1, self.fc2 = Linear(d, 2 * d), Linear(2 * d, d)
        self.fc2.weight.data *= 0.3
        self.in_place = True

    def forward(self, h):
        """With `in_place` off the same sum in the plain form, for comparison."""
        x = self.norm(h) if self.norm is not None else h
        f = self.fc2(self.fc1(x).tanh())
        if not self.in_place:
            return h + f
        h += f
        return h


class Net(Module):
    """x: (batch, d_in) -> logits: (batch, 5)."""

    def __init__(self, d_in, width, depth, norm):
        super().__init__()
        self.embed = Linear(d_in, width)
        self.blocks = ModuleList(Block(width, norm) for _ in range(depth))
        self.head = Linear(width, 5)

    def forward(self, x):
        """Embed, block after block, head."""
        h = self.embed(x)
        for block in self.blocks:
            h = block(h)
        return self.head(h)


def run(probe, *, depth, width, batch, steps, lr, train, norm, seed):
    """Adam on all parameters, or with `train: first` on the blocks' first layers alone.

    `loss` at every step, accuracies every 10. At steps 0, 10, 50 and the last, over all weights: `cosine` of the
    gradient with that of the plain form, and per weight matrix `grad_error`, ‖found − right‖ / ‖right‖; `exact`, how
    many of the matrices have it below 1e-5.
    """
    init.manual_seed(seed)
    rng = np.random.default_rng(seed)
    data = tense_dataset(seed=seed)
    model = Net(data.x_train.shape[1], width, depth, norm)
    chosen = [p for name, p in model.named_parameters() if train == "all" or ".fc1." in name]
    optimizer = Adam(chosen, lr=lr)
    probe.watch(model)
    for step in probe.steps(steps):
        rows = rng.choice(len(data.x_train), batch, replace=False)
        x, y = data.x_train[rows], data.y_train[rows]
        model.zero_grad()
        loss = cross_entropy(model(Tensor(x)), y)
        loss.backward()
        probe.record(loss=loss.item())
        if step in (0, 10, 50, steps - 1):
            compare(probe, model, x, y)
        optimizer.step()
        if step % 10 == 0 or step == steps - 1:
            probe.record(
                train_accuracy=accuracy(model(Tensor(data.x_train)), data.y_train),
                val_accuracy=accuracy(model(Tensor(data.x_val)), data.y_val),
            )


def compare(probe, model, x, y):
    """Record how far the gradients are from those of the plain form; they are left as they were found."""
    weights = {name: p for name, p in model.named_parameters() if name.endswith("weight") and p.ndim == 2}
    found = {name: p.grad for name, p in model.named_parameters()}
    for block in model.blocks:
        block.in_place = False
    model.zero_grad()
    cross_entropy(model(Tensor(x)), y).backward()
    for block in model.blocks:
        block.in_place = True
    right = {name: p.grad for name, p in weights.items()}
    for name, p in model.named_parameters():
        p.grad = found[name]
    errors = [float(np.linalg.norm(found[n] - right[n]) / np.linalg.norm(right[n])) for n in weights]
    a, b = (np.concatenate([g[n].ravel() for n in weights]).astype(np.float64) for g in (found, right))
    probe.series("grad_error", list(weights), errors)
    probe.record(
        cosine=float(a @ b / np.sqrt((a @ a) * (b @ b))), exact=float(sum(error < 1e-5 for error in errors))
    )
