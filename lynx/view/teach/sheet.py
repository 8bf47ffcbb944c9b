"""`lynx class --csv`: a row for each learner and break, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lynx.teach.results import ClassView

COLUMNS = (
    "learner", "source", "day", "doubts", "break", "stage", "attempts", "hints", "of", "tries", "hit_rate", "brier",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so


def sheet(view: ClassView) -> str:
    """The table as CSV; names of columns and stages are the same in every language."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for one in view.learners:
        who = [_safe(one.name), one.source, one.day, " ".join(one.faults)]
        for played in one.breaks:
            scores = ["" if score is None else f"{score:.4f}" for score in (played.hit_rate, played.brier)]
            rows.writerow(
                [
                    *who,
                    _safe(played.id),
                    played.stage,
                    played.attempts,
                    played.hints,
                    played.of,
                    played.tries,
                    *scores,
                ]
            )
        if not one.breaks:
            rows.writerow([*who, *[""] * (len(COLUMNS) - len(who))])
    return out.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
