"""Where no oracle fits, the claims that decide on a repair: they hold on the healthy code and on nothing
else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_, LynxError
from lynx.loop.observe import SEEDS
from lynx.mentor.rules import from_error, problem
from lynx.mentor.verdicts import metrics_of
from lynx.truth import judge
from lynx.truth.claims import Verdict
from lynx.truth.measures import Ended, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.content.spec import Break, Problem
    from lynx.mentor.evidence import Evidence


def problems(break_: Break, evidence: Evidence) -> list[Problem]:
    """What the deciding claims get wrong, judged as `lynx verify` does: the learner's seeds of the version
    as `yours`.
    """
    made = evidence.versions
    assert made.broken is not None
    found = _about(break_)
    if found:
        return found
    for source, wanted, key, template, fields in (
        (
            made.healthy,
            True,
            "verify_by",
            N_("the deciding claims do not hold on the healthy code: {failed}."),
            {},
        ),
        (
            made.broken,
            False,
            "verify_by",
            N_("the deciding claims do not see the bug: all of them hold on the broken code."),
            {},
        ),
        *(
            (
                made.fixes[i],
                False,
                f"wrong_fixes.{i}",
                N_("the deciding claims accept wrong fix {number}: all of them hold on it."),
                {"number": i + 1},
            )
            for i in sorted(made.fixes)
        ),
    ):
        seeds = evidence.decided(source, SEEDS)
        try:
            failed = _failed(break_, seeds)
        except LynxError as error:
            found.append(from_error(break_, key, error))
            continue
        if (not failed) != wanted:
            found.append(
                problem(
                    break_,
                    key,
                    template,
                    N_("Name claims about `yours` that hold on sound code and on nothing else."),
                    **fields,
                    failed=", ".join(failed),
                )
            )
    return found


def _about(break_: Break) -> list[Problem]:
    """A deciding claim must be about the learner's own version."""
    found = []
    for i, claim in enumerate(break_.claims):
        if claim.id in break_.verify_by and claim.measure.variant != "yours":
            found.append(
                problem(
                    break_,
                    f"claims.{i}.measure",
                    N_("'{id}' decides on a repair, and is about {variant}."),
                    N_("Give its measure `variant: yours`; what is measured is the learner's version."),
                    id=claim.id,
                    variant=claim.measure.variant,
                )
            )
    return found


def _failed(break_: Break, seeds: Sequence[Mapping[str, Run]]) -> list[str]:
    """The deciding claims that do not hold on `yours`; a version that does not run fails them all."""
    deciding = [c for c in break_.claims if c.id in break_.verify_by]
    if any(runs["yours"].ended is not Ended.FINISHED for runs in seeds):
        return [c.id for c in deciding]
    found = judge.decide(deciding, seeds, metrics_of(break_))
    return [c.id for c, one in zip(deciding, found, strict=True) if one.verdict is not Verdict.HOLDS]
