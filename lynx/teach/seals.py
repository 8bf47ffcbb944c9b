"""A hand-in as a file: entries sealed one over the other, packed and read back (docs/architecture.md#classes).

Nothing in it runs. What is read is believed only as far as its seals and its own order go: `faults` names the rest.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.store import hashed
from lynx.store.chain import link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCHEMA = 1
LARGEST = 8 * 2**20  # bytes
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

# what of each event is handed in; a field of WORDS goes as its hash, and in the open only with --with-words
TOLD: dict[str, tuple[str, ...]] = {
    "start": ("break", "number", "blind", "hints"),
    "locked": ("answers",),
    "run": ("seeds", "predictions"),
    "observed": ("text",),
    "hint": ("level", "of", "anyway"),
    "control": ("name", "expected", "confidence", "survived"),
    "verify": ("verdict",),
    "fixed": ("same",),
    "explain": ("text",),
    "reveal": (),
    "reset": (),
}
WORDS = ("text", "because", "written")


class NoHandIn(ValueError):
    """The bytes are no hand-in that this Lynx reads."""


@dataclass(frozen=True)
class Entry:
    """One event, as handed in: its attempt, its day, and what is told of it."""

    attempt: int
    day: str
    kind: str
    told: Mapping[str, Any]
    words: Mapping[
        str, str
    ]  # in the open, by the place in `told` where the hash stands; empty without --with-words


@dataclass(frozen=True)
class HandIn:
    """A learner's work as it was handed in. `seals` has one more than `entries`: the last is over the head itself."""

    name: str
    chosen: bool  # whether the learner gave the name; else it is a pseudonym
    work: str  # the same in every hand-in of one workspace, and says nothing about it
    salt: str  # what the hashes of words are made with; empty where the words are not in the open
    day: str
    untouched: bool  # whether the journal was as Lynx had written it
    entries: tuple[Entry, ...]
    seals: tuple[str, ...]


def digest(salt: str, text: str) -> str:
    """How words stand in an entry: nobody finds them by trying without the salt."""
    return hashed.sha256(f"{salt}\n{text}".encode()).hexdigest()[:32]


def sealed(hand_in: HandIn) -> HandIn:
    """With the seals that belong to what it says."""
    seals = [""]
    for entry in hand_in.entries:
        seals.append(link(seals[-1], _canonical([entry.attempt, entry.day, entry.kind, entry.told])))
    head = [SCHEMA, hand_in.name, hand_in.chosen, hand_in.work, hand_in.day, hand_in.untouched]
    seals.append(link(seals[-1], _canonical(head)))
    return HandIn(**{**vars(hand_in), "seals": tuple(seals[1:])})


def pack(hand_in: HandIn) -> bytes:
    """The file's bytes: an entry a line, so that two hand-ins can be compared."""
    head = {name: value for name, value in vars(hand_in).items() if name not in ("entries", "seals")}
    rows = [
        {**vars(entry), "seal": seal} for entry, seal in zip(hand_in.entries, hand_in.seals[:-1], strict=True)
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    first = json.dumps({"lynx": "hand-in", "schema": SCHEMA, **head}, ensure_ascii=False, indent=1)
    return f'{first[:-2]},\n "entries": [\n{lines}\n ],\n "seal": "{hand_in.seals[-1]}"\n}}\n'.encode()


def unpack(data: bytes) -> HandIn:
    """What `pack` wrote. Raises NoHandIn for anything else, Refused for one of a newer Lynx."""
    try:
        said = json.loads(data)
        if not isinstance(said, dict) or said.get("lynx") != "hand-in":
            raise NoHandIn("no hand-in")
        if said["schema"] != SCHEMA:
            raise Refused(
                N_("A hand-in was written by a newer Lynx."),
                code="hand-in-newer",
                remedy=N_("Bring this one up to date, then try again."),
            )
        entries = tuple(_entry(row) for row in said["entries"])
        seals = (*(str(row["seal"]) for row in said["entries"]), str(said["seal"]))
        head = {key: said[key] for key in ("name", "chosen", "work", "salt", "day", "untouched")}
        texts, truths = ("name", "work", "salt", "day"), ("chosen", "untouched")
        if not all(isinstance(head[key], str) for key in texts) or not DAY.fullmatch(head["day"]):
            raise NoHandIn("a head of another kind")
        if not all(isinstance(head[key], bool) for key in truths) or not head["name"].strip():
            raise NoHandIn("a head of another kind")
        return HandIn(**head, entries=entries, seals=seals)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NoHandIn(str(error)) from error


def _entry(row: Mapping[str, Any]) -> Entry:
    attempt, day, kind, told, words = (row[key] for key in ("attempt", "day", "kind", "told", "words"))
    if not isinstance(attempt, int) or kind not in TOLD or not DAY.fullmatch(day):
        raise NoHandIn("no entry")
    if not isinstance(told, dict) or not set(told) <= set(TOLD[kind]) or not isinstance(words, dict):
        raise NoHandIn("no entry")
    if kind == "start" and not (isinstance(told["break"], str) and isinstance(told["hints"], int)):
        raise NoHandIn("no entry")
    if kind == "run":
        for one in told["predictions"].values():
            if not isinstance(one["confidence"], int) or not isinstance(one["result"], str):
                raise NoHandIn("no entry")
    return Entry(attempt, day, kind, told, {str(key): str(text) for key, text in words.items()})


def faults(hand_in: HandIn) -> tuple[str, ...]:
    """What is wrong with a hand-in that can be read: edited, words, order, answers, journal; nothing where it is whole.

    `edited`: the seals do not fit what stands there. `words`: texts in the open are not those that were hashed.
    `order`, `answers`: a sequence that Lynx never writes, so somebody sealed it anew. `journal`: Lynx found its own
    journal changed when it wrote this.
    """
    found = []
    if sealed(hand_in).seals != hand_in.seals:
        found.append("edited")
    if not _words_fit(hand_in):
        found.append("words")
    if not _in_order(hand_in.entries) or any(entry.day > hand_in.day for entry in hand_in.entries):
        found.append("order")
    if not _scored_as_locked(hand_in.entries):
        found.append("answers")
    if not hand_in.untouched:
        found.append("journal")
    return tuple(found)


def continues(later: HandIn, earlier: HandIn) -> bool:
    """Whether the later hand-in begins with all that the earlier one had: nothing was taken back in between."""
    return later.seals[: len(earlier.entries)] == earlier.seals[:-1]


def _words_fit(hand_in: HandIn) -> bool:
    for entry in hand_in.entries:
        for place, text in entry.words.items():
            held: Any = entry.told
            for part in place.split("."):
                held = held.get(part) if isinstance(held, dict) else None
            if held != digest(hand_in.salt, text):
                return False
    return True


def _in_order(entries: Sequence[Entry]) -> bool:
    """Days do not go back; each attempt begins, locks, runs and is mended in this order; hints are opened in turn."""
    seen: dict[int, list[str]] = {}
    hints: dict[int, int] = {}
    for before, entry in zip([None, *entries[:-1]], entries, strict=True):
        if before is not None and entry.day < before.day:
            return False
        past = seen.setdefault(entry.attempt, [])
        wanted = {"start": None, "locked": "start", "run": "locked", "explain": "fixed"}.get(
            entry.kind, "start"
        )
        if (wanted is None and past) or (wanted is not None and wanted not in past):
            return False
        if entry.kind == "hint":
            hints[entry.attempt] = hints.get(entry.attempt, 0) + 1
            if entry.told.get("level") != hints[entry.attempt]:
                return False
        past.append(entry.kind)
    return True


def _scored_as_locked(entries: Sequence[Entry]) -> bool:
    """Every run scores the answers that were locked before it."""
    locked: dict[int, Mapping[str, Any]] = {}
    for entry in entries:
        if entry.kind == "locked":
            locked[entry.attempt] = entry.told.get("answers", {})
        elif entry.kind == "run":
            given = locked.get(entry.attempt, {})
            for name, one in entry.told["predictions"].items():
                answer = given.get(name, {})
                if (answer.get("value"), answer.get("confidence")) != (
                    one.get("predicted"),
                    one["confidence"],
                ):
                    return False
    return True


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
