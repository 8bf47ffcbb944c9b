"""An exam: runs with one fault each, what a candidate may look at, and the answers that can be given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lynx.content.catalog import data_dir
from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.content.spec import Text

FILE = "exam.yaml"


@dataclass(frozen=True)
class Panel:
    """One instrument of the dashboard: a metric that the experiment records, and what it is in words."""

    metric: str
    says: Text
    log: bool = False


@dataclass(frozen=True)
class Cause:
    """One answer to “what is broken?”: what it says, and the place where it stands."""

    id: str
    says: Text
    place: str
    tells: Text | None = None  # what gives it away, told when the exam is over
    args: Mapping[str, Any] = field(
        default_factory=dict
    )  # of the experiment; empty for one that is only offered


@dataclass(frozen=True)
class Exam:
    """An exam of a phase, read."""

    id: str
    title: Text
    setup: Text
    experiment: str  # the absolute path of the experiment's file
    args: Mapping[str, Any]
    panels: tuple[Panel, ...]
    places: Mapping[str, Text]
    causes: tuple[Cause, ...]
    runs: tuple[str, ...]  # the causes that are drawn, before they are shuffled
    level: tuple[Text, str] | None = None  # what a dotted line says, and the metric that has its height
    levelled: tuple[str, ...] = ()  # the panels that it is drawn in

    def cause(self, id_: str) -> Cause:
        """The cause called `id_`. KeyError for another name."""
        return {one.id: one for one in self.causes}[id_]


def exam_ids() -> tuple[str, ...]:
    """The phases that have an exam, in order."""
    return tuple(sorted(path.parents[1].name for path in data_dir("phases").glob(f"*/exam/{FILE}")))


def folder_of(id_: str) -> Path:
    """Where the exam of a phase lies. Raises Refused when it has none, naming those there are."""
    known = exam_ids()
    name = id_.zfill(2)
    if name not in known:
        raise Refused(
            N_("There is no exam “{id}”."),
            code="no-exam",
            remedy=N_("There are: {known}."),
            id=id_,
            known=", ".join(f"lynx exam {one}" for one in (*known, "mixed")),
        )
    return data_dir("phases") / name / "exam"
