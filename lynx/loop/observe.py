"""`lynx run`: predictions locked, variants trained, every prediction and claim held against the measures.

How a run travels: break → jobs → runs → measures → judged claims and scored predictions. No step looks back.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, NotYet
from lynx.loop import notes, scoring, trusting
from lynx.loop.bench import files_named, jobs_for, run_jobs
from lynx.loop.replicating import replication
from lynx.loop.results import Glimpse, Judged, Ran, Scored
from lynx.loop.stages import Stage
from lynx.repo import inject
from lynx.runs.jobs import grouped, variants_needed
from lynx.store import recordings
from lynx.store.journal import sha256
from lynx.truth import symptoms
from lynx.truth.apart import difference
from lynx.truth.claims import Answer, Claim, Prediction, Result, Value
from lynx.truth.measures import METRICS, Run, to_json_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lynx.content.spec import Break, Text
    from lynx.loop.session import Observer, Session
    from lynx.store.journal import Attempt

SEEDS = (100, 101, 102)  # a learner's run repeats the mentor's on seeds that those ten are not


def learner_seeds(n: int) -> tuple[int, ...]:
    """The first `n` seeds of a learner's run."""
    return tuple(range(SEEDS[0], SEEDS[0] + n))


class PredictionsMissing(NotYet):
    """What keeps `lynx run` closed, every line of it."""

    def __init__(self, notes_name: str, problems: Sequence[notes.Problem]) -> None:
        self.notes_name, self.problems = notes_name, tuple(problems)
        ids = len({p.id for p in problems})
        super().__init__(
            N_("Predictions still to complete: {count}."),
            code="predictions-missing",
            remedy=N_("Write them into {notes}, then: lynx run"),
            count=ids,
            notes=notes_name,
        )


# -- lynx run ------------------------------------------------------------------------------------


def run(
    session: Session,
    observe: Observer,
    *,
    seeds: Sequence[int] = SEEDS,
    overrides: Mapping[str, Any] | None = None,
    look: Callable[[Glimpse], str] | None = None,
    observed: str | None = None,
) -> Ran:
    """Lock the predictions (the first time), train every variant they need, and hold them against the measures.

    At the first run, what the learner saw is kept before anything is scored: `observed`, or what `look` gives back,
    which is shown the first seed's runs while the others go on. "" skips it.

    Raises PredictionsMissing, or Refused when healthy or broken code crashes, hangs or is killed.
    """
    attempt = session.attempt("run")
    break_ = session.break_of(attempt)
    trusting.demand(break_, session.env.environ)
    answers, written, problems = notes.read_answers(
        session.read_notes(attempt), attempt.heading, break_.predictions
    )
    first = attempt.stage in (Stage.PREDICTING, Stage.OBSERVING)
    if overrides and first:
        raise NotYet(
            N_("The first run is the one your predictions are about; it takes no --set."),
            code="not-yet",
            remedy=N_("Next: {next}"),
            next="lynx run",
        )
    if observed is not None and not first:
        raise NotYet(
            N_("What you saw is asked before the score, at the first run; this is a later one."),
            code="observed-late",
            remedy=N_("Next: {next}"),
            next="lynx run",
        )
    if attempt.stage == Stage.PREDICTING:
        if problems:
            raise PredictionsMissing(session.prefix + attempt.notes, problems)
        _lock(session, attempt, answers, written)
    locked, text_locked, when = locked_answers(session, attempt)
    if observed is not None:
        _keep_observed(session, attempt, observed)
    asks_first = first and look is not None and observed_at(session, attempt) is None

    def pause(runs: Sequence[Run]) -> None:
        assert look is not None
        by_variant = {one.variant: (one,) for one in runs}
        drawn = tuple((p, locked[p.id].value) for p in break_.predictions if p.id in locked)
        seen = Glimpse(
            by_variant, runs[0].seed, level_in(break_, by_variant["healthy"][0]), drawn, break_.metrics
        )
        _keep_observed(session, attempt, look(seen))

    began = time.monotonic()
    names = variants_needed(break_)
    files = files_named(overrides)
    jobs = jobs_for(session, attempt, break_, names, seeds, overrides)
    runs = run_jobs(session, break_, jobs, observe, pause=pause if asks_first else None)
    by_seed = grouped(runs, seeds)
    scored = _score(break_, session.asks(attempt), by_seed, seeds, locked, text_locked, answers, written)
    told = [claim for claim in break_.claims if claim.measure.variant != "yours"]
    judged = judged_of(break_, told, by_seed)
    pair = by_seed[0]
    links = symptoms.chain(pair["healthy"], pair["broken"])
    found = difference(by_seed, metrics={**METRICS, **break_.metrics})
    misses = [s for s in scored if s.result is Result.MISS]
    surprise = max(misses, key=lambda s: s.confidence).prediction.id if misses else None
    if overrides:
        surprise = None  # the predictions were about other settings
        remember_try(session, attempt, runs, seeds, overrides, files)
    else:
        _remember(session, attempt, runs, scored, judged, links, seeds, first, found.failed)
    stage = Stage(attempt.stage)
    saw = observed_at(session, attempt)
    if first:
        stage = Stage.FIXING
        session.change_notes(attempt, lambda text: _with_measures(text, attempt.heading, scored, saw))
        session.journal.update(attempt.id, stage=stage)
        _keep_pace(session, attempt, break_, runs, seeds)
    by_variant: dict[str, tuple[Run, ...]] = {}
    for one in runs:
        by_variant[one.variant] = (*by_variant.get(one.variant, ()), one)
    return Ran(
        break_id=break_.id,
        title=break_.blind_title if attempt.blind else break_.title,
        blind=attempt.blind,
        stage=stage,
        first=first,
        runs=by_variant,
        seeds=tuple(seeds),
        scored=scored,
        judged=judged,
        chain=links,
        locked_at=when,
        notes=attempt.notes,
        surprise=surprise,
        seconds=time.monotonic() - began,
        level=level_in(break_, pair["healthy"]),
        difference=found,
        replication=None if overrides else replication(break_, scored, judged, seeds),
        observed=saw,
        looked=asks_first,
        overrides=dict(overrides or {}),
        files=files,
    )


def sketches(session: Session) -> tuple[tuple[Prediction, Value], ...]:
    """The curves that the learner drew: as locked, or as the notes have them before that."""
    attempt = session.attempt("run")
    predictions = session.break_of(attempt).predictions
    if session.journal.events(attempt.id, "locked"):
        answers, _, _ = locked_answers(session, attempt)
    else:
        answers, _, _ = notes.read_answers(session.read_notes(attempt), attempt.heading, predictions)
    return tuple((p, answers[p.id].value) for p in predictions if p.steps and p.id in answers)


def observed_at(session: Session, attempt: Attempt) -> str | None:
    """What the learner saw before the score; "" where they skipped it, None where nothing was asked yet."""
    events = session.journal.events(attempt.id, "observed")
    return str(events[0].payload["text"]) if events else None


def _keep_observed(session: Session, attempt: Attempt, text: str) -> None:
    if observed_at(session, attempt) is None:
        session.journal.record(attempt.id, "observed", {"text": " ".join(text.split())})


def _keep_pace(
    session: Session, attempt: Attempt, break_: Break, runs: Sequence[Run], seeds: Sequence[int]
) -> None:
    """What a run takes on this machine, and how many times what its proof says: the person's own pauses not counted."""
    if any(run.cached for run in runs):
        return
    side_by_side = min(os.cpu_count() or 1, len(runs))
    took = sum(run.seconds for run in runs) / side_by_side * len(SEEDS) / len(seeds)
    name = f"{attempt.pack}:{attempt.break_id}"
    session.journal.set_fact(f"took:{name}", f"{took:.2f}")
    session.journal.set_fact(f"pace:{name}", f"{took / break_.seconds:.3f}")


def level_in(break_: Break, run: Run) -> tuple[Text, float] | None:
    """The level that the break's loss is seen against, as this run knows it; NaN is none."""
    height = break_.level.height(run) if break_.level else None
    return (break_.level.says, height) if break_.level and height is not None and height == height else None


def _lock(
    session: Session, attempt: Attempt, answers: Mapping[str, Answer], written: Mapping[str, str]
) -> None:
    payload = {name: scoring.answer_row(a, written[name]) for name, a in answers.items()}
    with inject.lock(session.workspace):
        if not session.journal.events(attempt.id, "locked"):
            text = json.dumps(payload, ensure_ascii=False, sort_keys=True)
            held = {"answers": payload, "sha256": sha256(text.encode())}
            session.journal.record(attempt.id, "locked", held)
        session.journal.update(attempt.id, stage=Stage.OBSERVING)


def locked_answers(session: Session, attempt: Attempt) -> tuple[dict[str, Answer], dict[str, str], float]:
    """The predictions as they were locked: what counts, as written, and when."""
    event = session.journal.events(attempt.id, "locked")[0]
    kept = event.payload["answers"]
    given = {
        p.id: scoring.answer_from(p, kept[p.id])
        for p in session.break_of(attempt).predictions
        if p.id in kept
    }
    answers = {name: answer for name, (answer, _) in given.items()}
    written = {name: text for name, (_, text) in given.items()}
    return answers, written, event.time


def _score(
    break_: Break,
    asks: Mapping[str, Text],
    by_seed: Sequence[Mapping[str, Run]],
    seeds: Sequence[int],
    locked: Mapping[str, Answer],
    text_locked: Mapping[str, str],
    now: Mapping[str, Answer],
    text_now: Mapping[str, str],
) -> tuple[Scored, ...]:
    scored = []
    mentor = break_.measured.get("predictions", {})
    for prediction in break_.predictions:
        if prediction.id not in locked:
            continue
        answer = locked[prediction.id]
        current = now.get(prediction.id)
        edited = None
        if current is None or _as_given(current) != _as_given(answer):
            edited = text_now.get(prediction.id, "")
        scored.append(
            scoring.score(
                prediction,
                asks[prediction.id],
                answer,
                text_locked[prediction.id],
                scoring.measured_for(prediction, by_seed, seeds, break_.metrics),
                mentor=mentor.get(prediction.id, {}).get("median"),
                mentor_range=scoring.range_of(mentor.get(prediction.id, {})),
                edited=edited,
            )
        )
    return tuple(scored)


def _as_given(answer: Answer) -> tuple[str, int, str]:
    return repr(answer.value), answer.confidence, answer.because


def judged_of(
    break_: Break, claims: Sequence[Claim], by_seed: Sequence[Mapping[str, Run]], *, deciding: bool = False
) -> tuple[Judged, ...]:
    """Each claim with the verdict these runs give it, beside the mentor's; `deciding`: on a repair."""
    mentor = break_.measured.get("claims", {})
    by = {claim.id: break_.source_of(claim) for claim in claims}
    return scoring.judged(claims, break_.says, by_seed, break_.metrics, mentor, by, deciding=deciding)


def _with_measures(text: str, heading: str, scored: Sequence[Scored], saw: str | None) -> str:
    for one in scored:
        text = notes.add_label(text, heading, one.prediction.id, "measured", measured_text(one))
    return notes.add_label(text, heading, None, "observed", saw or "")


def measured_text(one: Scored) -> str:
    """The `- measured:` line of the notes: the figure, in the notes' own plain form, and its seeds."""
    n = len(one.measured.seeds)
    seeds = f"median of {n} seeds" if n > 1 else f"seed {one.measured.seeds[0]}"
    if isinstance(one.answer, Mapping):
        drawn = ", ".join(f"{step}: {value:.3g}" for step, value in one.answer.items())
        return f"{drawn} [{one.result}; {seeds}, provisional]"
    value = one.measured.median
    between = one.measured.range
    shown = "never" if value == float("inf") and one.prediction.measure.first_step else f"{value:.3g}"
    if between is not None and between[0] != between[1]:
        shown += f", from {between[0]:.2g} to {between[1]:.2g}"
    named = f"{one.answer} ({shown})" if isinstance(one.answer, str) else shown
    return f"{named} [{one.result}; {seeds}, provisional]"


def _remember(
    session: Session,
    attempt: Attempt,
    runs: Sequence[Run],
    scored: Sequence[Scored],
    judged: Sequence[Judged],
    links: Sequence[symptoms.Symptom],
    seeds: Sequence[int],
    first: bool,
    failed: bool,
) -> None:
    session.journal.record(
        attempt.id,
        "run",
        {
            "first": first,
            "failed": failed,  # whether training ended worse than the sound code's
            "seeds": list(seeds),
            **_series(session, runs, seeds),
            "predictions": {s.prediction.id: scoring.scored_row(s) for s in scored},
            "claims": {j.claim.id: scoring.judged_row(j) for j in judged},
            "chain": [
                [s.name, s.metric, s.layer, s.step, to_json_number(s.healthy), to_json_number(s.broken)]
                for s in links
            ],
        },
    )


def remember_try(
    session: Session,
    attempt: Attempt,
    runs: Sequence[Run],
    seeds: Sequence[int],
    overrides: Mapping[str, Any],
    files: Mapping[str, str],
) -> None:
    """Keep a run under changed settings for `lynx show`; it counts for nothing."""
    kept = {"set": dict(overrides), "files": dict(files), "seeds": list(seeds)}
    session.journal.record(attempt.id, "try", {**kept, **_series(session, runs, seeds)})


def _series(session: Session, runs: Sequence[Run], seeds: Sequence[int]) -> dict[str, Any]:
    """What was recorded, a blob a seed: the first is what reports and pictures read, the others what `show` may."""
    blobs = [session.journal.put(recordings.pack([r for r in runs if r.seed == seed])) for seed in seeds]
    return {"series": blobs[0], "others": blobs[1:]}
