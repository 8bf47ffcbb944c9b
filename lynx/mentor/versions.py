"""The versions of the target that a break is about, made in memory: the bug, the wrong fixes, variants' own
diffs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lynx.content.spec import Break, Problem, Variant
from lynx.errors import N_, LynxError
from lynx.mentor.rules import problem
from lynx.repo import patch

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a learner is told about a diff that does not go in is no help to the one who wrote it.
ADVICE = {
    "patch-missing": N_("Correct the lines it looks for, or record the break again: lynx mentor record"),
    "patch-ambiguous": N_("Name the function under `within`, or give the diff a line more before and after."),
    "patch-already": N_("The target on disk holds the bug; put the healthy file back, then check again."),
}


@dataclass(frozen=True)
class Versions:
    """The target's bytes; `broken` is None when the diff does not go in or leaves no Python.

    Wrong fixes are by their number, from 0.
    """

    healthy: bytes
    broken: bytes | None
    fixes: Mapping[int, bytes] = field(default_factory=dict)
    unfit: frozenset[str] = frozenset()  # variants and controls whose own diff does not go in
    problems: tuple[Problem, ...] = ()


def make(break_: Break, healthy: bytes) -> Versions:
    """Every version, and what is wrong with the diffs that make them."""
    problems: list[Problem] = []
    try:
        patched = patch.apply(healthy, break_.diff, within=break_.within, target=break_.target)
    except LynxError as error:
        return Versions(healthy, None, problems=(_refused(break_, "diff", error),))
    broken = patched.data
    problems += _two_way(break_, healthy, broken)
    if refused := uncompiled(break_, broken):  # neither a run nor the oracle has more to say
        problems.append(
            problem(
                break_,
                "diff",
                N_("with the bug in, {target} does not compile: {error}."),
                N_("A bug that a learner could meet runs; change the diff so that it does."),
                target=break_.target,
                error=refused,
            )
        )
        return Versions(healthy, None, problems=tuple(problems))
    fixes: dict[int, bytes] = {}
    for i, fix in enumerate(break_.wrong_fixes):
        try:
            fixes[i] = patch.apply(broken, fix.diff, within=break_.within, target=break_.target).data
        except LynxError as error:
            problems.append(_refused(break_, f"wrong_fixes.{i}.diff", error))
            continue
        if refused := uncompiled(break_, fixes[i]):
            problems.append(
                problem(
                    break_,
                    f"wrong_fixes.{i}.diff",
                    N_("wrong fix {number} does not compile ({error}), so that rejecting it proves nothing."),
                    N_("Write it as a learner would who thinks that it is right."),
                    number=i + 1,
                    error=refused,
                )
            )
            del fixes[i]
    unfit = set()
    for key, variant in own_diffs(break_):
        try:
            source = healthy if variant.on == "healthy" else broken
            patch.apply(source, variant.diff or "", within=break_.within, target=break_.target)
        except LynxError as error:
            unfit.add(variant.name)
            problems.append(_refused(break_, f"{key}.diff", error))
    return Versions(healthy, broken, fixes, frozenset(unfit), tuple(problems))


def own_diffs(break_: Break) -> list[tuple[str, Variant]]:
    """The variants and controls that bring a diff, with their keys."""
    found = [(f"variants.{name}", v) for name, v in break_.variants.items()]
    found += [(f"controls.{name}", c.variant) for name, c in break_.controls.items()]
    return [(key, variant) for key, variant in found if variant.diff is not None]


def uncompiled(break_: Break, source: bytes) -> str:
    """Why the bytes do not compile; empty when they do."""
    try:
        compile(source, break_.target, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return str(error)
    return ""


def _refused(break_: Break, key: str, error: LynxError) -> Problem:
    return Problem(break_.where(key), key, error.message, ADVICE.get(error.code, error.remedy), error.fields)


def _two_way(break_: Break, healthy: bytes, broken: bytes) -> list[Problem]:
    """The diff must come out again byte for byte, and must not go in a second time."""
    found = []
    try:
        back = patch.reverse(broken, break_.diff, within=break_.within, target=break_.target)
    except LynxError as error:
        found.append(_refused(break_, "diff", error))
        back = healthy
    if back != healthy:
        found.append(
            problem(
                break_,
                "diff",
                N_("taken out again, the diff does not give the original back byte for byte."),
                N_("Give it a line of context before and after what it changes."),
            )
        )
    try:
        again = patch.apply(broken, break_.diff, within=break_.within, target=break_.target)
    except LynxError:
        return found
    if again.rung in ("exact", "shifted"):
        found.append(
            problem(
                break_,
                "diff",
                N_("the diff goes in a second time, at line {line} of the broken file."),
                N_("Give it context that its own change takes away, such as the line after what it adds."),
                line=again.lines[0],
            )
        )
    return found
