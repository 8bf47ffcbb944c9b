"""The learner's residual MLP under two learning rules: sizes of states and gradients, epoch by epoch."""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.runs.child.probe import Probe

ASKED = (0.01, 0.1, 0.5)  # deviations that a block's second layer is asked for, to see what it gets


def residual_mlp(
    probe: Probe,
    *,
    rule: str = "bp",
    residual_add: bool = True,
    w2_std: float = 0.01,
    width: int = 128,
    blocks: int = 8,
    epochs: int = 6,
    noise: float = 1.5,
    lr: float = 2e-3,
    batch: int = 64,
    seed: int = 0,
) -> None:
    """Train with Adam on `resmlp.data.noisy_centres`; a step is an epoch, 0 before the first.

    `rule` is bp or dfa; `residual_add` and `w2_std` are the model's own flags. Per epoch: `loss`, the mean
    over its batches (at step 0 that of the untrained model), `val_accuracy`, and for the embedding h0 and the
    state after each block, over the validation samples: `hidden_norm`, the median ‖h‖; `sample_grad_norm`,
    the median of each sample's own ‖∂loss/∂h‖; `activation_var`; `alignment`, the mean cosine between direct
    feedback's signal and the gradient. At step 0 also `w2_std_ratio` (see `initial`), `w2_bias`, the largest
    |bias| of a second layer, and `forward_from_gap`. ValueError for another rule.
    """
    training, models = importlib.import_module("resmlp.train"), importlib.import_module("resmlp.model")
    data = importlib.import_module("resmlp.data").noisy_centres(seed, noise=noise)
    features, classes = data.x_train.shape[1], int(data.y_train.max()) + 1
    torch.manual_seed(seed)
    model = models.ResidualMLP(features, width, classes, blocks, residual_add, w2_std)
    feedback = training.feedback_matrices(model, seed)
    losses: list[float] = []
    step_of = training.learning_rule(rule, model, seed)

    def noted(model: Any, x: Any, y: Any) -> float:
        losses.append(float(step_of(model, x, y)))
        return losses[-1]

    first = _loss(model, data.x_train, data.y_train)
    course = training.train(model, data, noted, epochs=epochs, seed=seed, lr=lr, batch=batch)
    names = [f"h{i}" for i in range(blocks + 1)]
    for step in probe.steps(epochs + 1):
        losses.clear()
        epoch = next(course)
        probe.record(
            loss=math.fsum(losses) / len(losses) if losses else first, val_accuracy=epoch.val_accuracy
        )
        probe.series("hidden_norm", names, epoch.hidden_norms)
        probe.series("sample_grad_norm", names, epoch.gradient_norms)
        probe.series("activation_var", names, _variances(model, data.x_val))
        aligned = training.alignment(model, data.x_val, data.y_val, feedback)
        probe.series("alignment", names, aligned)
        if step == 0:
            probe.series("w2_std_ratio", [f"{std:g}" for std in ASKED], initial(models, width))
            probe.record(w2_bias=_largest_bias(model), forward_from_gap=forward_from_gap(model, data.x_val))


def initial(models: Any, width: int) -> list[float]:
    """For each deviation of ASKED, the deviation that the second layers begin with over the one asked for.

    Of several blocks, and of mean and deviation together (√E[w²]), the ratio that is furthest from 1.
    Takes nothing from torch's random numbers.
    """
    ratios = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for std in ASKED:
            model = models.ResidualMLP(4, width, 2, 3, True, std)
            found = [float(block.w2.weight.detach().square().mean().sqrt()) / std for block in model.blocks]
            ratios.append(max(found, key=lambda ratio: abs(math.log(ratio)) if ratio > 0 else math.inf))
    return ratios


def forward_from_gap(model: Any, x: Any) -> float:
    """The largest |difference| between the logits of the whole model and those from each hidden state on."""
    with torch.no_grad():
        logits, hiddens = model(x, return_hidden=True)
        ways = [model.forward_from(h, layer) for layer, h in enumerate(hiddens)]
    return max(float((way - logits).abs().max()) for way in ways)


def _loss(model: Any, x: Any, y: Any) -> float:
    with torch.no_grad():
        return float(torch.nn.functional.cross_entropy(model(x), y))


def _variances(model: Any, x: Any) -> Sequence[float]:
    with torch.no_grad():
        return [float(h.var(correction=0)) for h in model.hidden_states(x)]


def _largest_bias(model: Any) -> float:
    return max(float(block.w2.bias.detach().abs().max()) for block in model.blocks)
