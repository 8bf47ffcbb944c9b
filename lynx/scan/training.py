"""What survivors do to a training: a short program of the repository's own, healthy and with each bug, in pairs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.runs.runner import run_jobs
from lynx.runs.suites import Suite, run_suites
from lynx.runs.types import Job, Script
from lynx.scan import choice, effect
from lynx.scan.harness import FATAL
from lynx.scan.results import Effect, Kind, State
from lynx.truth.measures import Ended, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lynx.runs.suites import Reached
    from lynx.runs.types import Event, Setting
    from lynx.scan.ground import Ground
    from lynx.scan.words import Site
    from lynx.store.cache import Cache
    from lynx.truth.measures import Run

ENDLESS = 1_000_000  # steps: the program ends by itself, or its time is up
NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|inf)"
SET_APART = r"(?:val(?:id(?:ation)?)?|dev|test|eval)"
PRINTS = {  # what programs call them
    "val_loss": rf"(?i)\b{SET_APART}[ _-]?loss\W{{0,4}}?{NUMBER}",
    "val_accuracy": rf"(?i)\b{SET_APART}[ _-]?acc(?:uracy)?\W{{0,4}}?{NUMBER}",
}


@dataclass(frozen=True)
class Trainings:
    """The healthy side of a training: its runs by seed, what they are compared by, and what it runs."""

    script: Script
    seeds: tuple[int, ...]
    healthy: Mapping[int, Run]
    metric: str
    margin: float
    reached: Mapping[str, Reached] = field(default_factory=dict)
    processor: float = 0.0  # seconds that one takes

    def runs(self, site: Site, lines: Mapping[str, Sequence[int]]) -> bool:
        """Whether it runs the statement that a site changes."""
        return choice.reached_lines(self.reached, site.path, lines[site.key])


@dataclass(frozen=True)
class Seen:
    """What trainings with one bug showed."""

    site: Site
    state: State
    effect: Effect | None = None
    runs: tuple[Run, ...] = ()


def script_of(ground: Ground, line: str, steps: int | None, prints: str | None) -> Script:
    """The program that `--run` names. Raises Refused where there is none in the repository."""
    words = shlex.split(line)
    while words and (words[0] in ("uv", "run") or PurePosixPath(words[0]).name.startswith("python")):
        words.pop(0)
    path = words[0].removeprefix("./") if words else ""
    if not path.endswith(".py") or not (ground.top / path).is_file():
        raise Refused(
            N_("There is no program {path} in {top}."),
            code="no-script",
            remedy=N_(
                'Name a Python file by its path from the top, with its options: --run "train.py --steps 50"'
            ),
            path=path or line,
            top=ground.top,
        )
    metrics = {**PRINTS, **({"val_loss": prints} if prints else {})}
    return Script(path, tuple(words[1:]), steps or ENDLESS, prints=metrics, files=(), scanned=True)


def healthy_side(
    setting: Setting,
    ground: Ground,
    script: Script,
    wanted: Mapping[str, Sequence[int]],
    seed: int,
    cache: Cache,
) -> Trainings:
    """Run the sound program: once to see how far it goes and which statements it runs, then under each seed.

    Raises Refused where it does not end well, records nothing, or where a file that cannot be imported changes nothing.
    """
    traced = Suite("training", wanted=wanted, script=script, seed=seed)
    (tested,) = run_suites(setting, [traced], torch=ground.torch, files=ground.files)
    if tested.steps < 1 or tested.ended not in (Ended.FINISHED, Ended.EXITED):
        raise _unwell(script, tested.ended, tested.log_tail, tested.processor)
    script = replace(script, steps=min(script.steps, tested.steps))
    seeds = tuple(range(seed, seed + effect.DECIDE))
    jobs = [Job("healthy", one, None, "", script=script) for one in seeds]
    runs = run_jobs(setting, jobs, cache=cache)
    for run in runs:
        if run.ended is not Ended.FINISHED or run.invalid is not None:
            raise _unwell(script, run.ended, run.log_tail, run.processor or 0.0)
    metric = effect.figure_of(runs)
    if not metric:
        raise _unwell(script, Ended.FINISHED, "", 0.0)
    _prove(setting, ground, script, tested.reached, seed)
    took = max(run.processor or 0.0 for run in runs)
    return Trainings(
        script,
        seeds,
        dict(zip(seeds, runs, strict=True)),
        metric,
        effect.spread(runs, metric),
        tested.reached,
        took,
    )


def train_all(
    setting: Setting,
    ground: Ground,
    trainings: Trainings,
    sites: Sequence[Site],
    cache: Cache,
    heard: Callable[[Seen], None],
) -> None:
    """Train with each bug under three seeds, under two more where those leave it open; `heard` of each as it is judged.

    `heard` may raise to stop all of it.
    """
    slow = replace(setting, processor=max(60.0, 5 * trainings.processor))
    held: dict[str, list[Run]] = {}
    first, rest = trainings.seeds[: effect.SCREEN], trainings.seeds[effect.SCREEN :]

    def judge(site: Site, seeds: Sequence[int]) -> Seen | None:
        runs = tuple(held[site.key])
        if (state := _ended(runs)) is not None:
            return Seen(site, state, runs=runs)
        pairs = [(trainings.healthy[run.seed], run) for run in runs]
        if len(seeds) < effect.DECIDE:
            found = effect.screened(pairs)
        else:
            found = effect.decided(pairs, trainings.metric, trainings.margin)
        return None if found is None else Seen(site, state_of(found), found, runs)

    open_ = list(sites)
    for seeds, more in ((first, first), ((*first, *rest), rest)):
        left: list[Site] = []
        jobs = [_job(site, seed, ground, trainings.script) for site in open_ for seed in more]

        def finished(event: Event) -> None:
            if event.run is None:
                return
            site = open_[event.job // len(more)]  # noqa: B023 - called while this round runs
            held.setdefault(site.key, []).append(event.run)
            if len(held[site.key]) == len(seeds):  # noqa: B023
                seen = judge(site, seeds)  # noqa: B023
                if seen is None:
                    left.append(site)  # noqa: B023
                else:
                    heard(seen)

        run_jobs(slow, jobs, finished, cache)
        open_ = left


def state_of(found: Effect) -> State:
    """The state that an effect gives to what no test caught."""
    return {Kind.NONE: State.NO_EFFECT, Kind.OPEN: State.UNDECIDED}.get(found.kind, State.MISSED)


def _job(site: Site, seed: int, ground: Ground, script: Script) -> Job:
    source = site.apply(ground.sources[site.path])
    return Job(site.key, seed, source, "", script=script, must_read=True, target=site.path)


def _ended(runs: Sequence[Run]) -> State | None:
    """The state that follows from how the runs ended; None where all ended well."""
    if any(run.invalid is Invalid.NEVER_READ for run in runs):
        return State.NOT_REACHED
    ends = {run.ended for run in runs}
    if ends & {Ended.TIMED_OUT, Ended.STALLED}:
        return State.TIMED_OUT
    return State.CRASHES if ends != {Ended.FINISHED} else None


def _prove(
    setting: Setting, ground: Ground, script: Script, reached: Mapping[str, Reached], seed: int
) -> None:
    """A file that it runs, replaced by one that cannot be imported, must end it."""
    file = next((name for one in reached.values() for name in one if name in ground.sources), None)
    if file is None:
        return
    (run,) = run_jobs(setting, [Job("fatal", seed, FATAL, "", script=script, target=file)])
    if run.ended is Ended.FINISHED:
        raise Refused(
            N_(
                "{file} was replaced by a file that cannot be imported, and {path} runs on: no mutant would reach it."
            ),
            code="harness-dead",
            remedy=N_("Is an installed copy used? Install this one instead: pip install -e ."),
            file=file,
            path=script.path,
        )


def _unwell(script: Script, ended: Ended, log: str, seconds: float) -> Refused:
    if ended in (Ended.TIMED_OUT, Ended.STALLED):
        return Refused(
            N_("{path} was stopped after {seconds} s of processor time, before anything was changed."),
            code="training-slow",
            remedy=N_(
                "Name a shorter one in --run, fewer steps with --steps 100, or allow more: --limit 30m"
            ),
            path=script.path,
            seconds=round(seconds),
        )
    if ended in (Ended.FINISHED, Ended.EXITED) and not log.strip().endswith("Error"):
        return Refused(
            N_(
                "{path} ends without a training step that could be recorded (no backward pass, no figure printed)."
            ),
            code="nothing-recorded",
            remedy=N_(
                "Name the program that trains, or say how its figure reads: --prints 'val loss ([0-9.]+)'"
            ),
            path=script.path,
        )
    return Refused(
        N_("{path} does not run before anything was changed ({ended}): {log}"),
        code="training-fails",
        remedy=N_("Try it yourself with the same options; --python names another interpreter."),
        path=script.path,
        ended=ended.value,
        log=log.strip()[-400:] or "-",
    )
