"""`lynx scan`: prove the sound side, try every mutant, say what nobody would have noticed."""

from __future__ import annotations

import difflib
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.runs import warm
from lynx.runs.interpreter import choose_interpreter
from lynx.runs.types import Setting
from lynx.scan import choice, ground, harness, ignored, ranking, trying
from lynx.scan.kept import Kept
from lynx.scan.operators import OPERATORS
from lynx.scan.results import Healthy, Mutant, Scanned, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lynx.scan.ground import Ground
    from lynx.scan.trying import Tried
    from lynx.scan.words import Site

LIMIT = 900.0  # processor seconds that the healthy tests may take, unless --limit says otherwise


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


@dataclass
class _Under:
    """A scan under way: what came in so far."""

    sites: Mapping[str, Site]
    tried: dict[str, Tried] = field(default_factory=dict)


def scan(options: Options, observe: Callable[[Progress], None] = lambda _progress: None) -> Scanned:
    """Scan a repository. ^C and the end of a budget keep what is done.

    Raises Refused where there is nothing to scan or nothing to judge by, and when the sound side does not hold.
    """
    began = time.monotonic()
    top = ground.top_of(options.repo or options.cwd)
    found = ground.survey(top, [options.cwd / path for path in options.only])
    sites = _asked_for(found, options)
    skipped = ignored.read(top)
    left = [site for site in sites if site.key not in skipped]
    setting = setting_of(top, options)
    lines = _lines(found)
    kept = Kept(options.cache / "scan", setting)
    with warm.kept():
        observe(Progress("healthy"))
        wanted = _wanted(found, lines)
        healthy = harness.healthy_tests(setting, found, wanted, options.tests, kept)
        if healthy is None:
            raise _nothing_to_judge_by(setting)
        observe(Progress("healthy", tests=len(healthy.seconds), seconds=healthy.processor))
        harness.prove(setting, found, healthy, lines)
        under = _Under({site.key: site for site in left})
        interrupted = False

        def heard(tried: Tried) -> None:
            under.tried[tried.site.key] = tried
            observe(Progress("mutants", len(under.tried), len(left)))
            if options.budget is not None and time.monotonic() - began > options.budget:
                raise Enough

        dependent: tuple[str, ...] = ()
        try:
            order = choice.by_kind(left)
            trying.try_all(setting, found, order, lines, healthy, kept, heard)
            killers = [
                one.failed.test for one in under.tried.values() if one.failed and not one.failed.collect
            ]
            fresh = [one for one in under.tried.values() if one.failed and not one.cached]
            if fresh:
                dependent = trying.dependent(setting, found, healthy, killers)
            if dependent:
                again = [
                    one.site for one in under.tried.values() if one.failed and one.failed.test in dependent
                ]
                trying.try_all(setting, found, again, lines, healthy, kept, heard, frozenset(dependent))
        except Enough:
            pass
        except KeyboardInterrupt:
            interrupted = True
        kept.tidy()
    mutants = ranking.ranked([_mutant(one, found) for one in under.tried.values()])
    return Scanned(
        top=top,
        healthy=Healthy(len(healthy.seconds), healthy.processor, healthy.skips),
        mutants=mutants,
        sites=len(left),
        ignored=len(sites) - len(left),
        unread=found.unread,
        seconds=sum(one.processor for one in under.tried.values()),
        wall=time.monotonic() - began,
        budget=options.budget,
        interrupted=interrupted,
        dependent=dependent,
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


def _mutant(tried: Tried, found: Ground) -> Mutant:
    site, operator = tried.site, OPERATORS[tried.site.operator]
    state = tried.state or (State.MISSED if tried.reached else State.NOT_REACHED)
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
        diff=diff_of(site, found.sources[site.path]),
        state=state,
        tests=tried.tests,
        failed=tried.failed,
        seen_by=operator.guards,
        cached=tried.cached,
    )


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


def renumbered(mutants: Sequence[Mutant]) -> tuple[Mutant, ...]:
    """Places from 1 on, for those that are missed."""
    return tuple(replace(one, number=i) for i, one in enumerate(mutants, 1))
