"""exam.yaml to an `Exam`: the same safe reader as a phase's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from lynx.content.exams import FILE, Cause, Exam, Panel, folder_of
from lynx.content.reading import texts
from lynx.content.reading.kinds import Args, LanguageTag, MetricName, Name, OneLine, PathText, Prose
from lynx.content.reading.parts import Model
from lynx.content.reading.whole import whole

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.content.reading.document import Document


class ExperimentModel(Model):
    """What is trained."""

    run: PathText
    args: Args


class PanelModel(Model):
    """One instrument."""

    says: OneLine
    log: bool = False
    level: bool = False


class CauseModel(Model):
    """One answer."""

    says: OneLine
    place: Name
    tells: Prose | None = None
    args: Args = Field(default={})


class LevelModel(Model):
    """A dotted line, as high as a metric that is recorded once."""

    says: OneLine
    at: MetricName


class ExamModel(Model):
    """A whole exam.yaml."""

    schema_: Annotated[Literal[2], Field(alias="schema")]
    language: LanguageTag
    title: OneLine
    setup: Prose
    experiment: ExperimentModel
    panels: dict[MetricName, PanelModel] = Field(min_length=1, max_length=9)
    level: LevelModel | None = None
    places: dict[Name, OneLine] = Field(min_length=2)
    causes: dict[Name, CauseModel] = Field(min_length=2)
    runs: list[Name] = Field(min_length=2, max_length=6)


def load_exam(id_: str, folder: Path | None = None) -> Exam:
    """The exam of a phase (from `folder`, for tests). Raises Refused when it has none, Fault for a bad file."""
    where = folder or folder_of(id_)
    model, say = whole(where / FILE, ExamModel, texts.EXAM, _unproved)
    return Exam(
        id=id_.zfill(2),
        title=say("title"),
        setup=say("setup"),
        experiment=str((where / model.experiment.run).absolute()),
        args=model.experiment.args,
        panels=tuple(Panel(m, say("panels", m, "says"), one.log) for m, one in model.panels.items()),
        places={one: say("places", one) for one in model.places},
        causes=tuple(
            Cause(c, say("causes", c, "says"), one.place, say("causes", c, "tells") or None, one.args)
            for c, one in model.causes.items()
        ),
        runs=tuple(model.runs),
        level=(say("level", "says"), model.level.at) if model.level else None,
        levelled=tuple(m for m, one in model.panels.items() if one.level),
    )


def _unproved(model: ExamModel, document: Document) -> list[str]:
    """Places and causes that are named and not there, and runs of a cause that changes nothing."""
    lines = []
    for name, cause in model.causes.items():
        if cause.place not in model.places:
            line = document.root.at(("causes", name, "place")).line if document.root else 1
            lines.append(f"{document.path}:{line}: causes.{name}.place: '{cause.place}' is no place")
    for i, name in enumerate(model.runs):
        if name not in model.causes or not model.causes[name].args or not model.causes[name].tells:
            line = document.root.at(("runs", i)).line if document.root else 1
            lines.append(
                f"{document.path}:{line}: runs: '{name}' is no cause with arguments and with what it tells"
            )
    return lines
