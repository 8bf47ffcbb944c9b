"""What each verb returns: frozen values that the screens and `--json` are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from lynx.truth.judge import Reason
from lynx.truth.measures import METRICS, Measure, Metric, Run, Series, median_of, metric_of, position

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.content.spec import Break, Control, Text
    from lynx.errors import LynxError
    from lynx.loop.stages import Stage
    from lynx.truth.apart import Difference
    from lynx.truth.claims import Claim, Expect, Prediction, Result, Value, Verdict
    from lynx.truth.symptoms import Symptom


@dataclass(frozen=True)
class Started:
    """`lynx break`: the bug is in (or was, when `resumed`), the form is written."""

    break_id: str
    title: Text  # the blind title in blind mode
    blind: bool
    setup: Text | None  # what trains; None in blind mode, and where the break does not say
    symptom: Text
    phase: int
    stage: Stage
    number: int  # of the attempt
    target: str | None  # None in blind mode
    notes: str  # relative to the workspace
    workspace: Path
    predictions: tuple[Prediction, ...]
    asks: Mapping[str, Text]
    seconds: float  # what the run is expected to take
    resumed: bool = False
    made: bool = False  # the workspace was made from the starter just now
    recovered: str = ""  # what recovery did before, if anything
    prefix: str = ""  # from where the person stands to the workspace: "learners/ada/"
    here: tuple[float, float] | None = (
        None  # seconds on this machine, from the least to the most; None: not run yet
    )
    asking: bool = False  # the questions are put one by one right after this


@dataclass(frozen=True)
class Predicted:
    """`lynx predict ID`: one answer as the notes keep it, and which are still to be given."""

    break_id: str
    id: str
    prediction: str
    confidence: int  # in percent
    because: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """One measure over the seeds that ran."""

    id: str
    measure: Measure
    values: tuple[float, ...]
    seeds: tuple[int, ...]
    own: Mapping[str, Metric] = field(default_factory=dict)  # metrics that the break itself declares

    @property
    def median(self) -> float:
        """The median over seeds; NaN counts as beyond the metric's worse end, and is all there is of nothing."""
        if not self.values:
            return float("nan")
        return median_of(self.measure.metric, self.values, {**METRICS, **self.own})

    @property
    def range(self) -> tuple[float, float] | None:
        """The smallest and the largest value, NaN beyond the metric's worse end; None of nothing."""
        worse = metric_of(self.measure.metric, {**METRICS, **self.own}).worse
        ordered = sorted(self.values, key=lambda value: position(value, worse))
        return (ordered[0], ordered[-1]) if ordered else None


@dataclass(frozen=True)
class Replication:
    """What a learner's run repeats: how many seeds the mentor had, none of them these, and what comes out otherwise."""

    mentor: int
    predictions: tuple[str, ...]  # ids
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Scored:
    """One prediction held against what was measured; `answer` names the option for choices."""

    prediction: Prediction
    ask: Text
    predicted: Value
    written: str  # as the learner wrote it
    confidence: int
    because: str
    says: Mapping[str, Value]  # what each source says
    measured: Measured  # of a curve: its last point
    answer: Value
    result: Result
    mentor: Value | None = None  # median of the mentor's ten seeds, from the proof
    mentor_range: tuple[float, float] | None = None
    curve: tuple[Measured, ...] = ()  # of a curve: every point, by step
    edited: str | None = None  # what the notes say now, when it differs from the locked value


@dataclass(frozen=True)
class Judged:
    """One claim with the verdict measured here."""

    claim: Claim
    says: Text
    verdict: Verdict
    k: int
    n: int
    p: float | None
    median: float
    other: float | None  # the other side's median, for comparisons
    provisional: bool
    mentor: Mapping[str, Any] = field(default_factory=dict)  # the mentor's own verdict, k, n, median
    by: Text = field(default_factory=dict)  # what its source is; empty for theory and what was measured
    reason: Reason = Reason.SOME  # what decided
    values: tuple[float, ...] = ()  # a seed each; empty where only the median was kept


@dataclass(frozen=True)
class Glimpse:
    """The first seed's runs, to be looked at before anything is scored, with what was sketched of them."""

    runs: Mapping[str, tuple[Run, ...]]
    seed: int
    level: tuple[Text, float] | None
    sketches: tuple[tuple[Prediction, Value], ...] = ()
    metrics: Mapping[str, Metric] = field(default_factory=dict)  # that the break declares


@dataclass(frozen=True)
class Ran:
    """`lynx run`: everything that was measured."""

    break_id: str
    title: Text
    blind: bool
    stage: Stage
    first: bool  # this run locked and scored
    runs: Mapping[str, tuple[Run, ...]]  # variant -> runs, by seed
    seeds: tuple[int, ...]
    scored: tuple[Scored, ...]
    judged: tuple[Judged, ...]
    chain: tuple[Symptom, ...]
    locked_at: float
    notes: str
    surprise: str | None  # id of the most confident miss
    seconds: float
    pictures: tuple[str, ...] = ()  # PNG files beside the notes, relative
    level: tuple[Text, float] | None = None  # what the loss is seen against
    difference: Difference | None = None  # over everything recorded
    replication: Replication | None = None  # None where the mentor has no figures for it
    observed: str | None = None  # what the learner saw before the score; "" skipped, None never asked
    looked: bool = False  # the first seed's curves have been shown just before
    overrides: Mapping[str, Any] = field(default_factory=dict)  # what --set changed
    files: Mapping[str, str] = field(default_factory=dict)  # the files that it named: argument -> SHA-256

    @property
    def own_profiles(self) -> tuple[str, ...]:
        """The break's own metrics with a value a layer, on a logarithmic scale, that a prediction asks about."""
        asked = [(s.prediction.measure.metric, s.measured.own) for s in self.scored]
        names = dict.fromkeys(m for m, own in asked if m in own and own[m].per_layer and own[m].log)
        return tuple(names)


@dataclass(frozen=True)
class Shown:
    """`lynx show METRIC`: recorded series of one run and seed, one per variant, or the list of what there is."""

    metric: str | None
    unit: str
    log: bool
    series: Mapping[str, Series]  # variant -> series
    layer: str | None
    step: int | None
    available: Mapping[str, tuple[str, ...]]  # metric -> its layers
    run: int = 1  # which of the attempt's runs, from 1
    at: float = 0.0  # when it ran
    seed: int = 0
    seeds: tuple[int, ...] = (0,)  # those that this run kept
    overrides: Mapping[str, Any] = field(default_factory=dict)  # what --set changed in it
    files: Mapping[str, str] = field(default_factory=dict)  # the files that it named: argument -> SHA-256
    blind: bool = False


@dataclass(frozen=True)
class ControlCard:
    """One control as offered: its variant in plain words, the rivals it separates, how long it takes."""

    name: str
    says: Text | None
    control: Control
    done: bool


@dataclass(frozen=True)
class Controls:
    """`lynx control`: the rivals in plain words, and the controls that separate them."""

    break_id: str
    rivals: Mapping[str, Text]
    out: Mapping[str, str]  # rival -> the control that ruled it out, so far
    controls: tuple[ControlCard, ...]


@dataclass(frozen=True)
class Controlled:
    """One control run: what was expected, what was measured, which rival survived."""

    break_id: str
    name: str
    card: ControlCard
    rivals: Mapping[str, Text]
    expected: str | None  # the rival the learner backed
    confidence: int | None
    measured: Measured
    reference: Measured | None  # the same measure on the plain broken (or healthy) variant
    survived: tuple[str, ...]
    ruled_out: tuple[str, ...]
    runs: tuple[Run, ...] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)  # what --set changed: then nothing is counted
    files: Mapping[str, str] = field(default_factory=dict)  # the files that it named: argument -> SHA-256


@dataclass(frozen=True)
class Trained:
    """What the training run behind a verdict showed.

    `agrees`; `same`: the file is the healthy one, nothing was trained; `departs`: from the healthy run, at
    `step` of `metric`; `claims`: of the healthy side do not hold; `broke-off`: the code itself ended it;
    `not-made`: by the machine's `cause`, and the questions' verdict stands.
    """

    outcome: Literal["agrees", "same", "departs", "claims", "broke-off", "not-made"]
    cause: str | None = None
    metric: str = ""
    step: int | None = None
    healthy: float | None = None
    yours: float | None = None
    claims: tuple[Text, ...] = ()
    log: str = ""
    said: LynxError | None = None  # the words for `cause`

    @property
    def passed(self) -> bool:
        """Whether the verdict of the questions stands."""
        return self.outcome in ("agrees", "same", "not-made")


@dataclass(frozen=True)
class Verified:
    """`lynx verify`: the verdict, and the first difference in words that give nothing away."""

    break_id: str
    verdict: str  # fixed | not-fixed | untouched | does-not-compile | timed-out
    stage: Stage
    target: str
    same_as_reference: bool
    cases: int
    failed: int
    reason: str  # "", output, input-gradient, parameter-gradient, missing-gradient, error, shape, exited, claims …
    where: str = ""
    by: float | None = None
    zeros_agree: bool | None = None
    modes: str = "both"  # in which it differs: both, training, evaluation
    some_shapes: bool = False  # it differs for some input shapes only
    error: str = ""  # the learner's own traceback tail, or the compiler's message
    seconds: float = 0.0
    other_files: tuple[str, ...] = ()  # changed since the injection, besides the target
    claims: tuple[Judged, ...] = ()  # verify_by: claims
    blind: bool = False
    tolerance: float = 1e-6
    prefix: str = ""
    only: str = ""  # what all questions share in which the output differs
    step: int | None = None  # after which step of training it shows, where those are compared
    trained: Trained | None = None  # None: nothing was trained, or not yet
    training_failed: bool = False  # whether training was seen to end worse with the bug


@dataclass(frozen=True)
class ControlSeen:
    """A control in the debrief: run by the learner here, or by the mentor."""

    name: str
    says: Text | None
    expect: Expect
    measure: Measure
    own: Mapping[str, Metric]  # metrics that the break itself declares
    here: float | None
    mentor: float | None
    survived: tuple[str, ...]
    out: tuple[str, ...] = ()  # the rivals that it ruled out
    here_range: tuple[float, float] | None = None
    mentor_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Debrief:
    """What is shown once the explanation is written, or the learner gave up."""

    break_: Break
    revealed: bool
    explanation: str
    scored: tuple[Scored, ...]
    judged: tuple[Judged, ...]
    chain: tuple[Symptom, ...]
    controls: tuple[ControlSeen, ...]
    fix: str  # unified diff, broken -> healthy
    hints: int
    next: str | None
    seeds: int
    whole: bool = False  # everything is asked for, not the page of what counts
    first_seed: int | None = None  # whose chain is shown
    replication: Replication | None = None
