"""How the journal lies on the disk: its tables and what makes their questions quick, its columns, how it is opened."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.store import damage, files
from lynx.store.damage import Damaged

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1
FILE = "journal.db"

TABLES = """
CREATE TABLE IF NOT EXISTS blobs (sha TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS attempts (
  id INTEGER PRIMARY KEY, break_id TEXT NOT NULL, number INTEGER NOT NULL, stage TEXT NOT NULL,
  blind INTEGER NOT NULL, started REAL NOT NULL, active INTEGER NOT NULL, target TEXT NOT NULL,
  original TEXT NOT NULL, broken TEXT NOT NULL, spec TEXT NOT NULL, folder TEXT NOT NULL,
  pack TEXT NOT NULL, notes TEXT NOT NULL, heading TEXT NOT NULL, card TEXT NOT NULL,
  UNIQUE (break_id, number));
CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY, attempt INTEGER, time REAL NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_attempt ON events (attempt, kind);
CREATE TABLE IF NOT EXISTS swaps (
  id INTEGER PRIMARY KEY, attempt INTEGER, target TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
  temporary TEXT NOT NULL, state TEXT NOT NULL, time REAL NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

# What an older Lynx reads and writes as well: a journal gets them at its first change. The lists and what is due are
# answered from `attempts_standing` alone; the rows themselves hold texts, and a thousand of them are megabytes.
INDEXES = """
CREATE INDEX IF NOT EXISTS events_by_kind ON events (kind, attempt);
CREATE INDEX IF NOT EXISTS attempts_active ON attempts (active) WHERE active = 1;
CREATE INDEX IF NOT EXISTS attempts_standing ON attempts (break_id, pack, id, stage, blind, active, started);
CREATE INDEX IF NOT EXISTS swaps_pending ON swaps (id) WHERE state IN ('pending', 'exchanged');
CREATE INDEX IF NOT EXISTS swaps_by_attempt ON swaps (attempt);
"""

SOUND = "sound"  # beside the journal: the state of the file when every page of it had been read
LARGE = 1_000_000  # bytes: reading them all takes a light command as long as it may take altogether


def connect(path: Path) -> sqlite3.Connection:
    """The open journal, made if need be. Raises Damaged, Refused where it is newer, and OSError."""
    try:
        db = sqlite3.connect(path, timeout=10, isolation_level=None)
    except sqlite3.Error as error:
        raise damage.translated(error, path) from error
    try:
        db.execute("PRAGMA synchronous=EXTRA")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise Refused(
                N_("The journal {path} was written by a newer Lynx (format {version})."),
                code="journal-newer",
                remedy=N_("Upgrade Lynx, then try again; nothing was changed."),
                path=path,
                version=version,
            )
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version == SCHEMA or tables:
            _demand_whole(db, path, tables)
        else:
            db.executescript(f"BEGIN IMMEDIATE; {TABLES} {INDEXES} PRAGMA user_version={SCHEMA}; COMMIT;")
    except sqlite3.Error as error:
        db.close()
        raise damage.translated(error, path) from error
    except BaseException:
        db.close()
        raise
    return db


def _demand_whole(db: sqlite3.Connection, path: Path, tables: set[str]) -> None:
    """Every table is there and every page can be read (half a millisecond a megabyte)."""
    missing = {"blobs", "attempts", "events", "swaps", "facts"} - tables
    if len(missing) == 5:
        raise Damaged(path, N_("is some other database"))
    if missing or not (is_known_sound(path) or db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)):
        raise Damaged(path, N_("is damaged"))


def is_known_sound(path: Path) -> bool:
    """Whether this very file, unchanged, was found whole before; a small one is looked through every time."""
    state = _state(path)
    try:
        return state[0] > LARGE and json.loads((path.parent / SOUND).read_bytes()) == state
    except (OSError, ValueError, RecursionError):
        return False


def note_sound(path: Path) -> None:
    """Write down the state of a file that was found whole and that only SQLite has changed since."""
    state = _state(path)
    if state[0] > LARGE and not is_known_sound(path):
        with suppress(OSError):
            files.write(path.parent / SOUND, json.dumps(state).encode(), durable=False)


def _state(path: Path) -> list[int]:
    try:
        status = path.lstat()
    except OSError:
        return [0]
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def add_indexes(db: sqlite3.Connection) -> None:
    """What a journal of an older Lynx lacks; within the transaction that is open."""
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'attempts_standing'").fetchone():
        for statement in INDEXES.split(";"):
            db.execute(statement)


def to_column(value: Any) -> Any:
    """A value as a column keeps it: JSON for what has parts, bytes for a name that is no text in any encoding."""
    if isinstance(value, Mapping):
        value = dict(value)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return text if _is_text(text) else json.dumps(value, allow_nan=False)
    if isinstance(value, str) and not _is_text(value):
        return os.fsencode(value)
    return value


def from_column(value: Any) -> Any:
    """The value that a column keeps."""
    return os.fsdecode(value) if isinstance(value, bytes) else value


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
