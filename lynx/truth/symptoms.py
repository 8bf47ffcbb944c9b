"""The chain of symptoms: what differed between healthy and broken, and which came first.

Absolute thresholds name the last link of a chain; pairs in time order name the first. A symptom is
therefore always read off a pair of twins (same seed, weights and batches), at the same step, and the thresholds
below were written down before any break was measured. A word for something that happened (collapsed, vanished) is
given only where it was not so from the start; what was so from the start has a word of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lynx.truth.measures import Run


@dataclass(frozen=True)
class Symptom:
    """One link of the chain: the first recorded step from which the pair differs in this way."""

    name: str
    metric: str
    layer: str  # "" for a scalar metric
    step: int
    healthy: float
    broken: float


@dataclass(frozen=True)
class Sign:
    """How a symptom is read off a pair of values; `which` picks the layer."""

    name: str
    metric: str
    which: str  # first | last | any | scalar
    shows: Callable[[float, float], bool]  # (healthy, broken)
    began: str = ""  # the word where it is so from the first recorded step on; "" where `name` says no more
    already: Callable[[float, float], bool] | None = None  # how that is read; None: as `shows`


SIGNS = (
    # the direction of the gradient is lost under a 10 % perturbation of the input (Balduzzi et al. 2017)
    Sign("scattered", "grad_cosine", "scalar", lambda h, b: b <= 0.6 and b <= 0.75 * h),
    # the step leaves the region where the loss is linear: its effect is not what the gradient promised
    Sign("overshoots", "step_linearity", "scalar", lambda h, b: b <= 0.2 and b <= h - 0.2),
    Sign(
        "collapsed",
        "abs_cosine",
        "last",
        lambda h, b: b >= 0.99 and b >= h + 0.02,
        "alike-at-start",
        lambda h, b: b >= 0.9 and b >= h + 0.02,
    ),
    Sign("vanished", "grad_norm", "first", lambda h, b: b <= 1e-3 * h, "small-at-start"),
    Sign(
        "exploded",
        "grad_norm",
        "any",
        lambda h, b: b >= 1e3 * h or (math.isnan(b) and not math.isnan(h)),
        "large-at-start",
    ),
    Sign("swollen", "activation_var", "last", lambda h, b: b >= 1e2 * h, "wide-at-start"),
    Sign("disconnected", "params_without_grad", "scalar", lambda h, b: b > h),
    # a place is told differently when a later character is another, which no healthy twin's place is
    Sign("sees-ahead", "future_dependence", "scalar", lambda h, b: b > h),
    Sign("nan", "loss", "scalar", lambda h, b: math.isnan(b) and not math.isnan(h)),
)


def chain(healthy: Run, broken: Run) -> tuple[Symptom, ...]:
    """The symptoms of `broken` beside its twin, in the order in which they appeared.

    A symptom counts from the first of two recorded steps in a row that show it: a single odd batch is not
    one, and one that a later link covers up (collapsed samples have no scattered gradients) was still
    there. When a vanished gradient is no symptom of step 0, that is said too ("not-vanished"), since it is
    what the textbook would have predicted.
    """
    found = []
    for order, sign in enumerate(SIGNS):
        seen = _first(sign, healthy, broken)
        if seen is not None:
            found.append((seen.step, order, seen))
            if seen.name == "alike-at-start" and (closer := _closer(sign, seen, healthy, broken)) is not None:
                found.append((closer.step, order, closer))
        if sign.name == "vanished" and (seen is None or seen.name == "vanished"):
            start = _at(sign, healthy, broken, 0)
            if start is not None:
                found.append((0, -1, start))
    return tuple(symptom for _, _, symptom in sorted(found, key=lambda item: item[:2]))


def _first(sign: Sign, healthy: Run, broken: Run) -> Symptom | None:
    pairs = sorted(_pairs(sign, healthy, broken).items())
    already = sign.already or sign.shows
    if sign.began and pairs and all(already(h, b) for _, (h, b, _) in pairs[:2]):
        step, (h, b, layer) = pairs[0]
        return Symptom(sign.began, sign.metric, layer, step, h, b)
    shows = [sign.shows(h, b) for _, (h, b, _) in pairs]
    for i, shown in enumerate(shows):
        if shown and all(shows[i : i + 2]):
            step, (h, b, layer) = pairs[i]
            return Symptom(sign.name, sign.metric, layer, step, h, b)
    return None


def _closer(sign: Sign, start: Symptom, healthy: Run, broken: Run) -> Symptom | None:
    """Where samples that looked alike from the start come ten times as close again, and more than the twin's do."""
    for step, (h, b, layer) in sorted(_pairs(sign, healthy, broken).items()):
        if step > start.step and sign.shows(h, b) and 1 - b <= (1 - start.broken) / 10:
            return Symptom("closer", sign.metric, layer, step, h, b)
    return None


def _at(sign: Sign, healthy: Run, broken: Run, step: int) -> Symptom | None:
    pair = _pairs(sign, healthy, broken).get(step)
    if pair is None:
        return None
    return Symptom("not-vanished", sign.metric, pair[2], step, pair[0], pair[1])


def _pairs(sign: Sign, healthy: Run, broken: Run) -> Mapping[int, tuple[float, float, str]]:
    """step -> (healthy value, broken value, layer) at every step both recorded."""
    one, two = healthy.series.get(sign.metric), broken.series.get(sign.metric)
    if one is None or two is None or one.layers != two.layers:
        return {}
    pairs = {}
    beginning = one.points[min(one.points)] if one.points else ()
    for step, values in two.points.items():
        if step not in one.points or not values:
            continue
        here = one.points[step]
        if sign.name == "exploded":
            # a network that has learned has next to no gradient: its own beginning is the measure of a large one
            here = tuple(max(now, start) for now, start in zip(here, beginning, strict=True))
        index = {"first": 0, "last": -1, "scalar": 0}.get(sign.which)
        if index is None:
            index = max(range(len(values)), key=lambda i: _ratio(here[i], values[i]))
        layer = two.layers[index] if two.layers else ""
        pairs[step] = (here[index], values[index], layer)
    return pairs


def _ratio(healthy: float, broken: float) -> float:
    if math.isnan(broken):
        return math.inf
    return broken / healthy if healthy else math.inf if broken else 0.0
