"""`lynx scan`: prove the sound side, try every mutant, say what nobody would have noticed."""

from __future__ import annotations

import difflib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.runs import warm
from lynx.runs.interpreter import choose_interpreter
from lynx.runs.types import Setting
from lynx.scan import choice, ground, harness, ignored, last, ranking, training, trying
from lynx.scan.kept import Kept
from lynx.scan.operators import OPERATORS
from lynx.scan.results import Healthy, Mutant, Scanned, State
from lynx.store.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lynx.runs.suites import Tested
    from lynx.scan.ground import Ground
    from lynx.scan.training import Seen, Trainings
    from lynx.scan.trying import Tried
    from lynx.scan.words import Site

LIMIT = 900.0  # processor seconds that the healthy tests may take, unless --limit says otherwise
KEPT = ("run", "steps", "prints", "seed", "tests")  # of the options, for the commands that come after a scan


@dataclass(frozen=True)
class Options:
    """What a scan is asked for. `cache` is the user's folder, `home` the one commands are given in."""

    cwd: Path
    environ: Mapping[str, str]
    cache: Path
    only: tuple[Path, ...] = ()
    tests: tuple[str, ...] = ()
    python: str | None = None
    jobs: int = 2
    budget: float | None = None  # seconds
    changed: str | None = None  # a revision
    limit: float = LIMIT
    repo: Path | None = None
    run: str | None = None  # a program that trains, with its options
    steps: int | None = None  # of it, at most
    prints: str | None = None  # how its figure reads, a pattern
    seed: int = 100  # the first of five


@dataclass(frozen=True)
class Progress:
    """Where a scan stands, for who watches: `stage` is healthy, mutants or training."""

    stage: str
    done: int = 0
    of: int = 0
    tests: int = 0
    seconds: float = 0.0
    mutant: Mutant | None = None


class Enough(Exception):
    """The budget is used up: no state, only an end."""


def scan(options: Options, observe: Callable[[Progress], None] = lambda _progress: None) -> Scanned:
    """Scan a repository. ^C and the end of a budget keep what is done.

    Raises Refused where there is nothing to scan or nothing to judge by, and when the sound side does not hold.
    """
    began = time.monotonic()
    top = ground.top_of(options.repo or options.cwd)
    found = ground.survey(top, [options.cwd / path for path in options.only])
    sites = _asked_for(found, options)
    skipped = ignored.read(top)
    order = choice.by_kind([site for site in sites if site.key not in skipped])
    under = Under(options, found, observe, order, began)
    with warm.kept():
        under.prove()
        try:
            under.try_tests()
            under.try_training()
        except Enough:
            pass
        except KeyboardInterrupt:
            under.interrupted = True
    scanned = under.told(len(sites) - len(order))
    last.keep(under.kept, scanned, {name: getattr(options, name) for name in KEPT})
    return scanned


class Under:
    """A scan under way: what came in so far."""

    def __init__(
        self,
        options: Options,
        found: Ground,
        observe: Callable[[Progress], None],
        sites: Sequence[Site],
        began: float,
    ) -> None:
        self.options, self.found, self.observe, self.sites, self.began = options, found, observe, sites, began
        self.setting = setting_of(found.top, options)
        self.kept = Kept(options.cache / "scan", self.setting)
        self.cache = Cache(self.kept.folder / "runs")
        self.lines = _lines(found)
        self.healthy: Tested | None = None
        self.trainings: Trainings | None = None
        self.tried: dict[str, Tried] = {}
        self.seen: dict[str, Seen] = {}
        self.dependent: tuple[str, ...] = ()
        self.interrupted = False

    def prove(self) -> None:
        """The sound side: its tests, its training; that a fatal mutant is caught by each."""
        self.observe(Progress("healthy"))
        wanted = _wanted(self.found, self.lines)
        options, setting = self.options, self.setting
        self.healthy = harness.healthy_tests(
            setting, self.found, wanted, options.tests, self.kept, must=options.run is None
        )
        if self.healthy is None and options.run is None:
            raise _nothing_to_judge_by(setting)
        if self.healthy is not None:
            self.observe(Progress("healthy", tests=len(self.healthy.seconds), seconds=self.healthy.processor))
            harness.prove(setting, self.found, self.healthy, self.lines)
        if options.run is not None:
            self.observe(Progress("training"))
            script = training.script_of(self.found, options.run, options.steps, options.prints)
            self.trainings = training.healthy_side(
                setting, self.found, script, wanted, options.seed, self.cache
            )

    def try_tests(self) -> None:
        """Every mutant against the tests that reach it."""
        if self.healthy is None:
            self.tried = {site.key: trying.Tried(site, None) for site in self.sites}
            return
        common = (self.setting, self.found)
        trying.try_all(*common, self.sites, self.lines, self.healthy, self.kept, self._tried)
        failed = [one for one in self.tried.values() if one.failed]
        killers = [one.failed.test for one in failed if one.failed and not one.failed.collect]
        if any(not one.cached for one in failed):
            self.dependent = trying.dependent(*common, self.healthy, killers)
        if self.dependent:
            again = [one.site for one in failed if one.failed and one.failed.test in self.dependent]
            without = frozenset(self.dependent)
            trying.try_all(*common, again, self.lines, self.healthy, self.kept, self._tried, without)
        self.kept.tidy()

    def try_training(self) -> None:
        """What no test caught, and the training runs."""
        if self.trainings is None:
            return
        left = [one.site for one in self.tried.values() if one.state is None]
        left = [site for site in left if self.trainings.runs(site, self.lines)]
        self._waiting = len(left)
        self.observe(Progress("training", 0, len(left), seconds=self.trainings.processor))
        training.train_all(self.setting, self.found, self.trainings, left, self.cache, self._seen)

    _waiting = 0

    def _tried(self, tried: Tried) -> None:
        self.tried[tried.site.key] = tried
        self.observe(Progress("mutants", len(self.tried), len(self.sites)))
        if not tried.cached:
            self._enough()

    def _seen(self, seen: Seen) -> None:
        self.seen[seen.site.key] = seen
        self.observe(Progress("training", len(self.seen), self._waiting, seconds=1.0))
        self._enough()

    def _enough(self) -> None:
        if self.options.budget is not None and time.monotonic() - self.began > self.options.budget:
            raise Enough

    def told(self, ignored_: int) -> Scanned:
        """The whole scan."""
        judged = [one for one in self.tried.values() if self._is_judged(one)]
        mutants = ranking.ranked([self._mutant(one) for one in judged])
        trained = self.trainings
        runs = {key: seen.runs for key, seen in self.seen.items()}
        healthy = self.healthy
        return Scanned(
            top=self.found.top,
            healthy=Healthy(
                tests=len(healthy.seconds) if healthy else 0,
                seconds=healthy.processor if healthy else 0.0,
                skipped=healthy.skips if healthy else 0,
                steps=trained.script.steps if trained else 0,
                training_seconds=trained.processor if trained else 0.0,
                metric=trained.metric if trained else "",
                spread=trained.margin if trained else 0.0,
            ),
            mutants=mutants,
            sites=len(self.sites),
            ignored=ignored_,
            unread=self.found.unread,
            seconds=sum(one.processor for one in self.tried.values())
            + sum(run.processor or 0.0 for one in runs.values() for run in one if not run.cached),
            wall=time.monotonic() - self.began,
            budget=self.options.budget,
            interrupted=self.interrupted,
            trained=trained is not None,
            dependent=self.dependent,
            runs={"": tuple(trained.healthy.values()) if trained else (), **runs},
        )

    def _is_judged(self, tried: Tried) -> bool:
        """Whether all that was to be asked of it was."""
        if tried.state is not None or self.trainings is None or tried.site.key in self.seen:
            return True
        return not self.trainings.runs(tried.site, self.lines)

    def _mutant(self, tried: Tried) -> Mutant:
        site, operator = tried.site, OPERATORS[tried.site.operator]
        state = tried.state or (State.MISSED if tried.reached else State.NOT_REACHED)
        seen = self.seen.get(site.key)
        if seen is not None and not (seen.state is State.NOT_REACHED and tried.reached):
            state = seen.state
        return Mutant(
            id=site.key,
            operator=site.operator,
            says=operator.says,
            concept=operator.concept,
            source=operator.source,
            file=site.path,
            line=site.line,
            scope=site.scope,
            before=site.before,
            after=site.after,
            diff=diff_of(site, self.found.sources[site.path]),
            state=state,
            tests=tried.tests,
            failed=tried.failed,
            effect=seen.effect if seen else None,
            seen_by=operator.guards,
            seeds=tuple(run.seed for run in seen.runs) if seen else (),
            cached=tried.cached,
        )


def setting_of(top: Path, options: Options) -> Setting:
    """Where and how its jobs run."""
    return Setting(
        top=top,
        pythonpath=(),
        target="",
        interpreter=choose_interpreter(top, options.python, options.environ),
        state_dir=options.cache / "scan",
        processor=options.limit,
        parallel=options.jobs,
    )


def _asked_for(found: Ground, options: Options) -> list[Site]:
    if options.changed is None:
        return list(found.sites)
    from lynx.scan import changed

    touched = changed.lines(found.top, options.changed, list(found.sources))
    sites = [
        site
        for site in found.sites
        if touched.get(site.path, frozenset()).intersection(range(site.line, site.end_line + 1))
    ]
    if not sites:
        raise Refused(
            N_("Nothing that trains has changed since {revision}."),
            code="nothing-changed",
            remedy=N_("All of it: lynx scan"),
            revision=options.changed,
        )
    return sites


def _lines(found: Ground) -> dict[str, tuple[int, ...]]:
    lines: dict[str, tuple[int, ...]] = {}
    for name, source in found.sources.items():
        lines |= ground.lines_of(source, [site for site in found.sites if site.path == name])
    return lines


def _wanted(found: Ground, lines: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    wanted: dict[str, set[int]] = {}
    for site in found.sites:
        wanted.setdefault(site.path, set()).update(lines[site.key])
    return {name: sorted(numbers) for name, numbers in sorted(wanted.items())}


def diff_of(site: Site, source: bytes) -> str:
    """The edit as a unified diff of the file."""
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (source, site.apply(source)))
    return "\n".join(
        difflib.unified_diff(before, after, f"a/{site.path}", f"b/{site.path}", lineterm="", n=3)
    )


def _nothing_to_judge_by(setting: Setting) -> Refused:
    return Refused(
        N_(
            "There are no tests that pytest finds here under {python}, and no training is named: nothing can judge."
        ),
        code="nothing-to-judge-by",
        remedy=N_('Name a short training of the repository\'s: lynx scan --run "train.py --max_iters 200"'),
        python=setting.interpreter,
    )
