"""`lynx control`: rivals put to the test."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lynx.content.words import nearest, shown
from lynx.errors import N_, LynxError, NotYet, Refused
from lynx.loop import scoring, trusting
from lynx.loop.bench import files_named, known_metrics, run_jobs
from lynx.loop.observe import SEEDS, remember_try
from lynx.loop.results import ControlCard, Controlled, Controls, Measured
from lynx.loop.stages import Stage
from lynx.runs.jobs import grouped, job_of
from lynx.truth import judge
from lynx.truth.calibration import CONFIDENCES
from lynx.truth.measures import Measure, Run, to_json_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.content.spec import Break, Control
    from lynx.loop.session import Observer, Session


def controls(session: Session) -> Controls:
    """The rivals in plain words and the controls that tell them apart."""
    attempt = session.attempt("control")
    if attempt.blind and attempt.stage == Stage.FIXING:
        raise NotYet(
            N_("In a blind break the ideas would tell what was changed; they open once the fix passes."),
            code="blind",
            remedy=N_("Next: {next}"),
            next="lynx show",
        )
    break_ = session.break_of(attempt)
    events = session.journal.events(attempt.id, "control")
    done = {e.payload["name"] for e in events}
    out = {rival: e.payload["name"] for e in events for rival in e.payload["out"]}
    cards = tuple(
        ControlCard(name, control.says, control, name in done) for name, control in break_.controls.items()
    )
    return Controls(break_.id, break_.rivals, out, cards)


def control(
    session: Session,
    name: str,
    observe: Observer,
    *,
    expected: str | None,
    confidence: int | None = None,
    seeds: Sequence[int] = SEEDS,
    overrides: Mapping[str, Any] | None = None,
) -> Controlled:
    """Run one control on the journalled bytes and say which rival its outcome leaves standing.

    With `overrides` the rivals' expectations, which were written for the break's own settings, are told and not
    counted: the runs are kept for `lynx show` alone.
    """
    attempt = session.attempt("control")
    break_ = session.break_of(attempt)
    trusting.demand(break_, session.env.environ)
    card = next((c for c in controls(session).controls if c.name == name), None)
    if card is None:
        guess = nearest(name, break_.controls)
        raise Refused(
            N_("This break has no control “{name}”."),
            code="unknown-control",
            remedy=N_("Did you mean {guess}? There are: {names}") if guess else N_("There are: {names}"),
            name=shown(name),
            guess=guess or "",
            names=", ".join(break_.controls) or "–",
        )
    if expected not in card.control.predicts:
        raise Refused(
            N_("Say first which idea you expect this control to bear out."),
            code="expectation-missing",
            remedy=N_("For example: lynx control {name} --expect {rival} (one of: {rivals})"),
            name=name,
            rival=next(iter(card.control.predicts)),
            rivals=", ".join(card.control.predicts),
        )
    if confidence is not None and confidence not in CONFIDENCES:
        raise Refused(
            N_("How sure you are is 30, 50, 70 or 90, in percent."), code="bad-confidence", remedy="--sure 70"
        )
    variant = card.control.variant
    original, broken = session.journal.blob(attempt.original), session.journal.blob(attempt.broken)
    plain = break_.variants[variant.on]
    wanted = [variant, *(break_.variants[one] for one in beside(card.control))]
    jobs = [job_of(break_, one, seed, original, broken, overrides) for one in wanted for seed in seeds]
    files = files_named(overrides)
    command = f"lynx control {name} --expect {expected}"
    runs = run_jobs(session, break_, jobs, observe, command=command)
    by_seed = grouped(runs, seeds)
    measured = scoring.measured(name, card.control.measure, by_seed, seeds, break_.metrics)
    reference = _reference(break_, card.control.measure, plain.name, by_seed, seeds)
    metric = card.control.measure.metric
    verdict = judge.survivors(card.control.predicts, measured.median, metric, known_metrics(break_))
    if overrides:
        remember_try(session, attempt, runs, seeds, overrides, files)
    else:
        told = {
            "name": name,
            "expected": expected,
            "confidence": confidence,
            "values": [to_json_number(v) for v in measured.values],
            "survived": list(verdict.survived),
            "out": list(verdict.ruled_out),
        }
        session.journal.record(attempt.id, "control", told)
    return Controlled(
        break_id=break_.id,
        name=name,
        card=card,
        rivals=break_.rivals,
        expected=expected,
        confidence=confidence,
        measured=measured,
        reference=reference,
        survived=tuple(verdict.survived),
        ruled_out=tuple(verdict.ruled_out),
        runs=tuple(of[name] for of in by_seed),
        overrides=dict(overrides or {}),
        files=files,
    )


def beside(control: Control) -> tuple[str, ...]:
    """The variants that run beside a control: the one it changes, and the one that its measure divides by."""
    relative = control.measure.relative_to
    named = (control.variant.on, relative.variant if relative else None)
    return tuple(dict.fromkeys(name for name in named if name not in (None, control.variant.name)))


def _reference(
    break_: Break, measure: Measure, plain: str, by_seed: Sequence[Mapping[str, Run]], seeds: Sequence[int]
) -> Measured | None:
    try:
        return scoring.measured(plain, replace(measure, variant=plain), by_seed, seeds, break_.metrics)
    except LynxError:  # the plain variant does not record what the control measures
        return None
