"""What can be said about measures: expectations, claims, predictions and their verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from lynx.truth.measures import METRICS, SLACK, Measure, Metric, metric_of, position


class Verdict(StrEnum):
    """What the evidence says of a claim (docs/architecture.md#claims)."""

    HOLDS = "HOLDS"
    REFUTED = "REFUTED"
    UNDECIDED = "UNDECIDED"
    INVALID = "INVALID"  # the healthy leg failed its own check


@dataclass(frozen=True)
class Expect:
    """A set of values: bounds are inclusive; `nan` says whether NaN itself is meant.

    NaN otherwise lies beyond the metric's worse end: it meets `at_least` when high is worse,
    `at_most` when low is worse.
    """

    at_least: float | None = None
    at_most: float | None = None
    equals: float | None = None
    within: float = 0.0  # tolerance of `equals`
    nan: bool = False


@dataclass(frozen=True)
class Compare:
    """The claim's variant against another: above or below it by a margin, or no different within the margin.

    On a `log` scale the margin is a factor, on a linear one a difference.
    """

    to: str
    direction: Literal["above", "below", "same"]
    margin: float = 0.0
    scale: Literal["linear", "log"] = "linear"


class Source(StrEnum):
    """Who says so, where it is no source that the break names."""

    THEORY = "theory"
    MEASURED = "measured"


@dataclass(frozen=True)
class Claim:
    """A measure, an expectation or a comparison, and the verdict that its author declares."""

    id: str
    source: str  # a name of the break's sources, or one of `Source`
    measure: Measure
    verdict: Verdict
    expect: Expect | None = None
    compare: Compare | None = None
    healthy: bool = False  # part of the healthy leg's own check: when it fails, comparisons are INVALID
    always: bool = False  # it must hold in every seed, not only in most


class Result(StrEnum):
    """How a prediction fared."""

    HIT = "hit"
    NEAR = "near"
    MISS = "miss"
    UNMEASURED = "unmeasured"


class Kind(StrEnum):
    """What form a prediction's answer takes."""

    NUMBER = "number"
    CHOICE = "choice"
    YESNO = "yesno"
    CURVE = "curve"


@dataclass(frozen=True)
class Option:
    """One answer of a choice, and the values that make it the right one; the first option that fits wins."""

    name: str
    when: Expect
    means: Mapping[str, str] = field(default_factory=dict)  # in words, by language


Curve = Mapping[int, float]  # values at named steps
Value = float | str | Curve  # what is predicted, said or measured


@dataclass(frozen=True)
class Prediction:
    """A question in numbers, how it is measured and when an answer is a hit."""

    id: str
    kind: Kind
    measure: Measure
    scale: Literal["linear", "log"] = "linear"
    hit: float = 0.0  # a factor on log, a difference on linear
    options: tuple[
        Option, ...
    ] = ()  # choice: as declared; yesno: ("yes", expectation), ("no", anything else)
    says: Mapping[str, Value] = field(default_factory=dict)  # source -> what it says
    steps: tuple[int, ...] = ()  # curve: where it is asked for

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is measured for it: one number, or one a step of a curve."""
        return tuple(replace(self.measure, step=step) for step in self.steps) or (self.measure,)


@dataclass(frozen=True)
class Answer:
    """What a learner predicted: a number or an option, a confidence in percent, a reason."""

    id: str
    value: Value
    confidence: int
    because: str


def meets(expect: Expect, value: float, metric: str, metrics: Mapping[str, Metric] = METRICS) -> bool:
    """Whether `value` lies in the set that `expect` describes; every bound given must hold.

    An expectation without any bound is met by anything. `nan` admits NaN (and nothing else on its own).
    Without it NaN stands beyond the metric's worse end, so it meets `at_least` where high is worse and
    `at_most` where low is worse, and never `equals`.
    """
    bounds = (expect.at_least, expect.at_most, expect.equals)
    if all(bound is None for bound in bounds):
        return not expect.nan or math.isnan(value)
    if expect.nan and math.isnan(value):
        return True
    key = position(value, metric_of(metric, metrics).worse)
    if expect.at_least is not None and key < (0, expect.at_least):
        return False
    if expect.at_most is not None and key > (0, expect.at_most):
        return False
    return expect.equals is None or near(value, expect.equals, expect.within)


def near(value: float, target: float, tolerance: float) -> bool:
    """Whether the two differ by at most `tolerance`, or are equal; NaN is near nothing."""
    if value == target:
        return True
    if not (math.isfinite(value) and math.isfinite(target)):
        return False
    return abs(value - target) <= tolerance + SLACK * max(abs(value), abs(target))
