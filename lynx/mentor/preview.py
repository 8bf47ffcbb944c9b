"""`lynx mentor preview`: every screen a learner will see, from the spec and its proof alone. Pure.

No repository is touched and nothing runs. The learner in it answers as the first source does (where none says
anything: as measured), sure to 70 %, so that the mentor sees the source held against the measures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.loop import scoring
from lynx.loop.given import Reset
from lynx.loop.hints import Hinted
from lynx.loop.results import (
    ControlCard,
    Controlled,
    Controls,
    ControlSeen,
    Debrief,
    Judged,
    Measured,
    Ran,
    Scored,
    Started,
    Verified,
)
from lynx.loop.scoring import number as measured_number
from lynx.loop.stages import NEXT, Stage
from lynx.loop.standing import Listed, Status
from lynx.truth.claims import Answer, Claim, Curve, Prediction, Result, Value, Verdict
from lynx.truth.measures import Ended, Run, Series
from lynx.truth.symptoms import Symptom

if TYPE_CHECKING:
    from lynx.content.spec import Break

CONFIDENCE = 70
NOTES = "phase-{phase:02d}/notes/breaks.md"


@dataclass(frozen=True)
class Screen:
    """One screen: its short name, the command that shows it, the stage in which it does, the result drawn."""

    name: str  # list, break, run, control, hint, status, verify, debrief, reset
    command: str
    stage: Stage
    result: Any


@dataclass(frozen=True)
class Pages:
    """`lynx mentor preview --json`: the screens in the order of the loop."""

    screens: tuple[Screen, ...]


def preview(break_: Break, stage: str | None = None) -> tuple[Screen, ...]:
    """Every screen of a break, or those of one name (`hint`) or stage (`fixing`).

    Raises Refused for a name that none has.
    """
    every = tuple(_screens(break_))
    found = tuple(one for one in every if stage in (None, one.name, one.stage.value))
    if not found:
        raise Refused(
            N_("There is no screen “{stage}”."),
            code="unknown-stage",
            remedy=N_("There are: {names}"),
            stage=stage,
            names=", ".join(dict.fromkeys(one.name for one in every)),
        )
    return found


def _screens(break_: Break) -> Iterator[Screen]:
    id_ = break_.id
    yield Screen("list", "lynx list", Stage.PREDICTING, (_listed(break_, "new"),))
    yield Screen("break", f"lynx break {id_}", Stage.PREDICTING, _started(break_, blind=False))
    yield Screen("break", f"lynx break {id_} --blind", Stage.PREDICTING, _started(break_, blind=True))
    yield Screen("run", "lynx run", Stage.FIXING, _ran(break_))
    if break_.controls:
        yield Screen("control", "lynx control", Stage.FIXING, _controls(break_, set()))
    for name, card in _cards(break_, set()).items():
        rival = next(iter(card.control.predicts))
        command = f"lynx control {name} --expect {rival}"
        yield Screen("control", command, Stage.FIXING, _controlled(break_, card, rival))
    for level in range(1, len(break_.hints) + 1):
        yield Screen("hint", "lynx hint", Stage.FIXING, _hinted(break_, level))
    yield Screen("status", "lynx", Stage.FIXING, _status(break_, Stage.FIXING))
    yield Screen("verify", "lynx verify", Stage.FIXING, _verified(break_, "not-fixed"))
    yield Screen("verify", "lynx verify", Stage.EXPLAINING, _verified(break_, "fixed"))
    yield Screen("debrief", 'lynx explain --text "…"', Stage.DONE, _debrief(break_))
    given_back = Reset(id_, break_.target, "restored", None, ())
    yield Screen("reset", "lynx reset --yes", Stage.DONE, given_back)


def _listed(break_: Break, state: str) -> Listed:
    return Listed(
        id=break_.id,
        phase=break_.phase,
        title=break_.title,
        teaches=break_.teaches,
        seconds=_seconds(break_),
        state=state,
        pack=break_.pack,
    )


def _seconds(break_: Break) -> float:
    return float(break_.measured.get("seconds", break_.budget))


def _seeds(break_: Break) -> tuple[int, ...]:
    return tuple(range(int(break_.measured.get("seeds", 3))))


def _started(break_: Break, *, blind: bool) -> Started:
    return Started(
        break_id=break_.id,
        title=break_.blind_title if blind else break_.title,
        blind=blind,
        setup=None if blind else break_.setup,
        symptom=break_.symptom,
        phase=break_.phase,
        stage=Stage.PREDICTING,
        number=1,
        target=None if blind else break_.target,
        notes=NOTES.format(phase=break_.phase),
        workspace=Path("learners/you"),
        predictions=break_.predictions,
        asks=break_.asks,
        seconds=_seconds(break_),
    )


def _ran(break_: Break) -> Ran:
    scored = tuple(_scored(break_, p) for p in break_.predictions)
    misses = [one for one in scored if one.result is Result.MISS]
    return Ran(
        break_id=break_.id,
        title=break_.title,
        blind=False,
        stage=Stage.FIXING,
        first=True,
        runs=_curves(break_),
        seeds=_seeds(break_),
        scored=scored,
        judged=_judged(break_),
        chain=_chain(break_),
        locked_at=0.0,
        notes=NOTES.format(phase=break_.phase),
        surprise=misses[0].prediction.id if misses else None,
        seconds=_seconds(break_),
    )


def _row(break_: Break, section: str, name: str) -> Mapping[str, Any]:
    """One row of the proof; empty where there is none."""
    found = break_.measured.get(section)
    row = found.get(name) if isinstance(found, Mapping) else None
    return row if isinstance(row, Mapping) else {}


def _scored(break_: Break, prediction: Prediction) -> Scored:
    row = _row(break_, "predictions", prediction.id)
    values = tuple(measured_number(row[key]) for key in ("min", "median", "max") if key in row)
    found = tuple(
        Measured(prediction.id, measure, points, _seeds(break_), break_.metrics)
        for measure, points in zip(prediction.measures, _points(row, prediction, values), strict=True)
    )
    nobody = Answer(prediction.id, "–", CONFIDENCE, "…")
    ask = break_.asks[prediction.id]
    plain = scoring.score(prediction, ask, nobody, "–", found)
    value = next(iter(prediction.says.values()), plain.answer)
    mentor = None if plain.answer == "–" else _mentors(row)
    return scoring.score(prediction, ask, replace(nobody, value=value), _written(value), found, mentor=mentor)


def _points(
    row: Mapping[str, Any], prediction: Prediction, values: tuple[float, ...]
) -> list[tuple[float, ...]]:
    """What the proof has of each of a prediction's measures; empty where it has nothing."""
    curve = row.get("curve")
    if not prediction.steps:
        return [values]
    at = curve if isinstance(curve, Mapping) else {}
    return [(measured_number(at[str(step)]),) if str(step) in at else () for step in prediction.steps]


def _mentors(row: Mapping[str, Any]) -> float | Curve:
    """What the proof has of one prediction: a curve, or its median."""
    curve = row.get("curve")
    if isinstance(curve, Mapping):
        return {int(step): measured_number(value) for step, value in curve.items()}
    return measured_number(row["median"])


def _written(value: Value) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{step}: {number:g}" for step, number in value.items())
    return value if isinstance(value, str) else f"{value:g}"


def _judged(break_: Break) -> tuple[Judged, ...]:
    return tuple(_judgement(break_, c) for c in break_.claims if c.measure.variant != "yours")


def _judgement(break_: Break, claim: Claim) -> Judged:
    row = _row(break_, "claims", claim.id)
    p = row.get("p")
    return Judged(
        claim=claim,
        says=break_.says[claim.id],
        verdict=Verdict(row["verdict"]) if "verdict" in row else claim.verdict,
        k=int(row.get("k", 0)),
        n=int(row.get("n", 0)),
        p=None if p is None else float(p),
        median=measured_number(row.get("median", "nan")),
        other=measured_number(row["other"]) if "other" in row else None,
        provisional=False,
        mentor=row,
        by=break_.source_of(claim),
    )


def _chain(break_: Break) -> tuple[Symptom, ...]:
    rows = break_.measured.get("chain", ())
    return tuple(
        Symptom(str(name), str(metric), str(layer), int(step), measured_number(h), measured_number(b))
        for name, metric, layer, step, h, b in rows
    )


def _curves(break_: Break) -> dict[str, tuple[Run, ...]]:
    """The losses of seed 0, as thin as the proof keeps them."""
    found: dict[str, tuple[Run, ...]] = {}
    for variant, points in break_.measured.get("loss", {}).items():
        series = Series((), {int(step): (measured_number(value),) for step, value in points})
        found[variant] = (Run(variant, 0, Ended.FINISHED, {"loss": series}),)
    return found


# -- controls, hints ---------------------------------------------------------------------------------------


def _cards(break_: Break, done: set[str]) -> dict[str, ControlCard]:
    return {
        name: ControlCard(name, control.says, control, name in done)
        for name, control in break_.controls.items()
    }


def _controls(break_: Break, done: set[str]) -> Controls:
    return Controls(break_.id, break_.rivals, {}, tuple(_cards(break_, done).values()))


def _controlled(break_: Break, card: ControlCard, expected: str) -> Controlled:
    row = _row(break_, "controls", card.name)
    value = measured_number(row["median"]) if "median" in row else float("nan")
    survived: Sequence[str] = tuple(row.get("survived", ()))
    return Controlled(
        break_id=break_.id,
        name=card.name,
        card=card,
        rivals=break_.rivals,
        expected=expected,
        confidence=CONFIDENCE,
        measured=Measured(card.name, card.control.measure, (value,), _seeds(break_), break_.metrics),
        reference=None,
        survived=tuple(survived),
        ruled_out=tuple(r for r in card.control.predicts if row and r not in survived),
    )


def _hinted(break_: Break, level: int) -> Hinted:
    return Hinted(
        break_id=break_.id,
        level=level,
        of=len(break_.hints),
        text=break_.hints[level - 1],
        open=tuple(break_.hints[:level]),
        opened=True,
    )


def _status(break_: Break, stage: Stage) -> Status:
    return Status(
        break_id=break_.id,
        title=break_.title,
        blind=False,
        stage=stage,
        target=break_.target,
        target_state="untouched",
        notes=NOTES.format(phase=break_.phase),
        hints_shown=len(break_.hints),
        hints_of=len(break_.hints),
        controls=len(break_.controls),
        next=NEXT[stage],
    )


# -- the end -----------------------------------------------------------------------------------------------


def _verified(break_: Break, verdict: str) -> Verified:
    fixed = verdict == "fixed"
    oracle = break_.oracle
    cases = oracle.cases if oracle else len(break_.verify_by)
    claims = [] if oracle else [c for c in break_.claims if c.id in break_.verify_by]
    return Verified(
        break_id=break_.id,
        verdict=verdict,
        stage=Stage.EXPLAINING if fixed else Stage.FIXING,
        target=break_.target,
        same_as_reference=fixed,
        cases=cases,
        failed=0 if fixed else cases,
        reason="" if fixed else ("output" if oracle else "claims"),
        claims=tuple(_judgement(break_, claim) for claim in claims),
        tolerance=oracle.tolerance if oracle else 1e-6,
    )


def _debrief(break_: Break) -> Debrief:
    seen = []
    for name, control in break_.controls.items():
        row = _row(break_, "controls", name)
        mentor = measured_number(row["median"]) if "median" in row else None
        seen.append(
            ControlSeen(
                name=name,
                says=control.says,
                expect=control.expect,
                measure=control.measure,
                own=break_.metrics,
                here=None,
                mentor=mentor,
                survived=tuple(row.get("survived", ())),
                out=tuple(r for r in control.predicts if "survived" in row and r not in row["survived"]),
            )
        )
    return Debrief(
        break_=break_,
        revealed=False,
        explanation="…",
        scored=tuple(_scored(break_, p) for p in break_.predictions),
        judged=_judged(break_),
        chain=_chain(break_),
        controls=tuple(seen),
        fix=undone(break_.diff),
        hints=len(break_.hints),
        next=break_.next,
        seeds=len(_seeds(break_)),
    )


def undone(diff: str) -> str:
    """The diff the other way round: the bug's lines go, the healthy ones come."""
    turned: list[str] = []
    gone: list[str] = []
    came: list[str] = []
    for line in [*diff.splitlines(), ""]:
        if line.startswith("-") and not line.startswith("--- "):
            came.append("+" + line[1:])
        elif line.startswith("+") and not line.startswith("+++ "):
            gone.append("-" + line[1:])
        else:
            turned += [*gone, *came, line]
            gone, came = [], []
    return "\n".join(turned).rstrip("\n") + "\n"
