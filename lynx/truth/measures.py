"""What can be measured: metrics, recorded series, and the measure that picks one number out of them.

A run records series: for each metric, at some steps, one value (a scalar metric) or one value per
layer. A `Measure` is metric × variant × step × layer × reducer; `value_of` reads it from one seed's runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, get_args

from lynx.errors import N_
from lynx.truth import unread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.errors import LynxError


class Worse(StrEnum):
    """The end of a metric where failure lies; NaN lies beyond it."""

    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True)
class Metric:
    """A metric's name, unit, worse end, whether it has one value per layer, and its word."""

    name: str
    unit: str = ""
    worse: Worse = Worse.HIGH
    per_layer: bool = False
    log: bool = False  # drawn and compared on a logarithmic scale
    word: str = ""  # what a screen calls it, marked N_; "" for one that a break declares


# what every experiment may record; which instrument measures it stands in `runs.child.instruments`
METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("loss", N_("nats"), word=N_("loss")),
        Metric("val_loss", N_("nats"), word=N_("validation loss")),
        Metric("true_loss", N_("nats"), word=N_("true loss")),
        Metric("val_accuracy", N_("fraction"), Worse.LOW, word=N_("validation accuracy")),
        Metric("train_accuracy", N_("fraction"), Worse.LOW, word=N_("training accuracy")),
        Metric("grad_norm", "", Worse.LOW, per_layer=True, log=True, word=N_("gradient norm")),
        Metric(
            "param_grad_norm",
            "",
            Worse.LOW,
            per_layer=True,
            log=True,
            word=N_("gradient norm of a parameter"),
        ),
        Metric("params_without_grad", N_("parameters"), word=N_("parameters without gradient")),
        Metric(
            "activation_var", "", Worse.HIGH, per_layer=True, log=True, word=N_("variance of activations")
        ),
        Metric("abs_cosine", "", Worse.HIGH, per_layer=True, word=N_("samples look alike")),
        Metric("stable_rank", "", Worse.LOW, per_layer=True, word=N_("stable rank of samples")),
        Metric("grad_cosine", "", Worse.LOW, word=N_("gradient direction kept")),
        Metric("step_linearity", "", Worse.LOW, word=N_("step does what it promised")),
        Metric("update_ratio", "", Worse.LOW, per_layer=True, log=True, word=N_("update ÷ weight")),
        Metric("weight_change", "", Worse.LOW, per_layer=True, log=True, word=N_("weight change")),
        Metric("future_dependence", N_("places"), word=N_("future dependence")),
        Metric("asked_in_training", N_("calls"), word=N_("answers asked for in training mode")),
        Metric("trained_in_evaluation", N_("calls"), word=N_("training steps in evaluation mode")),
        Metric("first_nan_step", N_("step"), Worse.LOW, word=N_("first NaN step")),
        Metric("lr", "", Worse.LOW, log=True, word=N_("learning rate")),
    )
}


class Ended(StrEnum):
    """How a run ended; what it showed is another matter."""

    FINISHED = "finished"
    CRASHED = "crashed"  # an exception in the learner's code
    EXITED = "exited"  # os._exit, sys.exit or a closed channel before the report; a program that ended early
    KILLED = "killed"  # a signal from elsewhere
    TIMED_OUT = "timed-out"  # more processor time than it may have
    STALLED = "stalled"  # the wall-clock limit behind it: it waits for something, or the machine is busy
    OUT_OF_MEMORY = "out-of-memory"
    OUT_OF_DESCRIPTORS = "out-of-descriptors"
    PRINTED_TOO_MUCH = "printed-too-much"
    INTERRUPTED = "interrupted"


class Invalid(StrEnum):
    """Why a run that ended well says nothing: what was to be compared did not take part in it."""

    NEVER_READ = "never-read"  # the target
    IMPORTED_BEFORE = "imported-before"  # the target, by something that starts with the interpreter
    OPENED_PAST = "opened-past"  # the target, in a way that the overlay does not see
    STARTED_PROCESS = "started-process"  # which reads the disk
    NOTHING_RECORDED = "nothing-recorded"  # no step, no figure


@dataclass(frozen=True)
class Series:
    """One metric of one run: at each recorded step a tuple of values, one per layer (a scalar has one)."""

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
    reached: int | None = None  # steps done
    of: int | None = None  # steps asked for
    invalid: Invalid | None = None  # ran, and showed nothing
    detail: str = ""  # the signal that killed it; the process it started; what it opened the target with
    processor: float = 0.0  # seconds of processor time
    delivered: bool = False  # whether the target was read
    opened: tuple[str, ...] = ()  # files that it read
    log: str = ""  # where what it printed is kept; empty when it printed nothing


Reducer = Literal["first", "last", "min", "max", "median", "mean"]


@dataclass(frozen=True)
class Where:
    """A threshold on values: the first step at which it is met is a measure of its own."""

    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Relative:
    """Divide by the same measure taken elsewhere; what is None stays as in the measure itself.

    Under `first_step` the values are divided before the threshold is applied: by the value at the one `step`
    named here, or, when none is named, each by the reference at its own step.
    """

    variant: str | None = None
    step: int | Reducer | None = None
    layer: int | str | None = None


@dataclass(frozen=True)
class Measure:
    """metric × variant × step × layer × reducer.

    `layer` counts from 1 as a learner does, or names a layer/parameter, or is a reducer over the layers; None
    for a scalar metric; layers are reduced first, then steps. `first_step` turns the measure into the first
    recorded step at which the (layer-reduced) value meets the threshold; `inf` ("never") when none does.
    `rank` gives the position (1 = smallest) of the picked value among all layers at that step ("layers") or
    among all steps of that layer ("steps").
    """

    metric: str
    variant: str = "broken"
    step: int | Reducer = "last"
    layer: int | str | None = None
    relative_to: Relative | None = None
    first_step: Where | None = None
    rank: Literal["layers", "steps"] | None = None


SLACK = 1e-12  # relative: 0.8 - 0.7 is 8e-17 more than 0.1 in binary, which nobody means by "within 0.1"

# -- the order of values -------------------------------------------------------------------------


def metric_of(name: str, metrics: Mapping[str, Metric] = METRICS) -> Metric:
    """The metric called `name`; one that nobody declared counts as worse when high."""
    return metrics.get(name) or Metric(name)


def position(value: float, worse: Worse) -> tuple[int, float]:
    """A sort key by size, with NaN beyond the worse end: above infinity or below minus infinity."""
    if math.isnan(value):
        return (1 if worse is Worse.HIGH else -1, 0.0)
    return (0, value)


def median_of(metric: str, values: Sequence[float], metrics: Mapping[str, Metric] = METRICS) -> float:
    """The median, with NaN counted at the metric's worse end. Raises ValueError when there are no values."""
    return _reduce("median", values, metric_of(metric, metrics).worse)


def to_json_number(value: float) -> float | str:
    """A number as JSON can carry it: what is not finite becomes "nan", "inf" or "-inf" (docs/json.md#numbers)."""
    return value if math.isfinite(value) else str(float(value))


def from_json_number(value: float | str) -> float:
    """What `to_json_number` wrote. Raises ValueError for any other string."""
    return float(value)


# -- reading a measure ---------------------------------------------------------------------------


def value_of(measure: Measure, runs: Mapping[str, Run], metrics: Mapping[str, Metric] = METRICS) -> float:
    """The number that `measure` picks out of one seed's runs, by variant.

    A run that became NaN gives NaN, also at a step it no longer reached because the experiment stopped there.
    A ratio to zero is infinite, 0/0 and inf/inf are NaN. Raises Refused (see `problems_of`) when the measure
    cannot be read: nothing is interpolated and no run is skipped.
    """
    problems = problems_of(measure, runs)
    if problems:
        raise problems[0]
    worse = metric_of(measure.metric, metrics).worse
    if measure.rank is not None:
        return _rank(measure, runs, worse)
    if measure.first_step is not None:
        return _first_step(measure, measure.first_step, runs, worse)
    value = _plain(measure, runs, worse)
    if measure.relative_to is not None:
        value = _ratio(value, _plain(_reference(measure, measure.relative_to), runs, worse))
    return value


def problems_of(measure: Measure, runs: Mapping[str, Run]) -> tuple[LynxError, ...]:
    """Why `measure` cannot be read from these runs of one seed; empty when it can.

    A variant that did not run or did not finish, a metric that nothing records, a step beyond the run, a step
    at which a costly instrument did not look (the nearest ones are named), a layer that is not there.
    """
    found = list(_problems(measure, runs))
    if measure.relative_to is not None:
        reference = _reference(measure, measure.relative_to)
        found += [p for p in _problems(reference, runs) if str(p) not in map(str, found)]
    if measure.rank is not None:
        if measure.step in ("min", "max", "median", "mean"):
            found.append(unread.rank_unclear(measure.metric, "step"))
        if measure.rank == "layers" and measure.layer in (None, "min", "max", "median", "mean"):
            found.append(unread.rank_unclear(measure.metric, "layer"))
        if measure.relative_to is not None or measure.first_step is not None:
            found.append(unread.rank_alone(measure.metric))
    return tuple(found)


def _problems(measure: Measure, runs: Mapping[str, Run]) -> list[LynxError]:
    run = runs.get(measure.variant)
    if run is None:
        return [unread.variant_missing(measure.variant, tuple(runs))]
    if run.ended is not Ended.FINISHED:
        return [unread.unfinished(run.variant, run.seed, run.ended)]
    if run.invalid is not None:
        return [unread.invalid(run.variant, run.seed, run.invalid)]
    series = run.series.get(measure.metric)
    if series is None:
        return [unread.metric_missing(measure.metric, run.variant, tuple(run.series))]
    if not series.points:
        return [unread.never_recorded(measure.metric, run.variant)]
    found: list[LynxError] = []
    step, layer = measure.step, measure.layer
    if isinstance(step, int) and measure.first_step is None and step not in series.points:
        longest = max(_last_step(r) for r in runs.values())
        if step > longest or (step > _last_step(run) and not _died_of_nan(run, series)):
            found.append(unread.step_beyond(measure.metric, step, _last_step(run)))
        elif step <= _last_step(run):
            found.append(unread.step_skipped(measure.metric, step, sorted(series.points)))
    if not series.layers:
        if layer is not None:
            found.append(unread.no_layers(measure.metric))
    elif layer is None:
        if len(series.layers) > 1:
            found.append(unread.layer_wanted(measure.metric, series.layers))
    elif (
        layer not in series.layers
        and layer not in get_args(Reducer)
        and not (isinstance(layer, int) and 1 <= layer <= len(series.layers))
    ):
        found.append(unread.layer_missing(measure.metric, layer, series.layers))
    return found


def _last_step(run: Run) -> int:
    return max((max(s.points) for s in run.series.values() if s.points), default=-1)


def _died_of_nan(run: Run, series: Series) -> bool:
    """Whether the metric, or the loss, was NaN when it was last recorded."""
    ends = [s.points[max(s.points)] for s in (series, run.series.get("loss")) if s is not None and s.points]
    return any(math.isnan(value) for values in ends for value in values)


def _reference(measure: Measure, relative: Relative) -> Measure:
    return replace(
        measure,
        variant=measure.variant if relative.variant is None else relative.variant,
        step=measure.step if relative.step is None else relative.step,
        layer=measure.layer if relative.layer is None else relative.layer,
        relative_to=None,
        first_step=measure.first_step if relative.step is None else None,
    )


def _along(measure: Measure, runs: Mapping[str, Run], worse: Worse) -> dict[int, float]:
    """The measure's metric, reduced over layers, at each recorded step in order."""
    series = runs[measure.variant].series[measure.metric]
    return {
        step: _pick(measure.layer, series.layers, series.points[step], worse)
        for step in sorted(series.points)
    }


def _plain(measure: Measure, runs: Mapping[str, Run], worse: Worse) -> float:
    along = _along(measure, runs, worse)
    if isinstance(measure.step, int):
        return along.get(
            measure.step, math.nan
        )  # absent only where NaN stopped the run: `_problems` saw to it
    return _reduce(measure.step, tuple(along.values()), worse)


def _first_step(measure: Measure, where: Where, runs: Mapping[str, Run], worse: Worse) -> float:
    along = _along(measure, runs, worse)
    if measure.relative_to is not None:
        reference = _reference(measure, measure.relative_to)
        if measure.relative_to.step is None:
            beside = _along(reference, runs, worse)
            along = {step: _ratio(along[step], beside[step]) for step in along if step in beside}
        else:
            unit = _plain(reference, runs, worse)
            along = {step: _ratio(value, unit) for step, value in along.items()}
    return next((float(step) for step, value in along.items() if _meets(where, value, worse)), math.inf)


def _meets(where: Where, value: float, worse: Worse) -> bool:
    key = position(value, worse)
    above = where.at_least is None or key >= (0, where.at_least)
    return above and (where.at_most is None or key <= (0, where.at_most))


def _rank(measure: Measure, runs: Mapping[str, Run], worse: Worse) -> float:
    series = runs[measure.variant].series[measure.metric]
    along = _along(measure, runs, worse)
    step = (
        measure.step if isinstance(measure.step, int) else list(along)[0 if measure.step == "first" else -1]
    )
    others = series.points.get(step, ()) if measure.rank == "layers" else tuple(along.values())
    own = position(along.get(step, math.nan), worse)
    return 1.0 + sum(position(other, worse) < own for other in others)


def _pick(layer: int | str | None, layers: tuple[str, ...], values: tuple[float, ...], worse: Worse) -> float:
    if layer is None:
        return values[0]
    if isinstance(layer, int):
        return values[layer - 1]
    if layer in layers:
        return values[layers.index(layer)]
    return _reduce(layer, values, worse)


def _reduce(how: str, values: Sequence[float], worse: Worse) -> float:
    ordered = sorted(values, key=lambda value: position(value, worse))
    middle = len(ordered) // 2
    if not ordered:
        raise ValueError("there are no values to reduce")
    if how in ("first", "last"):
        return values[0 if how == "first" else -1]
    if how in ("min", "max"):
        return ordered[0 if how == "min" else -1]
    if how == "mean":
        return sum(values) / len(values)
    if len(ordered) % 2 or ordered[middle - 1] == ordered[middle]:
        return ordered[middle]
    return ordered[middle - 1] / 2 + ordered[middle] / 2  # the sum of two large numbers could overflow


def _ratio(value: float, unit: float) -> float:
    if unit == 0.0:
        return math.nan if value == 0.0 or math.isnan(value) else math.copysign(math.inf, value)
    return value / unit
