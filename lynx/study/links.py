"""What happened first: the chain of one drilled training, read off what was recorded. Pure.

The numbers are medians over seeds. Unlike a break's symptoms there is no healthy twin here, so each sign is a
threshold of its own; they were written down before the grid was measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from lynx.study.grid import GUESSING, Outcome, Reason
from lynx.study.results import Link
from lynx.truth.measures import Run, Series

Curve = Mapping[int, float]  # step -> value


@dataclass(frozen=True)
class Seen:
    """One training, medians over seeds: curves by step, and what was recorded once, at step 0."""

    loss: Curve
    var_first: Curve  # variance behind the first layer
    var_last: Curve
    alike: Curve  # mean |cosine| between samples behind the last layer
    grad_first: Curve
    grad_last: Curve
    linearity: Curve  # what a step changed over what its gradient promised
    update: Curve  # update over weight, median over layers
    chi: float  # geometric mean over layers, at step 0
    layers: int


def seen(runs: Sequence[Run]) -> Seen:
    """Read the runs of one combination. Raises KeyError when a series is missing."""
    layers = len(runs[0].series["grad_norm"].layers)
    chis = [value for run in runs for value in run.series["chi"].points[0]]
    return Seen(
        loss=_curve(runs, "loss", lambda v: v[0]),
        var_first=_curve(runs, "activation_var", lambda v: v[0]),
        var_last=_curve(runs, "activation_var", lambda v: v[-1]),
        alike=_curve(runs, "abs_cosine", lambda v: v[-1]),
        grad_first=_curve(runs, "grad_norm", lambda v: v[0]),
        grad_last=_curve(runs, "grad_norm", lambda v: v[-1]),
        linearity=_curve(runs, "step_linearity", lambda v: v[0]),
        update=_curve(runs, "update_ratio", _middle),
        chi=_geometric(chis),
        layers=layers,
    )


def facts(one: Seen) -> dict[str, float]:
    """The figures that an explanation shows."""
    last = max(one.loss)
    return {
        "var_first": one.var_first.get(0, math.nan),
        "var_last": one.var_last.get(0, math.nan),
        "factor": _root(_ratio(one.var_last.get(0), one.var_first.get(0)), one.layers - 1),
        "chi": one.chi,
        "alike_start": one.alike.get(0, math.nan),
        "alike_end": one.alike[max(one.alike)] if one.alike else math.nan,
        "grad_first": one.grad_first.get(0, math.nan),
        "grad_last": one.grad_last.get(0, math.nan),
        "grad_first_end": one.grad_first[max(one.grad_first)] if one.grad_first else math.nan,
        "linearity": one.linearity.get(0, math.nan),
        "update": one.update.get(0, math.nan),
        "loss_start": one.loss.get(0, math.nan),
        "loss_end": one.loss[last],
    }


@dataclass(frozen=True)
class Sign:
    """A link: the outcomes it can explain, and the first step at which it shows (None: it does not)."""

    explains: frozenset[Outcome]
    first: Callable[[Seen], int | None]
    values: tuple[str, ...]  # the figures of `facts` that belong to the sentence


_FAILS = frozenset((Outcome.DIVERGES, Outcome.STUCK))
_GROWS, _DIES = frozenset((Outcome.DIVERGES,)), frozenset((Outcome.STUCK,))

# in the order of causes: of two links at the same step the upper one came first
LINKS: Mapping[str, Sign] = {
    # forward: the variance behind the last layer, beside that behind the first, before any training
    "swollen": Sign(_FAILS, lambda s: _start(s, s.var_last, s.var_first, above=30.0), ("var_last", "factor")),
    "died": Sign(_DIES, lambda s: _start(s, s.var_last, s.var_first, below=1e-3), ("var_last", "factor")),
    # backward: the gradient at the first layer beside that at the last
    "faded": Sign(
        _DIES, lambda s: _start(s, s.grad_first, s.grad_last, below=1e-2), ("grad_first", "grad_last", "chi")
    ),
    "frozen": Sign(_DIES, lambda s: _frozen(s), ("update",)),
    "overshot": Sign(_FAILS, lambda s: _when(s.linearity, lambda v: v <= 0.2), ("linearity",)),
    "collapsed": Sign(_DIES, lambda s: _when(s.alike, lambda v: v >= 0.99), ("alike_start", "chi")),
    "vanished": Sign(_DIES, lambda s: _vanished(s), ("grad_first", "grad_first_end")),
    "blown": Sign(_GROWS, lambda s: _when(s.loss, lambda v: not v <= 2 * GUESSING), ("loss_start",)),
}


REASONS: Mapping[str, Reason] = {
    "died": Reason.GONE,
    "faded": Reason.GONE,
    "vanished": Reason.GONE,
    "frozen": Reason.SHORT,
    "collapsed": Reason.COLLAPSED,
}


def reason_of(links: Sequence[str]) -> Reason:
    """Why nothing was learned: the first of the links' names that is a reason; a long step alone is none."""
    return next((REASONS[name] for name in links if name in REASONS), Reason.NONE)


def chain(one: Seen, outcome: Outcome) -> tuple[Link, ...]:
    """The links that can explain `outcome`, in the order in which they appeared; "sound" where it trained.

    "unclear" when none of the signs shows: an honest answer, and rare.
    """
    numbers = facts(one)
    if outcome is Outcome.TRAINS:
        shown = ("factor", "chi", "linearity", "loss_end")
        return (Link("sound", 0, {name: numbers[name] for name in shown}),)
    found = []
    for order, (name, sign) in enumerate(LINKS.items()):
        step = sign.first(one) if outcome in sign.explains else None
        if step is not None:
            found.append((step, order, Link(name, step, {key: numbers[key] for key in sign.values})))
    links = tuple(link for _, _, link in sorted(found, key=lambda item: item[:2]))
    return links or (Link("unclear", 0, {"loss_end": numbers["loss_end"]}),)


# -- signs -----------------------------------------------------------------------------------------


def _start(
    one: Seen, curve: Curve, beside: Curve, above: float = math.inf, below: float = -math.inf
) -> int | None:
    if one.layers < 2 or 0 not in curve or 0 not in beside:
        return None
    ratio = _ratio(curve[0], beside[0])
    return 0 if ratio >= above or ratio <= below or math.isnan(ratio) else None


def _frozen(one: Seen) -> int | None:
    """The steps do what they promise, but they are so short that a hundred of them lead nowhere."""
    begin, end = one.loss.get(0, math.nan), one.loss[max(one.loss)]
    linear = one.linearity.get(0, math.nan)
    short = one.update.get(0, math.inf) <= 1e-3
    return 0 if short and linear >= 0.5 and end >= 0.5 * begin else None


def _vanished(one: Seen) -> int | None:
    begin = one.grad_first.get(0, math.nan)
    return _when(one.grad_first, lambda v: v <= 1e-3 * begin)


def _when(curve: Curve, shows: Callable[[float], bool]) -> int | None:
    """The first step from which it shows at nine recorded steps of ten: one odd batch is no sign."""
    steps = sorted(curve)
    marks = [shows(curve[step]) for step in steps]
    for i, step in enumerate(steps):
        if marks[i] and sum(marks[i:]) >= 0.9 * (len(steps) - i):
            return step
    return None


# -- medians ---------------------------------------------------------------------------------------


def _curve(runs: Sequence[Run], metric: str, pick: Callable[[tuple[float, ...]], float]) -> Curve:
    by_step: dict[int, list[float]] = {}
    for run in runs:
        for step, values in run.series.get(metric, Series((), {})).points.items():
            by_step.setdefault(step, []).append(pick(values))
    return {step: _median(values) for step, values in sorted(by_step.items())}


def _median(values: Sequence[float]) -> float:
    """NaN counts as the largest value, as it does for a loss."""
    ordered = sorted(values, key=lambda v: (math.isnan(v), v))
    return ordered[len(ordered) // 2]


def _middle(values: tuple[float, ...]) -> float:
    finite = [v for v in values if not math.isnan(v)]
    return median(finite) if finite else math.nan


def _ratio(above: float | None, below: float | None) -> float:
    if above is None or below is None:
        return math.nan
    if below == 0:
        return 1.0 if above == 0 else math.inf
    return above / below


def _root(value: float, n: int) -> float:
    return value ** (1 / n) if n > 0 and value > 0 and math.isfinite(value) else math.nan


def _geometric(values: Sequence[float]) -> float:
    logs = [math.log(v) for v in values if v > 0 and math.isfinite(v)]
    return math.exp(sum(logs) / len(logs)) if logs else math.nan
