"""The oracle on trial: it passes the healthy code, and rejects the bug and every declared wrong fix."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lynx.content.spec import Problem
from lynx.errors import N_
from lynx.mentor.results import OracleRow
from lynx.mentor.rules import problem
from lynx.runs.faults import WORDS
from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from lynx.content.spec import Break, Text
    from lynx.mentor.versions import Versions
    from lynx.runs.types import Fault, OracleReport, Setting


def examine(break_: Break, setting: Setting, made: Versions) -> tuple[tuple[OracleRow, ...], list[Problem]]:
    """A row for the healthy code, the bug and each wrong fix, and what the oracle gets wrong about them."""
    oracle = break_.oracle
    if oracle is None or made.broken is None:
        return (), []
    from lynx.runs import runner

    numbers = sorted(made.fixes)
    candidates = [made.healthy, made.broken, *(made.fixes[i] for i in numbers)]
    alone = replace(setting, parallel=1)  # one place of the queue
    reports = runner.examine(alone, oracle, made.healthy, candidates, folder=break_.folder)
    healthy, bug, *fixes = reports
    if healthy.fault is not None:
        return (_row("healthy", 0, None, healthy, agrees=False),), [
            _fault(break_, healthy.fault, healthy.log_tail)
        ]
    rows = [_row("healthy", 0, None, healthy, agrees=healthy.passed)]
    if not healthy.passed:
        return (rows[0],), [_ill(break_, healthy)]
    rows.append(_row("bug", 0, None, bug, agrees=not bug.passed))
    problems = []
    if bug.passed:
        problems.append(
            problem(
                break_,
                "oracle",
                N_("the oracle does not see the bug: the broken code passes all {cases} cases."),
                N_(
                    "Call what the diff changes, with inputs that reach it; where the bug is in the initial"
                    " weights, "
                    "set `weights: seeded`; else name the deciding claims under `verify_by`."
                ),
                cases=bug.cases,
            )
        )
    for i, report in zip(numbers, fixes, strict=True):
        says = break_.wrong_fixes[i].says
        rows.append(_row("wrong-fix", i + 1, says, report, agrees=not report.passed))
        if report.passed:
            problems.append(
                problem(
                    break_,
                    f"wrong_fixes.{i}",
                    N_("the oracle accepts wrong fix {number}, “{says}”: it passes all {cases} cases."),
                    N_(
                        "If it is right after all, leave it out; else give the oracle inputs that tell it "
                        "apart."
                    ),
                    number=i + 1,
                    says=says[break_.language],
                    cases=report.cases,
                )
            )
    return tuple(rows), problems


def _row(subject: str, number: int, says: Text | None, report: OracleReport, *, agrees: bool) -> OracleRow:
    reason = (
        report.first.what if report.first else ("" if report.ended is Ended.FINISHED else str(report.ended))
    )
    return OracleRow(subject, number, says, report.passed, report.cases, report.failed, reason, agrees)


RAISES = N_("{function} fails: {error}.\n{log}\n")


def _fault(break_: Break, fault: Fault, log: str) -> Problem:
    """At the line of the function, or of the key that names it; what it raised with the traceback below."""
    message, remedy = WORDS[fault.code]
    key = f"oracle.{fault.key}"
    fields = {**fault.fields, "log": log.strip()}
    if fault.code == "raises" and log.strip():
        message = RAISES
    return Problem(fault.where or break_.where(key), key, message, remedy, fields)


def _ill(break_: Break, report: OracleReport) -> Problem:
    tail = [line for line in report.log_tail.splitlines() if line.strip()]
    said = report.first.error if report.first and report.first.error else (tail[-1].strip() if tail else "")
    why = said or (report.first.what if report.first else str(report.ended))
    return problem(
        break_,
        "oracle",
        N_("the oracle rejects the healthy code itself: {why}."),
        N_(
            "Check `call`, `init`, `inputs` and `shapes` against the code; it must answer the same question"
            " alike."
        ),
        why=why.rstrip(".")[:300],
    )
