"""`lynx report`: what one page says of a break, or of all, read from the journal.

The page is for keeping or handing in, so it says what was predicted, measured, tried and explained; the hidden
cause only where the learner has earned it or given up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lynx.content import catalog
from lynx.errors import N_, Refused
from lynx.loop.debrief import debrief
from lynx.loop.observe import level_in, observed_at
from lynx.loop.shelf import shelf
from lynx.loop.stages import Stage
from lynx.store import recordings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.content.spec import Break, Origin, Text
    from lynx.loop.results import ControlSeen, Judged, Replication, Scored
    from lynx.loop.session import Session
    from lynx.store.journal import Attempt
    from lynx.truth.measures import Run
    from lynx.truth.symptoms import Symptom


@dataclass(frozen=True)
class Chapter:
    """One attempt at one break."""

    break_id: str
    number: int
    title: Text
    symptom: Text
    started: float
    stage: Stage
    revealed: bool
    scored: tuple[Scored, ...]
    judged: tuple[Judged, ...]
    chain: tuple[Symptom, ...]
    controls: tuple[ControlSeen, ...]
    rivals: dict[str, Text]
    hints_opened: int
    hints_of: int
    explanation: str
    hidden_cause: Text | None  # None until the break is done
    fix: str | None
    runs: tuple[Run, ...]  # seed 0 of the last run, for the plots
    level: tuple[Text, float] | None = None  # what the loss is seen against
    first_seed: int | None = None  # whose chain it is
    replication: Replication | None = None
    stale: bool = False  # the mentor's figures are of an older break
    judged_by: Break | None = None  # the break, once its claims may be told
    sources: Mapping[str, Origin] = field(default_factory=dict)  # what each of them is
    observed: str = ""  # what the learner saw before the score


@dataclass(frozen=True)
class Report:
    """The page: whose it is, when it was made, a chapter per attempt."""

    learner: str
    made: float
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True)
class Written:
    """Where the page was written, and how many attempts it tells of."""

    path: Path
    chapters: int


def collect(session: Session, break_id: str | None = None) -> Report:
    """Every attempt (at one break, or at all) that got as far as a run. Raises Refused when there is none."""
    if break_id is not None and not session.journal.count(break_id):
        break_id = catalog.pick(break_id, shelf(session.workspace.top, session.env)).id
    attempts = session.journal.that_ran(break_id)
    if not attempts:
        raise Refused(
            N_("There is nothing to report yet."),
            code="nothing-to-report",
            remedy=N_("A page begins with a run: lynx break, then lynx run"),
        )
    return Report(session.workspace.learner, time.time(), tuple(_chapter(session, a) for a in attempts))


def _chapter(session: Session, attempt: Attempt) -> Chapter:
    told = debrief(session, attempt)
    done = attempt.stage == Stage.DONE
    break_ = told.break_
    runs = _runs(session, attempt)
    healthy = next((run for run in runs if run.variant == "healthy"), None)
    return Chapter(
        break_id=attempt.break_id,
        number=attempt.number,
        title=break_.title if done or not attempt.blind else break_.blind_title,
        symptom=break_.symptom,
        started=attempt.started,
        stage=Stage(attempt.stage),
        revealed=told.revealed,
        scored=told.scored,
        judged=told.judged,
        chain=told.chain,
        controls=told.controls,
        rivals=dict(break_.rivals),
        hints_opened=told.hints,
        hints_of=len(break_.hints),
        explanation=told.explanation,
        hidden_cause=break_.hidden_cause if done else None,
        fix=told.fix if done else None,
        runs=runs,
        level=level_in(break_, healthy) if healthy else None,
        first_seed=told.first_seed,
        replication=told.replication,
        stale=break_.stale,
        judged_by=break_ if done else None,
        sources=break_.sources,
        observed=observed_at(session, attempt) or "",
    )


def _runs(session: Session, attempt: Attempt) -> tuple[Run, ...]:
    last = session.journal.events(attempt.id, "run")[-1]
    return recordings.unpack(session.journal.blob(last.payload["series"]))
