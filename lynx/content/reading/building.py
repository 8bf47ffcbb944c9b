"""From the validated model to the frozen dataclasses that the rest of Lynx reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from lynx.content.reading.texts import ids
from lynx.content.spec import (
    Break,
    Control,
    Elsewhere,
    Experiment,
    Level,
    Needs,
    Oracle,
    OracleInput,
    Origin,
    Variant,
    WrongFix,
)
from lynx.content.words import Worded
from lynx.truth.claims import Claim, Compare, Expect, Kind, Option, Prediction, Value, Verdict
from lynx.truth.measures import Measure, Metric, Reducer, Relative, Where, Worse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lynx.content.reading.kept import Kept
    from lynx.content.reading.parts import (
        ClaimModel,
        CompareModel,
        ElsewhereModel,
        ExpectModel,
        ExperimentModel,
        MeasureModel,
        NeedsModel,
        OracleModel,
        PredictionModel,
        RelativeModel,
        WrongFixModel,
    )
    from lynx.content.reading.schema import BreakModel
    from lynx.content.reading.texts import Words


def build(
    model: BreakModel, say: Words, *, folder: Path, pack: str, kept: Kept, lines: Mapping[str, int]
) -> Break:
    """The Break of a model that has passed every check, in the words of `say`; its proof is read elsewhere."""
    named = {name: Variant(name, v.on, v.args, v.diff) for name, v in model.variants.items()}
    hint_ids = tuple(model.hints if isinstance(model.hints, dict) else ids("hints", model.hints))
    symptom = say("symptom")
    return Break(
        id=model.id,
        slug=model.slug,
        phase=model.phase,
        title=say("title"),
        blind_title=say("blind_title") or _shortly(symptom) or Worded({model.language: model.id}),
        teaches=tuple(model.teaches),
        read=tuple(model.read),
        target=model.target,
        within=model.within,
        diff=model.diff,
        pythonpath=tuple(model.pythonpath),
        experiment=_experiment(model.experiment),
        variants={"healthy": Variant("healthy", "healthy"), "broken": Variant("broken", "broken"), **named},
        rivals={name: say("rivals", name) for name in model.rivals},
        controls={
            name: Control(
                variant=Variant(name, c.on, c.args, c.diff),
                measure=_measure(c.measure, default=name),
                predicts={rival: _expect(expect) for rival, expect in c.predicts.items()},
                expect=_expect(c.expect),
                says=say("controls", name, "says") or None,
            )
            for name, c in model.controls.items()
        },
        predictions=tuple(prediction_of(p, say, "predictions", p.id) for p in model.predictions),
        asks={p.id: say("predictions", p.id, "ask") for p in model.predictions},
        blind_asks={p.id: say("predictions", p.id, "blind_ask") for p in model.predictions if p.blind_ask},
        claims=tuple(claim_of(c) for c in model.claims),
        says={c.id: say("claims", c.id, "says") for c in model.claims},
        level=Level(say("level", "says"), model.level.at) if model.level else None,
        setup=say("setup") or None,
        symptom=symptom,
        hidden_cause=say("hidden_cause"),
        hints=tuple(say("hints", name) for name in hint_ids),
        oracle=_oracle(model.oracle) if model.oracle else None,
        verify_by=tuple(model.verify_by),
        base=model.base,
        wrong_fixes=tuple(
            WrongFix(say("wrong_fixes", name, "says"), fix.diff)
            for name, fix in zip(_ids("wrong_fixes", model.wrong_fixes), model.wrong_fixes, strict=True)
        ),
        why=say("why"),
        next=model.next,
        budget=float(model.budget),
        measured={},
        folder=folder,
        pack=pack,
        text=kept.spec,
        kept=kept.packed(),
        language=model.language,
        languages=tuple(say.others),
        sources={name: Origin(say("sources", name, "what"), s.where) for name, s in model.sources.items()},
        elsewhere=tuple(
            Elsewhere(e.source, say("elsewhere", name, "says"), say("elsewhere", name, "differs"))
            for name, e in zip(_ids("elsewhere", model.elsewhere), model.elsewhere, strict=True)
        ),
        guard=say("guard", "what"),
        needs=_needs(model.needs or model.experiment.needs),
        tolerance=model.tolerance or model.experiment.tolerance,
        neighbours=_neighbours(model.neighbours),
        lines=lines,
        metrics={
            name: Metric(name, m.unit, Worse(m.worse), m.per_layer, m.log)
            for name, m in model.metrics.items()
        },
        hint_ids=hint_ids,
    )


def _shortly(text: Worded) -> Worded:
    """The first sentence of a text."""
    return Worded({tag: words.split(". ")[0].rstrip(".") for tag, words in text.items()})


def _ids(section: str, items: Sequence[WrongFixModel] | Sequence[ElsewhereModel]) -> list[str]:
    return ids(section, [{"id": item.id} for item in items])


def _experiment(model: ExperimentModel) -> Experiment:
    return Experiment(
        run=model.run or "",
        args=model.args,
        script=model.script,
        argv=tuple(model.argv),
        steps=model.steps,
        clock=model.clock,
        metrics={name: {"prints": one.prints} for name, one in model.metrics.items()},
        files=tuple(model.files),
    )


def _needs(model: NeedsModel | None) -> Needs:
    return Needs(tuple(model.packages), tuple(model.files)) if model else Needs()


def _neighbours(given: Mapping[str, Any] | Sequence[Any]) -> Mapping[str, Mapping[str, Any]]:
    if isinstance(given, dict):
        return given
    return {f"n{number}": args for number, args in enumerate(given, 1)}


def _expect(expect: ExpectModel) -> Expect:
    return Expect(expect.at_least, expect.at_most, expect.equals, expect.within or 0.0, expect.nan)


def _measure(measure: MeasureModel, default: str = "broken") -> Measure:
    first = measure.first_step
    return Measure(
        metric=measure.metric,
        variant=measure.variant or default,
        step=_step("last" if measure.step is None else measure.step),
        layer=measure.layer,
        relative_to=_relative(measure.relative_to) if measure.relative_to else None,
        first_step=Where(first.at_least, first.at_most) if first else None,
        rank=measure.rank,
    )


def _step(step: int | str) -> int | Reducer:
    return cast("int | Reducer", step)  # the model has let nothing else through


def _relative(relative: RelativeModel) -> Relative:
    step = None if relative.step is None else _step(relative.step)
    return Relative(relative.variant, step, relative.layer)


def prediction_of(asked: PredictionModel, say: Words, *key: str) -> Prediction:
    """A question as the scorer takes it; its texts stand under `key`."""
    kind = Kind(asked.kind)
    options = tuple(
        Option(name, _expect(option), say(*key, "options", name, "means"))
        for name, option in (asked.options or {}).items()
    )
    if kind is Kind.YESNO and asked.expect:
        options = (Option("yes", _expect(asked.expect)), Option("no", Expect()))
    scale: Literal["linear", "log"] = asked.scale or "linear"
    return Prediction(
        id=asked.id,
        kind=kind,
        measure=_measure(asked.measure),
        scale=scale,
        hit=float(asked.hit or 0.0),
        options=options,
        says={name: _said(kind, value) for name, value in asked.says.items()},
        steps=tuple(asked.measure.steps or ()),
    )


def _said(kind: Kind, value: float | str | dict[str, float]) -> Value:
    if isinstance(value, dict):
        return {int(step): number for step, number in value.items()}
    return float("inf") if kind is Kind.NUMBER and value == "never" else value


def claim_of(claim: ClaimModel) -> Claim:
    """A claim as the judge takes it."""
    return Claim(
        id=claim.id,
        source=claim.source,
        measure=_measure(claim.measure),
        verdict=Verdict(claim.verdict),
        expect=_expect(claim.expect) if claim.expect else None,
        compare=_compare(claim.compare) if claim.compare else None,
        healthy=claim.healthy,
        always=claim.always,
    )


def _compare(compare: CompareModel) -> Compare:
    return Compare(compare.to, compare.direction, float(compare.margin or 0.0), compare.scale)


def _oracle(oracle: OracleModel) -> Oracle:
    init: Mapping[str, Any] = oracle.init
    return Oracle(
        call=oracle.call or "",
        init=init,
        inputs=tuple(OracleInput(tuple(i.shape), i.dtype, i.below) for i in oracle.inputs or ()),
        shapes=tuple(oracle.shapes),
        weights=oracle.weights,
        cases=oracle.cases,
        tolerance=float(oracle.tolerance),
        make=oracle.make,
        steps=oracle.steps,
        n=oracle.n or 4,
        property=oracle.property,
    )
