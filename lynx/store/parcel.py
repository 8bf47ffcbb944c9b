"""Progress as one file: attempts, what happened in them, and the bytes that they name; for another machine.

Gzipped JSON. What is read is believed only as far as it is checked here: its shape, its sizes, and that every blob has
the bytes that its name says. Nothing of it runs.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.store import chain
from lynx.store.journal import Attempt, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.store.journal import Journal

SCHEMA = 1
LARGEST = 256 * 2**20  # bytes, unpacked
COLUMNS = tuple(name for name in Attempt.__dataclass_fields__ if name != "id")
LOCAL = ("afresh",)  # events that speak of this journal's own numbers
_SHA = re.compile(r"[0-9a-f]{64}")
_STAGES = ("predicting", "observing", "fixing", "explaining", "done")


@dataclass(frozen=True)
class Parcel:
    """What was packed: rows as in the journal, notes by name, and the target of the break under way."""

    learner: str
    attempts: tuple[Mapping[str, Any], ...]  # with the `id` that `events` speak of
    events: tuple[tuple[int | None, float, str, Mapping[str, Any]], ...]
    blobs: Mapping[str, bytes]
    notes: Mapping[str, str]
    target: bytes | None  # of the attempt under way, as it was there

    @property
    def under_way(self) -> Mapping[str, Any] | None:
        """The attempt that was under way, if any."""
        return next((one for one in self.attempts if one["active"] and one["stage"] != "done"), None)


def read(journal: Journal, learner: str, notes: Mapping[str, str], target: bytes | None) -> Parcel:
    """Everything that travels, from a journal."""
    attempts = [
        {"id": one.id, **{name: getattr(one, name) for name in COLUMNS}} for one in journal.attempts()
    ]
    events = [(e.attempt, e.time, e.kind, e.payload) for e in journal.events() if e.kind not in LOCAL]
    named = [one[key] for one in attempts for key in ("original", "broken", "spec")]
    for _, _, kind, payload in events:
        if kind in ("run", "try"):
            named += [payload["series"], *payload.get("others", ())]
    blobs = {sha: journal.needed(sha) for sha in dict.fromkeys(named) if sha}
    return Parcel(learner, tuple(attempts), tuple(events), blobs, notes, target)


def pack(parcel: Parcel) -> bytes:
    """The file's bytes."""
    said = {
        "lynx": "progress",
        "schema": SCHEMA,
        "learner": parcel.learner,
        "attempts": [dict(one) for one in parcel.attempts],
        "events": [list(one) for one in parcel.events],
        "blobs": {sha: base64.b64encode(data).decode() for sha, data in parcel.blobs.items()},
        "notes": dict(parcel.notes),
        "target": None if parcel.target is None else base64.b64encode(parcel.target).decode(),
    }
    return gzip.compress(json.dumps(said).encode(), mtime=0)


def unpack(data: bytes) -> Parcel:
    """What `pack` wrote. Raises Refused for anything else."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            raw = file.read(LARGEST + 1)
        said = json.loads(raw) if len(raw) <= LARGEST else None
        if not isinstance(said, dict) or said.get("lynx") != "progress":
            raise ValueError("no progress")
        if said["schema"] != SCHEMA:
            raise Refused(
                N_("This file was written by a newer Lynx."),
                code="parcel-newer",
                remedy=N_("Bring this one up to date, then try again; nothing was changed."),
            )
        return _checked(said)
    except (
        OSError,
        EOFError,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
        binascii.Error,
        RecursionError,
    ) as error:
        raise Refused(
            N_("This is no file that lynx export wrote, or it is damaged."),
            code="no-parcel",
            remedy=N_("Write it anew on the other machine: lynx export; nothing was changed."),
        ) from error


def _checked(said: Mapping[str, Any]) -> Parcel:
    blobs = {sha: base64.b64decode(text, validate=True) for sha, text in said["blobs"].items()}
    if any(sha256(data) != sha for sha, data in blobs.items()):
        raise ValueError("bytes under another name")
    attempts = [{"id": int(one["id"]), **{name: one[name] for name in COLUMNS}} for one in said["attempts"]]
    for one in attempts:
        texts = ("break_id", "target", "folder", "pack", "notes", "heading")
        if not all(isinstance(one[key], str) for key in texts) or one["stage"] not in _STAGES:
            raise ValueError("no attempt")
        if not all(one[key] in blobs for key in ("original", "broken", "spec")):
            raise ValueError("bytes are missing")
        if not isinstance(one["card"], dict) or not isinstance(one["started"], float | int):
            raise ValueError("no attempt")
    known = {one["id"] for one in attempts}
    events = []
    for attempt, at, kind, payload in said["events"]:
        if (attempt is not None and attempt not in known) or not isinstance(payload, dict):
            raise ValueError("no event")
        if kind in ("run", "try") and payload["series"] not in blobs:
            raise ValueError("bytes are missing")
        events.append((attempt, float(at), str(kind), payload))
    notes = {str(name): str(text) for name, text in said["notes"].items()}
    target = None if said["target"] is None else base64.b64decode(said["target"], validate=True)
    return Parcel(str(said["learner"]), tuple(attempts), tuple(events), blobs, notes, target)


def bring(journal: Journal, parcel: Parcel) -> tuple[dict[int, int], int]:
    """Add what is not there yet: the new id of each attempt brought, by its old one, and how many events came.

    An attempt is the same where break and start are; its number is the next free one.
    """
    for data in parcel.blobs.values():
        journal.put(data)
    there = {(one.break_id, one.started) for one in journal.attempts()}
    lone = {(e.time, e.kind) for e in journal.events() if e.attempt is None}
    ids: dict[int, int] = {}
    count = 0
    with journal.transaction() as db:
        for one in parcel.attempts:
            if (one["break_id"], one["started"]) in there:
                continue
            (last,) = db.execute(
                "SELECT coalesce(max(number), 0) FROM attempts WHERE break_id = ?", (one["break_id"],)
            ).fetchone()
            row = {**one, "number": last + 1, "active": 0, "card": json.dumps(one["card"])}
            row["blind"] = int(bool(row["blind"]))
            del row["id"]
            places = ", ".join(f":{name}" for name in row)
            cursor = db.execute(f"INSERT INTO attempts ({', '.join(row)}) VALUES ({places})", row)
            ids[one["id"]] = cursor.lastrowid or 0
        for attempt, at, kind, payload in parcel.events:
            if attempt not in ids if attempt is not None else (at, kind) in lone:
                continue
            count += 1
            db.execute(
                "INSERT INTO events (attempt, time, kind, payload) VALUES (?, ?, ?, ?)",
                (ids.get(attempt) if attempt is not None else None, at, kind, json.dumps(payload)),
            )
        if count:
            chain.anew(db)
    return ids, count
