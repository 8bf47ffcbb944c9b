"""The runs a check needs: every variant over the seeds, once more without the cache, and how long they take.

Five seeds first; five more for what they leave open (docs/architecture.md#claims). Runs are cached, so that a
check that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import functools
import heapq
import math
import statistics
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from lynx.errors import N_
from lynx.loop.unfinished import place_of, said_of
from lynx.mentor.rules import problem
from lynx.runs.jobs import job_of, plain_job, variants_needed
from lynx.truth.measures import Ended, Run, Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from lynx.content.spec import Break, Problem
    from lynx.mentor.clock import Clock
    from lynx.mentor.versions import Versions
    from lynx.runs.queue import Queue
    from lynx.runs.types import Job, Setting
    from lynx.store.cache import Cache

LOG_LINES = 20
RAISE = N_("Take fewer steps or a smaller model, or raise `budget` in break.yaml: a run may take twice that.")
UNFINISHED = N_(
    "the run of '{variant}' with seed {seed} did not finish ({ended}):\n{log}\nAll it printed: {log_file}"
)
BY_ITSELF = N_(
    "the run of '{variant}' with seed {seed} ended by itself after {reached} of {of} steps:\n{log}\n"
    "All it printed: {log_file}"
)
LEARNER_SEEDS, LEARNER_CORES = 3, 2  # what a learner's run is, and what the budget is about
FIRST, ALL = 5, 10  # seeds before and after the second stage
QUICK = 3


@dataclass
class Evidence:
    """One break's runs, by seed and variant; what did not finish is a problem once, and left out."""

    break_: Break
    setting: Setting
    versions: Versions
    cache: Cache
    clock: Clock
    queue: Queue
    by_seed: dict[int, dict[str, Run]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)  # variants that do not run
    _again: dict[str, Future[Run]] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Every variant that a prediction, claim or control speaks of, healthy and broken first."""
        names = [*variants_needed(self.break_), *self.break_.controls]
        return [name for name in names if name not in self.versions.unfit]

    def gather(self, names: Sequence[str], seeds: Sequence[int], *, repeat: bool = False) -> None:
        """Run these variants under these seeds, but for what ran already; with `repeat`, see `repeated`."""
        wanted = [
            (name, seed)
            for seed in seeds
            for name in names
            if name not in self.lost and name not in self.by_seed.get(seed, {})
        ]
        if not wanted:
            return
        self.clock.expect(len(wanted))
        self.clock.enter("runs")
        asked = dict(zip(wanted, self._ask([self.job(*one) for one in wanted], self.cache), strict=True))
        if repeat:
            self._repeat()
        for (name, _), future in asked.items():
            future.add_done_callback(functools.partial(self._give_up, name, asked))
        for (name, seed), future in asked.items():
            if name in self.lost:
                future.cancel()
            try:
                run = replace(future.result(), variant=name)
            except CancelledError:  # at any moment, by another seed's end
                self.clock.expect(-1)
                continue
            except BaseException:
                for other in asked.values():
                    other.cancel()
                raise
            if run.ended is Ended.FINISHED and run.invalid is None:
                self.by_seed.setdefault(seed, {})[name] = run
            else:
                self._unfinished(run)

    @staticmethod
    def _give_up(name: str, asked: Mapping[tuple[str, int], Future[Run]], done: Future[Run]) -> None:
        """A variant that does not run under one seed is asked for under no other."""
        if done.cancelled() or done.exception() is not None:
            return
        run = done.result()
        if run.ended is not Ended.FINISHED or run.invalid is not None:
            for (other, _), future in asked.items():
                if other == name:
                    future.cancel()

    def seeds_of(self, *variants: str) -> list[Mapping[str, Run]]:
        """The runs of every seed under which all these variants finished, in the order of the seeds."""
        found = [self.by_seed[seed] for seed in sorted(self.by_seed)]
        return [runs for runs in found if all(name in runs for name in variants)]

    def job(self, name: str, seed: int) -> Job:
        """The job of one variant or control."""
        control = self.break_.controls.get(name)
        variant = control.variant if control else self.break_.variants[name]
        assert self.versions.broken is not None  # nothing runs before the bug is in
        return job_of(self.break_, variant, seed, self.versions.healthy, self.versions.broken)

    def decided(self, source: bytes, seeds: Sequence[int]) -> list[Mapping[str, Run]]:
        """Per seed the runs of `source` as `yours` beside the healthy twin (verify_by)."""
        jobs = [plain_job(self.break_, "yours", seed, source, {}, None) for seed in seeds]
        jobs += [self.job("healthy", seed) for seed in seeds]
        self.clock.expect(len(jobs))
        self.clock.enter("deciding")
        by_seed: dict[int, dict[str, Run]] = {seed: {} for seed in seeds}
        for job, future in zip(jobs, self._ask(jobs, self.cache), strict=True):
            by_seed[job.seed][job.variant] = replace(future.result(), variant=job.variant)
        return [by_seed[seed] for seed in seeds]

    def elsewhere(
        self, names: Sequence[str], seeds: Sequence[int], args: Mapping[str, Any], key: str
    ) -> list[Mapping[str, Run]]:
        """Per seed the runs of these variants under other arguments. What did not finish is a problem, and left out.

        An argument that a variant sets for itself stays: it is what the variant is about.
        """
        made = self.versions
        assert made.broken is not None
        variants = [self.break_.variants[name] for name in names if name not in self.lost]
        jobs = [
            job_of(self.break_, variant, seed, made.healthy, made.broken, _besides(args, variant.args))
            for seed in seeds
            for variant in variants
        ]
        self.clock.expect(len(jobs))
        self.clock.enter("runs")
        by_seed: dict[int, dict[str, Run]] = {seed: {} for seed in seeds}
        for job, future in zip(jobs, self._ask(jobs, self.cache), strict=True):
            run = replace(future.result(), variant=job.variant)
            if run.ended is Ended.FINISHED and run.invalid is None:
                by_seed[run.seed][run.variant] = run
            else:
                self.problems.append(self._told(run, key))
        return [by_seed[seed] for seed in seeds]

    def _repeat(self) -> None:
        names = ("healthy", "broken")
        self.clock.expect(len(names))
        asked = self._ask([self.job(name, 0) for name in names], None)
        self._again = dict(zip(names, asked, strict=True))

    def repeated(self) -> list[Run]:
        """Healthy and broken under seed 0 once more, without the cache; of those that run."""
        self.clock.enter("repeat")
        for name in self.lost & set(self._again):
            self._again.pop(name).cancel()
            self.clock.expect(-1)
        return [future.result() for future in self._again.values()]

    def started(self) -> float:
        """Processor seconds that a learner's command takes before the first run begins."""
        from lynx.runs.runner import start

        return start(self.setting, [self.job(name, 0) for name in ("healthy", "broken")])

    def lengths(self) -> dict[str, float]:
        """Processor seconds of each variant's runs, for the next check's order."""
        found: dict[str, list[float]] = {}
        for runs in self.by_seed.values():
            for name, run in runs.items():
                found.setdefault(name, []).append(run.processor)
        return {name: round(statistics.median(seconds), 2) for name, seconds in sorted(found.items())}

    def _ask(self, jobs: Sequence[Job], cache: Cache | None) -> list[Future[Run]]:
        return self.queue.ask(self.setting, jobs, self.clock.batch(), cache, self._length)

    def _length(self, job: Job) -> float:
        """About how many seconds a job takes, by the last proof; what is not known there comes first."""
        lengths = self.break_.measured.get("lengths", {})
        if job.variant in lengths:
            return float(lengths[job.variant])
        seconds = self.break_.measured.get("seconds")
        each = LEARNER_CORES / (LEARNER_SEEDS * len(variants_needed(self.break_)))
        return math.inf if seconds is None else float(seconds) * each

    def _unfinished(self, run: Run) -> None:
        if run.variant in self.lost:
            return
        self.lost.add(run.variant)
        key = next(
            (
                f"{kind}.{run.variant}"
                for kind in ("controls", "variants")
                if f"{kind}.{run.variant}" in self.break_.lines
            ),
            "experiment",
        )
        self.problems.append(self._told(run, key))

    def _told(self, run: Run, key: str) -> Problem:
        """What kept a run from showing anything; a crash by its own file and line, with the traceback and the log."""
        said = said_of(run, self.setting, command="lynx mentor check")
        assert said is not None  # only such runs come here
        limited = run.ended in (Ended.TIMED_OUT, Ended.STALLED)
        remedy = RAISE if limited else said.remedy
        if run.invalid is not None or limited:
            return problem(self.break_, key, said.message, remedy, **said.fields)
        log = "\n".join(run.log_tail.strip().splitlines()[-LOG_LINES:])
        fields = {**said.fields, "ended": run.ended, "log": log or "–", "log_file": run.log or "–"}
        if run.of and run.ended is Ended.EXITED:
            return problem(self.break_, key, BY_ITSELF, remedy, **fields)
        runs_on = N_("Make the experiment run to its end on both versions; a bug is something that runs.")
        told = problem(self.break_, key, UNFINISHED, runs_on, **fields)
        place = place_of(run.log_tail, str(self.break_.folder), str(self.setting.top))
        return replace(told, where=place) if place else told


def _besides(args: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name not in own}


def makespan(seconds: Sequence[float], workers: int) -> float:
    """How long jobs of these lengths take when each worker takes the next one as it gets free."""
    free = [0.0] * max(1, workers)
    for one in seconds:
        heapq.heappush(free, heapq.heappop(free) + one)
    return max(free)


def learner_seconds(evidence: Evidence, beside: float) -> float | None:
    """What `lynx run` takes a learner on idle cores: three seeds of every variant, two at a time; None if unknown.

    In processor time, and of each variant the quickest seed: what else this machine does counts for nothing.
    """
    names = [name for name in variants_needed(evidence.break_) if name not in evidence.lost]
    quickest = {
        name: min((runs[name].processor for runs in evidence.by_seed.values() if name in runs), default=None)
        for name in names
    }
    lengths = [seconds for name in names if (seconds := quickest[name]) is not None]
    if not lengths or len(evidence.by_seed) < LEARNER_SEEDS:
        return None
    return makespan(lengths * LEARNER_SEEDS, LEARNER_CORES) + beside


def differs(first: Run, second: Run, tolerance: float = 0.0) -> tuple[str, float] | None:
    """The metric in which two runs of one job differ most, and by how much of its size; None within `tolerance`.

    Infinite where they recorded other steps or layers, or a number became none.
    """
    found = [
        (_apart(first.series.get(name), second.series.get(name)), name)
        for name in {*first.series, *second.series}
    ]
    by, name = max(found, default=(0.0, ""))
    return (name, by) if by > tolerance else None


def _apart(one: Series | None, other: Series | None) -> float:
    """The largest relative difference of two series."""
    if one is None or other is None or one.layers != other.layers or set(one.points) != set(other.points):
        return math.inf
    pairs = [pair for step in one.points for pair in zip(one.points[step], other.points[step], strict=False)]
    return max((_relative(a, b) for a, b in pairs), default=0.0)


def _relative(a: float, b: float) -> float:
    if a == b or (math.isnan(a) and math.isnan(b)):
        return 0.0
    by = abs(a - b) / max(abs(a), abs(b))
    return by if math.isfinite(by) else math.inf
