"""The learner's residual MLP under two learning rules: sizes of states and gradients, epoch by epoch."""

from __future__ import annotations

import dataclasses
import importlib
import math
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lynx.runs.child.probe import Probe

ASKED = (0.01, 0.1, 0.5)  # deviations that a block's second layer is asked for, to see what it gets
SIGNS = 1_000_000  # added to the seed that signs are drawn from


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
    both_signs: bool = False,
    push: str = "fixed",
    seed: int = 0,
) -> None:
    """Train with Adam on `resmlp.data.noisy_centres`; a step is an epoch, 0 before the first.

    `rule` is bp or dfa; `residual_add` and `w2_std` are the model's own flags. With `both_signs` every point is
    its centre's or the centre's mirror image, at random, so that no linear model can tell the classes apart.
    `push` says what direct feedback sends to a state h: its fixed random projection of the error; that,
    shrinking with ‖h‖ as the true gradient does behind a norm; or only its part across h, or across another
    direction (`pushed`).

    Per epoch: `loss`, the mean over its batches (at step 0 that of the untrained model), `val_accuracy`, and for
    the embedding h0 and the state after each block, over the validation samples: `hidden_norm`, the median ‖h‖;
    `sample_grad_norm`, the median of each sample's own ‖∂loss/∂h‖; `activation_var`; `alignment`, the mean cosine
    between direct feedback's signal and the gradient. At step 0 also `w2_std_ratio` (see `initial`), `w2_bias`,
    the largest |bias| of a second layer, and `forward_from_gap`. ValueError for another rule or push.
    """
    training, models = importlib.import_module("resmlp.train"), importlib.import_module("resmlp.model")
    data = importlib.import_module("resmlp.data").noisy_centres(seed, noise=noise)
    if both_signs:
        data = mirrored(data, seed)
    features, classes = data.x_train.shape[1], int(data.y_train.max()) + 1
    torch.manual_seed(seed)
    model = models.ResidualMLP(features, width, classes, blocks, residual_add, w2_std)
    feedback = training.feedback_matrices(model, seed)
    losses: list[float] = []
    step_of = training.learning_rule(rule, model, seed)
    if push != "fixed":
        step_of = pushed(push, training, feedback)

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


def mirrored(data: Any, seed: int) -> Any:
    """The same points, each multiplied by 1 or -1: the noise is symmetric, so only its centre is mirrored."""
    generator = torch.Generator().manual_seed(seed + SIGNS)
    parts = {}
    for name in ("x_train", "x_val"):
        x = getattr(data, name)
        parts[name] = x * (2 * torch.randint(2, (len(x), 1), generator=generator) - 1)
    return dataclasses.replace(data, **parts)


def pushed(push: str, training: Any, feedback: Sequence[Any]) -> Callable[[Any, Any, Any], float]:
    """Direct feedback with another signal: e B_l for the state h_l is replaced by

    shrinking: e B_l · r_l / ‖h_l‖, r_l the mean ‖h_l‖ of the first batch;
    across: e B_l less its part along h_l, where the true gradient behind a norm has no part;
    astray: e B_l less its part along a random direction, one for each l.
    """
    if push not in ("shrinking", "across", "astray"):
        raise ValueError(f"push must be fixed, shrinking, across or astray, not {push!r}")
    at_first: list[Any] = []
    generator = torch.Generator().manual_seed(SIGNS)
    others = [torch.randn(1, b.shape[1], generator=generator) for b in feedback]

    def signal(sent: Any, h: Any, layer: int) -> Any:
        if push == "astray":
            h = others[layer].expand_as(h)
        norm = h.norm(dim=-1, keepdim=True)
        if push != "shrinking":
            return sent - (sent * h).sum(dim=-1, keepdim=True) * h / norm**2
        if len(at_first) == layer:
            at_first.append(norm.mean())
        return sent * at_first[layer] / norm

    def step(model: Any, x: Any, y: Any) -> float:
        model.zero_grad(set_to_none=True)
        stages = [model.embed(x)]
        for layer in range(model.num_blocks):
            stages.append(model.step(stages[-1].detach(), layer))
        logits = model.readout(stages[-1].detach())
        loss = torch.nn.functional.cross_entropy(logits, y)
        error = training.output_error(logits.detach(), y)
        signals = [
            signal(error @ b, h.detach(), layer)
            for layer, (b, h) in enumerate(zip(feedback, stages, strict=True))
        ]
        torch.autograd.backward([loss, *stages], [torch.ones_like(loss), *signals])
        return loss.item()

    return step


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
    return max((float(block.w2.bias.detach().abs().max()) for block in model.blocks), default=0.0)
