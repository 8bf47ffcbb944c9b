"""What `--json` prints for the mentor's verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.truth.measures import to_json_number
from lynx.view.data.plain import plain

if TYPE_CHECKING:
    from lynx.mentor.measure import Measuring
    from lynx.mentor.results import BreakCheck, Checked, Recorded
    from lynx.mentor.shards import Merged
    from lynx.mentor.translate import Translating
    from lynx.mentor.upgrade import Upgraded
    from lynx.view.data.plain import Json


def break_check(result: BreakCheck) -> Json:
    """One break: what other programs may rely on, and more after it."""
    return {
        "id": result.id,
        "ok": result.ok,
        "problems": [{"where": p.where, "what": p.what, "remedy": p.remedy} for p in result.problems],
        "claims": [
            {
                "id": row.id,
                "declared": row.declared,
                "verdict": row.verdict,
                "reason": row.reason or None,
                "k": row.k,
                "n": row.n,
                "p": row.p,
                "median": _number(row.median),
                "other": _number(row.other),
            }
            for row in result.claims
        ],
        "seconds": round(result.seconds, 3),
        "slug": result.slug,
        "seeds": result.seeds,
        "provisional": result.provisional,
        "run_seconds": None if result.run_seconds is None else round(result.run_seconds, 3),
        "budget": result.budget,
        "oracle": [
            {
                "subject": row.subject if row.subject != "wrong-fix" else f"wrong-fix {row.number}",
                "passed": row.passed,
                "cases": row.cases,
                "failed": row.failed,
                "reason": row.reason,
            }
            for row in result.oracle
        ],
        "controls": [
            {
                "name": row.name,
                "k": row.k,
                "n": row.n,
                "median": _number(row.median),
                "survived": list(row.survived),
                "ruled_out": list(row.ruled_out),
            }
            for row in result.controls
        ],
        "predictions": [
            {
                "id": row.id,
                "median": _number(row.median),
                "min": _number(row.lowest),
                "max": _number(row.highest),
                "n": row.n,
            }
            for row in result.predictions
        ],
        "written": result.written,
        "warnings": [{"where": p.where, "what": p.what, "remedy": p.remedy} for p in result.warnings],
        "languages": list(result.languages),
        "of": result.of,
    }


def merged(result: Merged) -> Json:
    """What the parts of a check prove together."""
    return {
        "breaks": [
            {
                "id": row.id,
                "slug": row.slug,
                "state": row.state,
                "files": list(row.files),
                "seeds": row.seeds,
                "problems": list(row.problems),
            }
            for row in result.rows
        ],
        "ok": result.ok,
        "quick": result.quick,
    }


def checked(result: Checked) -> Json:
    """Every break that was checked."""
    return {
        "breaks": [break_check(one) for one in result.breaks],
        "ok": result.ok,
        "quick": result.quick,
        "jobs": result.jobs,
        "seconds": round(result.seconds, 3),
    }


def recorded(result: Recorded) -> Json:
    """What was written, and what is left to do."""
    return {
        "id": result.id,
        "slug": result.slug,
        "folder": str(result.folder),
        "target": result.target,
        "diff": result.diff,
        "within": result.within,
        "blanks": result.blanks,
        "restored": result.restored,
        "next": result.next,
    }


def upgraded(result: Upgraded) -> Json:
    """What was brought over, and what is still wrong."""
    return {
        "files": [
            {"path": str(one.path), "wrote": list(one.wrote), "comments_lost": one.comments_lost}
            for one in result.brought
        ],
        "problems": [{"where": p.where, "what": p.what, "remedy": p.remedy} for p in result.problems],
    }


def translating(result: Translating) -> Json:
    """How far a translation is."""
    return {
        "break": result.id,
        "language": result.language,
        "path": str(result.path),
        "texts": result.of,
        "missing": [one.key for one in result.missing],
        "stale": [{"key": one.key, "source": one.source, "text": one.text} for one in result.stale],
        "wrote": result.wrote,
    }


def measuring(result: Measuring) -> Json:
    """What tells healthy from broken, in the order in which it shows."""
    return {
        "break": result.id,
        "seeds": result.seeds,
        "seconds": round(result.seconds, 3),
        "rows": [
            {
                "metric": one.apart.metric,
                "layer": one.apart.layer,
                "first": one.apart.first.step,
                "healthy": plain(one.apart.first.one),
                "broken": plain(one.apart.first.other),
                "effect": plain(one.apart.peak.effect),
                "better": one.apart.better,
                "measure": plain(one.measure),
            }
            for one in result.rows
        ],
        "predictions": [plain(one.values) for one in result.predictions],
        "claims": [plain(one.values) for one in result.claims],
        "written": result.written,
    }


def _number(value: float | None) -> float | str | None:
    return None if value is None else to_json_number(value)
