"""Repairing: `lynx verify`, `lynx explain`, `lynx reveal`, and the debrief they end in."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lynx.errors import N_, NotYet, Refused
from lynx.loop import blind, notes, trusting
from lynx.loop.bench import run_jobs
from lynx.loop.debrief import debrief
from lynx.loop.observe import SEEDS, judged_of
from lynx.loop.results import Debrief, Trained, Verified
from lynx.loop.stages import Stage
from lynx.loop.unfinished import ITS_OWN, said_of, trouble_of
from lynx.repo import inject
from lynx.runs.jobs import grouped, job_of, plain_job
from lynx.store import places
from lynx.store.journal import sha256
from lynx.truth.claims import Verdict
from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from lynx.content.spec import Break
    from lynx.loop.session import Session
    from lynx.loop.training import Training
    from lynx.runs.runner import OracleReport
    from lynx.store.journal import Attempt


@dataclass
class Examined:
    """A verdict on one state of the target, with the training run that is still to confirm it, if any."""

    verified: Verified
    attempt: Attempt
    sha: str
    training: Training | None = None


def verify(session: Session) -> Verified:
    """Hold the target against the oracle (or the deciding claims) and train it once; any correct fix passes.

    Raises Refused when the machine, not the code, was in the way: that is no verdict.
    """
    return settle(session, begin_verify(session))


def begin_verify(session: Session) -> Examined:
    """The verdict of the oracle or the claims; where it is "fixed", the training run begins in the background."""
    attempt = session.attempt("verify")
    break_ = session.break_of(attempt)
    trusting.demand(break_, session.env.environ)
    began = time.monotonic()
    current = session.target_bytes(attempt)
    result, comparable = _examined(session, attempt, break_, current)
    result = replace(
        result,
        seconds=time.monotonic() - began,
        other_files=_changed_since(session, attempt, break_),
        training_failed=seen_to_fail(session, attempt),
    )
    examined = Examined(result, attempt, sha256(current))
    if result.verdict == "fixed" and break_.oracle is not None:
        if result.same_as_reference:
            examined.verified = replace(result, trained=Trained("same"))
        else:
            examined.training = _training(session, attempt, break_, current, comparable)
    return examined


def seen_to_fail(session: Session, attempt: Attempt) -> bool:
    """Whether training ended worse with the bug in the run that scored; only then is asked why it failed."""
    runs = session.journal.events(attempt.id, "run")
    return bool(runs) and bool(runs[0].payload.get("failed"))


def _training(
    session: Session, attempt: Attempt, break_: Break, current: bytes, comparable: bool
) -> Training:
    from lynx.loop.training import Training

    training = Training(session, attempt, break_, current, comparable=comparable)
    training.start()
    return training


def settle(session: Session, examined: Examined, *, wait: bool = True) -> Verified:
    """Wait for the training run, decide, remember. Without `wait` it is left undone, and `explain` makes it."""
    result, attempt, training = examined.verified, examined.attempt, examined.training
    if training is not None:
        if not wait:
            training.stop()
        trained = training.outcome() if wait else Trained("not-made", UNFINISHED)
        result = replace(result, trained=trained)
        if not trained.passed:
            result = replace(result, verdict="not-fixed", reason="training", error=trained.log)
    stage = Stage(attempt.stage)
    with inject.lock(session.workspace):
        session.journal.record(
            attempt.id, "verify", {"sha": examined.sha, "verdict": result.verdict, "reason": result.reason}
        )
        if result.verdict == "fixed":
            outcome = {} if result.trained is None else _as_row(result.trained)
            same = result.same_as_reference
            session.journal.record(attempt.id, "fixed", {"sha": examined.sha, "same": same, **outcome})
            if stage is Stage.FIXING:
                stage = Stage.EXPLAINING
                session.journal.update(attempt.id, stage=stage)
        elif stage is Stage.EXPLAINING and result.reason == "training":
            stage = Stage.FIXING
            session.journal.update(attempt.id, stage=stage)
    return replace(result, stage=stage)


UNFINISHED = "unfinished"  # the cause of a training run that nobody waited for


def _as_row(trained: Trained) -> dict[str, str | None]:
    return {"trained": trained.outcome, "cause": trained.cause}


def confirm(session: Session) -> Verified | None:
    """What is left of the last verdict: a training run that was not waited for. None when nothing is."""
    attempt = session.attempt("explain")
    fixed = session.journal.events(attempt.id, "fixed")
    if attempt.stage != Stage.EXPLAINING or not fixed or fixed[-1].payload.get("cause") != UNFINISHED:
        return None
    return verify(session)


def _changed_since(session: Session, attempt: Attempt, break_: Break) -> tuple[str, ...]:
    """Python files beside the target that were saved after the injection: the fix may have landed there."""
    top = session.workspace.top
    found = []
    for root in break_.pythonpath or (".",):
        for path in sorted((top / root).rglob("*.py")):
            name = path.relative_to(top).as_posix()
            hidden = any(part.startswith(".") for part in path.relative_to(top).parts)
            if name != attempt.target and not hidden and path.stat().st_mtime > attempt.started:
                found.append(name)
    return tuple(found)


def _examined(session: Session, attempt: Attempt, break_: Break, current: bytes) -> tuple[Verified, bool]:
    """The verdict, and whether a run of the learner's version draws the numbers that a healthy one does."""
    plain = Verified(
        break_id=break_.id,
        verdict="not-fixed",
        stage=Stage(attempt.stage),
        target=attempt.target,
        same_as_reference=False,
        cases=0,
        failed=0,
        reason="",
        blind=attempt.blind,
        prefix=session.prefix,
    )
    if current == session.journal.blob(attempt.broken):
        return replace(plain, verdict="untouched", reason="untouched"), True
    try:
        named = "target" if attempt.blind and attempt.stage != Stage.DONE else attempt.target
        compile(current, named, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return replace(plain, verdict="does-not-compile", reason="does-not-compile", error=str(error)), True
    if break_.oracle is None:
        return _decided_by_claims(session, attempt, break_, plain), True
    from lynx.runs.runner import examine

    original = session.journal.blob(attempt.original)
    (report,) = examine(session.setting(break_), break_.oracle, original, [current], folder=break_.folder)
    if (trouble := trouble_of(report, hidden=attempt.blind, command="lynx verify")) is not None:
        raise trouble
    found = _from_report(plain, report)
    if attempt.hidden and found.error:
        found = replace(found, error=blind.unsaid(found.error, blind.Secret.of(break_)))
    return replace(found, tolerance=break_.oracle.tolerance), report.same_draws


def _from_report(plain: Verified, report: OracleReport) -> Verified:
    if not report.compiles:
        return replace(plain, verdict="does-not-compile", reason="does-not-compile", error=report.log_tail)
    if report.ended is Ended.TIMED_OUT:
        return replace(plain, verdict="timed-out", reason="timed-out", error=report.log_tail)
    if report.ended is not Ended.FINISHED:
        return replace(plain, reason=str(report.ended), error=report.log_tail)
    first = report.first
    return replace(
        plain,
        verdict="fixed" if report.passed else "not-fixed",
        same_as_reference=report.same_as_reference,
        cases=report.cases,
        failed=report.failed,
        reason=first.what if first else "",
        where=first.where if first else "",
        by=first.by if first else None,
        error=first.error if first else "",
        zeros_agree=report.zeros_agree,
        modes=first.modes if first else "both",
        some_shapes=first.some_shapes if first else False,
        only=first.only if first else "",
        step=first.step if first else None,
    )


def _decided_by_claims(session: Session, attempt: Attempt, break_: Break, plain: Verified) -> Verified:
    """Where no oracle fits: the named claims, measured on the learner's version, must hold."""
    deciding = [c for c in break_.claims if c.id in break_.verify_by]
    original, broken = session.journal.blob(attempt.original), session.journal.blob(attempt.broken)
    jobs = []
    for seed in SEEDS:
        jobs.append(plain_job(break_, "yours", seed, None, {}, None))
        jobs.append(job_of(break_, break_.variants["healthy"], seed, original, broken))
    runs = run_jobs(session, break_, jobs, lambda _: None, tolerate=True)
    setting = session.setting(break_)
    for one in runs:
        if one.variant == "yours" and one.ended is Ended.TIMED_OUT:
            return replace(plain, verdict="timed-out", reason="timed-out", error=one.log_tail)
        if one.variant == "yours" and one.ended in ITS_OWN:
            return replace(plain, reason=str(one.ended), error=one.log_tail)
        if (said := said_of(one, setting, hidden=attempt.blind, command="lynx verify")) is not None:
            raise said.error()
    judged = judged_of(break_, deciding, grouped(runs, SEEDS), deciding=True)
    ill = next((j.claim.id for j in judged if j.verdict is Verdict.INVALID), None)
    if ill is not None:
        raise Refused(
            N_(
                "The sound code itself does not meet “{claim}” under these seeds, so it tells nothing of yours."
            ),
            code="healthy-failed",
            remedy=N_(
                "That is the break's fault and not yours; its author can mend it: lynx mentor check {id}"
            ),
            claim=ill,
            id=break_.id,
        )
    failed = [j for j in judged if j.verdict is not Verdict.HOLDS]
    return replace(
        plain,
        verdict="not-fixed" if failed else "fixed",
        same_as_reference=False,
        cases=len(judged),
        failed=len(failed),
        reason="claims" if failed else "",
        claims=judged,
    )


def explain(session: Session, text: str) -> Debrief:
    """Keep the learner's explanation, in the journal and the notes; only then is everything shown."""
    attempt = session.attempt("explain")
    if not text.strip():
        raise Refused(
            N_("The explanation is empty."),
            code="explanation-missing",
            remedy=N_('One or two sentences: lynx explain --text "…"'),
        )
    if (verified := confirm(session)) is not None and verified.verdict != "fixed":
        raise NotYet(
            N_("Your version does not train as the sound code does; it is not fixed yet."),
            code="not-fixed",
            remedy=N_("See what differs: lynx verify"),
        )
    session.journal.record(attempt.id, "explain", {"text": text})
    session.change_notes(
        attempt, lambda old: notes.add_label(old, attempt.heading, None, "explanation", text)
    )
    return debrief(session, _done(session, attempt))


def retold(session: Session, attempt: Attempt, *, whole: bool) -> Debrief:
    """The debrief of a break that is done, read again."""
    return debrief(session, attempt, whole=whole)


def reveal(session: Session) -> Debrief:
    """Give up: everything is shown, the break is recorded as revealed and comes back later."""
    attempt = session.attempt("reveal")
    if attempt.stage != Stage.DONE:
        session.journal.record(attempt.id, "reveal", {"stage": attempt.stage})
        attempt = _done(session, attempt)
    return replace(debrief(session, attempt), whole=True)


def _done(session: Session, attempt: Attempt) -> Attempt:
    places.forget(session.env.environ, session.workspace.top)
    return session.journal.update(attempt.id, stage=Stage.DONE)
