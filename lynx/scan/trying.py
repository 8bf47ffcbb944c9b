"""Mutants against the tests: each in a private view, with the tests that reach it, until one fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lynx.runs.suites import Suite, Tested, run_suites
from lynx.scan import choice
from lynx.scan.results import State
from lynx.store import hashed
from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lynx.runs.suites import Failure
    from lynx.runs.types import Setting
    from lynx.scan.ground import Ground
    from lynx.scan.kept import Kept
    from lynx.scan.words import Site


@dataclass(frozen=True)
class Tried:
    """What the tests say of one mutant; None where none reaches it, or they all pass."""

    site: Site
    state: State | None
    reached: bool = False
    tests: int = 0
    failed: Failure | None = None
    processor: float = 0.0
    cached: bool = False


def try_all(
    setting: Setting,
    ground: Ground,
    sites: Sequence[Site],
    lines: Mapping[str, Sequence[int]],
    healthy: Tested,
    kept: Kept,
    heard: Callable[[Tried], None],
    without: frozenset[str] = frozenset(),
) -> None:
    """Try every site; `heard` is told of each as it ends, and may raise to stop all of it.

    `without` are tests that count for nothing.
    """
    waiting: list[tuple[Site, Suite, bool]] = []
    for site in sites:
        tests, certain = choice.reaching(site.path, lines[site.key], healthy)
        tests = tuple(test for test in tests if test not in without)
        if not tests:
            heard(Tried(site, None))
            continue
        suite = suite_of(site, ground, tests, healthy)
        if (found := kept.find(_what(suite))) is not None:
            heard(_judged(site, suite, certain, found, cached=True))
        else:
            waiting.append((site, suite, certain))

    def done(number: int, tested: Tested) -> None:
        site, suite, certain = waiting[number]
        kept.keep(_what(suite), tested)
        heard(_judged(site, suite, certain, tested))

    run_suites(
        setting,
        [suite for _, suite, _ in waiting],
        torch=ground.torch,
        hypothesis=ground.hypothesis,
        files=ground.files,
        done=done,
    )


def suite_of(site: Site, ground: Ground, tests: Sequence[str], healthy: Tested) -> Suite:
    """The run that tries a site."""
    return Suite(
        name=f"scan-{site.key}",
        target=site.path,
        source=site.apply(ground.sources[site.path]),
        tests=tuple(tests),
        files=choice.files_of(tests, healthy),
        stop=True,
        processor=choice.patience(tests, healthy),
    )


def dependent(setting: Setting, ground: Ground, healthy: Tested, killers: Sequence[str]) -> tuple[str, ...]:
    """The tests among `killers` that fail on the sound code once others do not run before them."""
    tests = choice.ordered(dict.fromkeys(killers), healthy)
    if not tests:
        return ()
    suite = Suite("again", tests=tests, files=choice.files_of(tests, healthy))
    (tested,) = run_suites(
        setting, [suite], torch=ground.torch, hypothesis=ground.hypothesis, files=ground.files
    )
    return tuple(dict.fromkeys(one.test for one in tested.failures))


def _what(suite: Suite) -> dict[str, object]:
    """What distinguishes one run of the tests from another on the same sound code."""
    source = hashed.sha256(suite.source or b"").hexdigest()
    return {"target": suite.target, "source": source, "tests": suite.tests}


def _judged(site: Site, suite: Suite, certain: bool, tested: Tested, *, cached: bool = False) -> Tried:
    """The state that a run of the tests gives by itself."""
    failed = tested.failures[0] if tested.failures else None
    tried = Tried(site, None, certain, len(suite.tests), failed, 0.0 if cached else tested.processor, cached)
    if tested.ended in (Ended.TIMED_OUT, Ended.STALLED):
        return replace(tried, state=State.TIMED_OUT, failed=None)
    if failed is not None:
        return replace(tried, state=State.CRASHES if failed.crash else State.CAUGHT, reached=True)
    if not tested.passed:  # pytest itself fell over, or the process did
        return replace(tried, state=State.CRASHES)
    return tried if tested.delivered else replace(tried, reached=False)
