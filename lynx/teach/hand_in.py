"""`lynx hand-in`: a learner's work as one file for a teacher. Nothing is sent anywhere."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.store import files
from lynx.surroundings import cause
from lynx.teach import seals
from lynx.teach.results import HandedIn
from lynx.teach.seals import TOLD, WORDS, Entry, HandIn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.loop.session import Session
    from lynx.store.journal import Attempt, Journal

SALT = "hand-in:salt"
TREES = (  # of which a pseudonym is made: nobody's name in the languages that Lynx speaks
    "alder", "ash", "aspen", "beech", "birch", "cedar", "cypress", "elm", "fir", "hornbeam", "juniper", "larch",
    "linden", "maple", "oak", "pine", "poplar", "spruce", "sycamore", "yew", "ginkgo", "sequoia", "walnut", "chestnut",
)  # fmt: skip


def hand_in(session: Session, path: Path | None, name: str, *, words: bool) -> HandedIn:
    """Write the file. Raises Refused where nothing was begun yet, or the place cannot be written."""
    journal = session.journal
    if not journal.count():
        raise Refused(
            N_("There is nothing to hand in yet."),
            code="nothing-to-hand-in",
            remedy=N_("Start a break: lynx break"),
        )
    salt = journal.fact(SALT)
    if salt is None:
        salt = secrets.token_hex(16)
        journal.set_fact(SALT, salt)
    made = of_journal(journal, salt, " ".join(name.split()), words=words)
    path = path or session.env.cwd / f"hand-in-{made.name.replace('/', '-')}.json"
    try:
        files.write_whole(path, seals.pack(made))
    except OSError as error:
        raise Refused(
            N_("{path} cannot be written: {error}."),
            code="hand-in-unwritable",
            remedy=N_("Name another place: lynx hand-in FILE"),
            path=path,
            error=cause(error),
        ) from error
    attempts = len({entry.attempt for entry in made.entries})
    return HandedIn(path, made.name, made.chosen, attempts, len(made.entries), words, made.untouched)


def of_journal(journal: Journal, salt: str, name: str = "", *, words: bool = False) -> HandIn:
    """The work that a journal holds, sealed; under a pseudonym where no name is given."""
    attempts = {one.id: one for one in journal.attempts()}
    entries = []
    for event in journal.events():
        attempt = attempts.get(event.attempt) if event.attempt is not None else None
        if attempt is None or event.kind not in TOLD or (event.kind == "run" and not event.payload["first"]):
            continue
        day = time.strftime("%Y-%m-%d", time.localtime(event.time))
        opened: dict[str, str] = {}
        told = {
            key: _told(value, key, salt, opened)
            for key, value in _payload(event.kind, event.payload, attempt)
        }
        entries.append(Entry(attempt.id, day, event.kind, told, opened if words else {}))
    ordered = sorted(range(len(entries)), key=lambda i: (entries[i].day, i))  # a clock may have gone back
    mark = seals.digest(salt, "work")
    made = HandIn(
        name=name or f"{TREES[int(mark[:4], 16) % len(TREES)]}-{mark[4:7]}",
        chosen=bool(name),
        work=mark,
        salt=salt if words else "",
        day=time.strftime("%Y-%m-%d"),
        untouched=journal.is_sealed(),
        entries=tuple(entries[i] for i in ordered),
        seals=(),
    )
    return seals.sealed(made)


def _payload(kind: str, payload: Mapping[str, Any], attempt: Attempt) -> list[tuple[str, Any]]:
    if kind == "start":
        name = attempt.break_id if attempt.pack == "lynx" else f"{attempt.pack}:{attempt.break_id}"
        of = len(attempt.card.get("hints", ()))
        payload = {"break": name, "number": attempt.number, "blind": attempt.blind, "hints": of}
    return [(key, payload[key]) for key in TOLD[kind] if key in payload]


def _told(value: Any, place: str, salt: str, opened: dict[str, str]) -> Any:
    """What goes into the file in place of `value`: words as their hash, and by their place into `opened`."""
    if isinstance(value, dict):
        return {key: _told(one, f"{place}.{key}", salt, opened) for key, one in value.items()}
    if place.rpartition(".")[2] in WORDS and isinstance(value, str):
        opened[place] = value
        return seals.digest(salt, value)
    return value
