"""A phase of the course: its chapters, laboratories, definition of done and further reading.

Phases ship with Lynx, so what is wrong with one is Lynx's own mistake; tests read every phase there is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lynx.content.catalog import data_dir
from lynx.errors import N_, Fault, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.content.spec import Text
    from lynx.truth.claims import Claim, Prediction

FILE = "phase.yaml"
Across = Literal["steps", "layers"]


@dataclass(frozen=True)
class Chapter:
    """A page of theory. `file` is relative to the phase, without language and suffix."""

    id: str
    file: str
    title: Text
    minutes: int = 0


@dataclass(frozen=True)
class Trained:
    """One variant of a laboratory: what runs, and with which arguments."""

    name: str
    experiment: str
    args: Mapping[str, Any]
    alone: bool = False  # nothing else may run beside it: it reads the clock


@dataclass(frozen=True)
class Picture:
    """A metric to draw, over the steps of one layer (or a scalar), or over the layers at one step."""

    metric: str
    across: Across = "steps"
    layer: int | None = None
    step: int | None = None
    log: bool = False
    band: tuple[float, float] | None = None  # a range to shade: where the course expects the curve


@dataclass(frozen=True)
class Laboratory:
    """A laboratory: its sheet, what it trains, what it asks first and what the course expects of it."""

    id: str
    file: str
    title: Text
    read: str
    knobs: tuple[str, ...]  # of steps and width, those that its experiment has
    trained: tuple[Trained, ...]
    predictions: tuple[Prediction, ...]
    asks: Mapping[str, Text]
    claims: tuple[Claim, ...]
    says: Mapping[str, Text]
    by: Mapping[str, Text]  # claim -> what its source is; empty for theory and what was measured
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class LabProof:
    """A laboratory's result under the sheet's own settings, over three seeds or more."""

    laboratory: str
    predicted: bool = False  # its predictions were made first
    hold: tuple[str, ...] = ()  # claims that hold for every seed
    mostly: tuple[
        str, ...
    ] = ()  # claims that hold for most seeds: a clock on a busy machine errs now and then
    told: tuple[str, ...] = ()  # claims that are only told
    shown: tuple[str, ...] = ()  # predictions whose measured value is told


@dataclass(frozen=True)
class TestProof:
    """Files of the learner's own code that exist, below `src` or the top, and tests that pass."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class BreakProof:
    """A break that was predicted, run, repaired and explained, not revealed."""

    break_id: str


@dataclass(frozen=True)
class GuardProof:
    """A test of the learner's that catches a break's bug, proved and still there; `sharp`: every wrong fix, too."""

    break_id: str
    sharp: bool = False


@dataclass(frozen=True)
class DrillProof:
    """So many drills that count, and of the last ones a share that is right."""

    drills: int
    right: float


@dataclass(frozen=True)
class CurveProof:
    """So many curves of `lynx drill --curve` that were hits."""

    curves: int


@dataclass(frozen=True)
class ExamProof:
    """An exam in which at least so many faults were named."""

    exam: str
    named: int


Proof = LabProof | TestProof | BreakProof | GuardProof | DrillProof | CurveProof | ExamProof


@dataclass(frozen=True)
class DoneItem:
    """One sentence of the definition of done, the command that leads there, and what proves it."""

    id: str
    says: Text
    command: str
    proof: Proof


@dataclass(frozen=True)
class Book:
    """Further reading."""

    title: str
    authors: str
    year: int
    about: Text


@dataclass(frozen=True)
class Phase:
    """One phase, read."""

    id: str
    title: Text
    goal: Text
    requires: Text
    chapters: tuple[Chapter, ...]
    laboratories: tuple[Laboratory, ...]
    breaks: tuple[str, ...]
    done: tuple[DoneItem, ...]
    reading: tuple[Book, ...]
    folder: Path = field(repr=False, default=Path())
    language: str = ""

    def chapter(self, id_: str) -> Chapter:
        """The chapter called `id_`. Raises Refused, naming those there are."""
        found: Chapter = _named(
            self.chapters, id_, N_("Phase {phase} has no chapter {id}."), "lynx read", self.id
        )
        return found

    def laboratory(self, id_: str) -> Laboratory:
        """The laboratory called `id_`. Raises Refused, naming those there are."""
        found: Laboratory = _named(
            self.laboratories, id_, N_("Phase {phase} has no laboratory {id}."), "lynx lab", self.id
        )
        return found

    def page(self, file: str, language: str) -> str:
        """The Markdown of a chapter or a sheet, in `language`, else in the phase's own."""
        for one in (language, language.partition("-")[0], self.language):
            path = self.folder / f"{file}.{one}.md"
            if path.is_file():
                return path.read_text(encoding="utf-8")
        raise Fault(N_("The page {path} is missing."), code="page-missing", path=self.folder / file)


def phase_ids() -> tuple[str, ...]:
    """The phases there are, in order."""
    root = data_dir("phases")
    return tuple(sorted(p.parent.name for p in root.glob(f"*/{FILE}")))


def folder_of(id_: str) -> Path:
    """Where the phase called `id_` lies. Raises Refused, naming those there are."""
    known = phase_ids()
    name = id_.zfill(2)
    if name not in known:
        raise Refused(
            N_("There is no phase {id}."),
            code="no-phase",
            remedy=N_("There are: {known}. Try: lynx phase {first}"),
            id=id_,
            known=", ".join(known),
            first=known[-1] if known else "",
        )
    return data_dir("phases") / name


def holder_of(file: str) -> str:
    """The first phase whose folder holds `file`. Raises Fault when none does."""
    found = next((id_ for id_ in phase_ids() if (data_dir("phases") / id_ / file).is_file()), None)
    if found is None:
        raise Fault(N_("No phase holds {file}."), code="phase-file-missing", file=file)
    return found


def split_reference(reference: str) -> tuple[str, str]:
    """ "10/03" as phase and page. Raises Refused for anything else."""
    phase, slash, page = reference.strip().partition("/")
    if not (slash and phase.isdigit() and page.isdigit()):
        raise Refused(
            N_("“{reference}” is no page; a page is written like 10/03: the phase, a stroke, the number."),
            code="bad-reference",
            remedy=N_("lynx phase {phase} lists every chapter and laboratory."),
            phase=next(iter(phase_ids()), "NN"),
            reference=reference,
        )
    return phase.zfill(2), page.zfill(2)


def _named(items: tuple[Any, ...], id_: str, message: str, command: str, phase: str) -> Any:
    for item in items:
        if item.id == id_:
            return item
    if not items:
        raise Refused(message, code="no-page", remedy=N_("See: lynx phase {phase}"), phase=phase, id=id_)
    raise Refused(
        message,
        code="no-page",
        remedy=N_("There are: {known}. Try: {command} {phase}/{first}"),
        phase=phase,
        id=id_,
        known=", ".join(item.id for item in items),
        command=command,
        first=items[0].id,
    )
