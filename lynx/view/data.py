"""What `--json` prints for each result: the fields that DESIGN 10 promises, and what else is known.

A number that is not finite is the string "nan", "inf" or "-inf"; texts are in the language in force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lynx.loop.stages import NEXT, Stage
from lynx.truth.measures import to_json_number
from lynx.view.error import to_json as error_json
from lynx.view.language import LANGUAGES, text_of
from lynx.view.screens import name_of

if TYPE_CHECKING:
    from lynx.loop.hints import Hinted
    from lynx.loop.results import (
        Adopted,
        Controlled,
        Controls,
        Debrief,
        Judged,
        Measured,
        Progress,
        Ran,
        Reset,
        Scored,
        Shown,
        Started,
        Verified,
    )
    from lynx.loop.standing import Listed, Status
    from lynx.truth.symptoms import Symptom

Json = dict[str, Any]


def to_json(result: Any) -> Json:
    """The result as an object for `json.dumps(…, allow_nan=False)`.

    A result that this module does not know may bring its own `data()`; else its fields are printed.
    """
    if isinstance(result, tuple):
        return {"breaks": [_listed(line) for line in result]}
    if own := getattr(result, "data", None):
        return _object(own())
    known = BY_TYPE.get(name_of(result))
    return known(result) if known else _object(result)


def plain(value: Any) -> Any:
    """Any value in JSON's terms: enums by value, paths as text, `{en, es}` texts by language."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return to_json_number(value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        if value and set(value) <= set(LANGUAGES):
            return text_of(value)
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [plain(item) for item in value]
    return str(value)


def _object(value: Any) -> Json:
    found = plain(value)
    return found if isinstance(found, dict) else {"value": found}


def _adopted(result: Adopted) -> Json:
    return {
        "adopted": result.was_foreign,
        "break": result.break_id,
        "target": result.target,
        "notes": result.notes,
        "runnable": result.runnable,
        "next": result.next,
    }


def _started(result: Started) -> Json:
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
            }
            for p in result.predictions
        ],
        "seconds": result.seconds,
        "resumed": result.resumed,
        "next": NEXT[result.stage],
    }


def _measured(one: Measured) -> Json:
    measure = one.measure
    finite_first = sorted(one.values, key=lambda v: (v != v, v))
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
        "page": plain(one.page),
        "measured": plain(one.answer),
        "result": one.result.value,
        "mentor": plain(one.mentor),
        "edited": one.edited,
    }


def _judged(one: Judged) -> Json:
    return {
        "id": one.claim.id,
        "verdict": one.verdict.value,
        "k": one.k,
        "n": one.n,
        "p": plain(one.p),
        "median": plain(one.median),
        "other": plain(one.other),
        "provisional": one.provisional,
        "mentor": plain(one.mentor) or None,
    }


def _symptom(one: Symptom) -> Json:
    return _object(one)


def _ran(result: Ran) -> Json:
    return {
        "break": result.break_id,
        "stage": result.stage.value,
        "first": result.first,
        "measures": [_measured(one.measured) for one in result.scored],
        "predictions": [_scored(one) for one in result.scored],
        "claims": [_judged(one) for one in _tellable(result)],
        "chain": [_symptom(one) for one in result.chain],
        "surprise": result.surprise,
        "seeds": list(result.seeds),
        "locked_at": result.locked_at,
        "notes": result.notes,
        "pictures": list(result.pictures),
        "seconds": result.seconds,
        "next": NEXT[result.stage],
    }


def _tellable(result: Ran) -> tuple[Judged, ...]:
    """The claims, but in blind mode, where their ids would name the cause."""
    return () if result.blind and result.stage is not Stage.DONE else result.judged


def _shown(result: Shown) -> Json:
    if result.metric is None:
        return {"metrics": {name: list(layers) for name, layers in result.available.items()}}
    return {
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


def _hinted(result: Hinted) -> Json:
    return {
        "break": result.break_id,
        "level": result.level,
        "of": result.of,
        "text": text_of(result.text),
        "opened": result.opened,
        "open": [text_of(text) for text in result.open],
    }


def _controls(result: Controls) -> Json:
    return {
        "break": result.break_id,
        "rivals": {name: text_of(text) for name, text in result.rivals.items()},
        "out": dict(result.out),
        "controls": [
            {"name": c.name, "says": text_of(c.says), "predicts": list(c.control.predicts), "done": c.done}
            for c in result.controls
        ],
    }


def _controlled(result: Controlled) -> Json:
    return {
        "break": result.break_id,
        "name": result.name,
        "expected": result.expected,
        "confidence": result.confidence,
        "measured": _measured(result.measured),
        "reference": _measured(result.reference) if result.reference else None,
        "survived": list(result.survived),
        "ruled_out": list(result.ruled_out),
    }


def _verified(result: Verified) -> Json:
    return {
        "break": result.break_id,
        "verdict": result.verdict,
        "stage": result.stage.value,
        "target": None if result.blind and result.verdict != "fixed" else result.target,
        "same_as_reference": result.same_as_reference,
        "oracle": {"cases": result.cases, "failed": result.failed},
        "reason": result.reason,
        "by": plain(result.by),
        "error": result.error,
        "claims": [_judged(one) for one in result.claims],
        "other_files": list(result.other_files),
        "seconds": result.seconds,
        "next": NEXT[result.stage],
    }


def _debrief(result: Debrief) -> Json:
    return {
        "break": result.break_.id,
        "revealed": result.revealed,
        "explanation": result.explanation,
        "hidden_cause": text_of(result.break_.hidden_cause),
        "fix": result.fix,
        "why": text_of(result.break_.why),
        "predictions": [_scored(one) for one in result.scored],
        "claims": [_judged(one) for one in result.judged],
        "controls": plain(result.controls),
        "hints": result.hints,
        "next": f"lynx break {result.next}" if result.next else "lynx list",
    }


def _reset(result: Reset) -> Json:
    return {
        "break": result.break_id,
        "target": result.target,
        "outcome": result.outcome,
        "kept": result.kept,
        "leftovers": [{"where": where, "command": command} for where, command in result.leftovers],
        "mended": plain(result.mended),
        "diff": result.diff or None,
    }


def _status(result: Status) -> Json:
    return {
        "break": result.break_id,
        "title": text_of(result.title) or None,
        "blind": result.blind,
        "stage": result.stage.value if result.stage else None,
        "target": result.target,
        "target_state": result.target_state,
        "foreign": result.foreign,
        "damage": error_json(result.damage)["error"] if result.damage else None,
        "notes": result.notes,
        "hints": {"shown": result.hints_shown, "of": result.hints_of},
        "controls": result.controls,
        "due": plain(result.due),
        "leftovers": [{"where": where, "command": command} for where, command in result.leftovers],
        "kept": list(result.kept),
        "recovered": result.recovered,
        "next": result.next,
    }


def _listed(line: Listed) -> Json:
    return {
        "id": line.id,
        "phase": line.phase,
        "title": text_of(line.title),
        "state": line.state,
        "teaches": list(line.teaches),
        "seconds": line.seconds,
        "pack": line.pack,
        "usable": not line.broken,
    }


def _progress(result: Progress) -> Json:
    return {
        "made": result.made,
        "hits": result.hits,
        "brier": plain(result.brier),
        "breaks": [
            {"id": name, "predictions": made, "hits": hits, "brier": plain(brier)}
            for name, made, hits, brier in result.by_break
        ],
        "predictions": [_scored(one) for one in result.rows],
    }


BY_TYPE: dict[str, Callable[[Any], Json]] = {
    "lynx.loop.results.Started": _started,
    "lynx.loop.results.Ran": _ran,
    "lynx.loop.results.Shown": _shown,
    "lynx.loop.hints.Hinted": _hinted,
    "lynx.loop.results.Controls": _controls,
    "lynx.loop.results.Controlled": _controlled,
    "lynx.loop.results.Verified": _verified,
    "lynx.loop.results.Debrief": _debrief,
    "lynx.loop.results.Reset": _reset,
    "lynx.loop.results.Adopted": _adopted,
    "lynx.loop.standing.Status": _status,
    "lynx.loop.results.Progress": _progress,
}
