"""What `--json` prints for the verbs of the loop: the fields that other programs may rely on, and more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lynx.content.licensed import told
from lynx.loop.stages import NEXT, Stage
from lynx.view.data.plain import Json, json_object, plain
from lynx.view.language import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.loop.given import Adopted, Reset
    from lynx.loop.results import (
        Controlled,
        Controls,
        Debrief,
        Judged,
        Measured,
        Predicted,
        Ran,
        Scored,
        Shown,
        Started,
        Trained,
        Verified,
    )
    from lynx.truth.apart import Difference
    from lynx.truth.claims import Result
    from lynx.truth.symptoms import Symptom


def started(result: Started) -> Json:
    """The bug is in: what to predict, and where."""
    return {
        "break": result.break_id,
        "title": text_of(result.title),
        "blind": result.blind,
        "setup": text_of(result.setup) or None,
        "symptom": text_of(result.symptom) if result.blind else None,
        "stage": result.stage.value,
        "attempt": result.number,
        "target": result.target,
        "notes": result.notes,
        "workspace": str(result.workspace),
        "predictions": [
            {
                "id": p.id,
                "ask": text_of(result.asks[p.id]),
                "kind": p.kind.value,
                "options": [o.name for o in p.options],
                "scale": p.scale,
                "hit": p.hit or None,
                "steps": list(p.steps),
            }
            for p in result.predictions
        ],
        "seconds": result.seconds,
        "resumed": result.resumed,
        "next": NEXT[result.stage],
    }


def predicted(result: Predicted) -> Json:
    """One answer, and what is next."""
    return {
        "break": result.break_id,
        "id": result.id,
        "prediction": result.prediction,
        "confidence": result.confidence,
        "because": result.because,
        "missing": list(result.missing),
        "next": f"lynx predict {result.missing[0]}" if result.missing else NEXT[Stage.PREDICTING],
    }


def _measured(one: Measured) -> Json:
    measure = one.measure
    finite_first = sorted(one.values, key=lambda v: (v != v, v)) or [float("nan")]
    return {
        "id": one.id,
        "metric": measure.metric,
        "variant": measure.variant,
        "step": measure.step,
        "layer": measure.layer,
        "values": plain(one.values),
        "median": plain(one.median),
        "min": plain(finite_first[0]),
        "max": plain(finite_first[-1]),
        "seeds": list(one.seeds),
    }


def _scored(one: Scored) -> Json:
    return {
        "id": one.prediction.id,
        "predicted": plain(one.predicted),
        "written": one.written,
        "confidence": one.confidence,
        "because": one.because,
        "says": plain(one.says),
        "measured": plain(one.answer),
        "result": one.result.value,
        "mentor": plain(one.mentor),
        "mentor_range": plain(one.mentor_range),
        "edited": one.edited,
        "points": [{"step": step, "result": result.value} for step, result in _points(one).items()],
    }


def _points(one: Scored) -> dict[int, Result]:
    from lynx.truth.scores import points  # what is given back has none

    return points(one.prediction, one.predicted, one.answer) if isinstance(one.answer, Mapping) else {}


def _judged(one: Judged) -> Json:
    return {
        "id": one.claim.id,
        "verdict": one.verdict.value,
        "reason": one.reason.value,
        "k": one.k,
        "n": one.n,
        "p": plain(one.p),
        "median": plain(one.median),
        "other": plain(one.other),
        "provisional": one.provisional,
        "mentor": plain(one.mentor) or None,
    }


def _symptom(one: Symptom) -> Json:
    return json_object(one)


def ran(result: Ran) -> Json:
    """Everything that was measured."""
    return {
        "break": result.break_id,
        "stage": result.stage.value,
        "first": result.first,
        "measures": [_measured(m) for one in result.scored for m in one.curve or (one.measured,)],
        "predictions": [_scored(one) for one in result.scored],
        "claims": [_judged(one) for one in _tellable(result)],
        "chain": [_symptom(one) for one in result.chain],
        "differs": _differs(result.difference) if result.difference else None,
        "replication": plain(result.replication),
        "surprise": result.surprise,
        "seeds": list(result.seeds),
        "locked_at": result.locked_at,
        "observed": result.observed,
        "notes": result.notes,
        "pictures": list(result.pictures),
        "seconds": result.seconds,
        "set": plain(result.overrides),
        "files": dict(result.files),
        "next": NEXT[result.stage],
    }


def _differs(found: Difference) -> Json:
    """What tells broken from healthy, the largest separation first; `nothing`: it was measured that nothing does."""
    rows = [
        {
            "metric": one.metric,
            "layer": one.layer,
            "from_step": one.first.step,
            "step": one.peak.step,
            "healthy": plain(one.peak.one),
            "broken": plain(one.peak.other),
            "better": one.better,
        }
        for one in found.rows
    ]
    return {
        "rows": rows,
        "nothing": found.nothing,
        "pairs": found.pairs,
        "outside": found.outside,
        "seeds": found.seeds,
    }


def _tellable(result: Ran) -> tuple[Judged, ...]:
    """The claims, but in blind mode, where their ids would name the cause."""
    return () if result.blind and result.stage is not Stage.DONE else result.judged


def shown(result: Shown) -> Json:
    """A recorded series, or the metrics that there are."""
    if result.metric is None:
        metrics = {name: list(layers) for name, layers in result.available.items()}
        return {"run": result.run, "seed": result.seed, "seeds": list(result.seeds), "metrics": metrics}
    return {
        "run": result.run,
        "seed": result.seed,
        "seeds": list(result.seeds),
        "set": plain(result.overrides),
        "files": dict(result.files),
        "metric": result.metric,
        "unit": result.unit,
        "layer": result.layer,
        "step": result.step,
        "series": {
            variant: {
                "layers": list(series.layers) if result.layer is None else [result.layer],
                "points": [
                    {"step": step, "values": plain(_of_layer(values, series.layers, result.layer))}
                    for step, values in series.points.items()
                    if result.step in (None, step)
                ],
            }
            for variant, series in result.series.items()
        },
    }


def _of_layer(values: Sequence[float], layers: Sequence[str], layer: str | None) -> Sequence[float]:
    return [values[layers.index(layer)]] if layer is not None and layer in layers else values


def controls(result: Controls) -> Json:
    """The rivals, and the controls that tell them apart."""
    return {
        "break": result.break_id,
        "rivals": {name: text_of(text) for name, text in result.rivals.items()},
        "out": dict(result.out),
        "controls": [
            {"name": c.name, "says": text_of(c.says), "predicts": list(c.control.predicts), "done": c.done}
            for c in result.controls
        ],
    }


def controlled(result: Controlled) -> Json:
    """One control: what was expected, what was measured, who survived."""
    return {
        "break": result.break_id,
        "name": result.name,
        "expected": result.expected,
        "confidence": result.confidence,
        "measured": _measured(result.measured),
        "reference": _measured(result.reference) if result.reference else None,
        "survived": list(result.survived),
        "ruled_out": list(result.ruled_out),
        "set": plain(result.overrides),
        "files": dict(result.files),
    }


def verified(result: Verified) -> Json:
    """The verdict on a fix."""
    return {
        "break": result.break_id,
        "verdict": result.verdict,
        "stage": result.stage.value,
        "target": None if result.blind and result.verdict != "fixed" else result.target,
        "same_as_reference": result.same_as_reference,
        "oracle": {"cases": result.cases, "failed": result.failed},
        "reason": result.reason,
        "trained": _trained(result.trained),
        "by": plain(result.by),
        "error": result.error,
        "claims": [_judged(one) for one in result.claims],
        "other_files": list(result.other_files),
        "seconds": result.seconds,
        "next": NEXT[result.stage],
    }


def _trained(result: Trained | None) -> Json | None:
    if result is None:
        return None
    departs = result.outcome == "departs"
    return {
        "outcome": result.outcome,
        "cause": result.cause,
        "metric": result.metric or None,
        "step": result.step,
        "healthy": plain(result.healthy) if departs else None,
        "yours": plain(result.yours) if departs else None,
    }


def debrief(result: Debrief) -> Json:
    """The cause, the fix, and what was measured."""
    return {
        "break": result.break_.id,
        "revealed": result.revealed,
        "explanation": result.explanation,
        "hidden_cause": told(text_of(result.break_.hidden_cause)),
        "fix": result.fix,
        "why": told(text_of(result.break_.why)),
        "predictions": [_scored(one) for one in result.scored],
        "claims": [_judged(one) for one in result.judged],
        "controls": [{k: v for k, v in plain(one).items() if k != "own"} for one in result.controls],
        "hints": result.hints,
        "next": f"lynx break {result.next}" if result.next else "lynx list",
    }


def reset(result: Reset) -> Json:
    """The target given back."""
    return {
        "break": result.break_id,
        "target": result.target,
        "outcome": result.outcome,
        "kept": result.kept,
        "leftovers": [{"where": where, "command": command} for where, command in result.leftovers],
        "mended": plain(result.mended),
        "diff": result.diff or None,
        "afresh": result.afresh,
    }


def adopted(result: Adopted) -> Json:
    """A state that came along with the folder, taken over."""
    return {
        "adopted": result.was_foreign,
        "break": result.break_id,
        "target": result.target,
        "notes": result.notes,
        "runnable": result.runnable,
        "next": result.next,
    }
