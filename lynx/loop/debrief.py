"""The debrief: what is shown once the learner has explained, or has given up. Read from the journal alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.loop import scoring
from lynx.loop.replicating import replication
from lynx.loop.results import ControlSeen, Debrief, Judged, Scored
from lynx.repo import patch
from lynx.truth.symptoms import Symptom

if TYPE_CHECKING:
    from lynx.content.spec import Break
    from lynx.loop.session import Session
    from lynx.store.journal import Attempt, Event


def debrief(session: Session, attempt: Attempt, *, whole: bool = False) -> Debrief:
    """Everything about one attempt, from the first scored run, the controls and the spec."""
    break_ = session.break_of(attempt)
    events = session.journal.events(attempt.id)
    runs = [e for e in events if e.kind == "run"]
    first = next((e for e in runs if e.payload["first"]), None)
    explained = [e for e in events if e.kind == "explain"]
    original, broken = session.journal.blob(attempt.original), session.journal.blob(attempt.broken)
    scored, judged = scored_from(session, attempt, break_, first), _judged(break_, first)
    seeds: list[int] = first.payload["seeds"] if first else []
    return Debrief(
        break_=break_,
        revealed=any(e.kind == "reveal" for e in events),
        explanation=explained[-1].payload["text"] if explained else "",
        scored=scored,
        judged=judged,
        chain=tuple(_symptom(row) for row in first.payload["chain"]) if first else (),
        controls=_controls(break_, [e for e in events if e.kind == "control"]),
        fix=patch.unified(broken, original, break_.target),
        hints=sum(e.kind == "hint" for e in events),
        next=break_.next,
        seeds=len(seeds),
        whole=whole,
        first_seed=seeds[0] if seeds else None,
        replication=replication(break_, scored, judged, seeds) if first else None,
    )


def scored_from(session: Session, attempt: Attempt, break_: Break, run: Event | None) -> tuple[Scored, ...]:
    """The scored predictions as they were recorded at the first run."""
    if run is None:
        return ()
    from lynx.loop.observe import locked_answers  # what runs jobs, for those who look back alone

    answers, written, _ = locked_answers(session, attempt)
    mentor = break_.measured.get("predictions", {})
    found = []
    for prediction in break_.predictions:
        row = run.payload["predictions"].get(prediction.id)
        if row is None or prediction.id not in answers:
            continue
        found.append(
            scoring.scored_from(
                prediction,
                session.asks(attempt)[prediction.id],
                (answers[prediction.id], written[prediction.id]),
                row,
                run.payload["seeds"],
                break_.metrics,
                mentor.get(prediction.id, {}).get("median"),
                scoring.range_of(mentor.get(prediction.id, {})),
            )
        )
    return tuple(found)


def _judged(break_: Break, run: Event | None) -> tuple[Judged, ...]:
    if run is None:
        return ()
    mentor = break_.measured.get("claims", {})
    rows = run.payload["claims"]
    return tuple(
        scoring.judged_from(
            claim, break_.says[claim.id], rows[claim.id], mentor.get(claim.id, {}), break_.source_of(claim)
        )
        for claim in break_.claims
        if claim.id in rows
    )


def _symptom(row: list[Any]) -> Symptom:
    name, metric, layer, step, healthy, broken = row
    return Symptom(name, metric, layer, step, scoring.number(healthy), scoring.number(broken))


def _controls(break_: Break, events: list[Event]) -> tuple[ControlSeen, ...]:
    mentor = break_.measured.get("controls", {})
    here = {e.payload["name"]: e.payload for e in events}
    found = []
    for name, control in break_.controls.items():
        run = here.get(name)
        values = sorted((scoring.number(v) for v in run["values"]), key=lambda v: (v != v, v)) if run else []
        theirs = mentor.get(name, {})
        survived = run["survived"] if run else theirs.get("survived", [])
        told = run is not None or "survived" in theirs
        out = [rival for rival in control.predicts if told and rival not in survived]
        found.append(
            ControlSeen(
                name=name,
                says=control.says,
                expect=control.expect,
                measure=control.measure,
                own=break_.metrics,
                here=values[len(values) // 2] if values else None,
                mentor=scoring.number(theirs["median"]) if "median" in theirs else None,
                survived=tuple(survived),
                out=tuple(out),
                here_range=(values[0], values[-1]) if values else None,
                mentor_range=scoring.range_of(theirs),
            )
        )
    return tuple(found)
