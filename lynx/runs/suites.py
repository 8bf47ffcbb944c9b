"""The repository's own tests as jobs: with one file's bytes replaced, in a private view (docs/architecture.md#scan)."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.runs import endings, views
from lynx.runs.child import frames
from lynx.runs.child.view import COPY
from lynx.runs.process import ENTRY, Child
from lynx.runs.runner import CAN_FORK
from lynx.store import hashed
from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lynx.runs.types import Script, Setting

PYTEST = ("pytest", "_pytest.assertion.rewrite", "_pytest.python", "_pytest.fixtures", "_pytest.terminal")
Reached = dict[str, list[int]]  # file -> lines


@dataclass(frozen=True)
class Suite:
    """One run of the tests. `source` is what stands in the place of `target`; None for the repository as it is.

    `tests` (with the `files` they lie in) names which, in their order; empty: all, or what `where` names. With
    `wanted` (file -> lines) it is told which test reaches which of these lines. `stop`: at the first failure.
    """

    name: str
    target: str = ""
    source: bytes | None = None
    tests: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    wanted: Mapping[str, Sequence[int]] | None = None
    stop: bool = False
    processor: float = 0.0  # seconds that it may compute; 0: as the setting says
    script: Script | None = None  # instead of tests: this program, traced
    seed: int = 0
    put: Mapping[str, str] = field(default_factory=dict)  # files that are not there, by path: their text


@dataclass(frozen=True)
class Failure:
    """A test that failed. `crash`: not the test noticed, the code it called fell over by itself."""

    test: str
    where: str  # file:line
    says: str
    crash: bool
    collect: bool = False  # a file of tests that cannot be imported


@dataclass(frozen=True)
class Tested:
    """What a run of the tests showed; `seconds` (of processor time) by test."""

    __test__ = False  # pytest would take it for one of its own
    ended: Ended
    code: int | None = None  # pytest's own; None where it never came to one
    seconds: Mapping[str, float] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)  # test -> file
    groups: Mapping[str, str] = field(default_factory=dict)  # test -> what it is best run together with
    failures: tuple[Failure, ...] = ()
    skips: int = 0
    reached: Mapping[str, Reached] = field(default_factory=dict)  # by test; "" for a program
    imported: Reached = field(default_factory=dict)
    starts: tuple[str, ...] = ()  # tests that start processes
    opened: Mapping[str, str] = field(default_factory=dict)
    delivered: bool = False  # the target was read
    no_pytest: bool = False
    steps: int = 0  # that a program did
    processor: float = 0.0
    wall: float = 0.0
    log_tail: str = ""

    @property
    def passed(self) -> bool:
        """Tests ran, and none failed."""
        return self.ended is Ended.FINISHED and self.code == 0 and bool(self.seconds)


def run_suites(
    setting: Setting,
    suites: Sequence[Suite],
    *,
    torch: bool,
    hypothesis: bool = False,
    files: Sequence[str] = (),
    done: Callable[[int, Tested], None] = lambda _number, _tested: None,
) -> tuple[Tested, ...]:
    """Run them, at most `setting.parallel` at once; `done` hears of each as it ends.

    `torch`, `hypothesis`: the repository imports it. `files` are what a copy consists of where there are no
    namespaces. Raises Refused when the interpreter does not start.
    """
    if not suites:
        return ()
    found: dict[int, Tested] = {}
    with Child(setting, views=True, torch=torch) as child:
        here = views.way(setting, child.hello().get("view", COPY))
        if here == COPY and len(files) > views.LARGEST:
            raise too_many(len(files))
        jobs = [
            {
                **_order(one, torch),
                "hypothesis": hypothesis,
                "view": here,
                "files": list(files) if here == COPY else [],
            }
            for one in suites
        ]
        child.order(
            {
                "mode": "run",
                "parallel": max(1, setting.parallel),
                "fork": CAN_FORK,
                "jobs": jobs,
                "common": {
                    "top": str(setting.top),
                    "pythonpath": list(setting.pythonpath),
                    "target": "",
                    "processor": setting.processor,
                    "wall": setting.patience,
                    "memory": setting.memory,
                    "logs": str(setting.state_dir / "logs"),
                    "preload": list(PYTEST),
                },
            }
        )
        for kind, number, payload in child.messages():
            if kind == frames.ENDED:
                found[number] = _tested(json.loads(payload))
                done(number, found[number])
        said = child.errors()
    lost = Tested(endings.of_supervisor(said), log_tail=said)
    return tuple(found.get(i, lost) for i in range(len(suites)))


def too_many(count: int) -> Refused:
    """No namespaces, and too much to copy."""
    return Refused(
        N_("A private copy of this repository would take {count} files, more than {largest}."),
        code="too-many-files",
        remedy=N_("Linux with user namespaces needs no copy; here, scan a smaller checkout."),
        count=count,
        largest=views.LARGEST,
    )


def _order(suite: Suite, torch: bool) -> dict[str, Any]:
    order: dict[str, Any] = {
        "role": "tests",
        "name": suite.name,
        "target": suite.target or ".lynx-none",
        "source": None if suite.source is None else suite.source.decode("latin-1"),
        "seed": suite.seed,
        "torch": torch,
        "tests": list(suite.tests),
        "test_files": list(suite.files),
        "where": list(suite.where),
        "stop": suite.stop,
        "put": dict(suite.put),
        "wanted": None
        if suite.wanted is None
        else {name: list(lines) for name, lines in suite.wanted.items()},
    }
    if suite.processor:
        order["processor"] = suite.processor
    if suite.script is not None:
        from dataclasses import asdict

        order |= {"role": "run", "experiment": "", "args": {}, "script": asdict(suite.script)}
    return order


def _tested(report: Mapping[str, Any]) -> Tested:
    reached = report.get("ran") or {}
    program = bool(reached) and all(isinstance(lines, list) for lines in reached.values())
    return Tested(
        ended=Ended(report["ended"]),
        code=report.get("code"),
        seconds=report.get("seconds_of", {}),
        files=report.get("files_of", {}),
        groups=report.get("groups_of", {}),
        failures=tuple(
            Failure(one["test"], one["where"], one["says"], one["crash"], bool(one.get("collect")))
            for one in report.get("failures", ())
        ),
        skips=report.get("skips", 0),
        reached={"": reached} if program else reached,
        imported=report.get("imported", {}),
        starts=tuple(report.get("starts", ())),
        opened=report.get("opened", {}),
        delivered=bool(report.get("read")),
        no_pytest=bool(report.get("no_pytest")),
        steps=report.get("reached") or 0,
        processor=report["processor"],
        wall=report["seconds"],
        log_tail=report["log_tail"],
    )


@functools.cache
def own_code() -> str:
    """A hash of what runs tests: results that another Lynx found are not this one's."""
    digest = hashed.sha256()
    for path in sorted((ENTRY.parent).glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
