"""A scan as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.scan.effect import value
from lynx.view.data.plain import plain
from lynx.view.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.scan.results import Mutant, Scanned
    from lynx.scan.showing import Ignored, MutantShown
    from lynx.scan.testing import TestWritten
    from lynx.truth.measures import Run
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


def shown(result: MutantShown) -> Json:
    """One mutant and its figures, seed by seed."""
    metric = result.healthy.metric

    def figures(runs: Sequence[Run]) -> dict[str, Any]:
        return {str(run.seed): plain(value(run, metric)) for run in runs}

    return {
        "mutant": mutant(result.mutant),
        "stale": result.stale,
        "metric": metric or None,
        "healthy": figures(result.sound),
        "broken": figures(result.broken),
    }


def tested(result: TestWritten) -> Json:
    """The file that was written."""
    failed = result.failed
    return {
        "id": result.mutant.id,
        "path": result.path,
        "guard": result.guard,
        "text": result.text,
        "failed": None
        if failed is None
        else {"test": failed.test, "where": failed.where, "says": failed.says},
    }


def ignored(result: Ignored) -> Json:
    """What is left out from now on."""
    return {
        "id": result.mutant.id,
        "file": str(result.path),
        "because": result.because,
        "ignored": result.all,
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
