"""A break, as the rest of Lynx sees it: frozen, complete, validated once by `reading.breaks.load_break`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.truth.claims import Claim, Expect, Prediction
    from lynx.truth.measures import Measure, Metric, Run

Text = Mapping[str, str]  # by language, the one it was written in first


@dataclass(frozen=True)
class Experiment:
    """What trains: a built-in name (`deep_mlp`) or a file beside the spec, and its arguments; or a program.

    `run` is "" where the learner's own `script` runs, untouched, with `argv` behind its name.
    """

    run: str
    args: Mapping[str, Any] = field(default_factory=dict)
    script: str | None = None
    argv: tuple[str, ...] = ()
    steps: int | None = None  # after which the program is ended
    clock: str | None = None  # which optimiser's steps count
    metrics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # name -> {"prints": pattern}
    files: tuple[str, ...] = ()  # what it needs, where a copy is made


@dataclass(frozen=True)
class Needs:
    """What a run needs besides what git holds: packages by import name, files by path."""

    packages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Origin:
    """A page, post or commit whose claims the break tests."""

    what: Text
    where: str | None = None


@dataclass(frozen=True)
class Elsewhere:
    """A figure of a source whose experiment was another one: told, never judged."""

    source: str
    says: Text
    differs: Text


@dataclass(frozen=True)
class Variant:
    """One version of the target under one set of arguments. `diff`, if any, is applied on top of `on`."""

    name: str
    on: Literal["healthy", "broken"]
    args: Mapping[str, Any] = field(default_factory=dict)
    diff: str | None = None


@dataclass(frozen=True)
class Control:
    """A variant about which two rivals predict different things."""

    variant: Variant
    measure: Measure  # its variant is the control's own name
    predicts: Mapping[str, Expect]  # rival -> what it expects
    expect: Expect  # what the check asserts
    says: Text | None = None  # what is changed, in plain words


@dataclass(frozen=True)
class OracleInput:
    """One random input: symbolic or fixed dimensions, dtype float or int (`below` exclusive)."""

    shape: tuple[int | str, ...]
    dtype: Literal["float", "int"] = "float"
    below: int | None = None


@dataclass(frozen=True)
class Oracle:
    """How a repaired callable is told from a broken one.

    One of `call`, `make` and `steps` says what is examined; `property` judges answers by a function of its
    own. The last three are functions beside the spec, written ./oracle.py:name.
    """

    call: str  # module:Class or module:function; "" where another says what is examined
    init: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[OracleInput, ...] = ()
    shapes: tuple[Mapping[str, int], ...] = ()
    weights: Literal["copied", "seeded"] = "copied"
    cases: int = 50
    tolerance: float = 1e-6
    make: str | None = None  # builds the object and its inputs
    steps: str | None = None  # builds a training loop, compared after each of `n` steps
    n: int = 4
    property: str | None = None  # holds, or does not, of the answers


@dataclass(frozen=True)
class WrongFix:
    """A plausible fix the oracle must reject; `diff` applies to the broken file."""

    says: Text
    diff: str


@dataclass(frozen=True)
class Level:
    """A level that the loss is seen against: its name, and its height or the metric that a run records once."""

    says: Text
    at: float | str

    def height(self, run: Run) -> float | None:
        """Where it lies in this run, in the unit of the loss; None where the run does not know it."""
        if not isinstance(self.at, str):
            return self.at
        series = run.series.get(self.at)
        return series.points[min(series.points)][0] if series and series.points else None


@dataclass(frozen=True)
class Translated:
    """Where each text stands in a translation, and the hash of the source text that it was made from."""

    lines: Mapping[str, int]
    made_from: Mapping[str, str]

    def stale(self, name: str, source: str) -> bool:
        """Whether a text was made from another source text than today's."""
        return name in self.lines and self.made_from.get(name, source) != source


@dataclass(frozen=True)
class Break:
    """One break folder, read. Texts are kept by language; `where(key)` gives file:line for messages.

    A text that the break does not have is empty.
    """

    id: str
    slug: str
    phase: int
    title: Text
    blind_title: Text
    teaches: tuple[str, ...]
    read: tuple[str, ...]
    target: str
    within: str | None
    diff: str
    pythonpath: tuple[str, ...]
    experiment: Experiment
    variants: Mapping[str, Variant]  # always has healthy and broken
    rivals: Mapping[str, Text]
    controls: Mapping[str, Control]
    predictions: tuple[Prediction, ...]
    asks: Mapping[str, Text]  # prediction id -> question
    claims: tuple[Claim, ...]
    says: Mapping[str, Text]  # claim id -> sentence
    symptom: Text
    hidden_cause: Text
    hints: tuple[Text, ...]
    oracle: Oracle | None
    verify_by: tuple[str, ...]  # ids of the claims that decide, where no oracle fits
    base: str
    wrong_fixes: tuple[WrongFix, ...]
    why: Text
    next: str | None
    budget: float  # seconds a learner's run may take
    measured: Mapping[str, Any]  # from proof.json; empty where nothing was measured
    folder: Path
    pack: str  # "lynx", or the name of the pack it came from
    text: bytes = b""  # break.yaml as read
    kept: bytes = b""  # that, its translations and its proof as one: what is journalled
    language: str = "en"  # of break.yaml's texts
    languages: tuple[str, ...] = ()  # that there are translations in, besides
    hash: str = ""  # of everything but the texts: what a proof is a proof of
    stale: bool = False  # `measured` was measured before the last change
    sources: Mapping[str, Origin] = field(default_factory=dict)
    elsewhere: tuple[Elsewhere, ...] = ()
    guard: Text = field(default_factory=dict)  # which test would have caught it
    needs: Needs = field(default_factory=Needs)
    tolerance: float | None = None  # how far one seed may differ from itself
    neighbours: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # name -> changed arguments
    lines: Mapping[str, int] = field(default_factory=dict)  # key path ("claims.2.verdict", from 0) -> line
    blind_asks: Mapping[str, Text] = field(default_factory=dict)  # where `ask` would tell a blind learner
    level: Level | None = None  # drawn in the picture of the loss
    setup: Text | None = None  # what trains, told before the predictions
    metrics: Mapping[str, Metric] = field(default_factory=dict)  # what the break's own experiment records
    hint_ids: tuple[str, ...] = ()
    texts: Mapping[str, Text] = field(default_factory=dict)  # every text, by its key (predictions.P1.ask)
    text_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # a text's key, part by part
    text_keys: Mapping[str, str] = field(default_factory=dict)  # a text's key -> its place in the file
    translated: Mapping[str, Translated] = field(default_factory=dict)  # by language

    @property
    def seconds(self) -> float:
        """What a learner's run took where the break was proved, else its budget."""
        return max(float(self.measured.get("seconds", self.budget)), 0.1)

    def source_of(self, claim: Claim) -> Text:
        """What the source of a claim is; empty for theory and for what was measured."""
        found = self.sources.get(claim.source)
        return found.what if found else {}

    def where_text(self, name: str, language: str) -> str:
        """`path/to/es.yaml:LINE` of a text, by its key; break.yaml's where the language has none of it."""
        there = self.translated.get(language)
        if there is not None and name in there.lines:
            return f"{self.folder / f'{language}.yaml'}:{there.lines[name]}"
        return self.where(self.text_keys.get(name, name))

    def where(self, key: str) -> str:
        """`path/to/break.yaml:LINE` of a dotted key, or of the nearest parent that has one."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return f"{self.folder / 'break.yaml'}:{self.lines.get(key, 1)}"


SHOWN = 50  # problems listed in one message; a file with more has one cause behind most of them


@dataclass(frozen=True)
class Problem:
    """One mistake in a spec: where it stands, which key, what is wrong and what to do.

    `template` and `advice` are gettext templates over `fields`; `what` and `remedy` are their English.
    """

    where: str  # "path/to/break.yaml:14"
    key: str  # "claims.2.verdict"; "" for the file as a whole
    template: str
    advice: str
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def what(self) -> str:
        """What is wrong, in English."""
        return self.template.format(**self.fields)

    @property
    def remedy(self) -> str:
        """What to do about it, in English."""
        return self.advice.format(**self.fields)

    def line(self, translate: Callable[[str], str] = str) -> str:
        """`where: what remedy`, in the language that `translate` gives."""
        what, remedy = (
            translate(self.template).format(**self.fields),
            translate(self.advice).format(**self.fields),
        )
        return f"{self.where}: {what} {remedy}".rstrip()


class BadSpec(Refused):
    """A break that cannot be used, with every mistake found in it."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            N_("{path} is not a usable break; mistakes found: {count}.{listing}"),
            code="bad-spec",
            path=path,
            count=len(self.problems),
            listing=self.listing(),
        )

    def listing(self, translate: Callable[[str], str] = str) -> str:
        """Every mistake, each after a newline; past `SHOWN` they are counted only."""
        lines = [problem.line(translate) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"… +{len(self.problems) - SHOWN}")
        return "".join(f"\n  {line}" for line in lines)
