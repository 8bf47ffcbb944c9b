"""The jobs of one attempt, run: what `lynx run`, `lynx control` and a deciding claim share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.loop.stages import Stage
from lynx.loop.unfinished import said_of
from lynx.runs.jobs import job_of, plain_job
from lynx.store.cache import Cache
from lynx.truth.measures import METRICS, Ended, Metric, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lynx.content.spec import Break
    from lynx.loop.session import Observer, Session
    from lynx.runs.runner import Job
    from lynx.store.journal import Attempt


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
    session: Session,
    break_: Break,
    jobs: Sequence[Job],
    observe: Observer,
    *,
    tolerate: bool = False,
    command: str = "lynx run",
    pause: Callable[[Sequence[Run]], None] | None = None,
) -> list[Run]:
    """Run them; a variant of Lynx's own that does not finish, or shows nothing, is one clear message.

    `tolerate` gives unfinished runs back; one that shows nothing is a message all the same. `command` is what
    would try again. `pause` is called with the first seed's runs while the others go on; not if one of them failed.
    """
    from lynx.runs import runner

    attempt = session.active()
    if attempt is not None:
        session.demand_target(attempt)
    hidden = attempt is not None and attempt.blind and attempt.stage != Stage.DONE
    cache = Cache(session.workspace.state_dir / "cache")
    setting = session.setting(break_)
    if pause is None:
        runs = list(runner.run_jobs(setting, jobs, observe, cache))
    else:
        from lynx.loop import meanwhile

        def shown(first: Sequence[Run]) -> None:
            if all(said_of(one, setting) is None for one in first):
                pause(first)

        runs = list(meanwhile.run_jobs(setting, jobs, observe, cache, shown))
    for one in runs:
        said = said_of(one, setting, hidden=hidden, command=command)
        unfinished = one.ended is not Ended.FINISHED
        if said is not None and not (unfinished and (tolerate or one.variant == "yours")):
            raise said.error()
    return [one for one in runs if one.ended is Ended.FINISHED or tolerate]


def files_named(overrides: Mapping[str, Any] | None) -> dict[str, str]:
    """The files that `--set` names, by argument: the SHA-256 of each as it is now."""
    from lynx.runs.child.opened import fingerprint

    named = {k: v for k, v in (overrides or {}).items() if isinstance(v, str) and Path(v).is_absolute()}
    return {name: fingerprint(path) for name, path in named.items() if Path(path).is_file()}


def known_metrics(break_: Break) -> dict[str, Metric]:
    """Every metric there is, and those the break declares itself."""
    return {**METRICS, **break_.metrics}
