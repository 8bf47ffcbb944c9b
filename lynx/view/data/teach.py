"""What `--json` prints for a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.view.language import text_of

if TYPE_CHECKING:
    from lynx.teach.results import ClassView, HandedIn

Json = dict[str, Any]


def handed_in(result: HandedIn) -> Json:
    """A file that was written."""
    return {**vars(result), "path": str(result.path)}


def classroom(view: ClassView) -> Json:
    """The class."""
    parts = view.parts
    return {
        "learners": [
            {
                "name": one.name,
                "source": one.source,
                "day": one.day,
                "faults": list(one.faults),
                "same_as": one.same_as,
                "breaks": [
                    {key: value for key, value in vars(played).items() if key != "answers"}
                    for played in one.breaks
                ],
            }
            for one in view.learners
        ],
        "misses": [
            {
                "break": one.break_id,
                "prediction": one.prediction,
                "ask": text_of(one.ask),
                "wrong": one.wrong,
                "of": one.of,
                "confidence": one.confidence,
                "said": one.said,
                "measured": one.measured,
            }
            for one in view.misses
        ],
        "calibration": {
            "bins": [vars(one) for one in view.bins],
            "brier": None if parts is None else parts.brier,
            "reliability": None if parts is None else parts.reliability,
            "resolution": None if parts is None else parts.resolution,
        },
        "stuck": [
            {"name": one.name, "break": one.break_id, "why": one.why, "n": one.n, "days": one.days}
            for one in view.stuck
        ],
        "unread": [{"path": str(one.path), "why": one.why} for one in view.unread],
        "written": [str(path) for path in view.written],
    }
