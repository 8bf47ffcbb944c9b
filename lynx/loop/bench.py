"""The jobs of one attempt, run: what `lynx run`, `lynx control` and a deciding claim share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.errors import N_, LynxError, Refused
from lynx.loop.results import Measured
from lynx.runs.jobs import job_of, plain_job
from lynx.store.cache import Cache
from lynx.truth.measures import METRICS, Ended, Measure, Metric, Run, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.content.spec import Break
    from lynx.loop.session import Observer, Session
    from lynx.runs.runner import Job
    from lynx.store.journal import Attempt
    from lynx.truth.claims import Prediction


def jobs_for(
    session: Session,
    attempt: Attempt,
    break_: Break,
    names: Sequence[str],
    seeds: Sequence[int],
    overrides: Mapping[str, Any] | None = None,
) -> list[Job]:
    """One job per seed and variant, seed 0 first; `yours` joins once the target differs from the bug."""
    original, broken = session.journal.blob(attempt.original), session.journal.blob(attempt.broken)
    jobs = []
    changed = session.target_sha(attempt) not in (attempt.broken, None)
    for seed in seeds:
        for name in names:
            variant = break_.variants[name]
            jobs.append(job_of(break_, variant, seed, original, broken, overrides))
        if changed and "yours" not in names and not break_.verify_by:
            jobs.append(plain_job(break_, "yours", seed, None, {}, overrides))
    return jobs


def run_jobs(
    session: Session, break_: Break, jobs: Sequence[Job], observe: Observer, *, tolerate: bool = False
) -> list[Run]:
    """Run them; a variant of Lynx's own that does not finish is one clear message with the tail of its output."""
    from lynx.runs import runner

    if (attempt := session.active()) is not None:
        session.demand_target(attempt)
    cache = Cache(session.workspace.state_dir / "cache")
    runs = list(runner.run_jobs(session.setting(break_), jobs, observe, cache))
    for one in runs:
        if one.ended is not Ended.FINISHED and one.variant != "yours" and not tolerate:
            raise did_not_finish(one)
    return [one for one in runs if one.ended is Ended.FINISHED or tolerate]


ENDINGS = {
    Ended.CRASHED: N_("The {variant} run crashed."),
    Ended.EXITED: N_("The {variant} run left before it reported: something in it calls exit."),
    Ended.KILLED: N_("The {variant} run was killed from outside."),
    Ended.TIMED_OUT: N_("The {variant} run did not end within its time."),
    Ended.OUT_OF_MEMORY: N_("The {variant} run asked for more memory than it may have."),
    Ended.INTERRUPTED: N_("The {variant} run was interrupted."),
}


def did_not_finish(one: Run) -> LynxError:
    """The one clear message for a run that did not finish; `log` is the end of what it printed."""
    return Refused(
        ENDINGS[one.ended],
        code=f"run-{one.ended}",
        remedy=N_("Look at the end of its output, mend the file it names, then: lynx run"),
        variant=one.variant,
        log=one.log_tail,
    )


def measure_over(
    break_: Break, name: str, measure: Measure, by_seed: Sequence[Mapping[str, Run]], seeds: Sequence[int]
) -> Measured:
    """One measure, once per seed."""
    values = tuple(value_of(measure, runs, known_metrics(break_)) for runs in by_seed)
    return Measured(name, measure, values, tuple(seeds), break_.metrics)


def measures_over(
    break_: Break, prediction: Prediction, by_seed: Sequence[Mapping[str, Run]], seeds: Sequence[int]
) -> tuple[Measured, ...]:
    """What a prediction is about, once per seed: one measure, or one a step of a curve."""
    return tuple(measure_over(break_, prediction.id, one, by_seed, seeds) for one in prediction.measures)


def known_metrics(break_: Break) -> dict[str, Metric]:
    """Every metric there is, and those the break declares itself."""
    return {**METRICS, **break_.metrics}
