"""`es.yaml` beside a break: its texts in another language, by id, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Field, Tag, ValidationError

from lynx.content.reading import texts
from lynx.content.reading.document import Document, Node, parse
from lynx.content.reading.kinds import (
    AS_LIST,
    AS_MAPPING,
    Name,
    OneLine,
    OptionName,
    Prose,
    TextId,
    list_or_mapping,
)
from lynx.content.reading.mistakes import Loc, Mistake, in_plain_words
from lynx.content.reading.parts import Model
from lynx.content.reading.schema import meaning_in
from lynx.content.spec import Translated
from lynx.content.words import listed, nearest, shown
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from lynx.content.reading.texts import Key, Places

SHORT = 3  # letters; among ids such as P1 and h2 every other one is near
MOST = 200  # mistakes of one kind put into words

# A key without a value is one that is still to be translated.
Line = Annotated[
    OneLine | None, Field(description=N_("The line in this language; empty: not translated yet."))
]
Page = Annotated[Prose | None, Field(description=N_("The text in this language; empty: not translated yet."))]


class SaysText(Model):
    """The sentence of a claim, a control, a level or a wrong fix."""

    says: Line = None


class WhatText(Model):
    """What a source is."""

    what: Line = None


class GuardText(Model):
    """Which test would have caught the bug."""

    what: Page = None


class MeansText(Model):
    """What an option means."""

    means: Line = None


class AskText(Model):
    """The words of a question."""

    ask: Line = None
    blind_ask: Line = None
    options: dict[OptionName, MeansText | None] | None = Field(
        default=None, description=N_("What each option means, by the option's name.")
    )


class ElsewhereText(Model):
    """A figure told, and how its experiment differs."""

    says: Line = None
    differs: Line = None


Hints = Annotated[
    Annotated[list[Prose | None], Field(max_length=10), Tag(AS_LIST)]
    | Annotated[dict[TextId, Prose | None], Field(max_length=10), Tag(AS_MAPPING)],
    Discriminator(list_or_mapping),
]
Said = dict[Name, SaysText | None] | None
MadeFrom = Annotated[
    dict[str, Annotated[str, Field(max_length=64)]] | None,
    Field(description=N_("Written by lynx mentor translate: the hash of each text that was translated.")),
]


class TranslationModel(Model):
    """The texts of a break in another language, by id; what is left out stays in the break's own."""

    title: Line = None
    blind_title: Line = None
    sources: dict[Name, WhatText | None] | None = Field(default=None, description=N_("Sources, by name."))
    rivals: dict[Name, Line] | None = Field(default=None, description=N_("Rivals, by name."))
    controls: Said = Field(default=None, description=N_("What each control changes, by its name."))
    predictions: dict[Name, AskText | None] | None = Field(default=None, description=N_("Questions, by id."))
    claims: Said = Field(default=None, description=N_("Claims, by id."))
    elsewhere: dict[TextId, ElsewhereText | None] | None = Field(
        default=None, description=N_("Figures told, by id: e1, e2 … where none is given.")
    )
    level: SaysText | None = Field(default=None, description=N_("The level in the picture of the loss."))
    setup: Page = None
    symptom: Page = None
    hidden_cause: Page = None
    hints: Hints | None = Field(default=None, description=N_("Hints, by id: h1, h2 … where none is given."))
    wrong_fixes: dict[TextId, SaysText | None] | None = Field(
        default=None, description=N_("Wrong fixes, by id: w1, w2 … where none is given.")
    )
    why: Page = None
    guard: GuardText | None = Field(default=None, description=N_("The test that would have caught it."))
    made_from: MadeFrom = None


@dataclass(frozen=True)
class Translation:
    """One language's texts by key, the hashes of what they were made from, and how the file was read."""

    document: Document
    texts: Mapping[Key, str] = field(default_factory=dict)
    at: Mapping[Key, Loc] = field(default_factory=dict)
    made_from: Mapping[str, str] = field(default_factory=dict)
    misshapen: tuple[Mistake, ...] = ()
    unknown: tuple[Mistake, ...] = ()

    def located(self) -> Translated:
        """Where its texts stand, and what they were made from."""
        root = self.document.root
        lines = {texts.dotted(key): root.at(self.at[key]).line for key in self.texts} if root else {}
        return Translated(lines, self.made_from)


@cache
def json_schema() -> dict[str, Any]:
    """JSON Schema of a translation: what `lynx mentor schema --translation` prints."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **TranslationModel.model_json_schema(),
        "title": "Lynx translation",
    }


def read(data: bytes, path: Path, source: Places, original: Document) -> Translation:
    """A translation of the texts in `source`, which `original` holds; every mistake is in the result."""
    document = parse(data, path)
    if document.root is None:
        return Translation(document)
    values = document.root.plain()
    misshapen: list[Mistake] = []
    try:
        TranslationModel.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)[:MOST]
        misshapen = [in_plain_words(detail, document.root, _meaning) for detail in details]
    held = values.get("made_from")
    made_from = {k: v for k, v in held.items() if isinstance(v, str)} if isinstance(held, dict) else {}
    found = texts.places(values, texts.BREAK)
    keys = TranslationModel.model_fields  # what is no key at all is complained about already
    known = {name: value for name, value in values.items() if name in keys and name != "made_from"}
    unknown = tuple(islice(unknown_in(known, source, original), MOST))
    return Translation(document, found.texts, found.at, made_from, tuple(misshapen), unknown)


def _meaning(path: Loc) -> tuple[str, tuple[str, ...]]:
    return meaning_in(json_schema(), path)


def unknown_in(values: Mapping[str, Any], source: Places, original: Document) -> Iterator[Mistake]:
    """Ids and keys that the file in the other language does not have, with the line where it has others."""
    pending: list[tuple[Key, Loc, Any]] = [((), (), values)]
    while pending:
        key, loc, value = pending.pop(0)
        if isinstance(value, list):
            names = texts.ids(key[-1] if key else "", value)
            pending += [
                ((*key, name), (*loc, i), item)
                for i, (name, item) in enumerate(zip(names, value, strict=True))
            ]
        elif isinstance(value, dict):
            pending += [((*key, name), (*loc, name), item) for name, item in value.items()]
        if not key or key in source.at:
            continue
        pending = [one for one in pending if one[0][: len(key)] != key]  # said once is enough
        known = source.within(key[:-1])
        place = f"{original.path.name}:{_line(original.root, source.at.get(key[:-1], ()))}"
        guess = nearest(key[-1], known) if len(key[-1]) > SHORT else None
        fields = {
            "name": shown(key[-1]),
            "place": place,
            "known": listed(known) or "–",
            "guess": shown(guess or ""),
        }
        yield Mistake(
            loc,
            N_("'{name}' is not among the texts at {place}."),
            N_("Did you mean '{guess}'?")
            if guess
            else N_("There are: {known}. Remove it, or mend its name."),
            fields,
        )


def _line(root: Node | None, loc: Loc) -> int:
    return root.at(loc).line if root else 1
