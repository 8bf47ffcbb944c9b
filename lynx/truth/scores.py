"""How an answer fares: a number within its hit, a choice, a curve point by point (docs/architecture.md#claims)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lynx.truth.claims import Answer, Curve, Kind, Prediction, Result, Value, meets, near
from lynx.truth.measures import METRICS, Metric, from_json_number

Metrics = Mapping[str, Metric]


def answer_from_value(
    prediction: Prediction, value: float | Curve, metrics: Metrics = METRICS
) -> float | str | Curve:
    """What a measured number (or curve) answers: itself, or the name of the first option that fits.

    Of a yes-or-no question "no" is whatever is not yes; "" when no option of a choice fits.
    """
    if isinstance(value, Mapping) or prediction.kind in (Kind.NUMBER, Kind.CURVE):
        return value
    metric = prediction.measure.metric
    for option in prediction.options:
        if meets(option.when, value, metric, metrics):
            return option.name
    return "no" if prediction.kind is Kind.YESNO else ""


def score(
    prediction: Prediction,
    answer: Answer | Value,
    measured: float | Curve | None,
    metrics: Metrics = METRICS,
) -> Result:
    """How an answer (a learner's, or a source's bare value) fares against what was measured.

    A number is a hit within `hit`, a factor on a logarithmic scale and a difference on a linear one, near
    within hit² or twice `hit`, else a miss. NaN matches only NaN, infinity ("never") only infinity, and on a
    logarithmic scale zero only zero and a sign only the same sign. A choice hits or misses. A curve is a hit
    when at least half of its points are and none misses, near when at least half are hits or near.
    UNMEASURED: nothing was measured, or no option describes what was.
    """
    if measured is None:
        return Result.UNMEASURED
    given = answer.value if isinstance(answer, Answer) else answer
    if isinstance(measured, Mapping):
        return _together(list(points(prediction, given, measured).values()))
    truth = answer_from_value(prediction, measured, metrics)
    if isinstance(truth, Mapping) or isinstance(given, Mapping):
        return Result.MISS  # a curve answers no question about one number
    if isinstance(truth, str):
        if truth == "":
            return Result.UNMEASURED
        return Result.HIT if given == truth else Result.MISS
    try:
        number = from_json_number(given)
    except ValueError:
        return Result.MISS  # a page that answers a question of numbers in words
    return _score_number(prediction, number, truth)


def points(prediction: Prediction, given: Value, measured: Curve) -> dict[int, Result]:
    """How each point of a predicted curve fares, like a number; one that was not given misses."""
    drawn = given if isinstance(given, Mapping) else {}
    return {
        step: _score_number(prediction, drawn[step], value) if step in drawn else Result.MISS
        for step, value in measured.items()
    }


def _together(results: Sequence[Result]) -> Result:
    """One result of a curve's points."""
    if not results:
        return Result.UNMEASURED
    hits, misses = results.count(Result.HIT), results.count(Result.MISS)
    if not misses and 2 * hits >= len(results):
        return Result.HIT
    return Result.NEAR if 2 * (len(results) - misses) >= len(results) else Result.MISS


def _score_number(prediction: Prediction, given: float, truth: float) -> Result:
    if given == truth or (math.isnan(given) and math.isnan(truth)):
        return Result.HIT
    if not (math.isfinite(given) and math.isfinite(truth)):
        return Result.MISS
    hit = prediction.hit
    if prediction.scale == "log":
        if 0.0 in (given, truth) or (given < 0) != (truth < 0):
            return Result.MISS
        given, truth, hit = math.log(abs(given)), math.log(abs(truth)), math.log(max(hit, 1.0))
    if near(given, truth, hit):
        return Result.HIT
    return Result.NEAR if near(given, truth, 2 * hit) else Result.MISS
