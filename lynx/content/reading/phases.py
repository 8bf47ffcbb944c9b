"""phase.yaml to a `Phase`: the same safe reader and the same models of measures as a break's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from lynx.content.phases import (
    FILE,
    Book,
    BreakProof,
    Chapter,
    CurveProof,
    DoneItem,
    DrillProof,
    ExamProof,
    GuardProof,
    Laboratory,
    LabProof,
    Phase,
    Picture,
    Proof,
    TestProof,
    Trained,
    folder_of,
)
from lynx.content.reading import texts
from lynx.content.reading.building import claim_of, prediction_of
from lynx.content.reading.kinds import Args, LanguageTag, MetricName, Name, OneLine, PathText, Prose
from lynx.content.reading.parts import ClaimModel, Model, PredictionModel, SourceModel
from lynx.content.reading.whole import whole

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.content.reading.document import Document

Id = Annotated[str, Field(pattern=r"^\d{2}$")]


class ChapterModel(Model):
    """A chapter."""

    id: Id
    file: PathText
    minutes: Annotated[int, Field(ge=1)]
    title: OneLine


class TrainedModel(Model):
    """A variant of a laboratory; what is not given is the laboratory's own."""

    experiment: str | None = None
    args: Args = Field(default={})
    alone: bool = False


class PictureModel(Model):
    """A metric to draw."""

    metric: MetricName
    across: Literal["steps", "layers"] = "steps"
    layer: Annotated[int, Field(ge=1)] | None = None
    step: Annotated[int, Field(ge=0)] | None = None
    log: bool = False
    band: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None


class LaboratoryModel(Model):
    """A laboratory."""

    id: Id
    file: PathText
    read: PathText
    title: OneLine
    experiment: str
    args: Args = Field(default={})
    knobs: list[Literal["steps", "width"]]
    variants: dict[Name, TrainedModel] = Field(min_length=1)
    predictions: list[PredictionModel] = Field(min_length=1)
    claims: list[ClaimModel] = Field(min_length=1)
    pictures: list[PictureModel] = Field(min_length=1)


class LabProofModel(Model):
    """Proved by a laboratory's result."""

    laboratory: Id
    predicted: bool = False
    hold: list[Name] = Field(default=[])
    mostly: list[Name] = Field(default=[])
    told: list[Name] = Field(default=[])
    shown: list[str] = Field(default=[])


class TestProofModel(Model):
    """Proved by the learner's own files and tests."""

    files: list[PathText] = Field(min_length=1)
    tests: list[PathText] = Field(min_length=1)


class BreakProofModel(Model):
    """Proved by a break that was repaired."""

    break_: Annotated[str, Field(alias="break")]


class GuardProofModel(Model):
    """Proved by a test of the learner's that catches a break's bug."""

    guard: str
    sharp: bool = False


class DrillProofModel(Model):
    """Proved by drills."""

    drills: Annotated[int, Field(ge=1)]
    right: Annotated[float, Field(gt=0, le=1)]


class CurveProofModel(Model):
    """Proved by sketched curves."""

    curves: Annotated[int, Field(ge=1)]


class ExamProofModel(Model):
    """Proved by an exam."""

    exam: Id
    named: Annotated[int, Field(ge=0)]


ProofModel = (
    LabProofModel
    | TestProofModel
    | BreakProofModel
    | GuardProofModel
    | DrillProofModel
    | CurveProofModel
    | ExamProofModel
)


class DoneModel(Model):
    """A sentence of the definition of done."""

    id: Name
    says: Prose
    command: OneLine
    proof: ProofModel


class BookModel(Model):
    """Further reading."""

    title: OneLine
    authors: OneLine
    year: int
    about: OneLine


class PhaseModel(Model):
    """A whole phase.yaml."""

    schema_: Annotated[Literal[2], Field(alias="schema")]
    language: LanguageTag
    id: Id
    title: OneLine
    goal: Prose
    requires: Prose
    sources: dict[Name, SourceModel] = Field(default={})
    chapters: list[ChapterModel]
    laboratories: list[LaboratoryModel]
    breaks: list[str]
    done: list[DoneModel]
    reading: list[BookModel]


def load_phase(id_: str, folder: Path | None = None) -> Phase:
    """Read a phase (from `folder`, for tests). Raises Refused when there is none of that name."""
    return read(folder or folder_of(id_))


def read(folder: Path) -> Phase:
    """The phase in `folder`, in every language there is. Raises Fault with every mistake of its files."""
    model, say = whole(folder / FILE, PhaseModel, texts.PHASE, _unproved)
    return Phase(
        id=model.id,
        title=say("title"),
        goal=say("goal"),
        requires=say("requires"),
        chapters=tuple(
            Chapter(c.id, c.file, say("chapters", c.id, "title"), c.minutes) for c in model.chapters
        ),
        laboratories=tuple(_laboratory(one, say) for one in model.laboratories),
        breaks=tuple(model.breaks),
        done=tuple(DoneItem(d.id, say("done", d.id, "says"), d.command, _proof(d.proof)) for d in model.done),
        reading=tuple(
            Book(b.title, b.authors, b.year, say("reading", name, "about"))
            for name, b in zip(texts.ids("reading", model.reading), model.reading, strict=True)
        ),
        folder=folder,
        language=model.language,
    )


def _laboratory(model: LaboratoryModel, say: texts.Words) -> Laboratory:
    key = ("laboratories", model.id)
    return Laboratory(
        id=model.id,
        file=model.file,
        title=say(*key, "title"),
        read=model.read,
        knobs=tuple(model.knobs),
        trained=tuple(
            Trained(name, one.experiment or model.experiment, _args(model, one), one.alone)
            for name, one in model.variants.items()
        ),
        predictions=tuple(prediction_of(p, say, *key, "predictions", p.id) for p in model.predictions),
        asks={p.id: say(*key, "predictions", p.id, "ask") for p in model.predictions},
        claims=tuple(claim_of(c) for c in model.claims),
        says={c.id: say(*key, "claims", c.id, "says") for c in model.claims},
        by={c.id: say("sources", c.source, "what") for c in model.claims},
        pictures=tuple(Picture(p.metric, p.across, p.layer, p.step, p.log, _band(p)) for p in model.pictures),
    )


def _proof(model: ProofModel) -> Proof:
    if isinstance(model, LabProofModel):
        lists = (tuple(names) for names in (model.hold, model.mostly, model.told, model.shown))
        return LabProof(model.laboratory, model.predicted, *lists)
    if isinstance(model, TestProofModel):
        return TestProof(tuple(model.files), tuple(model.tests))
    if isinstance(model, GuardProofModel):
        return GuardProof(model.guard, model.sharp)
    if isinstance(model, BreakProofModel):
        return BreakProof(model.break_)
    if isinstance(model, CurveProofModel):
        return CurveProof(model.curves)
    if isinstance(model, ExamProofModel):
        return ExamProof(model.exam, model.named)
    return DrillProof(model.drills, model.right)


def _unproved(model: PhaseModel, document: Document) -> list[str]:
    """Proofs that name a laboratory, a claim, a prediction or a break that the phase does not have."""
    lines = []
    labs = {one.id: one for one in model.laboratories}
    for place, item in enumerate(model.done):
        proof = item.proof
        missing: list[str] = []
        if isinstance(proof, LabProofModel):
            lab = labs.get(proof.laboratory)
            claims = {one.id for one in lab.claims} if lab else set()
            asked = {one.id for one in lab.predictions} if lab else set()
            missing = [name for name in (*proof.hold, *proof.mostly, *proof.told) if name not in claims]
            missing += [name for name in proof.shown if name not in asked]
            missing = missing if lab else [proof.laboratory]
        elif isinstance(proof, BreakProofModel) and proof.break_ not in model.breaks:
            missing = [proof.break_]
        elif isinstance(proof, GuardProofModel) and proof.guard not in model.breaks:
            missing = [proof.guard]
        line = document.root.at(("done", place, "proof")).line if document.root else 1
        lines += [
            f"{document.path}:{line}: done.{item.id}.proof: '{name}' is not in this phase" for name in missing
        ]
    return lines


def _band(model: PictureModel) -> tuple[float, float] | None:
    return (model.band[0], model.band[1]) if model.band else None


def _args(model: LaboratoryModel, one: TrainedModel) -> dict[str, Any]:
    """A variant that runs another experiment takes none of the laboratory's arguments."""
    return dict(one.args) if one.experiment else {**model.args, **one.args}
