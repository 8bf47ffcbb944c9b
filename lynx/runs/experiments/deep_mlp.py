"""A deep stack of the learner's residual blocks, trained to tell the tense of a verb form."""

from __future__ import annotations

import importlib
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.experiments import deep_changes as changes

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
    later: int | None = None,
    lr_later: float = 1e-4,
    optimiser: str = "sgd",
    eps: float = 1e-8,
    branch_weight: float | None = None,
    paced_by: str | None = None,
    language: str = "spanish",
    split: str = "row",
    dtype: str = "float32",
    seed: int = 0,
) -> None:
    """Train; record loss, both accuracies, what the instruments see, and two figures of the first step.

    Of the first step: `step_length`, ‖Δ‖ over all parameters; `state_change`, ‖Δh‖/‖h‖ of the state after each
    block, on the step's own batch.

    `init` names a function of `minimodel.nn.init` for the blocks' linear layers, or `mirrored`; `norm` is rms,
    layer or batch; `optimiser` sgd (with `momentum`) or adam (with `eps`). `clip_norm` bounds the joint gradient
    norm, `stop_gradient_at` cuts the gradient at the input of that block (counted from 1), `freeze_blocks` trains
    the head alone, `warmup` raises the step size linearly over so many steps, and from step `later` on it is
    `lr_later`. Two arguments take the place of the learner's own sum: `branch_weight` a makes each block
    x/√(1 + a²) + a·f(x); `paced_by` sum or replace trains a twin beside, with x + f(x) or f(x), and gives each step
    here the length of the twin's. ValueError for a name that is not there.
    """
    functions = importlib.import_module("minimodel.nn.losses")
    data = importlib.import_module("minimodel.corpus").tense_dataset(
        language, split=split, seed=seed, dtype=np.dtype(dtype)
    )
    tensor = importlib.import_module("minitorch").Tensor

    def built() -> Any:
        importlib.import_module("minimodel.nn.init").manual_seed(seed)
        model = importlib.import_module("minimodel.deep_mlp").DeepMLP(
            data.x_train.shape[1], CLASSES, depth=depth, width=width
        )
        changes.change_init(model, init)
        changes.change_norm(model, norm, width)
        return model.to(np.dtype(dtype))

    model = built()
    if branch_weight is not None:
        changes.mix(model, branch_weight)
    if stop_gradient_at is not None:
        changes.cut_gradient(model, stop_gradient_at)
    parameters = list(model.parameters())
    trained = list(model.head.parameters()) if freeze_blocks else parameters
    stepper = changes.Stepper(optimiser_of(optimiser, trained, lr, momentum, eps), trained)
    twin = None
    if paced_by is not None:
        twin = built()
        changes.sum_as(twin, paced_by)
        beside = list(twin.parameters())
        pace = changes.Stepper(optimiser_of(optimiser, beside, lr, momentum, eps), beside)

    def loss_of(x: Any, rows: Any, model: Any = model) -> Any:
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
            importlib.import_module("minimodel.optim").clip_grad_norm(trained, clip_norm)
        rate = lr * min(1.0, (step + 1) / warmup) if warmup else lr
        if later is not None and step >= later:
            rate = lr_later
        stepper.optimiser.lr = rate
        length = None
        if twin is not None:
            pace.optimiser.lr = rate
            twin.zero_grad()
            loss_of(tensor(data.x_train[rows]), rows, twin).backward()
            length = pace.step()
        if step == 0:
            before = changes.states(model, tensor(data.x_train[rows]))
            probe.record(step_length=stepper.step(length))
            moved = changes.moved(before, changes.states(model, tensor(data.x_train[rows])))
            if depth:
                probe.series("state_change", [f"blocks.{i}" for i in range(depth)], moved)
        elif length is None:
            stepper.optimiser.step()
        else:
            stepper.step(length)
    probe.record(
        val_accuracy=accuracy(model, tensor, data.x_val, data.y_val),
        train_accuracy=accuracy(model, tensor, data.x_train, data.y_train),
    )


def optimiser_of(name: str, parameters: Any, lr: float, momentum: float, eps: float) -> Any:
    """The learner's optimiser of that name; ValueError for another name."""
    optim = importlib.import_module("minimodel.optim")
    if name == "sgd":
        return optim.SGD(parameters, lr=lr, momentum=momentum)
    if name == "adam":
        return optim.Adam(parameters, lr=lr, eps=eps)
    raise ValueError(f"optimiser must be sgd or adam, not {name!r}")


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
