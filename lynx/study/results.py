"""What each verb of the study room returns: frozen values that screens, pictures and `--json` are made
from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.content.phases import Phase, Picture
    from lynx.content.spec import Text
    from lynx.loop.results import Judged, Scored
    from lynx.loop.standing import Listed
    from lynx.study.grid import Cell, Outcome, Reason
    from lynx.truth.calibration import Bin, Decomposition, Period
    from lynx.truth.claims import Prediction
    from lynx.truth.measures import Run

# -- the phase and its pages -----------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """Something found in the workspace: a gettext template and its fields."""

    template: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckItem:
    """One sentence of the definition of done: whether it holds, what was found, the command if it does
    not.
    """

    id: str
    says: Text
    ok: bool | None  # None: not looked at yet
    found: tuple[Found, ...]
    command: str


@dataclass(frozen=True)
class PhaseView:
    """`lynx phase 10`: what there is, and where this learner stands."""

    phase: Phase
    laboratories_done: tuple[str, ...]
    breaks: tuple[Listed, ...]  # the phase's, in its order
    drills: int
    drill_rate: float | None  # share of right answers over the last 20
    items: tuple[CheckItem, ...]  # the definition of done, without running tests
    next: str
    exam: bool = False  # whether the phase has one


@dataclass(frozen=True)
class Checked:
    """`lynx phase 10 --check`: the definition of done, item by item."""

    phase: str
    title: Text
    items: tuple[CheckItem, ...]
    next: str = "lynx progress"  # once everything holds


@dataclass(frozen=True)
class Page:
    """`lynx read 10/03`: one chapter, and its neighbours."""

    reference: str
    title: Text
    markdown: str  # in the language asked for
    minutes: int
    before: str | None  # the reference of the chapter before
    next: str  # the command to go on with


# -- laboratories ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class LabQuestions:
    """What a laboratory asks before it runs; `predictions` are those still unanswered."""

    reference: str
    title: Text
    predictions: tuple[Prediction, ...]
    asks: Mapping[str, Text]
    example: str  # a command that answers them all


@dataclass(frozen=True)
class LabReport:
    """`lynx lab 10/01`: predictions, measures and the course's expectations, over seeds."""

    reference: str
    title: Text
    slug: str
    seeds: tuple[int, ...]
    changed: Mapping[str, object]  # arguments other than the sheet's
    modules: str  # "yours", or "lynx" where the workspace has no minimodel
    lent: str | None  # the file that a running break holds broken, used as it was before
    runs: Mapping[str, tuple[Run, ...]]  # variant -> runs by seed
    scored: tuple[Scored, ...]
    judged: tuple[Judged, ...]
    pictures: tuple[Picture, ...]
    folder: str  # where the files lie, relative to the workspace
    files: tuple[str, ...]
    first: bool  # the predictions were scored by this run
    seconds: float
    next: str


# -- drills ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrillQuestion:
    """One combination to predict; `review_of` is the number of the miss that it comes back for."""

    cell: Cell
    number: int  # the how-manieth drill this is
    review_of: int | None = None


@dataclass(frozen=True)
class Link:
    """What happened first, with the numbers that were recorded; `name` is a key of `study.links.LINKS`."""

    name: str
    step: int
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Drilled:
    """One drill answered and measured."""

    question: DrillQuestion
    answer: Outcome
    confidence: int
    outcomes: tuple[Outcome, ...]  # by seed
    outcome: Outcome | None  # None: the seeds disagree, so it does not count
    reason: Reason | None  # where it did not learn
    links: tuple[Link, ...]  # in the order in which they appeared; the first is the explanation
    facts: Mapping[str, float]  # what was recorded: variances, χ, likeness, gradients (medians over seeds)
    losses: Mapping[int, float]  # seed 0
    guessing: float  # ln(classes)
    rule: Outcome  # what the written-down rule says
    right_of_last: tuple[int, int]  # right answers, of how many: the last 20
    modules: str
    seconds: float

    @property
    def right(self) -> bool | None:
        """Whether the answer was right; None where it does not count."""
        return None if self.outcome is None else self.answer == self.outcome


# -- progress and review ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """How one of those who answered the same drills did."""

    n: int
    right: int
    brier: float | None  # None where no confidence is given


@dataclass(frozen=True)
class KnobScore:
    """How the learner did where one knob had one value."""

    knob: str
    value: str
    n: int
    right: int
    sure_and_wrong: int  # misses at 90 %


@dataclass(frozen=True)
class SetScore:
    """The predictions of one break or laboratory."""

    name: str
    made: int
    hits: int
    brier: float | None


@dataclass(frozen=True)
class StudyProgress:
    """`lynx progress`: drills over time, confidence, two baselines on the same drills, breaks and
    laboratories.
    """

    drills: Score
    uncounted: int  # drills whose seeds disagreed
    always: Score  # who says the commonest outcome of these drills to all of them
    commonest: Outcome | None
    drawn: Mapping[Outcome, int]  # how often each outcome came in these drills
    base_rates: Mapping[Outcome, float]  # and in the whole grid
    reasons: Mapping[Reason, int]  # of those that did not learn
    rule: Score  # the rule of chapter 04
    periods: tuple[Period, ...]
    bins: tuple[Bin, ...]
    misjudged: tuple[KnobScore, ...]  # worst first
    breaks: tuple[SetScore, ...]
    laboratories: tuple[SetScore, ...]
    due: int
    next: str
    exams: tuple[SetScore, ...] = ()  # by exam and sitting
    parts: Decomposition | None = None  # of the Brier score of everything predicted; None where nothing was
    picture: str = ""  # where the reliability diagram was written, relative to the workspace
    guards: GuardScore | None = None  # None before a break is done


@dataclass(frozen=True)
class GuardScore:
    """Tests that a learner wrote and proved: of so many breaks that are done, so many are guarded."""

    done: int
    guarded: int
    sharp: int
    lost: tuple[str, ...] = ()  # breaks whose guard was proved, and has changed or gone since


@dataclass(frozen=True)
class ReviewItem:
    """One thing that is due: a break to play again blind, or a neighbour of a missed drill."""

    kind: str  # break | drill
    id: str
    reason: str  # miss | hit | revealed
    days: int  # since it was missed, or last reviewed
    command: str
    cell: Cell | None = None
    confidence: int | None = None  # percent, with which it was answered; None where nothing was


@dataclass(frozen=True)
class Review:
    """`lynx review`: what comes back today, and when the next thing does."""

    items: tuple[ReviewItem, ...]
    later: int  # how many will come back another day
    next: str


# -- the atlas -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mapped:
    """One combination of the atlas: its outcome under each seed, and the reason where it did not learn."""

    cell: Cell
    outcomes: tuple[Outcome, ...]
    reasons: tuple[Reason | None, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, where all seeds agree."""
        return self.outcomes[0] if len(set(self.outcomes)) == 1 else None


@dataclass(frozen=True)
class Atlas:
    """`lynx atlas 10`: every combination swept so far, and what it says."""

    cells: tuple[Mapped, ...]
    of: int  # combinations in the grid
    seeds: int
    measured: int  # trainings done by this command
    seconds: float
    processes: int
    activation: str  # the slice that the terminal draws
    folder: str
    files: tuple[str, ...]
    shares: Mapping[str, float]  # outcome (and "unstable") -> share
    rule_right: float  # share of the stable ones that the rule gets right
    commonest: Outcome | None
    commonest_right: float  # and that saying the commonest outcome to everything gets right
    plain_deep: tuple[int, int]  # of combinations deeper than twenty layers without residuals: trains, of
    reasons: Mapping[Reason, int] = field(default_factory=dict)  # of the trainings that did not learn
    source: str = ""  # "" as measured here; else where the figures come from
    next: str = "lynx drill"
