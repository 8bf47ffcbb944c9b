"""The sound side, proved first: the tests pass as they are, and a fatal mutant does not (docs/architecture.md#scan)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_, LynxError, Refused
from lynx.runs.suites import Suite, Tested, run_suites
from lynx.scan import choice
from lynx.scan.ground import is_test
from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.runs.types import Setting
    from lynx.scan.ground import Ground
    from lynx.scan.kept import Kept

FATAL = b"raise RuntimeError('Lynx: a mutant that nothing survives')\n"
CODE = (".py", ".toml", ".cfg", ".ini")  # a file of these that comes or goes may change what the tests are
NO_TESTS = 5  # pytest's code for having found none


def healthy_tests(
    setting: Setting,
    ground: Ground,
    wanted: Mapping[str, Sequence[int]],
    where: Sequence[str],
    kept: Kept,
    *,
    must: bool,
) -> Tested | None:
    """The tests as they are, traced; None where there are none.

    Where they pass only untraced, that run counts, and every test is held to reach every line. Raises Refused when
    they do not pass, or cannot run; without pytest only where they `must`.
    """
    key = {
        "wanted": wanted,
        "where": list(where),
        "files": [name for name in ground.files if name.endswith(CODE)],
    }
    if (found := kept.healthy(key)) is not None:
        return found
    tested = _once(setting, ground, wanted, where)
    if tested.no_pytest and must and any(map(is_test, ground.files)):
        raise _lacks(setting, "pytest")
    if tested.no_pytest or (tested.code == NO_TESTS and not tested.failures):
        return None
    if not tested.passed:
        tested = _once(setting, ground, None, where)
    if not tested.passed:
        raise _failing(tested, setting)
    kept.keep_healthy(key, tested)
    return tested


def prove(setting: Setting, ground: Ground, healthy: Tested, lines: Mapping[str, Sequence[int]]) -> bool:
    """Whether a fatal mutant is caught: the file that most tests reach, replaced by one that cannot be imported.

    False where no test reaches any site, so that there is nothing to prove it by. Raises Refused when it is not
    caught: then nothing that a scan says of these tests would mean anything.
    """
    by_file: dict[str, set[str]] = {}
    at_import: set[str] = set()
    for site in ground.sites:
        own = choice.running(site.path, lines[site.key], healthy)
        if own:
            by_file.setdefault(site.path, set()).update(own)
        elif choice.reaching(site.path, lines[site.key], healthy)[1]:
            at_import.add(site.path)
    if not by_file and not at_import:
        return False
    if by_file:
        file = max(by_file, key=lambda name: (len(by_file[name]), name))
        tests = choice.ordered(by_file[file], healthy)[:1]
    else:  # imported, by whichever of them
        file, tests = min(at_import), choice.ordered(healthy.seconds, healthy)
    fatal = Suite("fatal", file, FATAL, tests, choice.files_of(tests, healthy), stop=True)
    (tested,) = _run(setting, ground, [fatal])
    if tested.failures or tested.ended is Ended.CRASHED:
        return True
    raise Refused(
        N_(
            "{file} was replaced by a file that cannot be imported, and {test} still passes: no mutant would reach it."
        ),
        code="harness-dead",
        remedy=N_("Is an installed copy tested? Install this one instead: pip install -e ."),
        file=file,
        test=tests[0],
    )


def _once(
    setting: Setting, ground: Ground, wanted: Mapping[str, Sequence[int]] | None, where: Sequence[str]
) -> Tested:
    return _run(setting, ground, [Suite("healthy", wanted=wanted, where=tuple(where))])[0]


def _run(setting: Setting, ground: Ground, suites: Sequence[Suite]) -> tuple[Tested, ...]:
    return run_suites(setting, suites, torch=ground.torch, hypothesis=ground.hypothesis, files=ground.files)


def _lacks(setting: Setting, name: str) -> LynxError:
    return Refused(
        N_("The Python at {python} has no {name}, which your tests import."),
        code="package-missing",
        remedy=N_("Name the one that has it: lynx scan --python PATH"),
        python=setting.interpreter,
        name=name,
    )


def _failing(tested: Tested, setting: Setting) -> LynxError:
    """Why the tests do not pass before anything was changed."""
    for one in tested.failures:
        if "No module named" in one.says:
            name = one.says.rpartition("No module named")[2].strip(" '\"")
            return _lacks(setting, name)
    if tested.ended in (Ended.TIMED_OUT, Ended.STALLED):
        return Refused(
            N_("Your tests were stopped after {seconds} s of processor time, before anything was changed."),
            code="tests-slow",
            remedy=N_(
                "Allow more: lynx scan --limit 30m; or name the fast ones: lynx scan --tests tests/unit"
            ),
            seconds=round(tested.processor),
        )
    if tested.failures:
        first = tested.failures[0]
        return Refused(
            N_("{count} of your tests fail before anything was changed, the first {test}: {says}"),
            code="tests-fail",
            remedy=N_(
                "A scan needs tests that pass: mend them, or name those that do: lynx scan --tests PATH"
            ),
            count=len(tested.failures),
            test=first.test,
            says=first.says or "-",
        )
    return Refused(
        N_("Your tests do not run ({ended}): {log}"),
        code="tests-do-not-run",
        remedy=N_("Try them yourself: {python} -m pytest"),
        ended=tested.ended.value,
        log=tested.log_tail.strip()[-400:] or "-",
        python=setting.interpreter,
    )
