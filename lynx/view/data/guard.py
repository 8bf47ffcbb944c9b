"""What `--json` prints for `lynx guard`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.scan.guarding import Outcome
from lynx.view.language import text_of

if TYPE_CHECKING:
    from lynx.scan.guarding import Guarded, Held
    from lynx.view.data.plain import Json


def guarded(result: Guarded) -> Json:
    """The verdict, and what the test says of each variant."""
    rows = {row.subject: row for row in result.rows}
    bug = rows.get("bug")
    return {
        "break": result.break_id,
        "attempt": result.attempt,
        "target": result.target,
        "tests": list(result.tests),
        "verdict": result.verdict,
        "guard": {
            "healthy": "pass" if rows["healthy"].outcome in (Outcome.PASSES, Outcome.UNREAD) else "fail",
            "broken": None if bug is None else "fail" if bug.right else "pass",
            "wrong_fixes": [
                {"says": text_of(row.says), "caught": row.right}
                for row in result.rows
                if row.subject == "wrong-fix"
            ],
        },
        "rows": [_row(row) for row in result.rows],
        "right": result.right,
        "unplaced": result.unplaced,
        "advice": text_of(result.advice) or None,
    }


def _row(row: Held) -> Json:
    return {
        "subject": row.subject,
        "says": text_of(row.says) or None,
        "outcome": row.outcome.value,
        "failed": row.failed,
        "runs": row.runs,
        "test": row.test or None,
        "where": row.where or None,
        "line": row.line or None,
        "error": row.error or None,
    }
