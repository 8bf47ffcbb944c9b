"""`lynx drill --curve`: the loss of a new combination, sketched before it is trained.

Like the drill, a question that was put stays until it is answered, and the answer is written down before anything is
measured. It is scored point by point, and so is the curve that the written rule draws: how the loss went, by the
median, in the networks of which the rule says the same (`benchmarks/drill_curves.py` measures that).
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from lynx.errors import N_, Fault, Refused
from lynx.loop import scoring
from lynx.loop.answers import curve_form, parse_value
from lynx.loop.results import Measured
from lynx.runs import runner
from lynx.runs.runner import Job
from lynx.store.cache import Cache
from lynx.study import rules
from lynx.study.bench import bench, demand_finished, read_json
from lynx.study.grid import GUESSING, Cell, cell_from_key
from lynx.truth import judge
from lynx.truth.calibration import CONFIDENCES
from lynx.truth.claims import Answer, Kind, Prediction, Result
from lynx.truth.measures import METRICS, Measure, Run, from_json_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.loop.results import Scored
    from lynx.loop.session import Observer, Session
    from lynx.truth.claims import Curve

KIND = "drill-curve"
PENDING = "drill-curve-pending"
TABLE = "curves.json"  # in the phase's folder
ASKED = (0, 10, 30, 99)  # steps of a hundred
SEED = 100  # of the rule's own curves
SEEDS = (200, 201)  # of a learner's
HIT = 1.5  # a factor


@dataclass(frozen=True)
class Sketching:
    """The question: a combination, and the steps at which its loss is asked."""

    cell: Cell
    number: int
    prediction: Prediction


@dataclass(frozen=True)
class Sketched:
    """What came of it: the learner's curve and the rule's, each beside what was measured."""

    asked: Sketching
    scored: Scored
    rule: Curve  # what the rule draws
    rule_says: str  # its outcome
    rule_result: Result
    points: Mapping[int, Result]  # of the learner's curve
    rule_points: Mapping[int, Result]
    runs: tuple[Run, ...]
    guessing: float
    hits: tuple[int, int, int]  # points hit so far by the learner, by the rule, of so many
    seconds: float


def question(session: Session, *, random: Random | None = None) -> Sketching:
    """The question that waits, else a combination that was not asked before."""
    past = [e.payload["cell"] for e in session.journal.events(kind=KIND)]
    waiting = session.journal.fact(PENDING)
    if waiting:
        data = json.loads(waiting)
        return _asked(cell_from_key(data["cell"]), len(past) + 1)
    known = rules.stable()
    fresh = [cell for cell in known if cell.key not in past] or list(known)
    outcome = (random or SystemRandom()).choice(
        sorted(set(known.values()))
    )  # each is as likely as the others
    cell = (random or SystemRandom()).choice(sorted(c for c in fresh if known[c] == outcome) or sorted(fresh))
    session.journal.set_fact(PENDING, json.dumps({"cell": cell.key}))
    return _asked(cell, len(past) + 1)


def answer(
    session: Session,
    written: str,
    confidence: int,
    observe: Observer = runner.ignore,
    *,
    asked: Sketching | None = None,
) -> Sketched:
    """Keep the curve, train the combination, and hold the curve and the rule's against it.

    Raises Refused for what is no curve through the steps, or another confidence.
    """
    put = asked or question(session)
    curve = parse_value(put.prediction, written)
    if curve is None or confidence not in CONFIDENCES:
        raise Refused(
            N_("“{text}” is no curve with a confidence."),
            code="bad-curve",
            remedy=N_("Write lynx drill --curve --answer “{form}” --sure 70; a number for each step."),
            text=written,
            form=curve_form(put.prediction),
        )
    kept = {"cell": put.cell.key, "answer": scoring.kept(curve), "confidence": confidence}
    session.journal.set_fact(PENDING, json.dumps(kept))
    began = time.monotonic()
    where = bench(session, parallel=len(SEEDS))
    jobs = [Job(put.cell.key, seed, where.source, "drill_net", put.cell.knobs()) for seed in SEEDS]
    runs = runner.run_jobs(where.setting, jobs, observe, Cache(session.workspace.state_dir / "cache"))
    demand_finished(runs, "lynx drill --curve")
    found = tuple(
        Measured(put.prediction.id, measure, tuple(loss_at(one, step) for one in runs), SEEDS)
        for step, measure in zip(ASKED, put.prediction.measures, strict=True)
    )
    given = Answer(put.prediction.id, curve, confidence, "")
    scored = scoring.score(put.prediction, {}, given, written, found)
    measured = {step: one.median for step, one in zip(ASKED, found, strict=True)}
    drawn = rule_curve(put.cell)
    points = judge.points(put.prediction, curve, measured)
    theirs = judge.points(put.prediction, drawn, measured)
    session.journal.record(
        None,
        KIND,
        {
            **kept,
            "measured": scoring.kept(measured),
            "rule": scoring.kept(drawn),
            "result": scored.result.value,
            "hits": sum(r is Result.HIT for r in points.values()),
            "rule_hits": sum(r is Result.HIT for r in theirs.values()),
        },
    )
    session.journal.set_fact(PENDING, "")
    past = [e.payload for e in session.journal.events(kind=KIND)]
    return Sketched(
        asked=put,
        scored=scored,
        rule=drawn,
        rule_says=rules.rule(put.cell).value,
        rule_result=judge.score(put.prediction, drawn, measured, METRICS),
        points=points,
        rule_points=theirs,
        runs=runs,
        guessing=GUESSING,
        hits=(sum(e["hits"] for e in past), sum(e["rule_hits"] for e in past), len(ASKED) * len(past)),
        seconds=time.monotonic() - began,
    )


def loss_at(run: Run, step: int) -> float:
    """The loss at a step; NaN where it was no finite number, or the run had stopped over that."""
    value = run.series["loss"].points.get(step, (math.nan,))[0]
    return value if math.isfinite(value) else math.nan


def rule_curve(cell: Cell) -> Curve:
    """How the loss goes where the rule says what it says of this combination. Raises Fault without the table."""
    path = rules.phase_folder() / TABLE
    data = read_json(path)
    if data is None:
        raise Fault(N_("The table {path} is missing."), code="table-missing", path=path)
    medians = data["curves"][rules.rule(cell).value]["median"]
    return {int(step): from_json_number(value) for step, value in zip(data["steps"], medians, strict=True)}


def _asked(cell: Cell, number: int) -> Sketching:
    measure = Measure("loss", cell.key)
    return Sketching(cell, number, Prediction("curve", Kind.CURVE, measure, "log", HIT, steps=ASKED))
