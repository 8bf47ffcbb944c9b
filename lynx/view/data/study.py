"""What `--json` prints for the verbs of the study room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.study import rules
from lynx.study.grid import DIVERGED, GUESSING, TRAINED, Outcome
from lynx.truth.measures import to_json_number
from lynx.view.data.plain import Json, json_object, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.study.results import (
        Atlas,
        Checked,
        CheckItem,
        Drilled,
        DrillQuestion,
        LabReport,
        PhaseView,
    )
    from lynx.study.trajectory import Sketched, Sketching


def phase(result: PhaseView) -> Json:
    """The fields that other programs get."""
    return json_object(
        {
            "phase": result.phase.id,
            "title": result.phase.title,
            "goal": result.phase.goal,
            "chapters": [
                {"ref": f"{result.phase.id}/{c.id}", "title": c.title, "minutes": c.minutes}
                for c in result.phase.chapters
            ],
            "laboratories": [
                {
                    "ref": f"{result.phase.id}/{x.id}",
                    "title": x.title,
                    "done": x.id in result.laboratories_done,
                }
                for x in result.phase.laboratories
            ],
            "breaks": [{"id": b.id, "title": b.title, "state": b.state} for b in result.breaks],
            "done": [_item(item) for item in result.items],
            "drills": result.drills,
            "next": result.next,
        }
    )


def checked(result: Checked) -> Json:
    """The fields that other programs get."""
    return json_object(
        {
            "phase": result.phase,
            "ok": all(item.ok for item in result.items),
            "items": [_item(i) for i in result.items],
        }
    )


def laboratory(result: LabReport) -> Json:
    """The fields that other programs get; the series are in the result file."""
    return json_object(
        {
            "lab": result.reference,
            "title": result.title,
            "seeds": list(result.seeds),
            "changed": dict(result.changed),
            "modules": result.modules,
            "predictions": [
                {
                    "id": one.prediction.id,
                    "predicted": one.predicted,
                    "confidence": one.confidence,
                    "measured": one.answer,
                    "result": one.result.value,
                }
                for one in result.scored
            ],
            "claims": [
                {"id": j.claim.id, "says": j.says, "verdict": j.verdict.value, "k": j.k, "n": j.n}
                for j in result.judged
            ],
            "folder": result.folder,
            "files": list(result.files),
            "seconds": result.seconds,
            "next": result.next,
        }
    )


def question(result: DrillQuestion) -> Json:
    """The fields that other programs get."""
    return json_object(
        {
            "cell": result.cell.knobs(),
            "number": result.number,
            "review": result.review_of is not None,
            "outcomes": {
                Outcome.TRAINS.value: {"loss_at_most": TRAINED * GUESSING},
                Outcome.DIVERGES.value: {"loss_above": DIVERGED * GUESSING},
                Outcome.STUCK.value: {},
            },
            "base_rates": {one.value: share for one, share in rules.shares(rules.stable().values()).items()},
            "next": "lynx drill --answer OUTCOME --sure 30|50|70|90",
        }
    )


def drilled(result: Drilled) -> Json:
    """The fields that other programs get."""
    return json_object(
        {
            "cell": result.question.cell.knobs(),
            "answer": result.answer.value,
            "confidence": result.confidence,
            "outcome": result.outcome.value if result.outcome else None,
            "outcomes": [one.value for one in result.outcomes],
            "reason": result.reason.value if result.reason else None,
            "right": result.right,
            "rule": result.rule.value,
            "links": [{"name": x.name, "step": x.step, **_numbers(x.values)} for x in result.links],
            "facts": _numbers(result.facts),
            "seconds": round(result.seconds, 2),
            "next": "lynx drill",
        }
    )


def atlas(result: Atlas) -> Json:
    """The fields that other programs get; the combinations are in the file."""
    return json_object(
        {
            "cells": len(result.cells),
            "of": result.of,
            "seeds": result.seeds,
            "measured": result.measured,
            "seconds": round(result.seconds, 1),
            "processes": result.processes,
            "shares": dict(result.shares),
            "rule_right": result.rule_right,
            "commonest": result.commonest.value if result.commonest else None,
            "commonest_right": result.commonest_right,
            "reasons": {one.value: n for one, n in result.reasons.items()},
            "deeper_than_twenty_without_residual": {
                "trains": result.plain_deep[0],
                "of": result.plain_deep[1],
            },
            "folder": result.folder,
            "files": list(result.files),
        }
    )


def _item(item: CheckItem) -> Json:
    found = [one.template.format(**plain(one.fields)) for one in item.found]
    return {"id": item.id, "says": item.says, "ok": item.ok, "found": found, "command": item.command}


def _numbers(values: Mapping[str, float]) -> dict[str, float | str]:
    return {name: to_json_number(value) for name, value in values.items()}


def sketching(result: Sketching) -> Json:
    """The fields that other programs get."""
    return json_object(
        {
            "cell": result.cell.knobs(),
            "number": result.number,
            "steps": list(result.prediction.steps),
            "hit": result.prediction.hit,
            "next": 'lynx drill --curve --answer "…" --sure 70',
        }
    )


def sketched(result: Sketched) -> Json:
    """The fields that other programs get."""
    scored = result.scored
    return json_object(
        {
            "cell": result.asked.cell.knobs(),
            "answer": scored.predicted,
            "confidence": scored.confidence,
            "measured": scored.answer,
            "result": scored.result.value,
            "points": {step: one.value for step, one in result.points.items()},
            "rule": dict(result.rule),
            "rule_says": result.rule_says,
            "rule_result": result.rule_result.value,
            "rule_points": {step: one.value for step, one in result.rule_points.items()},
            "seconds": round(result.seconds, 2),
            "next": "lynx drill --curve",
        }
    )
