"""`lynx scan test`: the missing test, proved before it is written: it passes as it is, and fails on the bug."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lynx.errors import N_, NotYet
from lynx.runs import warm
from lynx.runs.suites import Suite, Tested, run_suites
from lynx.scan import drafting, ground, showing
from lynx.scan.scanning import setting_of
from lynx.scan.sites import find
from lynx.scan.training import PRINTS
from lynx.store.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lynx.runs.suites import Failure
    from lynx.runs.types import Setting
    from lynx.scan.drafting import Building, Draft
    from lynx.scan.ground import Ground
    from lynx.scan.last import Last
    from lynx.scan.results import Mutant
    from lynx.scan.scanning import Options


@dataclass(frozen=True)
class TestWritten:
    """A new file of tests, proved: `failed` is how it failed on the bug."""

    __test__ = False  # pytest would take it for one of its own

    mutant: Mutant
    path: str
    guard: str  # "pinned" for numbers, "traced" for a program's figure
    text: str
    failed: Failure | None


def write(
    options: Options, number: int, build: Callable[[bytes, str, str], tuple[str, str] | None]
) -> TestWritten:
    """Write the missing test of one mutant beside the others.

    NotYet where none could be proved; Refused where the file has changed since the scan. Never overwrites.
    """
    found, mutant = showing.as_scanned(options, number)
    place = ground.survey(found.top, [found.top / mutant.file])
    setting = setting_of(found.top, options)
    path = drafting.free(place.files, _folder(place.files), mutant.operator)
    prover = _Prover(setting, place, mutant, path)
    with warm.kept():
        draft, failed = _proved(prover, found, build)
    target = found.top / path
    if target.exists():
        raise FileExistsError(target)
    write_whole(target, draft.text.encode())
    return TestWritten(mutant, path, draft.guard, draft.text, failed)


def _proved(
    prover: _Prover, found: Last, build: Callable[[bytes, str, str], tuple[str, str] | None]
) -> tuple[Draft, Failure | None]:
    mutant = prover.mutant
    what = f"{mutant.file}, {mutant.scope or 'top level'}: {mutant.says} would go unnoticed (found by lynx scan)."
    name = f"test_{mutant.operator.replace('-', '_')}_is_noticed"
    made = build(prover.place.sources[mutant.file], mutant.scope, _module(mutant.file))
    if made is not None and (draft := prover.by_guard(drafting.Building(*made), what, name)) is not None:
        failed = prover.holds(draft)
        if failed is not None:
            return draft, failed
    if (draft := _by_program(prover, found, what, name)) is not None:
        failed = prover.holds(draft)
        if failed is not None:
            return draft, failed
    raise NotYet(
        N_("No test could be proved for {file}:{line} by itself: nothing tells how {scope} is called."),
        code="no-test-proved",
        remedy=N_("Write it with {guards} of lynx.guards, then scan again."),
        file=mutant.file,
        line=mutant.line,
        scope=mutant.scope or mutant.file,
        guards=", ".join(mutant.seen_by) or "a check",
    )


class _Prover:
    """Runs a file of tests that is not there yet, on the code as it is and with the bug."""

    def __init__(self, setting: Setting, place: Ground, mutant: Mutant, path: str) -> None:
        self.setting, self.place, self.mutant, self.path = setting, place, mutant, path
        source = place.sources[mutant.file]
        site = next(one for one in find(source, mutant.file) if one.key == mutant.id)
        self.broken = site.apply(source)

    def run(self, text: str) -> tuple[Tested, Tested]:
        """Both."""
        put = {self.path: text}
        suites = [
            Suite("sound", files=(self.path,), put=put),
            Suite("bug", self.mutant.file, self.broken, files=(self.path,), put=put),
        ]
        slow = replace(self.setting, processor=min(self.setting.processor, 300.0))
        sound, bug = run_suites(slow, suites, torch=self.place.torch, files=self.place.files)
        return sound, bug

    def by_guard(self, building: Building, what: str, name: str) -> Draft | None:
        """The first guard that holds on the sound code and fails on the bug; numbers where none does."""
        own = [guard for guard in self.mutant.seen_by if guard in drafting.CHECKS]
        guards = list(dict.fromkeys([*own, *drafting.CHECKS]))
        sound, bug = self.run(drafting.probe(building, guards))
        if not sound.seconds or not bug.seconds:
            return None
        fine = {test.rpartition("::")[2] for test in sound.seconds} - set(_by_test(sound))
        failed = _by_test(bug)
        for guard in guards:
            test = f"test_{guard}"
            if test in fine and test in failed and not failed[test].crash:
                return drafting.draft(building, guard, what, name)
        first, second = (_numbers(_by_test(one).get(f"test_{drafting.PINNED}")) for one in (sound, bug))
        if not first or first == second:
            return None
        return drafting.pinned(building, first, what, name)

    def holds(self, draft: Draft) -> Failure | None:
        """How it fails on the bug, where it passes without; None where it is no proof. Asked twice."""
        failed: Failure | None = None
        for _ in range(2):
            sound, bug = self.run(draft.text)
            if not sound.passed or not bug.failures or bug.failures[0].crash:
                return None
            failed = bug.failures[0]
        return failed


def _by_program(prover: _Prover, found: Last, what: str, name: str) -> Draft | None:
    """The training's own figure, where it was measured and the bug moves it."""
    run, metric = found.options.get("run"), found.healthy.metric
    effect = prover.mutant.effect
    if not run or metric not in PRINTS or effect is None or not effect.by:
        return None
    words = [word for word in shlex.split(run) if word != "python"]
    pattern = found.options.get("prints") or PRINTS[metric]
    text = drafting.traced(words[0], words[1:], pattern, "0", what, name)
    depth = str(prover.path.count("/"))
    sound, _ = prover.run(text.text.replace("{depth}", depth))
    figure = next((_figure(one.says) for one in sound.failures), None)
    if figure is None:
        return None
    ready = drafting.traced(words[0], words[1:], pattern, figure, what, name)
    return replace(ready, text=ready.text.replace("{depth}", depth))


def _figure(says: str) -> str | None:
    """“assert 1.73 == 0 ± …”: the number that came out."""
    words = says.replace("AssertionError:", "").split()
    if len(words) > 1 and words[0] == "assert":
        try:
            return repr(float(words[1]))
        except ValueError:
            return None
    return None


def _by_test(tested: Tested) -> dict[str, Failure]:
    return {one.test.rpartition("::")[2]: one for one in tested.failures}


def _numbers(failure: Failure | None) -> list[str]:
    _, mark, told = (failure.says if failure else "").partition(drafting.MARK)
    return told.split() if mark and "nan" not in told else []


def _folder(files: Sequence[str]) -> str:
    """Where the repository's tests lie: with most of them."""
    folders = [name.rpartition("/")[0] for name in files if name.rpartition("/")[2].startswith("test_")]
    return max(folders, key=folders.count, default="")


def _module(path: str) -> str:
    parts = path.removesuffix(".py").split("/")
    parts = parts[1:] if parts[0] == "src" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
