"""What the runs answer to the questions, and whether somebody who knows the answer can be right on other seeds."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.mentor.evidence import LEARNER_SEEDS, Evidence
from lynx.mentor.results import PredictionRow
from lynx.mentor.rules import problem
from lynx.mentor.verdicts import metrics_of, variants_of
from lynx.truth import judge
from lynx.truth.claims import Prediction, Result
from lynx.truth.measures import Metric, Run, median_of, metric_of, position, value_of

if TYPE_CHECKING:
    from lynx.content.spec import Problem

WIDE_ENOUGH = 0.9  # of the draws of a learner's seeds (docs/architecture.md#claims)
Read = Mapping[int, Sequence[float]]  # step of a curve (0: the only number) -> what each seed measured


def predictions(evidence: Evidence, lost: Mapping[str, object]) -> tuple[list[PredictionRow], list[Problem]]:
    """What the seeds measured for each prediction, and what makes a right answer impossible or a matter of luck."""
    break_, metrics = evidence.break_, metrics_of(evidence.break_)
    rows, problems = [], []
    for i, prediction in enumerate(break_.predictions):
        seeds = evidence.seeds_of(*variants_of(prediction.measure))
        if f"predictions.{i}" in lost or not seeds:
            continue
        metric = prediction.measure.metric
        read = _read(prediction, seeds, metrics)
        values = list(read.values())[-1]
        median = median_of(metric, values, metrics)
        answer = judge.answer_from_value(prediction, _truth(prediction, read, metrics), metrics)
        ordered = sorted(values, key=functools.partial(position, worse=metric_of(metric, metrics).worse))
        rows.append(PredictionRow(prediction.id, median, ordered[0], ordered[-1], len(values), answer))
        if answer == "":
            problems.append(
                problem(
                    break_,
                    f"predictions.{i}.options",
                    N_("no option of '{id}' fits what is measured, {median}."),
                    N_("Add one, or make the last take everything else: `other: {{}}`."),
                    id=prediction.id,
                    median=f"{median:.3g}",
                )
            )
        elif (share := found_again(prediction, read, metrics)) < WIDE_ENOUGH:
            problems.append(
                problem(
                    break_,
                    f"predictions.{i}",
                    N_(
                        "'{id}' is a matter of luck: who answers what was measured here is right in {share} of the "
                        "draws of three seeds."
                    ),
                    N_(
                        "Widen `hit` or the options until nine of ten are right, or ask for something steadier."
                    ),
                    id=prediction.id,
                    share=f"{100 * share:.0f} %",
                )
            )
    return rows, problems


def found_again(prediction: Prediction, read: Read, metrics: Mapping[str, Metric]) -> float:
    """The share of the draws of a learner's seeds in which the whole sample's own answer is a hit.

    1 for samples no larger than two draws: they say too little about another one.
    """
    n = len(next(iter(read.values())))
    if n <= 2 * LEARNER_SEEDS:
        return 1.0
    given = judge.answer_from_value(prediction, _truth(prediction, read, metrics), metrics)
    draws = list(combinations(range(n), LEARNER_SEEDS))
    hits = 0
    for draw in draws:
        part = {step: [values[seed] for seed in draw] for step, values in read.items()}
        hits += judge.score(prediction, given, _truth(prediction, part, metrics), metrics) is Result.HIT
    return hits / len(draws)


def _read(
    prediction: Prediction, seeds: Sequence[Mapping[str, Run]], metrics: Mapping[str, Metric]
) -> dict[int, list[float]]:
    return {
        one.step if prediction.steps and isinstance(one.step, int) else 0: [
            value_of(one, runs, metrics) for runs in seeds
        ]
        for one in prediction.measures
    }


def _truth(prediction: Prediction, read: Read, metrics: Mapping[str, Metric]) -> float | dict[int, float]:
    medians = {step: median_of(prediction.measure.metric, values, metrics) for step, values in read.items()}
    return medians if prediction.steps else next(iter(medians.values()))
