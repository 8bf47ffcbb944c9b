"""A deep stack of the learner's residual blocks, trained to tell the tense of a verb form."""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.runs.child.probe import Probe

CLASSES = 5  # infinitive, present, past, past participle, simple future
EVALUATED_EVERY = 50  # steps


def deep_mlp(
    probe: Probe,
    *,
    depth: int = 50,
    width: int = 64,
    batch: int = 64,
    steps: int = 200,
    lr: float = 1e-2,
    momentum: float = 0.9,
    init: str = "kaiming_normal",
    norm: str = "rms",
    clip_norm: float | None = None,
    stop_gradient_at: int | None = None,
    freeze_blocks: bool = False,
    warmup: int = 0,
    language: str = "spanish",
    split: str = "row",
    dtype: str = "float32",
    seed: int = 0,
) -> None:
    """Train with SGD and momentum; record loss, both accuracies, and what the instruments see.

    `init` names a function of `minimodel.nn.init` for the blocks' linear layers, `norm` is rms, layer or
    batch. `clip_norm` bounds the joint gradient norm, `stop_gradient_at` cuts the gradient at the input
    of that block (counted from 1), `freeze_blocks` trains the head alone, `warmup` raises the step size
    linearly over so many steps. ValueError for a name that is not there.
    """
    optim, functions = (importlib.import_module(f"minimodel.{name}") for name in ("optim", "nn.losses"))
    data = importlib.import_module("minimodel.corpus").tense_dataset(
        language, split=split, seed=seed, dtype=np.dtype(dtype)
    )
    importlib.import_module("minimodel.nn.init").manual_seed(seed)
    model = importlib.import_module("minimodel.deep_mlp").DeepMLP(
        data.x_train.shape[1], CLASSES, depth=depth, width=width
    )
    change_init(model, init)
    change_norm(model, norm, width)
    model.to(np.dtype(dtype))
    if stop_gradient_at is not None:
        cut_gradient(model, stop_gradient_at)
    tensor = importlib.import_module("minitorch").Tensor
    parameters = list(model.parameters())
    trained = list(model.head.parameters()) if freeze_blocks else parameters
    optimiser = optim.SGD(trained, lr=lr, momentum=momentum)

    def loss_of(x: Any, rows: Any) -> Any:
        return functions.cross_entropy(model(x), data.y_train[rows])

    probe.watch(model, layers=[f"blocks.{i}" for i in range(depth)] or None)
    order = batches(len(data.x_train), batch, np.random.default_rng(seed))
    for step in probe.steps(steps):
        rows = next(order)
        x = tensor(data.x_train[rows], requires_grad=True)  # what d loss/d input costs extra is one product
        for parameter in parameters:
            parameter.grad = None  # what is frozen holds gradients too
        loss = loss_of(x, rows)
        loss.backward()
        probe.closure(partial(loss_of, rows=rows), x)
        probe.record(loss=float(loss.data))
        if step % EVALUATED_EVERY == 0:
            probe.record(val_accuracy=accuracy(model, tensor, data.x_val, data.y_val))
        if clip_norm is not None:
            optim.clip_grad_norm(trained, clip_norm)
        optimiser.lr = lr * min(1.0, (step + 1) / warmup) if warmup else lr
        optimiser.step()
    probe.record(
        val_accuracy=accuracy(model, tensor, data.x_val, data.y_val),
        train_accuracy=accuracy(model, tensor, data.x_train, data.y_train),
    )


def batches(rows: int, size: int, rng: np.random.Generator) -> Iterator[Any]:
    """Row numbers of one batch after another; each pass over the data in a new order, the rest dropped."""
    size = min(size, rows)
    while True:
        order = rng.permutation(rows)
        for start in range(0, rows - size + 1, size):
            yield order[start : start + size]


def accuracy(model: Any, tensor: Any, x: Any, targets: Any) -> float:
    """The share of right answers in evaluation mode; a row with NaN counts as wrong."""
    no_grad = importlib.import_module("minitorch").no_grad
    model.eval()
    with no_grad():
        logits = model(tensor(x)).data
    model.train()
    return float(((logits.argmax(axis=-1) == targets) & ~np.isnan(logits).any(axis=-1)).mean())


def change_init(model: Any, name: str) -> None:
    """Draw the blocks' linear weights again by another rule, from the generator that layers draw from."""
    if name == "kaiming_normal":
        return
    rules = importlib.import_module("minimodel.nn.init")
    if not hasattr(rules, name):
        raise ValueError(f"minimodel.nn.init has no {name!r}")
    rng = rules.default_generator()
    for block in model.blocks:
        for _, parameter in block.named_parameters():
            if parameter.data.ndim == 2:
                parameter.data = getattr(rules, name)(parameter.data.shape, rng)


def change_norm(model: Any, name: str, width: int) -> None:
    """Replace the norm in front of each block's branch."""
    if name == "rms":
        return
    nn = importlib.import_module("minimodel.nn")
    kinds = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}
    if name not in kinds:
        raise ValueError(f"norm must be rms, {' or '.join(kinds)}, not {name!r}")
    for block in model.blocks:
        block.norm = kinds[name](width)


def cut_gradient(model: Any, number: int) -> None:
    """Let no gradient pass the input of block `number`, counted from 1; the values pass unchanged."""
    blocks = list(model.blocks)
    if not 1 <= number <= len(blocks):
        raise ValueError(f"there is no block {number} among {len(blocks)}")
    block = blocks[number - 1]
    forward = block.forward
    block.forward = lambda x: forward(x.detach())
