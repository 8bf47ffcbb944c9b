"""What `--json` prints for an exam."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.study.papers import SOUND
from lynx.truth.measures import to_json_number
from lynx.view.data.plain import Json, json_object

if TYPE_CHECKING:
    from lynx.study.exam import Graded, Sitting


def sitting(result: Sitting) -> Json:
    """The paper; with `--look` the recorded values of one instrument instead of the words."""
    paper = result.paper
    given = {
        "exam": paper.reference,
        "number": result.number,
        "runs": list(paper.labels),
        "answered": {label: vars(one) for label, one in result.answers.items()},
        "left": list(result.left),
    }
    if result.look is None:
        return json_object(
            {
                **given,
                "title": paper.title,
                "setup": paper.setup,
                "instruments": [{"metric": p.metric, "says": p.says} for p in result.panels],
                "causes": [{"id": one.id, "says": one.says} for one in paper.causes],
                "places": [{"id": name, "says": said} for name, said in paper.places.items()],
                "next": f"lynx exam {paper.reference} --answer RUN=CAUSE/PLACE@30|50|70|90",
            }
        )
    shown = {}
    for name, run in result.runs.items():
        if result.look in run.series and (result.only is None or SOUND in name or name == result.only):
            points = run.series[result.look].points
            values = [to_json_number(points[step][0]) for step in sorted(points)]
            shown[name] = {"steps": sorted(points), "values": values}
    return json_object({**given, "metric": result.look, "series": shown})


def graded(result: Graded) -> Json:
    """How it went."""
    return json_object(
        {
            "exam": result.paper.reference,
            "number": result.number,
            "named": result.named,
            "located": result.located,
            "of": len(result.marked),
            "brier": result.brier,
            "seconds": round(result.seconds, 1),
            "runs": [
                {
                    "run": one.label,
                    "answer": vars(one.answer),
                    "cause": one.cause.id,
                    "place": one.cause.place,
                    "named": one.named,
                    "located": one.located,
                    "first_sign": None
                    if one.sign is None
                    else {
                        "metric": one.sign.metric,
                        "step": one.sign.step,
                        "here": to_json_number(one.sign.here),
                        "sound": to_json_number(one.sign.sound),
                    },
                }
                for one in result.marked
            ],
            "next": result.next,
        }
    )
