"""What can be measured: metrics, recorded series, and the measure that picks one number out of them.

A run records series: for each metric, at some steps, one value (a scalar metric) or one value per
layer. A `Measure` is metric × variant × step × layer × reducer; `value_of` reads it from a `Run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class Worse(StrEnum):
    """The end of a metric where failure lies; NaN lies beyond it."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True)
class Metric:
    """A metric's name, unit, worse end and whether it has one value per layer."""

    name: str
    unit: str = ""
    worse: Worse = Worse.HIGH
    per_layer: bool = False
    log: bool = False  # drawn and compared on a logarithmic scale


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("loss", "nats"),
        Metric("val_loss", "nats"),
        Metric("val_accuracy", "fraction", Worse.LOW),
        Metric("train_accuracy", "fraction", Worse.LOW),
        Metric("grad_norm", "", Worse.LOW, per_layer=True, log=True),
        Metric("param_grad_norm", "", Worse.LOW, per_layer=True, log=True),
        Metric("params_without_grad", "parameters"),
        Metric("activation_var", "", Worse.HIGH, per_layer=True, log=True),
        Metric("abs_cosine", "", Worse.HIGH, per_layer=True),
        Metric("stable_rank", "", Worse.LOW, per_layer=True),
        Metric("grad_cosine", "", Worse.LOW),
        Metric("step_linearity", "", Worse.LOW),
        Metric("update_ratio", "", Worse.LOW, per_layer=True, log=True),
        Metric("weight_change", "", Worse.LOW, per_layer=True, log=True),
        Metric("first_nan_step", "step", Worse.LOW),
    )
}


class Ended(StrEnum):
    """How a run ended; what it showed is another matter."""

    FINISHED = "finished"
    CRASHED = "crashed"  # an exception in the learner's code
    EXITED = "exited"  # os._exit, sys.exit or a closed channel before the report
    KILLED = "killed"  # a signal from elsewhere
    TIMED_OUT = "timed-out"
    OUT_OF_MEMORY = "out-of-memory"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Series:
    """One metric of one run: at each recorded step a tuple of values, one per layer (length 1 for a scalar)."""

    layers: tuple[str, ...]  # () for a scalar metric
    points: Mapping[int, tuple[float, ...]]  # step -> values; steps ascend


@dataclass(frozen=True)
class Run:
    """One variant trained under one seed: how it ended, and what it recorded."""

    variant: str
    seed: int
    ended: Ended
    series: Mapping[str, Series] = field(default_factory=dict)
    seconds: float = 0.0
    log_tail: str = ""  # the end of what the learner's code printed, traceback included
    cached: bool = False


Reducer = Literal["first", "last", "min", "max", "median", "mean"]


@dataclass(frozen=True)
class Where:
    """A threshold on values: the first step at which it is met is a measure of its own."""

    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Relative:
    """Divide by the same measure taken elsewhere; what is None stays as in the measure itself."""

    variant: str | None = None
    step: int | Reducer | None = None
    layer: int | str | None = None


@dataclass(frozen=True)
class Measure:
    """metric × variant × step × layer × reducer.

    `layer` counts from 1 as a learner does, or names a layer/parameter, or is a reducer over the layers; None
    for a scalar metric. `first_step` turns the measure into the first recorded step at which the (layer-reduced)
    value meets the threshold; `inf` ("never") when none does. `rank` gives the position (1 = smallest) of the
    picked value among all layers at that step ("layers") or among all steps of that layer ("steps").
    """

    metric: str
    variant: str = "broken"
    step: int | Reducer = "last"
    layer: int | str | None = None
    relative_to: Relative | None = None
    first_step: Where | None = None
    rank: Literal["layers", "steps"] | None = None
