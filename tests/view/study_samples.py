"""Results of the study room, as the screens get them."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from lynx.content.exams import Panel
from lynx.content.reading.exams import load_exam
from lynx.content.reading.phases import load_phase
from lynx.loop.results import Judged, Measured, Scored
from lynx.loop.standing import Listed
from lynx.study import papers
from lynx.study.exam import Answer, Graded, Marked, Sitting
from lynx.study.grid import Cell, Outcome, Reason, grid
from lynx.study.results import (
    Atlas,
    Checked,
    CheckItem,
    Drilled,
    DrillQuestion,
    Found,
    GuardScore,
    KnobScore,
    LabQuestions,
    LabReport,
    Link,
    Mapped,
    Page,
    PhaseView,
    Review,
    ReviewItem,
    Score,
    SetScore,
    StudyProgress,
)
from lynx.truth.calibration import Bin, Decomposition, Period
from lynx.truth.claims import Result, Verdict
from lynx.truth.measures import Ended, Run, Series
from lynx.truth.signs import FirstSign

PHASE = load_phase("10")
LAB = PHASE.laboratory("00")
CELL = Cell(20, "relu", "kaiming", "rms", True, 0.01)
COMMAND = re.compile(r"\blynx\b")


def walk(seed: int, factor: float) -> Run:
    names = tuple(f"layer {i}" for i in range(21))
    variances = tuple(factor**i * (1 + 0.1 * seed) for i in range(21))
    predicted = tuple(factor**i for i in range(21))
    series = {
        "activation_var": Series(names, {0: variances}),
        "predicted_var": Series(names, {0: predicted}),
        "growth": Series((), {0: (factor,)}),
    }
    return Run("x", seed, Ended.FINISHED, series)


def report() -> LabReport:
    prediction = LAB.predictions[0]
    measured = Measured("P1", prediction.measure, (3.8e26, 3.5e26, 4e26), (0, 1, 2))
    scored = Scored(prediction, LAB.asks["P1"], 1e3, "1000", 90, "", None, measured, 3.8e26, Result.MISS)
    judged = tuple(
        Judged(claim, LAB.says[claim.id], verdict, k, 3, None, median, None, True)
        for claim, verdict, k, median in zip(
            LAB.claims,
            (Verdict.HOLDS, Verdict.REFUTED, Verdict.UNDECIDED),
            (3, 0, 1),
            (21.3, math.nan, 2.0),
            strict=True,
        )
    )
    runs = {
        n: tuple(walk(s, f) for s in range(3))
        for n, f in (("uniform", 21.3), ("xavier", 1.0), ("kaiming", 2.0))
    }
    return LabReport(
        "10/00", LAB.title, "00-variance-walk", (0, 1, 2), {"width": 64}, "lynx", "src/x.py", runs, (scored,),
        judged, LAB.pictures, "phase-10/lab/00-variance-walk", ("result.json", "manifest.json"), True, 3.2,
        "lynx lab 10/01",
    )  # fmt: skip


def drilled(**changes: object) -> Drilled:
    numbers = dict.fromkeys(
        ("var_first", "var_last", "factor", "chi", "alike_start", "alike_end", "grad_first", "grad_last",
         "grad_first_end", "linearity", "update", "loss_start", "loss_end"), 0.123,
    )  # fmt: skip
    links = (
        Link("overshot", 0, {"linearity": 0.01}),
        Link("collapsed", 2, {"alike_start": 0.5, "chi": 1.06}),
    )
    base = Drilled(
        DrillQuestion(CELL, 7), Outcome.TRAINS, 90, (Outcome.STUCK,) * 3, Outcome.STUCK, Reason.COLLAPSED, links,
        numbers, {0: 1.7, 1: 1.6}, math.log(5), Outcome.STUCK, (13, 20), "yours", 0.4,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def progress(n: int = 30) -> StudyProgress:
    periods = tuple(Period(i, i + 1, 10, 5 + i, 0.3 - 0.05 * i) for i in range(3))
    bins = (Bin(50, 10, 6, 0.6), Bin(70, 0, 0, None), Bin(90, 20, 12, 0.6))
    return StudyProgress(
        Score(n, 18, 0.21), 2, Score(n, 12, None), Outcome.TRAINS,
        {Outcome.TRAINS: 12, Outcome.STUCK: 10, Outcome.DIVERGES: 8},
        {Outcome.TRAINS: 0.7, Outcome.STUCK: 0.18, Outcome.DIVERGES: 0.12},
        {Reason.GONE: 5, Reason.COLLAPSED: 4, Reason.SHORT: 1}, Score(n, 26, None), periods, bins,
        (KnobScore("norm", "rms", 9, 3, 2), KnobScore("step", "0.001", 4, 1, 0),
         KnobScore("residual", "False", 5, 2, 0)),
        (SetScore("00", 5, 2, 0.31),), (SetScore("10/00", 3, 1, 0.4),), 2, "lynx review",
        parts=Decomposition(38, 0.05, 0.02, 0.24, 0.012),
        guards=GuardScore(3, 2, 1, ("02",)),
    )  # fmt: skip


def atlas() -> Atlas:
    outcomes = [Outcome.TRAINS, Outcome.STUCK, Outcome.DIVERGES]
    cells = tuple(
        Mapped(cell, (outcomes[i % 3],) * 3 if i % 7 else tuple(outcomes)) for i, cell in enumerate(grid())
    )
    shares = {"trains": 0.5, "does-not-learn": 0.2, "diverges": 0.2, "unstable": 0.1}
    return Atlas(
        cells, len(cells), 3, 48, 12.0, 2, "gelu", "phase-10/atlas", ("cells.jsonl",), shares, 0.88,
        Outcome.TRAINS, 0.5, (40, 200), {Reason.GONE: 40, Reason.NONE: 2},
    )


def view() -> PhaseView:
    items = tuple(
        CheckItem(d.id, d.says, ok, (Found("{n} drills", {"n": 3}),), d.command)
        for d, ok in zip(PHASE.done, (True, False, None, True, False, False, False), strict=True)
    )
    broken = (Listed("00", 10, {"en": "Remove it", "es": "Quitarlo"}, (), 12.0, "done", "lynx"),)
    return PhaseView(PHASE, ("00",), broken, 3, 0.5, items, "lynx lab 10/01")


def paper(*, mixed: bool = False) -> papers.Paper:
    exam = load_exam("19")
    one = papers.Paper(
        "19", exam.title, exam.setup, exam.panels, exam.places, exam.causes, exam.runs, (), exam.level, exam.levelled
    )
    if not mixed:
        return one
    return replace(one, reference=papers.MIXED, title={}, setup={}, panels=(Panel("loss", {}),), level=None)


def sitting(**changes: object) -> Sitting:
    one = paper(mixed=bool(changes.pop("mixed", False)))
    names = [papers.twin(label, mixed=one.reference == papers.MIXED) for label in one.labels]
    runs = {}
    for k, name in enumerate(dict.fromkeys([*names, *one.labels])):
        series = {p.metric: Series((), {i: ((k + 1) / (i + 1),) for i in range(120)}) for p in one.panels}
        series["entropy_rate"] = Series((), {0: (0.316,)})
        runs[name] = Run(name, 1000, Ended.FINISHED, series)
    base = Sitting(one, 2, runs, {"B": Answer("unshifted", "data", 70)})
    return replace(base, **changes)  # type: ignore[arg-type]


def graded(*said: str, sign: FirstSign | None = None) -> Graded:
    one = paper()
    marked = tuple(
        Marked(label, Answer(cause, "weights", 70), one.cause(label), sign)
        for label, cause in zip(one.labels, said, strict=True)
    )
    return Graded(one, 1, marked, 0.3, 372.0, "lynx progress")


QUESTIONS = LabQuestions(
    "10/00", LAB.title, LAB.predictions, LAB.asks, "lynx lab 10/00 --predict P1=NUMBER@70"
)
RESULTS = {
    "phase": view(),
    "phase-exam": replace(view(), breaks=(), exam=True),
    "checked": Checked("10", PHASE.title, view().items),
    "checked-all": Checked("10", PHASE.title, tuple(replace(i, ok=True) for i in view().items)),
    "page": Page(
        "10/04", PHASE.chapters[4].title, PHASE.page(PHASE.chapters[4].file, "en"), 9, None, "lynx drill"
    ),
    "page-es": Page(
        "10/03", PHASE.chapters[3].title, PHASE.page("theory/03-residuals", "es"), 9, None, "lynx drill"
    ),
    "lab-asks": QUESTIONS,
    "lab": report(),
    "exam": sitting(),
    "exam-look": sitting(look="val_loss"),
    "exam-mixed": sitting(mixed=True, look="loss"),
    "exam-mixed-paper": sitting(mixed=True, answers={}),
    "exam-over": graded(*paper().drawn, sign=FirstSign("loss", 0, 3.6, 121.0)),
    "exam-crossed": graded("no-warm-up", "large-init", "unshifted", sign=FirstSign("val_loss", 95, 1.9, math.nan)),
    "exam-unseen": graded("unshifted", "unshifted", "sees-ahead"),
    "drill": DrillQuestion(CELL, 7),
    "drill-review": DrillQuestion(replace(CELL, residual=False, norm="none"), 8, review_of=3),
    "drilled-miss": drilled(),
    "drilled-right": drilled(answer=Outcome.STUCK),
    **{f"drilled-{why}": drilled(reason=why) for why in Reason},
    "drilled-unstable": drilled(
        outcome=None, reason=None, outcomes=(Outcome.TRAINS, Outcome.STUCK, Outcome.TRAINS), links=()
    ),
    "progress": progress(),
    "progress-none": StudyProgress(
        Score(0, 0, None), 0, Score(0, 0, None), None, dict.fromkeys(Outcome, 0), dict.fromkeys(Outcome, 1 / 3),
        {}, Score(0, 0, None), (), (), (), (), (), 0, "lynx drill",
    ),
    "review": Review(
        (ReviewItem("break", "00", "revealed", 9, "lynx break 00 --blind"),
         ReviewItem("break", "02", "miss", 9, "lynx break 02 --blind", confidence=70),
         ReviewItem("drill", "4", "miss", 8, "lynx drill --review", CELL, 90),
         ReviewItem("drill", "8", "hit", 7, "lynx drill --review", CELL, 50)),
        3, "lynx break 00 --blind",
    ),
    "review-none": Review((), 1, "lynx drill"),
    "atlas": atlas(),
}  # fmt: skip
