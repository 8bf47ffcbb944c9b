"""Repairing: `lynx verify`, `lynx explain`, `lynx reveal`, and the debrief they end in."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.loop import notes
from lynx.loop.bench import run_jobs
from lynx.loop.debrief import debrief
from lynx.loop.observe import SEEDS, judged_of
from lynx.loop.results import Debrief, Verified
from lynx.loop.stages import Stage
from lynx.repo import inject
from lynx.runs.jobs import grouped, job_of, plain_job
from lynx.truth.claims import Verdict
from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from lynx.content.spec import Break
    from lynx.loop.session import Session
    from lynx.runs.runner import OracleReport
    from lynx.store.journal import Attempt


def verify(session: Session) -> Verified:
    """Hold the target against the oracle (or the deciding claims); any correct fix passes."""
    attempt = session.attempt("verify")
    break_ = session.break_of(attempt)
    began = time.monotonic()
    current = session.target_bytes(attempt)
    sha = session.target_sha(attempt)
    result = _examined(session, attempt, break_, current)
    result = replace(
        result,
        seconds=time.monotonic() - began,
        other_files=_changed_since(session, attempt, break_),
    )
    stage = Stage(attempt.stage)
    with inject.lock(session.workspace):
        session.journal.record(
            attempt.id, "verify", {"sha": sha, "verdict": result.verdict, "reason": result.reason}
        )
        if result.verdict == "fixed":
            session.journal.record(attempt.id, "fixed", {"sha": sha, "same": result.same_as_reference})
            if stage is Stage.FIXING:
                stage = Stage.EXPLAINING
                session.journal.update(attempt.id, stage=stage)
    return replace(result, stage=stage)


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


def _examined(session: Session, attempt: Attempt, break_: Break, current: bytes) -> Verified:
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
        return replace(plain, verdict="untouched", reason="untouched")
    try:
        named = "target" if attempt.blind and attempt.stage != Stage.DONE else attempt.target
        compile(current, named, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return replace(plain, verdict="does-not-compile", reason="does-not-compile", error=str(error))
    if break_.oracle is None:
        return _decided_by_claims(session, attempt, break_, plain)
    from lynx.runs.runner import examine

    original = session.journal.blob(attempt.original)
    (report,) = examine(session.setting(break_), break_.oracle, original, [current])
    return replace(_from_report(plain, report), tolerance=break_.oracle.tolerance)


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
    for one in runs:
        if one.ended is Ended.TIMED_OUT:
            return replace(plain, verdict="timed-out", reason="timed-out", error=one.log_tail)
        if one.ended is not Ended.FINISHED:
            return replace(plain, reason=str(one.ended), error=one.log_tail)
    judged = judged_of(break_, deciding, grouped(runs, SEEDS))
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
    session.journal.record(attempt.id, "explain", {"text": text})
    session.change_notes(
        attempt, lambda old: notes.add_label(old, attempt.heading, None, "explanation", text)
    )
    attempt = session.journal.update(attempt.id, stage=Stage.DONE)
    return debrief(session, attempt)


def reveal(session: Session) -> Debrief:
    """Give up: everything is shown, the break is recorded as revealed and comes back later."""
    attempt = session.attempt("reveal")
    if attempt.stage != Stage.DONE:
        session.journal.record(attempt.id, "reveal", {"stage": attempt.stage})
        attempt = session.journal.update(attempt.id, stage=Stage.DONE)
    return debrief(session, attempt)
