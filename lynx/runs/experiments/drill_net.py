"""The drill's network: φ(W·norm(x)) or x + φ(W·norm(x)), many times, built from the learner's own modules."""

from __future__ import annotations

import importlib
import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from lynx.runs.experiments.deep_mlp import CLASSES, batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lynx.runs.child.probe import Probe

MOMENTUM = 0.9
# a drill answers within three seconds, and explains itself by the others
UNASKED = (
    "param_grad_norm",
    "params_without_grad",
    "stable_rank",
    "grad_cosine",
    "weight_change",
    "first_nan_step",
)
LAST = 10  # losses whose median decides the outcome (chapter 04)


def drill_net(
    probe: Probe,
    *,
    depth: int,
    activation: str,
    init: str,
    norm: str,
    residual: bool,
    step: float,
    width: int = 64,
    steps: int = 100,
    batch: int = 64,
    seed: int = 0,
) -> None:
    """Train one combination and record what its explanation needs.

    Besides the loss and the instruments, but for those UNASKED, at step 0: `chi`, a layer's backward gain over its
    forward gain, q·E[φ'(z)²] / E[φ(z)²] (chapter 03), and `pre_activation_var`, E[z²]. It stops where
    the loss is no longer finite. Knobs as in `build`; ValueError for a name that is not there.
    """
    cell = Cell(depth, activation, init, norm, residual, width, batch, seed)
    layers = [f"blocks.{i}" for i in range(depth)]
    probe.watch(cell.model, layers=layers, without=UNASKED)
    with np.errstate(all="ignore"):
        z = cell.pre_activations()
        chi = [backward_gain(activation, one) for one in z]
        for t, x, rows, loss in cell.training(probe.steps(steps), step):
            probe.closure(partial(cell.loss_of, rows=rows), x)
            if t == 0:
                probe.series("chi", layers, chi)
                probe.series("pre_activation_var", layers, [float(np.mean(one**2)) for one in z])
            probe.record(loss=loss)
            if not math.isfinite(loss):
                return


def drill_cells(
    probe: Probe, *, cells: Sequence[Mapping[str, Any]], steps: int = 100, width: int = 64, batch: int = 64
) -> None:
    """Train many combinations one after the other, without instruments; step i reports on `cells[i]`.

    Each cell names the knobs of `drill_net` and a seed. Recorded: `tail`, the median of the last ten
    losses (NaN where the loss was not finite at some step), and `first`, the loss at step 0.
    """
    for i in probe.steps(len(cells)):
        knobs = dict(cells[i])
        step, seed = float(knobs.pop("step")), int(knobs.pop("seed"))
        cell = Cell(**knobs, width=width, batch=batch, seed=seed)
        losses = []
        with np.errstate(all="ignore"):
            for _, _, _, loss in cell.training(range(steps), step):
                losses.append(loss)
                if not math.isfinite(loss):
                    break
        finite = all(map(math.isfinite, losses))
        probe.record(tail=float(np.median(losses[-LAST:])) if finite else math.nan, first=losses[0])


class Cell:
    """One combination under one seed: the data, the network and its training."""

    def __init__(
        self,
        depth: int,
        activation: str,
        init: str,
        norm: str,
        residual: bool,
        width: int = 64,
        batch: int = 64,
        seed: int = 0,
    ) -> None:
        self._optim = importlib.import_module("minimodel.optim")
        self._losses = importlib.import_module("minimodel.nn.losses")
        self._tensor = importlib.import_module("minitorch").Tensor
        self.data = importlib.import_module("minimodel.corpus").tense_dataset(seed=seed)
        # An input holds a few ones among many zeros: with this deviation each unit of the embedding has
        # variance 1, so that what the layers do to the variance is told from where it starts.
        ones = float(np.mean(np.sum(self.data.x_train**2, axis=1)))
        self.model = build(
            self.data.x_train.shape[1],
            depth,
            width,
            activation,
            init,
            norm,
            residual,
            std=ones**-0.5,
            seed=seed,
        )
        self._order = batches(len(self.data.x_train), batch, np.random.default_rng(seed))

    def loss_of(self, x: Any, rows: Any) -> Any:
        """The cross-entropy of these rows, in nats."""
        return self._losses.cross_entropy(self.model(x), self.data.y_train[rows])

    def training(self, steps: Iterator[int] | range, lr: float) -> Iterator[tuple[int, Any, Any, float]]:
        """SGD with momentum; yields (step, inputs, row numbers, loss) after backward, before the update."""
        optimiser = self._optim.SGD(list(self.model.parameters()), lr=lr, momentum=MOMENTUM)
        for step in steps:
            rows = next(self._order)
            x = self._tensor(self.data.x_train[rows])
            optimiser.zero_grad()
            loss = self.loss_of(x, rows)
            loss.backward()
            yield step, x, rows, float(loss.data)
            optimiser.step()

    def pre_activations(self) -> list[Any]:
        """z = W·norm(x) of every layer on the training data, before any training."""
        no_grad = importlib.import_module("minitorch").no_grad
        with no_grad():
            h = self.model.embed(self._tensor(self.data.x_train))
            found = []
            for block in self.model.blocks:
                z = block.pre_activation(h)
                found.append(np.asarray(z.data, dtype=np.float64))
                h = block(h)
        return found


def build(
    d_in: int,
    depth: int,
    width: int,
    activation: str,
    init: str,
    norm: str,
    residual: bool,
    *,
    std: float,
    seed: int,
) -> Any:
    """The network: an embedding N(0, std²), `depth` layers, a norm before the head if there is any, a head.

    activation: none, relu, gelu, tanh; init: small N(0, 0.02²), uniform ±0.5, xavier, kaiming, for the layers
    alone; norm: none, layer, rms. The layers have no bias. All modules are minimodel's.
    """
    nn = importlib.import_module("minimodel.nn")
    rules = importlib.import_module("minimodel.nn.init")
    inits = {
        "small": rules.normal(0.02),
        "uniform": rules.uniform(0.5),
        "xavier": rules.xavier_normal,
        "kaiming": rules.kaiming_normal,
    }
    norms = {"none": None, "layer": nn.LayerNorm, "rms": nn.RMSNorm}
    activations = {"none": nn.Identity, "relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh}
    for name, known in ((init, inits), (norm, norms), (activation, activations)):
        if name not in known:
            raise ValueError(f"{name!r} is none of {', '.join(known)}")
    rules.manual_seed(seed)

    class Layer(nn.Module):  # type: ignore[misc,name-defined]
        """φ(W·norm(x)), with or without x added."""

        def __init__(self) -> None:
            super().__init__()
            body = [nn.Linear(width, width, init=inits[init], bias=False), activations[activation]()]
            if norms[norm] is not None:
                body.insert(0, norms[norm](width))
            inner = nn.Sequential(*body)
            self.body = nn.Residual(inner) if residual else inner

        def forward(self, x: Any) -> Any:
            return self.body(x)

        def pre_activation(self, x: Any) -> Any:
            """W·norm(x)"""
            inner = self.body.body if residual else self.body
            for module in list(inner)[:-1]:
                x = module(x)
            return x

    class Net(nn.Module):  # type: ignore[misc,name-defined]
        """embed, blocks, norm, head"""

        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Linear(d_in, width, init=rules.normal(std), bias=False)
            self.blocks = nn.ModuleList([Layer() for _ in range(depth)])
            self.norm = norms[norm](width) if norms[norm] is not None else nn.Identity()
            self.head = nn.Linear(width, CLASSES, init=rules.lecun_normal)

        def forward(self, x: Any) -> Any:
            h = self.embed(x)
            for block in self.blocks:
                h = block(h)
            return self.head(self.norm(h))

    return Net()


def backward_gain(activation: str, z: Any) -> float:
    """χ = q·E[φ'(z)²] / E[φ(z)²] over all samples and units, with q = E[z²]; NaN where nothing gets
    through.
    """
    value, slope = ACTIVATIONS[activation](z)
    above = float(np.mean(value**2))
    return float(np.mean(z**2)) * float(np.mean(slope**2)) / above if above else math.nan


def _gelu(z: Any) -> tuple[Any, Any]:
    inner = math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)
    t = np.tanh(inner)
    slope = 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z**2)
    return 0.5 * z * (1 + t), slope


def _tanh(z: Any) -> tuple[Any, Any]:
    t = np.tanh(z)
    return t, 1 - t * t


# value and slope of each activation, in float64 on plain arrays
ACTIVATIONS: Mapping[str, Callable[[Any], tuple[Any, Any]]] = {
    "none": lambda z: (z, np.ones_like(z)),
    "relu": lambda z: (np.maximum(z, 0), (z > 0).astype(float)),
    "gelu": _gelu,
    "tanh": _tanh,
}
