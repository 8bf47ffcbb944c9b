"""Where the texts of a break, a phase or an exam stand, by id: what a translation mirrors and a proof leaves out.

A key such as ("predictions", "P1", "ask") names a text in every language; its place in the file is another
matter, for lists are written in an order and translations by id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lynx.content.words import Worded
from lynx.store import hashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lynx.content.reading.mistakes import Loc

Key = tuple[str, ...]

# "*" is any name of a mapping, "#" an item of a list, by its id or (h1, h2 …) by its position
BREAK = (
    "title",
    "blind_title",
    "sources.*.what",
    "rivals.*",
    "controls.*.says",
    "predictions.#.ask",
    "predictions.#.blind_ask",
    "predictions.#.options.*.means",
    "claims.#.says",
    "elsewhere.#.says",
    "elsewhere.#.differs",
    "level.says",
    "setup",
    "symptom",
    "hidden_cause",
    "hints.#",
    "wrong_fixes.#.says",
    "why",
    "guard.what",
)
PHASE = (
    "title",
    "goal",
    "requires",
    "sources.*.what",
    "chapters.#.title",
    "laboratories.#.title",
    "laboratories.#.predictions.#.ask",
    "laboratories.#.predictions.#.options.*.means",
    "laboratories.#.claims.#.says",
    "done.#.says",
    "reading.#.about",
)
EXAM = (
    "title",
    "setup",
    "level.says",
    "panels.*.says",
    "places.*",
    "causes.*.says",
    "causes.*.tells",
)
LETTERS = {"hints": "h", "wrong_fixes": "w", "elsewhere": "e", "reading": "b"}


@dataclass(frozen=True)
class Places:
    """The texts of one file by key, and where each key, or the beginning of one, stands in it."""

    texts: Mapping[Key, str]
    at: Mapping[Key, Loc]

    def within(self, prefix: Key) -> tuple[str, ...]:
        """The names that may follow `prefix`."""
        n = len(prefix)
        return tuple(dict.fromkeys(key[n] for key in self.at if len(key) == n + 1 and key[:n] == prefix))


def places(values: Any, patterns: Sequence[str]) -> Places:
    """The texts that `values` (of any shape) holds at the patterns."""
    texts: dict[Key, str] = {}
    at: dict[Key, Loc] = {(): ()}
    for pattern in patterns:
        for key, loc, value in matches(values, pattern.split("."), (), ()):
            if isinstance(value, str) and value.strip():
                texts[key] = value.strip()
                for n in range(1, len(key) + 1):
                    at[key[:n]] = loc[:n]  # a key is as long as its place: names stand for positions
    return Places(texts, at)


def matches(value: Any, parts: Sequence[str], key: Key, loc: Loc) -> Iterator[tuple[Key, Loc, Any]]:
    """What stands at the parts of a pattern, each with its key and its place."""
    if not parts:
        yield key, loc, value
        return
    part, rest = parts[0], parts[1:]
    if isinstance(value, dict):
        names = list(value) if part in ("*", "#") else [part] if part in value else []
        for name in names:
            yield from matches(value[name], rest, (*key, name), (*loc, name))
    elif isinstance(value, list) and part == "#":
        for index, (name, item) in enumerate(zip(ids(key[-1], value), value, strict=True)):
            yield from matches(item, rest, (*key, name), (*loc, index))


def ids(section: str, items: Sequence[Any]) -> list[str]:
    """The id of each item of a list: its own, else a letter and its position."""
    letter = LETTERS.get(section, "")
    return [
        item["id"]
        if isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]
        else f"{letter}{number}"
        for number, item in enumerate(items, 1)
    ]


def digest(text: str) -> str:
    """The hash of a source text in `made_from`; spaces and line ends are no change."""
    return hashed.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def dotted(key: Key) -> str:
    """A key as `made_from` has it."""
    return ".".join(key)


@dataclass(frozen=True)
class Words:
    """Every text in every language there is, the file's own first."""

    language: str
    own: Mapping[Key, str]
    others: Mapping[str, Mapping[Key, str]]

    def __call__(self, *key: str) -> Worded:
        """The text of a key by language; empty where the break has none."""
        if key not in self.own:
            return Worded()
        found = {self.language: self.own[key]}
        for tag, texts in self.others.items():
            if key in texts:
                found.setdefault(tag, texts[key])
        return Worded(found)
