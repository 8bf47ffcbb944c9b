"""Rules that name a training problem when a figure passes a threshold, as two published tools have them. Pure.

SageMaker Debugger's built-in rules, with the defaults of its documentation: VanishingGradient (mean |gradient| of
a tensor below 1e-7), ExplodingTensor (not finite), LossNotDecreasing (every 10 steps), Overfit (validation loss a
tenth above the training loss), WeightUpdateRatio (above 10 or below 1e-8). AUTOTRAINER (Zhang, Zhai, Ma, Shen: ICSE
2021), as in its published code (`utils/monitor.py`, `reproduce.py`): what it looks for in gradients counts only where
accuracy stays below 0.6 or never rises by 0.01 at once.

What a run did not record, a rule cannot judge. A gradient is recorded as the norm of each parameter's: its mean |entry|
is smaller, by the root of the number of entries at least, so VanishingGradient would fire somewhat earlier than here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from lynx.truth.measures import Series

Recorded = Mapping[str, Series]
Verdict = bool | None  # None: the run does not have what the rule looks at

VANISHED = 1e-7
WINDOW = 10
OVERFIT = 0.1
LARGE, SMALL = 10.0, 1e-8
BETA_1, BETA_2, BETA_3, ZETA, ETA, DELTA, THETA = 1e-3, 1e-4, 70.0, 0.03, 0.2, 0.01, 0.6
HUGE_LOSS = 1e5


def scalar(recorded: Recorded, name: str) -> dict[int, float]:
    """A scalar metric by step; {} where it was not recorded."""
    series = recorded.get(name)
    return {} if series is None else {step: values[0] for step, values in series.points.items() if values}


def every(recorded: Recorded, *names: str) -> Iterator[float]:
    """All numbers of some metrics."""
    for name in names:
        if name in recorded:
            for values in recorded[name].points.values():
                yield from values


# --- SageMaker Debugger -------------------------------------------------------------------------


def vanishing_gradient(recorded: Recorded) -> Verdict:
    """A parameter's gradient of almost no length, at any step."""
    found = list(every(recorded, "param_grad_norm")) or list(every(recorded, "grad_norm"))
    return any(value < VANISHED for value in found) if found else None


def exploding_tensor(recorded: Recorded) -> Verdict:
    """A loss, a gradient or a weight that is not finite."""
    found = list(every(recorded, "loss", "val_loss", "grad_norm", "param_grad_norm", "weight_change"))
    return any(not math.isfinite(value) for value in found) if found else None


def loss_not_decreasing(recorded: Recorded) -> Verdict:
    """The loss is not lower than ten steps ago, at one of the steps at which that is asked."""
    loss = scalar(recorded, "loss")
    asked, last = [], None
    for step in loss:
        if last is None or step - last >= WINDOW:
            asked.append(loss[step])
            last = step
    if len(asked) < 2:
        return None
    return any(not now < before for before, now in pairwise(asked))


def overfit(recorded: Recorded) -> Verdict:
    """The validation loss is a tenth above the training loss, at more than one of the steps that have both."""
    loss, held_out = scalar(recorded, "loss"), scalar(recorded, "val_loss")
    both = [(loss[step], held_out[step]) for step in loss if step in held_out]
    return sum(there > (1 + OVERFIT) * here for here, there in both) > 1 if both else None


def weight_update_ratio(recorded: Recorded) -> Verdict:
    """An update ten times as large as the weight, or next to nothing of it."""
    found = list(every(recorded, "update_ratio"))
    return any(value > LARGE or value < SMALL for value in found) if found else None


# --- AUTOTRAINER --------------------------------------------------------------------------------


def accuracies(recorded: Recorded) -> list[list[float]]:
    """Training and validation accuracy, those that there are, each in the order of steps."""
    found = (list(scalar(recorded, name).values()) for name in ("train_accuracy", "val_accuracy"))
    return [values for values in found if values]


def unwell(recorded: Recorded) -> bool:
    """Accuracy never gets to 0.6, or never rises by 0.01 at once."""
    found = accuracies(recorded)
    return any(max(values) < THETA for values in found) or never_rises(found)


def never_rises(found: Sequence[Sequence[float]]) -> bool:
    """Whether no accuracy rises by 0.01 from one point to the next."""
    return all(max((b - a for a, b in pairwise(values)), default=0.0) < DELTA for values in found)


def first_and_last(recorded: Recorded) -> list[tuple[float, float]]:
    """The gradient of the first layer and that of the last, at each recorded step."""
    series = recorded.get("grad_norm")
    points = series.points.values() if series is not None else ()
    return [(values[0], values[-1]) for values in points if len(values) > 1]


def explode(recorded: Recorded) -> Verdict:
    """A loss beyond all bounds; or, where accuracy is poor, gradients that grow on the way down."""
    numbers = [*every(recorded, "loss", "grad_norm")]
    if not numbers:
        return None
    if (
        any(not math.isfinite(value) for value in numbers)
        or max(every(recorded, "loss"), default=0) > HUGE_LOSS
    ):
        return True
    if not accuracies(recorded):
        return None
    return unwell(recorded) and any(first > BETA_3 * last for first, last in first_and_last(recorded))


def vanish(recorded: Recorded) -> Verdict:
    """Where accuracy is poor: the first layer's gradient is next to nothing, and so beside the last one's."""
    pairs = first_and_last(recorded)
    if not pairs or not accuracies(recorded):
        return None
    return unwell(recorded) and any(first < BETA_2 and first < BETA_1 * last for first, last in pairs)


def slow_convergence(recorded: Recorded) -> Verdict:
    """Accuracy never rises by 0.01 at once."""
    found = accuracies(recorded)
    return never_rises(found) if found else None


def oscillating(recorded: Recorded) -> Verdict:
    """Accuracy goes up and down by 0.03, at a fifth of its points or more, and is good all the same."""
    found = accuracies(recorded)
    if not found:
        return None
    return not unwell(recorded) and swings(found[0]) >= ETA * len(found[0])


def swings(values: Sequence[float]) -> int:
    """How many maxima lie 0.03 above the minimum of the same number."""
    inner = range(1, len(values) - 1)
    tops = [values[i] for i in inner if values[i] >= values[i - 1] and values[i] >= values[i + 1]]
    lows = [values[i] for i in inner if values[i] <= values[i - 1] and values[i] <= values[i + 1]]
    return sum(top - low >= ZETA for top, low in zip(tops, lows, strict=False))


Rules = Mapping[str, Callable[[Recorded], Verdict]]
SAGEMAKER: Rules = {
    "vanishing gradient": vanishing_gradient,
    "exploding tensor": exploding_tensor,
    "loss not decreasing": loss_not_decreasing,
    "overfit": overfit,
    "weight update ratio": weight_update_ratio,
}
AUTOTRAINER: Rules = {
    "vanishing gradient": vanish,
    "exploding gradient": explode,
    "slow convergence": slow_convergence,
    "oscillating": oscillating,
}
TOOLS: Mapping[str, Rules] = {"SageMaker Debugger": SAGEMAKER, "AUTOTRAINER": AUTOTRAINER}
