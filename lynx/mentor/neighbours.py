"""Settings nearby, under three seeds each: where a claim stops holding. `check --write` alone measures them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.errors import LynxError
from lynx.mentor.rules import from_error
from lynx.mentor.verdicts import metrics_of, variants_of
from lynx.truth import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.content.spec import Problem
    from lynx.mentor.evidence import Evidence

SEEDS = range(3)


def measured(evidence: Evidence) -> tuple[dict[str, Any], list[Problem]]:
    """Neighbour -> its arguments, and k of n for each claim; and what kept one from being measured.

    `stops`: these seeds say the opposite of the declared verdict.
    """
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, args in evidence.break_.neighbours.items():
        try:
            found[name] = {"args": dict(args), "claims": _claims(evidence, name, args)}
        except LynxError as error:
            problems.append(from_error(evidence.break_, f"neighbours.{name}", error))
    return found, problems


def _claims(evidence: Evidence, name: str, args: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    break_ = evidence.break_
    told = [claim for claim in break_.claims if claim.measure.variant != "yours"]
    names = dict.fromkeys(
        v for c in told for v in variants_of(c.measure, *([c.compare.to] if c.compare else []))
    )
    seeds = evidence.elsewhere(tuple(names), SEEDS, args, f"neighbours.{name}")
    rows: dict[str, dict[str, Any]] = {}
    for claim in told:
        one = judge.judge(claim, seeds, True, metrics_of(break_))
        stops = judge.contradicts(claim.verdict, one)
        rows[claim.id] = {"k": one.k, "n": one.n, "median": one.median, "stops": stops}
    return rows
