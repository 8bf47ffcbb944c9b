"""The four laboratories of Phase 10, on the learner's own modules (their sheets in phases/10/lab have the set-ups)."""

from __future__ import annotations

import importlib
import math
import time
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.experiments.deep_mlp import CLASSES, accuracy, batches

if TYPE_CHECKING:
    from collections.abc import Callable

    from lynx.runs.child.probe import Probe

INPUTS = 256  # of the Gaussian data, whatever the width
TRAIN, VALIDATE, SUMMED = 1000, 200, 10
EVALUATED_EVERY = 100  # steps
DEAD_ROWS = 256
# a laboratory compares layers: what is asked of parameters, and costs a copy of all weights, is left out
OF_PARAMETERS = ("param_grad_norm", "params_without_grad", "update_ratio", "weight_change")


def variance_walk(
    probe: Probe,
    *,
    init: str,
    depth: int = 20,
    width: int = 256,
    samples: int = 64,
    seed: int = 0,
) -> None:
    """Laboratory 00: unit-variance inputs through `depth` linear layers without activation, bias or training.

    Recorded once: `activation_var` of the input ("layer 0") and of each layer's output; `predicted_var`,
    (n·σ²)^layer; `growth`, the factor per layer as a geometric mean.
    """
    nn, rules = importlib.import_module("minimodel.nn"), importlib.import_module("minimodel.nn.init")
    tensor = importlib.import_module("minitorch").Tensor
    rules.manual_seed(seed)
    layers = [nn.Linear(width, width, init=rule_of(rules, init), bias=False) for _ in range(depth)]
    rng = np.random.default_rng(seed)
    x = tensor(rng.standard_normal((samples, width)).astype(np.float32))
    with importlib.import_module("minitorch").no_grad(), np.errstate(all="ignore"):
        walked = [x]
        for layer in layers:
            walked.append(layer(walked[-1]))
    variances = [float(np.var(np.asarray(one.data, dtype=np.float64))) for one in walked]
    factor = {"uniform": width / 12, "xavier": 1.0, "kaiming": 2.0}[init]
    names = [f"layer {i}" for i in range(depth + 1)]
    for _ in probe.steps(1):
        probe.series("activation_var", names, variances)
        probe.series("predicted_var", names, [variances[0] * factor**i for i in range(depth + 1)])
        probe.record(growth=(variances[-1] / variances[0]) ** (1 / depth))


def relu_mlp(
    probe: Probe,
    *,
    init: str = "kaiming",
    norm: str = "none",
    depth: int = 12,
    width: int = 256,
    lr: float = 1e-3,
    momentum: float = 0.9,
    batch: int = 64,
    steps: int = 1000,
    seed: int = 0,
) -> None:
    """Laboratories 01 and 02: `depth` layers relu(norm(W·x)) and a linear head, on the sign of a sum.

    The inputs are 256 Gaussian numbers, the label the sign of the sum of the first ten; 1,000 rows to
    train on and 200 to validate. Besides loss and accuracy: gradient norms, variances, and
    `dead_units`, the share of ReLU units that are zero for all of 256 training rows. It stops where the
    loss is no longer finite.
    """
    nn, rules = importlib.import_module("minimodel.nn"), importlib.import_module("minimodel.nn.init")
    tensor, no_grad = (getattr(importlib.import_module("minitorch"), n) for n in ("Tensor", "no_grad"))
    x_train, y_train, x_val, y_val = sign_data(seed)
    rules.manual_seed(seed)
    rule, make_norm = rule_of(rules, init), norm_of(nn, norm)

    def layer(d_in: int) -> Any:
        parts = [nn.Linear(d_in, width, init=rule), *([make_norm(width)] if make_norm else []), nn.ReLU()]
        return nn.Sequential(*parts)

    body = [layer(INPUTS if i == 0 else width) for i in range(depth)]
    model = nn.Sequential(nn.Sequential(*body), nn.Linear(width, 2, init=rule))
    optimiser = importlib.import_module("minimodel.optim").SGD(
        list(model.parameters()), lr=lr, momentum=momentum
    )
    cross_entropy = importlib.import_module("minimodel.nn.losses").cross_entropy
    probe.watch(
        model,
        layers=[f"0.{i}" for i in range(depth)],
        without=(*OF_PARAMETERS, "stable_rank", "grad_cosine", "step_linearity"),
    )
    order = batches(TRAIN, batch, np.random.default_rng(seed))
    with np.errstate(all="ignore"):
        for step in probe.steps(steps):
            rows = next(order)
            optimiser.zero_grad()
            loss = cross_entropy(model(tensor(x_train[rows])), y_train[rows])
            loss.backward()
            probe.record(loss=float(loss.data))
            if step % EVALUATED_EVERY == 0:
                probe.record(val_accuracy=accuracy(model, tensor, x_val, y_val))
            if not math.isfinite(float(loss.data)):
                break
            optimiser.step()
        probe.record(
            val_accuracy=accuracy(model, tensor, x_val, y_val),
            train_accuracy=accuracy(model, tensor, x_train, y_train),
        )
        with no_grad():
            h, dead = tensor(x_train[:DEAD_ROWS]), []
            for one in body:
                h = one(h)
                dead.append(float(np.mean(np.all(np.asarray(h.data) <= 0, axis=0))))
        probe.series("dead_units", [f"layer {i + 1}" for i in range(depth)], dead)


def norm_timing(
    probe: Probe, *, width: int = 256, batch: int = 64, rounds: int = 40, repeats: int = 50, seed: int = 0
) -> None:
    """Laboratory 02's clock: LayerNorm and RMSNorm alone, forward and backward, in turns.

    Each of `rounds` times `repeats` passes of both norms one after the other, LayerNorm twice, so that
    the spread of two timings of the *same* norm is known too. Times are CPU times. Recorded after the
    last round: `norm_ratio` and `same_ratio`, the medians over rounds of RMSNorm's and LayerNorm's second time over
    LayerNorm's first; `norm_ratio_low`, `norm_ratio_high`, `same_ratio_low` and `same_ratio_high`,
    their quartiles; `norm_beyond`, by how much the upper quartile of the first lies above the lower one
    of the second; `layer_us` and `rms_us`, microseconds a pass (medians); `train_ratio`, the same ratio
    of whole training steps of the 12-layer network.
    """
    nn = importlib.import_module("minimodel.nn")
    tensor = importlib.import_module("minitorch").Tensor
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((batch, width)).astype(np.float32)
    back = rng.standard_normal((batch, width)).astype(np.float32)
    layer_norm, rms_norm = nn.LayerNorm(width), nn.RMSNorm(width)

    def passes(norm: Any) -> Callable[[], None]:
        def go() -> None:
            for _ in range(repeats):
                norm(tensor(x, requires_grad=True)).backward(back)
            norm.zero_grad()

        return go

    steps = {name: _training_step(name, width, batch, seed) for name in ("layer", "rms")}
    turns = {"layer": passes(layer_norm), "rms": passes(rms_norm), "again": passes(layer_norm)}
    for go in (*turns.values(), *steps.values()):
        go()  # warm caches, and the allocator
    found: dict[str, list[float]] = {"rms": [], "again": [], "train": [], "layer_us": [], "rms_us": []}
    for i in probe.steps(rounds):
        names = list(turns) if i % 2 else list(reversed(turns))  # whoever goes first pays for the cache
        took = {name: _seconds(turns[name]) for name in names}
        whole = {name: _seconds(steps[name]) for name in (("layer", "rms") if i % 2 else ("rms", "layer"))}
        found["rms"].append(took["rms"] / took["layer"])
        found["again"].append(took["again"] / took["layer"])
        found["train"].append(whole["rms"] / whole["layer"])
        found["layer_us"].append(took["layer"] / repeats * 1e6)
        found["rms_us"].append(took["rms"] / repeats * 1e6)
        probe.record(norm_ratio=found["rms"][-1], same_ratio=found["again"][-1])
    probe.record(
        norm_ratio=median(found["rms"]),
        norm_ratio_low=float(np.quantile(found["rms"], 0.25)),
        norm_ratio_high=float(np.quantile(found["rms"], 0.75)),
        same_ratio=median(found["again"]),
        same_ratio_low=float(np.quantile(found["again"], 0.25)),
        same_ratio_high=float(np.quantile(found["again"], 0.75)),
        norm_beyond=float(np.quantile(found["rms"], 0.75) - np.quantile(found["again"], 0.25)),
        train_ratio=median(found["train"]),
        layer_us=median(found["layer_us"]),
        rms_us=median(found["rms_us"]),
    )


def fifty_blocks(
    probe: Probe,
    *,
    residual: bool,
    depth: int = 50,
    width: int = 256,
    expand: int = 1,
    lr: float = 1e-2,
    momentum: float = 0.9,
    clip_norm: float | None = None,
    batch: int = 64,
    steps: int = 150,
    seed: int = 0,
) -> None:
    """Laboratory 03: fc2(gelu(fc1(norm(x)))) `depth` times, with x added or not; tense of Spanish verb
    forms.

    `expand` is the width inside a block over `width`. Besides loss and accuracy the instruments of a
    break: the gradient norm of every block at every step, collapse, direction, linearity.
    """
    nn, rules = importlib.import_module("minimodel.nn"), importlib.import_module("minimodel.nn.init")
    optim = importlib.import_module("minimodel.optim")
    tensor = importlib.import_module("minitorch").Tensor
    cross_entropy = importlib.import_module("minimodel.nn.losses").cross_entropy
    data = importlib.import_module("minimodel.corpus").tense_dataset(seed=seed)
    rules.manual_seed(seed)

    def block() -> Any:
        inner = nn.Sequential(
            nn.RMSNorm(width), nn.Linear(width, expand * width), nn.GELU(), nn.Linear(expand * width, width)
        )
        return nn.Residual(inner) if residual else inner

    embed = nn.Linear(data.x_train.shape[1], width)
    blocks = nn.Sequential(*(block() for _ in range(depth)))
    model = nn.Sequential(embed, blocks, nn.RMSNorm(width), nn.Linear(width, CLASSES))
    optimiser = optim.SGD(list(model.parameters()), lr=lr, momentum=momentum)
    probe.watch(
        model,
        layers=[f"1.{i}" for i in range(depth)],
        without=(*OF_PARAMETERS, "stable_rank"),
    )

    def loss_of(x: Any, rows: Any) -> Any:
        return cross_entropy(model(x), data.y_train[rows])

    order = batches(len(data.x_train), batch, np.random.default_rng(seed))
    with np.errstate(all="ignore"):
        for step in probe.steps(steps):
            rows = next(order)
            x = tensor(data.x_train[rows])
            optimiser.zero_grad()
            loss = loss_of(x, rows)
            loss.backward()
            probe.closure(partial(loss_of, rows=rows), x)
            probe.record(loss=float(loss.data))
            if step % EVALUATED_EVERY == 0:
                probe.record(val_accuracy=accuracy(model, tensor, data.x_val, data.y_val))
            if clip_norm is not None:
                optim.clip_grad_norm(list(model.parameters()), clip_norm)
            optimiser.step()
        probe.record(
            val_accuracy=accuracy(model, tensor, data.x_val, data.y_val),
            train_accuracy=accuracy(model, tensor, data.x_train, data.y_train),
        )


# --- parts ------------------------------------------------------------------------------------


def rule_of(rules: Any, name: str) -> Any:
    """An initialiser of minimodel by the sheet's name. ValueError for another name."""
    known = {"uniform": rules.uniform(0.5), "xavier": rules.xavier_normal, "kaiming": rules.kaiming_normal}
    if name not in known:
        raise ValueError(f"init must be {', '.join(known)}, not {name!r}")
    return known[name]


def norm_of(nn: Any, name: str) -> Any:
    """A norm of minimodel by name, None for "none". ValueError for another name."""
    known = {"none": None, "layer": nn.LayerNorm, "rms": nn.RMSNorm}
    if name not in known:
        raise ValueError(f"norm must be {', '.join(known)}, not {name!r}")
    return known[name]


def sign_data(seed: int) -> tuple[Any, Any, Any, Any]:
    """x and y to train on, x and y to validate: float32 (rows, 256), integers 0 or 1."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((TRAIN + VALIDATE, INPUTS)).astype(np.float32)
    y = (x[:, :SUMMED].sum(axis=1) > 0).astype(np.int64)
    return x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:]


def _training_step(norm: str, width: int, batch: int, seed: int) -> Callable[[], None]:
    """One whole training step of laboratory 02's network, to be timed."""
    nn, rules = importlib.import_module("minimodel.nn"), importlib.import_module("minimodel.nn.init")
    tensor = importlib.import_module("minitorch").Tensor
    cross_entropy = importlib.import_module("minimodel.nn.losses").cross_entropy
    rules.manual_seed(seed)
    x_train, y_train, _, _ = sign_data(seed)
    kind = norm_of(nn, norm)
    parts: list[Any] = []
    for i in range(12):
        parts += [nn.Linear(INPUTS if i == 0 else width, width), kind(width), nn.ReLU()]
    model = nn.Sequential(*parts, nn.Linear(width, 2))
    optimiser = importlib.import_module("minimodel.optim").SGD(
        list(model.parameters()), lr=1e-3, momentum=0.9
    )

    def go() -> None:
        optimiser.zero_grad()
        cross_entropy(model(tensor(x_train[:batch])), y_train[:batch]).backward()
        optimiser.step()

    return go


def _seconds(go: Callable[[], None]) -> float:
    """CPU seconds of this thread: on a busy machine the clock on the wall times the neighbours."""
    began = time.thread_time()
    go()
    return time.thread_time() - began
