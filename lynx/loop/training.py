"""The training run behind a verdict: the learner's version, trained once beside the healthy one.

Questions can be recognised by code that asks where it runs, how often or when; a training is what the code is
for. Its first steps must be the healthy run's, within rounding, and what is claimed of the healthy side must
hold of it. Later steps need not be equal: rounding grows.
"""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from lynx.errors import LynxError
from lynx.loop.results import Trained
from lynx.loop.unfinished import ITS_OWN, said_of
from lynx.runs.jobs import job_of, plain_job
from lynx.store.cache import Cache
from lynx.truth.claims import meets
from lynx.truth.measures import METRICS, Ended, Run, Series, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lynx.content.spec import Break
    from lynx.loop.session import Session
    from lynx.runs.types import Event, Job
    from lynx.store.journal import Attempt
    from lynx.truth.claims import Claim
    from lynx.truth.measures import Metric

SEED = 100
SECOND_SEED = 101  # asked only when a claim fails on the first: rounding may tip one run over
FIRST_STEPS = 3
ROUNDING = 1e-3  # of the largest value of a step; float32 through a deep network, twice over
LEAP = 0.2  # from within ROUNDING to beyond this in one step


class Left(Exception):
    """Nothing more is needed of the runs, or nobody waits for them any more."""


class Training:
    """Trains in the background from `start` on; `outcome` waits for the end of it.

    `comparable`: whether both sides draw the same random numbers, so that their steps can be equal at all.
    """

    def __init__(
        self, session: Session, attempt: Attempt, break_: Break, current: bytes, *, comparable: bool
    ) -> None:
        self._break, self._comparable = break_, comparable
        self._setting = session.setting(break_)
        self._cache = Cache(session.workspace.state_dir / "cache")
        self._hidden = attempt.blind
        original, broken = session.journal.blob(attempt.original), session.journal.blob(attempt.broken)
        self._pairs: dict[int, tuple[Job, Job]] = {
            seed: (
                job_of(break_, break_.variants["healthy"], seed, original, broken),
                plain_job(break_, "yours", seed, current, {}, None),
            )
            for seed in (SEED, SECOND_SEED)
        }
        self._claims = [c for c in break_.claims if _speaks_of_healthy(c)]
        self._stopping = False
        self._found: Trained | None = None
        self._raised: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)  # ^C does not wait for it

    def start(self) -> None:
        """Begin; what it does needs no journal and no terminal."""
        self._thread.start()

    def stop(self) -> None:
        """Nobody wants to know any more."""
        self._stopping = True

    def outcome(self) -> Trained:
        """What came of it. Raises what went wrong in Lynx itself."""
        self._thread.join()
        if self._raised is not None:
            raise self._raised
        return self._found or Trained("not-made")

    # --- in the thread ----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._found = self._trained()
        except Left:
            self._found = Trained("not-made", cause="interrupted")
        except LynxError as error:
            self._found = Trained("not-made", cause=error.code, said=error)
        except BaseException as error:
            self._raised = error

    def _trained(self) -> Trained:
        watch = _FirstSteps(self._leave_if_stopped) if self._comparable else None
        try:
            healthy, yours = self._both(SEED, watch or self._leave_if_stopped)
        except Left:
            if watch is None or not watch.differ:
                raise
            healthy, yours = watch.run(0), watch.run(1)
        if (unmade := self._unfinished(healthy, yours)) is not None:
            return unmade
        departs = departure(healthy, yours) if self._comparable else None
        if departs is not None:
            if self._repeats(healthy, departs[1]):
                return Trained("departs", None, *departs)
            healthy, yours = self._both(SEED, self._leave_if_stopped)
            if (unmade := self._unfinished(healthy, yours)) is not None:
                return unmade
        failed = self._failed(healthy, yours)
        if failed:
            again = self._both(SECOND_SEED, self._leave_if_stopped)
            if (unmade := self._unfinished(*again)) is not None:
                return unmade
            failed = tuple(name for name in self._failed(*again) if name in failed)
        if not failed:
            return Trained("agrees")
        return Trained("claims", claims=tuple(self._break.says[name] for name in failed))

    def _both(self, seed: int, observe: Callable[[Event], None]) -> tuple[Run, Run]:
        from lynx.runs import runner

        healthy, yours = runner.run_jobs(self._setting, self._pairs[seed], observe, self._cache)
        return healthy, yours

    def _leave_if_stopped(self, _event: Event) -> None:
        if self._stopping:
            raise Left

    def _unfinished(self, healthy: Run, yours: Run) -> Trained | None:
        for one in (healthy, yours):
            if one.ended is Ended.FINISHED and one.invalid is None:
                continue
            if one is yours and one.ended in ITS_OWN:
                return Trained("broke-off", str(one.ended), log=one.log_tail)
            said = said_of(one, self._setting, hidden=self._hidden, command="lynx verify")
            error = None if said is None else said.error()
            return Trained("not-made", cause=str(one.invalid or one.ended), said=error)
        return None

    def _repeats(self, healthy: Run, until: int) -> bool:
        """Whether the healthy code gives the same steps twice: else equality is too much to ask."""
        from lynx.runs import runner

        heard = _Steps(until)

        def observe(event: Event) -> None:
            self._leave_if_stopped(event)
            heard.take(event)
            if heard.past:
                raise Left

        try:
            runner.run_jobs(self._setting, self._pairs[SEED][:1], observe)
        except Left:
            if self._stopping:
                raise
        return departure(_until(healthy, until), heard.run()) is None

    def _failed(self, healthy: Run, yours: Run) -> tuple[str, ...]:
        """Claims about the healthy side that its run meets and the learner's does not."""
        metrics = {**METRICS, **self._break.metrics}
        return tuple(
            c.id for c in self._claims if _meets(c, healthy, metrics) and not _meets(c, yours, metrics)
        )


class _Steps:
    """What one run reported, up to and including step `until`; `past` once it is beyond."""

    def __init__(self, until: int) -> None:
        self._until = until
        self._points: dict[str, dict[int, tuple[float, ...]]] = {}
        self.past = False

    def take(self, event: Event) -> None:
        if event.kind != "step" or event.step is None or self.past:
            return
        self.past = event.step > self._until
        if not self.past:
            for name, values in event.values.items():
                self._points.setdefault(name, {})[event.step] = values

    def run(self) -> Run:
        """As a run that ended there."""
        return Run("", SEED, Ended.FINISHED, {name: Series((), p) for name, p in self._points.items()})


class _FirstSteps:
    """Listens to both runs, and leaves as soon as their first steps differ."""

    def __init__(self, before: Callable[[Event], None]) -> None:
        self._before = before
        self._steps = (_Steps(FIRST_STEPS - 1), _Steps(FIRST_STEPS - 1))
        self._compared = False
        self.differ = False

    def __call__(self, event: Event) -> None:
        self._before(event)
        self._steps[event.job].take(event)
        if all(one.past for one in self._steps) and not self._compared:
            self._compared = True
            self.differ = departure(self.run(0), self.run(1)) is not None
            if self.differ:
                raise Left

    def run(self, job: int) -> Run:
        """What was heard of job 0, the healthy one, or 1."""
        return self._steps[job].run()


def _until(run: Run, step: int) -> Run:
    kept = {
        name: Series((), {at: values for at, values in one.points.items() if at <= step})
        for name, one in run.series.items()
    }
    return replace(run, series={name: one for name, one in kept.items() if one.points})


def departure(healthy: Run, yours: Run) -> tuple[str, int, float, float] | None:
    """Metric, step and both values where two runs of the same code could not part; None where they do not.

    That is, their first steps by more than rounding, and the loss later on by a leap: rounding creeps.
    """
    for name in _compared(healthy):
        mine, theirs = healthy.series[name].points, _points(yours.series.get(name))
        close = True
        for number, step in enumerate(sorted(mine)):
            one, other = mine[step], theirs.get(step, ())
            if number >= FIRST_STEPS and (name != "loss" or not close or not other):
                break
            within = ROUNDING if number < FIRST_STEPS else LEAP
            scale = max((abs(v) for v in one if math.isfinite(v)), default=0.0)
            if len(one) != len(other):
                return name, step, one[0] if one else math.nan, other[0] if other else math.nan
            for a, b in zip(one, other, strict=True):
                if not _alike(a, b, scale, within):
                    return name, step, a, b
            close = all(_alike(a, b, scale, ROUNDING) for a, b in zip(one, other, strict=True))
    return None


def _points(series: Series | None) -> Mapping[int, tuple[float, ...]]:
    return {} if series is None else series.points


def _compared(run: Run) -> Sequence[str]:
    """The loss and the gradients where there are any; else whatever is no count or share."""
    usual = [name for name in ("loss", "grad_norm") if name in run.series]
    if usual:
        return usual
    counts = ("fraction", "parameters", "step")
    return [name for name in run.series if name not in METRICS or METRICS[name].unit not in counts]


def _alike(a: float, b: float, scale: float, within: float) -> bool:
    if math.isfinite(a) and math.isfinite(b):
        return abs(a - b) <= within * max(abs(a), scale, 1e-30)
    return a == b or (math.isnan(a) and math.isnan(b))


def _speaks_of_healthy(claim: Claim) -> bool:
    measure = claim.measure
    others = measure.relative_to is not None and measure.relative_to.variant not in (None, "healthy")
    return claim.healthy and claim.expect is not None and measure.variant == "healthy" and not others


def _meets(claim: Claim, run: Run, metrics: Mapping[str, Metric]) -> bool:
    """Whether the claim holds of this run, put in the healthy one's place. What cannot be read does not."""
    try:
        value = value_of(claim.measure, {"healthy": run}, metrics)
    except LynxError:
        return False
    return claim.expect is not None and meets(claim.expect, value, claim.measure.metric, metrics)
