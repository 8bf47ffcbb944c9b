"""The drill: one combination, one word, one confidence; then it is trained and explained by its first
link.

A question that was put stays until it is answered, over restarts too; the answer is written down before
anything is measured.
"""

from __future__ import annotations

import json
import time
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, NotYet, Refused
from lynx.runs import runner
from lynx.runs.runner import Job
from lynx.store.cache import Cache
from lynx.study import links, rules
from lynx.study.bench import bench, demand_finished
from lynx.study.draw import Answered, draw, neighbour
from lynx.study.grid import GUESSING, Cell, Outcome, Reason, cell_from_key, outcome_of_losses
from lynx.study.results import Drilled, DrillQuestion
from lynx.truth.calibration import CONFIDENCES
from lynx.truth.spacing import Returning, Try, returning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.loop.session import Observer, Session
    from lynx.truth.measures import Run

KIND = "drill"
PENDING = "drill-pending"  # the journal's fact: the question that waits for its answer
# The map holds what is stable over three seeds; live, two side by side keep the deepest nets within three seconds.
SEEDS = (100, 101)  # not the map's own, so that each drill repeats it
LATELY = 20  # drills over which the definition of done counts


def question(session: Session, *, review: bool = False, random: Random | None = None) -> DrillQuestion:
    """The question that waits, else a new one; with `review`, a neighbour of the answer that is most urgent.

    Raises NotYet when nothing is due for review.
    """
    past = history(session)
    waiting = _pending(session)
    if waiting is not None and not (review and waiting.review_of is None):
        return waiting
    chance = random or SystemRandom()
    known = rules.stable()
    asked = DrillQuestion(draw(known, past, chance), len(past) + 1)
    if review:
        found = _returning_question(session, past, chance)
        if found is None:
            raise NotYet(
                N_("No drill is due for review."),
                code="nothing-due",
                remedy=N_("Go on with new ones: lynx drill"),
            )
        asked = found
    session.journal.set_fact(
        PENDING, json.dumps({"cell": asked.cell.key, "number": asked.number, "review_of": asked.review_of})
    )
    return asked


def answer(
    session: Session,
    said: str,
    confidence: int,
    observe: Observer = runner.ignore,
    *,
    asked: DrillQuestion | None = None,
) -> Drilled:
    """Answer the question that waits: it is written down, then measured, then explained.

    `said` is an outcome or its first letter. Raises Refused for another word or confidence, or when a
    training does not finish; then the question waits again.
    """
    outcome_said = parse_outcome(said)
    if confidence not in CONFIDENCES:
        raise Refused(
            N_("How sure you are is 30, 50, 70 or 90, in percent."), code="bad-confidence", remedy="--sure 70"
        )
    put = asked or question(session)
    outcome_said, confidence = _lock(session, put, outcome_said, confidence)
    began = time.monotonic()
    where = bench(session, parallel=len(SEEDS))
    jobs = [Job(put.cell.key, seed, where.source, "drill_net", put.cell.knobs()) for seed in SEEDS]
    runs = runner.run_jobs(where.setting, jobs, observe, Cache(session.workspace.state_dir / "cache"))
    demand_finished(runs, "lynx drill")
    outcomes = tuple(outcome_of_losses(losses(run)) for run in runs)
    agreed = outcomes[0] if len(set(outcomes)) == 1 else None
    one = links.seen(runs)
    chain = links.chain(one, agreed) if agreed else ()
    reason = links.reason_of([link.name for link in chain]) if agreed is Outcome.STUCK else None
    payload: dict[str, Any] = {
        "cell": put.cell.key,
        "number": put.number,
        "review_of": put.review_of,
        "answer": outcome_said.value,
        "confidence": confidence,
        "outcomes": [o.value for o in outcomes],
        "outcome": agreed.value if agreed else None,
        "right": agreed == outcome_said if agreed else None,
        "link": chain[0].name if chain else None,
        "reason": reason.value if reason else None,
    }
    session.journal.record(None, KIND, payload)
    session.journal.set_fact(PENDING, "")
    counted = [a for a in history(session) if a.outcome is not None][-LATELY:]
    return Drilled(
        question=put,
        answer=outcome_said,
        confidence=confidence,
        outcomes=outcomes,
        outcome=agreed,
        reason=reason,
        links=chain,
        facts=links.facts(one),
        losses=dict(enumerate(losses(runs[0]))),
        guessing=GUESSING,
        rule=rules.rule(put.cell),
        right_of_last=(sum(a.right for a in counted), len(counted)),
        modules=where.modules,
        seconds=time.monotonic() - began,
    )


def parse_outcome(text: str) -> Outcome:
    """An outcome by its name, the start of it, or its Spanish name. Raises Refused for anything else."""
    word = text.strip().lower().replace("-", " ")
    fitting = {outcome for name, outcome in NAMES.items() if word and name.startswith(word)}
    if word == "d":
        fitting = {Outcome.DIVERGES}  # "does not learn" has n
    if len(fitting) != 1:
        raise Refused(
            N_("“{text}” is no outcome."),
            code="bad-outcome",
            remedy=N_("Say trains, diverges or does-not-learn; t, d or n will do."),
            text=text,
        )
    return fitting.pop()


NAMES = {
    "diverges": Outcome.DIVERGES,
    "does not learn": Outcome.STUCK,
    "not learn": Outcome.STUCK,
    "no aprende": Outcome.STUCK,
    "vanishes": Outcome.STUCK,  # its older names
    "se desvanece": Outcome.STUCK,
    "trains": Outcome.TRAINS,
    "entrena": Outcome.TRAINS,
}


def losses(run: Run) -> list[float]:
    """The losses of a run, in order."""
    points = run.series["loss"].points
    return [points[step][0] for step in sorted(points)]


# -- what is remembered ----------------------------------------------------------------------------


def history(session: Session) -> list[Answered]:
    """Every drill answered here, oldest first."""
    found = []
    for event in session.journal.events(kind=KIND):
        data = event.payload
        found.append(
            Answered(
                number=int(data["number"]),
                at=event.time,
                cell=cell_from_key(data["cell"]),
                answer=Outcome(data["answer"]),
                confidence=int(data["confidence"]),
                outcome=Outcome(data["outcome"]) if data["outcome"] else None,
                review_of=data["review_of"],
                reason=_reason(data),
            )
        )
    return found


def _reason(data: Mapping[str, Any]) -> Reason | None:
    """Why nothing was learned; of an older drill, by the one link that was kept of it."""
    if data.get("reason"):
        return Reason(data["reason"])
    stuck = data["outcome"] and Outcome(data["outcome"]) is Outcome.STUCK
    return links.reason_of([data.get("link") or ""]) if stuck else None


def tries(past: Sequence[Answered]) -> list[Try]:
    """The counted drills as the spacing of reviews sees them."""
    return [Try(a.number, a.at, a.right, a.confidence, a.review_of) for a in past if a.outcome is not None]


def coming_back(session: Session) -> tuple[tuple[Returning, Cell], ...]:
    """Every answer that comes back, with its combination: by urgency, then the most overdue first."""
    past = history(session)
    cells = {a.number: a.cell for a in past if a.review_of is None}
    return tuple((one, cells[one.number]) for one in returning(tries(past)))


def _returning_question(session: Session, past: Sequence[Answered], random: Random) -> DrillQuestion | None:
    now = time.time()
    for one, missed in coming_back(session):
        if one.is_due(now):
            near = neighbour(rules.stable(), missed, past, random) or missed
            return DrillQuestion(near, len(past) + 1, review_of=one.number)
    return None


def _lock(session: Session, put: DrillQuestion, said: Outcome, sure: int) -> tuple[Outcome, int]:
    """Write the answer down before anything is measured; one that was cut short by ^C counts as it was
    given.
    """
    text = session.journal.fact(PENDING)
    kept = json.loads(text) if text else {}
    if kept.get("number") == put.number and "answer" in kept:
        return Outcome(kept["answer"]), int(kept["confidence"])
    question_ = {"cell": put.cell.key, "number": put.number, "review_of": put.review_of}
    session.journal.set_fact(PENDING, json.dumps({**question_, "answer": said.value, "confidence": sure}))
    return said, sure


def _pending(session: Session) -> DrillQuestion | None:
    text = session.journal.fact(PENDING)
    if not text:
        return None
    try:
        data = json.loads(text)
        return DrillQuestion(cell_from_key(data["cell"]), int(data["number"]), data["review_of"])
    except (ValueError, KeyError, TypeError):
        return None  # written by another version: a new question is no loss
