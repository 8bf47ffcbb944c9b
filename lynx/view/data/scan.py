"""A scan as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.view.data.plain import plain
from lynx.view.language import _

if TYPE_CHECKING:
    from lynx.scan.results import Mutant, Scanned
    from lynx.view.data.plain import Json


def scanned(result: Scanned) -> Json:
    """The sound side, every mutant, what was left out."""
    healthy = result.healthy
    return {
        "top": str(result.top),
        "healthy": {
            "passes": True,
            "tests": healthy.tests,
            "seconds": healthy.seconds,
            "steps": healthy.steps,
            "training_seconds": healthy.training_seconds,
            "metric": healthy.metric or None,
        },
        "sites": result.sites,
        "judged": result.judged,
        "ignored": result.ignored,
        "interrupted": result.interrupted,
        "mutants": [mutant(one) for one in result.mutants],
        "unread": [{"file": one.file, "line": one.line, "why": one.why} for one in result.unread],
        "dependent": list(result.dependent),
        "seconds": result.seconds,
    }


def mutant(one: Mutant) -> dict[str, Any]:
    """One mutant."""
    return {
        "number": one.number,
        "id": one.id,
        "operator": one.operator,
        "says": _(one.says),
        "file": one.file,
        "line": one.line,
        "scope": one.scope,
        "state": one.state.value,
        "tests": one.tests,
        "failed": None if one.failed is None else {
            "test": one.failed.test, "where": one.failed.where, "says": one.failed.says
        },
        "effect": None if one.effect is None else plain(one.effect),
        "seeds": list(one.seeds),
        "seen_by": list(one.seen_by),
        "diff": one.diff,
    }  # fmt: skip
