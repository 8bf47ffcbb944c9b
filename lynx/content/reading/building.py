"""From the validated model to the frozen dataclasses that the rest of Lynx reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from lynx.content.spec import (
    Break,
    Control,
    Experiment,
    Level,
    Oracle,
    OracleInput,
    Text,
    Variant,
    WrongFix,
)
from lynx.truth.claims import Claim, Compare, Expect, Kind, Option, Prediction, Source, Verdict
from lynx.truth.measures import Measure, Metric, Reducer, Relative, Where, Worse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.content.reading.schema import (
        BreakModel,
        ClaimModel,
        CompareModel,
        ExpectModel,
        LineModel,
        MeasureModel,
        OracleModel,
        PredictionModel,
        RelativeModel,
        TextModel,
    )


def build(model: BreakModel, *, folder: Path, pack: str, text: bytes, lines: Mapping[str, int]) -> Break:
    """The Break of a model that has passed every check."""
    named = {name: Variant(name, v.on, v.args, v.diff) for name, v in model.variants.items()}
    return Break(
        id=model.id,
        slug=model.slug,
        phase=model.phase,
        title=text_of(model.title),
        blind_title=text_of(model.blind_title),
        teaches=tuple(model.teaches),
        read=tuple(model.read),
        target=model.target,
        within=model.within,
        diff=model.diff,
        pythonpath=tuple(model.pythonpath),
        experiment=Experiment(model.experiment.run, model.experiment.args),
        variants={"healthy": Variant("healthy", "healthy"), "broken": Variant("broken", "broken"), **named},
        rivals={name: text_of(rival) for name, rival in model.rivals.items()},
        controls={
            name: Control(
                variant=Variant(name, c.on, c.args, c.diff),
                measure=_measure(c.measure, default=name),
                predicts={rival: _expect(expect) for rival, expect in c.predicts.items()},
                expect=_expect(c.expect),
                says=text_of(c.says) if c.says else None,
            )
            for name, c in model.controls.items()
        },
        predictions=tuple(prediction_of(p) for p in model.predictions),
        asks={p.id: text_of(p.ask) for p in model.predictions},
        blind_asks={p.id: text_of(p.blind_ask) for p in model.predictions if p.blind_ask},
        claims=tuple(claim_of(c) for c in model.claims),
        says={c.id: text_of(c.says) for c in model.claims},
        level=Level(text_of(model.level.says), model.level.at) if model.level else None,
        setup=text_of(model.setup) if model.setup else None,
        symptom=text_of(model.symptom),
        hidden_cause=text_of(model.hidden_cause),
        hints=tuple(text_of(hint) for hint in model.hints),
        oracle=_oracle(model.oracle) if model.oracle else None,
        verify_by=tuple(model.verify_by),
        base=model.base,
        wrong_fixes=tuple(WrongFix(text_of(w.says), w.diff) for w in model.wrong_fixes),
        why=text_of(model.why),
        next=model.next,
        budget=float(model.budget),
        measured=model.measured,
        folder=folder,
        pack=pack,
        text=text,
        lines=lines,
        metrics={
            name: Metric(name, m.unit, Worse(m.worse), m.per_layer, m.log)
            for name, m in model.metrics.items()
        },
    )


def text_of(text: TextModel | LineModel) -> Text:
    """A text by language."""
    return {"en": text.en, "es": text.es}


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


def prediction_of(asked: PredictionModel) -> Prediction:
    """A question as the scorer takes it."""
    kind = Kind(asked.kind)
    options = tuple(Option(name, _expect(expect)) for name, expect in (asked.options or {}).items())
    if kind is Kind.YESNO and asked.expect:
        options = (Option("yes", _expect(asked.expect)), Option("no", Expect()))
    page: float | str | None = asked.page
    if kind is Kind.NUMBER and page == "never":
        page = float("inf")
    scale: Literal["linear", "log"] = asked.scale or "linear"
    return Prediction(asked.id, kind, _measure(asked.measure), scale, float(asked.hit or 0.0), options, page)


def claim_of(claim: ClaimModel) -> Claim:
    """A claim as the judge takes it."""
    return Claim(
        id=claim.id,
        source=Source(claim.source),
        measure=_measure(claim.measure),
        verdict=Verdict(claim.verdict),
        expect=_expect(claim.expect) if claim.expect else None,
        compare=_compare(claim.compare) if claim.compare else None,
        healthy=claim.healthy,
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
