"""What Lynx remembers about a workspace: one SQLite file under the git directory.

Everything a command needs after a reboot is here: attempts at breaks, the two versions of the target,
what was predicted, run, hinted, verified, and the swaps under way. Events are append-only; stages are
the one thing that is updated. Bytes are stored compressed under their SHA-256, so that nothing in the
git directory can be read as plain text, and nothing is in refs or objects that a push would carry.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SCHEMA = 1

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


@dataclass(frozen=True)
class Attempt:
    """One try at one break: where it stands and the hashes of the two versions of its target."""

    id: int
    break_id: str
    number: int  # 1, then 2 after a reset …
    stage: str
    blind: bool
    started: float  # seconds since the epoch
    active: bool  # at most one attempt is active: the one whose bug is in
    target: str  # relative to the repository's top, posix
    original: str  # sha256 of the healthy bytes
    broken: str
    spec: str  # sha256 of break.yaml as it was at injection
    folder: str  # the break's folder at injection
    pack: str
    notes: str  # relative path of the notes file
    heading: str  # the `## …` line of this attempt's section
    card: Mapping[str, Any]  # texts that light commands show without reading the spec (title, hints, …)


@dataclass(frozen=True)
class Event:
    """Something that happened: `kind` is locked, run, hint, control, verify, explain, reveal, reset …"""

    id: int
    attempt: int | None
    time: float
    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Swap:
    """One exchange of the target's bytes.

    `state` is pending, exchanged (the names are, the old bytes still lie about), done or undone.
    """

    id: int
    attempt: int | None
    target: str
    before: str
    after: str
    temporary: str
    state: str


def sha256(data: bytes) -> str:
    """Hex SHA-256 of `data`: the name of a blob."""
    return hashlib.sha256(data).hexdigest()


class Journal:
    """The open journal of one workspace. Every method is one transaction, durable when it returns.

    Raises `Refused` when the file is newer than this program, or not a journal.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    @classmethod
    def exists(cls, state_dir: Path) -> bool:
        """Whether Lynx has ever kept anything here."""
        return (state_dir / "journal.db").is_file()

    @classmethod
    def open(cls, state_dir: Path) -> Journal:
        """Open, creating it if need be."""
        state_dir.mkdir(parents=True, exist_ok=True)
        path = state_dir / "journal.db"
        try:
            db = sqlite3.connect(path, timeout=10, isolation_level=None)
        except sqlite3.Error as error:
            raise _unreadable(path, error) from error
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
            if version < SCHEMA:
                db.executescript(f"BEGIN IMMEDIATE; {TABLES} PRAGMA user_version={SCHEMA}; COMMIT;")
        except sqlite3.DatabaseError as error:
            db.close()
            raise _unreadable(path, error) from error
        except Refused:
            db.close()
            raise
        return cls(db)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and the only writer while it lasts."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # -- bytes -----------------------------------------------------------------------------------

    def put(self, data: bytes) -> str:
        """Keep `data`; return its name."""
        name = sha256(data)
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (name, zlib.compress(data)))
        return name

    def blob(self, sha: str) -> bytes:
        """The bytes kept under `sha`. Raises KeyError when there are none."""
        row = self._db.execute("SELECT data FROM blobs WHERE sha = ?", (sha,)).fetchone()
        if row is None:
            raise KeyError(sha)
        return zlib.decompress(row[0])

    # -- attempts --------------------------------------------------------------------------------

    def start(self, **columns: Any) -> Attempt:
        """Begin an attempt (columns as in `Attempt`, without id and number) and make it the active one."""
        columns["card"] = json.dumps(columns["card"], ensure_ascii=False)
        with self.transaction() as db:
            (last,) = db.execute(
                "SELECT coalesce(max(number), 0) FROM attempts WHERE break_id = ?", (columns["break_id"],)
            ).fetchone()
            columns |= {"number": last + 1, "started": time.time(), "active": 1}
            db.execute("UPDATE attempts SET active = 0")
            names = ", ".join(columns)
            places = ", ".join(f":{name}" for name in columns)
            cursor = db.execute(f"INSERT INTO attempts ({names}) VALUES ({places})", columns)
            number = cursor.lastrowid
        return self._attempts("WHERE id = ?", number)[0]

    def update(self, attempt: int, **columns: Any) -> Attempt:
        """Change stage, active, heading, notes or card of an attempt."""
        if "card" in columns:
            columns["card"] = json.dumps(columns["card"], ensure_ascii=False)
        sets = ", ".join(f"{name} = :{name}" for name in columns)
        with self.transaction() as db:
            db.execute(f"UPDATE attempts SET {sets} WHERE id = :id", {**columns, "id": attempt})
        return self._attempts("WHERE id = ?", attempt)[0]

    def forget(self, attempt: int) -> None:
        """Undo `start`: the injection never happened."""
        with self.transaction() as db:
            db.execute("DELETE FROM attempts WHERE id = ?", (attempt,))

    def attempt(self, number: int) -> Attempt:
        """The attempt with this id. Raises KeyError."""
        found = self._attempts("WHERE id = ?", number)
        if not found:
            raise KeyError(number)
        return found[0]

    def active(self) -> Attempt | None:
        """The attempt under way (its stage may be DONE until the next begins), or None."""
        found = self._attempts("WHERE active = 1")
        return found[0] if found else None

    def attempts(self, break_id: str | None = None) -> list[Attempt]:
        """All attempts, oldest first."""
        if break_id is None:
            return self._attempts("ORDER BY id")
        return self._attempts("WHERE break_id = ? ORDER BY id", break_id)

    def _attempts(self, where: str, *values: object) -> list[Attempt]:
        columns = ", ".join(Attempt.__dataclass_fields__)
        rows = self._db.execute(f"SELECT {columns} FROM attempts {where}", values)
        found = []
        for row in rows:
            fields = dict(zip(Attempt.__dataclass_fields__, row, strict=True))
            fields |= {
                "blind": bool(fields["blind"]),
                "active": bool(fields["active"]),
                "card": json.loads(fields["card"]),
            }
            found.append(Attempt(**fields))
        return found

    # -- events ----------------------------------------------------------------------------------

    def record(self, attempt: int | None, kind: str, payload: Mapping[str, Any]) -> Event:
        """Append one event; non-finite numbers must already be strings (docs/json.md#numbers)."""
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
        now = time.time()
        with self.transaction() as db:
            cursor = db.execute(
                "INSERT INTO events (attempt, time, kind, payload) VALUES (?, ?, ?, ?)",
                (attempt, now, kind, text),
            )
        return Event(cursor.lastrowid or 0, attempt, now, kind, payload)

    def events(self, attempt: int | None = None, kind: str | None = None) -> list[Event]:
        """Events, oldest first; of one attempt, of one kind, or all."""
        rows = self._db.execute(
            "SELECT id, attempt, time, kind, payload FROM events "
            "WHERE (:a IS NULL OR attempt = :a) AND (:k IS NULL OR kind = :k) ORDER BY id",
            {"a": attempt, "k": kind},
        )
        return [Event(i, a, t, k, json.loads(p)) for i, a, t, k, p in rows]

    # -- swaps (repo/inject.py) ------------------------------------------------------------------

    def begin_swap(self, attempt: int | None, target: str, before: str, after: str, temporary: str) -> int:
        """Write down an exchange before it happens."""
        with self.transaction() as db:
            cursor = db.execute(
                "INSERT INTO swaps (attempt, target, before, after, temporary, state, time) "
                "VALUES (?, ?, ?, ?, ?, 'pending', ?)",
                (attempt, target, before, after, temporary, time.time()),
            )
        return cursor.lastrowid or 0

    def end_swap(self, swap: int, state: str) -> None:
        """Mark how far an exchange came."""
        with self.transaction() as db:
            db.execute("UPDATE swaps SET state = ? WHERE id = ?", (state, swap))

    def pending_swaps(self) -> list[Swap]:
        """Exchanges that a kill may have cut short."""
        rows = self._db.execute(
            "SELECT id, attempt, target, before, after, temporary, state FROM swaps "
            "WHERE state IN ('pending', 'exchanged') ORDER BY id"
        )
        return [Swap(*row) for row in rows]

    def injected(self, attempt: int) -> bool:
        """Whether this attempt's bug ever went in; False when a kill came before."""
        row = self._db.execute(
            "SELECT 1 FROM swaps JOIN attempts ON attempts.id = swaps.attempt "
            "WHERE attempts.id = ? AND swaps.after = broken AND state IN ('exchanged', 'done')",
            (attempt,),
        ).fetchone()
        return row is not None

    # -- facts -----------------------------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        """A small named value, such as the learner's name."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Remember a small named value."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _unreadable(path: Path, error: sqlite3.Error) -> Refused:
    return Refused(
        N_("The journal {path} cannot be read: {error}."),
        code="journal-unreadable",
        remedy=N_("Move it away to start afresh; the bytes of a running break are inside it."),
        path=path,
        error=error,
    )
