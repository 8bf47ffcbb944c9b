"""What Lynx remembers about a workspace: one SQLite file under the git directory.

Everything a command needs after a reboot is here: attempts at breaks, the two versions of the target,
what was predicted, run, hinted, verified, and the swaps under way. Events are append-only; stages are
the one thing that is updated. Bytes are stored compressed under their SHA-256, so that nothing in the
git directory can be read as plain text, and nothing is in refs or objects that a push would carry.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.store import chain, damage, files, hashed, originals
from lynx.store.attempts import Attempt as Attempt
from lynx.store.damage import Damaged
from lynx.store.history import History
from lynx.store.tables import FILE, add_indexes, connect, from_column, note_sound, to_column
from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


class Event(Value):
    """Something that happened: `kind` is locked, run, hint, control, verify, explain, reveal, reset …"""

    id: int
    attempt: int | None
    time: float
    kind: str
    payload: Mapping[str, Any]


class Swap(Value):
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
    return hashed.sha256(data).hexdigest()


class Journal(History):
    """The open journal of one workspace. Every method is one transaction, durable when it returns.

    Raises `Damaged` when the file is not there any more, is no journal or cannot be read in part, `Refused` when it
    is newer than this program, and OSError when the disk says no.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path
        self.foreign = False  # of another user or machine: nothing is written to it
        self._indexed = False
        self._held: bytes | None = None
        self._beside: dict[Path, bytes] = {}  # while held: what else the state consists of
        self._known = _identity(path)

    @classmethod
    def exists(cls, state_dir: Path) -> bool:
        """Whether Lynx has ever kept anything here."""
        return os.path.lexists(state_dir / FILE) or damage.outlived(state_dir)

    @classmethod
    def open(cls, state_dir: Path) -> Journal:
        """Open, creating it if need be."""
        state_dir.mkdir(parents=True, exist_ok=True)
        path = state_dir / FILE
        damage.demand_sound(path)
        return cls(connect(path), path)

    @classmethod
    def look(cls, path: Path) -> Journal:
        """Somebody's journal, to read: nothing is written to it. Raises as `open`."""
        journal = cls(connect(path), path)
        journal.foreign = True
        return journal

    def close(self) -> None:
        """Close the file."""
        self._db.close()
        if self._held is None and not self.foreign:  # the learner's code may have written to it
            note_sound(self.path)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, and the only writer while it lasts. Raises OSError with the true cause."""
        if self.foreign:
            raise not_yours()
        self._still_there()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            if not self._indexed:
                add_indexes(self._db)
            yield self._db
            self._db.execute("COMMIT")
            self._indexed = True
        except BaseException as error:
            with suppress(sqlite3.Error):  # what it says then hides what went wrong
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise damage.translated(error, self.path) from error
            raise
        if self._held is not None:
            self._held = self._db.serialize()

    def _read(self, query: str, values: Any = ()) -> list[Any]:
        if self._held is not None:
            self._still_there()
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            if self._held is None:
                raise damage.translated(error, self.path) from error
        self._put_back()
        return self._db.execute(query, values).fetchall()

    # -- while the learner's code runs -----------------------------------------------------------

    def hold(self) -> None:
        """Keep a copy in memory from now on: the learner's code may remove or empty the file."""
        if self._held is None and not self.foreign:
            self._held = self._db.serialize()
            folder = self.path.parent
            small = [folder / name for name in ("owner", "workspace.json")]
            small += [folder / originals.FOLDER / name for name in originals.names(folder)]
            self._beside = {path: path.read_bytes() for path in small if path.is_file()}

    def _still_there(self) -> None:
        """The file that is open is the one that lies there; else put it back."""
        if _identity(self.path) == self._known:
            return
        if self._held is None:
            if damage.outlived(self.path.parent) and not os.path.lexists(self.path):
                raise Damaged(self.path, N_("is gone"))
            return
        self._put_back()

    def _put_back(self) -> None:
        assert self._held is not None
        self._db.close()
        folder = self.path.parent
        folder.mkdir(parents=True, exist_ok=True)
        damage.set_aside(self.path)
        files.write(self.path, self._held)
        for path, data in self._beside.items():
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                files.write(path, data)
        self._db = connect(self.path)
        self._known = _identity(self.path)

    # -- bytes -----------------------------------------------------------------------------------

    def put(self, data: bytes) -> str:
        """Keep `data`; return its name."""
        name = sha256(data)
        with self.transaction() as db:
            db.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (name, zlib.compress(data)))
        return name

    def blob(self, sha: str) -> bytes:
        """The bytes kept under `sha`. Raises KeyError when there are none."""
        rows = self._read("SELECT data FROM blobs WHERE sha = ?", (sha,))
        if not rows:
            raise KeyError(sha)
        try:
            data = zlib.decompress(rows[0][0])
        except (zlib.error, TypeError):
            data = None
        if data is None or sha256(data) != sha:
            raise Damaged(self.path, N_("has lost some of its records"))
        return data

    def needed(self, sha: str) -> bytes:
        """As `blob`, of bytes that an attempt names: they are there, or the journal is damaged."""
        try:
            return self.blob(sha)
        except KeyError:
            raise Damaged(self.path, N_("has lost some of its records")) from None

    # -- attempts --------------------------------------------------------------------------------

    def start(self, **columns: Any) -> Attempt:
        """Begin an attempt (columns as in `Attempt`, without id and number) and make it the active one."""
        columns = {name: to_column(value) for name, value in columns.items()}
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
        columns = {name: to_column(value) for name, value in columns.items()}
        sets = ", ".join(f"{name} = :{name}" for name in columns)
        with self.transaction() as db:
            db.execute(f"UPDATE attempts SET {sets} WHERE id = :id", {**columns, "id": attempt})
        return self._attempts("WHERE id = ?", attempt)[0]

    def forget(self, attempt: int) -> None:
        """Undo `start`: the injection never happened."""
        with self.transaction() as db:
            db.execute("DELETE FROM attempts WHERE id = ?", (attempt,))
            db.execute("DELETE FROM events WHERE attempt = ?", (attempt,))  # the number is given again
            chain.anew(db)

    def demand_complete(self, attempt: Attempt) -> None:
        """Raise Damaged when bytes that the attempt names are not there."""
        wanted = {sha for sha in (attempt.original, attempt.broken, attempt.spec) if sha}
        places = ", ".join("?" * len(wanted))
        rows = self._read(f"SELECT count(*) FROM blobs WHERE sha IN ({places})", tuple(wanted))
        if rows[0][0] < len(wanted):
            raise Damaged(self.path, N_("has lost some of its records"))

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

    def before(self, attempt: int | None = None) -> Attempt | None:
        """The attempt begun before this one; the last of all where none is named."""
        where, values = ("", ()) if attempt is None else ("WHERE id < ?", (attempt,))
        found = self._attempts(f"{where} ORDER BY id DESC LIMIT 1", *values)
        return found[0] if found else None

    def that_ran(self, break_id: str | None = None) -> list[Attempt]:
        """The attempts that got as far as a run, oldest first; at one break, or at all."""
        where, values = ("break_id = ? AND", (break_id,)) if break_id is not None else ("", ())
        ran = "id IN (SELECT attempt FROM events WHERE kind = 'run')"
        return self._attempts(f"WHERE {where} {ran} ORDER BY id", *values)

    def _attempts(self, where: str, *values: object) -> list[Attempt]:
        columns = ", ".join(Attempt.NAMES)
        return [
            self._attempt_of(row) for row in self._read(f"SELECT {columns} FROM attempts {where}", values)
        ]

    def _attempt_of(self, row: tuple[Any, ...]) -> Attempt:
        fields = {name: from_column(value) for name, value in zip(Attempt.NAMES, row, strict=True)}
        try:
            fields |= {
                "blind": bool(fields["blind"]),
                "active": bool(fields["active"]),
                "card": json.loads(fields["card"]),
            }
        except (ValueError, TypeError):
            raise Damaged(self.path, N_("has lost some of its records")) from None
        return Attempt(**fields)

    # -- events ----------------------------------------------------------------------------------

    def record(self, attempt: int | None, kind: str, payload: Mapping[str, Any]) -> Event:
        """Append one event; non-finite numbers must already be strings (docs/json.md#numbers)."""
        text = to_column(payload)
        now = time.time()
        with self.transaction() as db:
            cursor = db.execute(
                "INSERT INTO events (attempt, time, kind, payload) VALUES (?, ?, ?, ?)",
                (attempt, now, kind, text),
            )
            chain.extend(db, (attempt, now, kind, text))
        return Event(cursor.lastrowid or 0, attempt, now, kind, payload)

    def events(self, attempt: int | None = None, kind: str | None = None) -> list[Event]:
        """Events, oldest first; of one attempt, of one kind, or all."""
        asked = {"attempt": attempt, "kind": kind}
        known = {name: value for name, value in asked.items() if value is not None}
        # only what is asked: an index answers `attempt = ?`, and none `? IS NULL OR attempt = ?`
        where = " AND ".join(f"{name} = :{name}" for name in known) or "1"
        rows = self._read(
            f"SELECT id, attempt, time, kind, payload FROM events WHERE {where} ORDER BY id", known
        )
        return self._events(rows)

    def _events(self, rows: Iterable[tuple[Any, ...]]) -> list[Event]:
        try:
            return [Event(i, a, t, k, json.loads(p)) for i, a, t, k, p in rows]
        except (ValueError, TypeError):
            raise Damaged(self.path, N_("has lost some of its records")) from None

    def events_of_breaks(self, kind: str) -> list[tuple[str, Event]]:
        """Events of one kind with the break that each belongs to: by attempt, then by time."""
        rows = self._read(
            "SELECT a.break_id, e.id, e.attempt, e.time, e.kind, e.payload FROM events AS e "
            "JOIN attempts AS a ON a.id = e.attempt WHERE e.kind = ? ORDER BY a.id, e.id",
            (kind,),
        )
        return [
            (break_id, one)
            for (break_id, *_), one in zip(rows, self._events(row[1:] for row in rows), strict=True)
        ]

    def is_sealed(self) -> bool:
        """Whether the events are those that Lynx wrote; a journal that has no chain yet says nothing against itself."""
        return self.fact(chain.FACT) in (None, chain.head_of(self._read(chain.ROWS)))

    # -- swaps (repo/inject.py) ------------------------------------------------------------------

    def begin_swap(self, attempt: int | None, target: str, before: str, after: str, temporary: str) -> int:
        """Write down an exchange before it happens."""
        with self.transaction() as db:
            cursor = db.execute(
                "INSERT INTO swaps (attempt, target, before, after, temporary, state, time) "
                "VALUES (?, ?, ?, ?, ?, 'pending', ?)",
                (attempt, to_column(target), before, after, to_column(temporary), time.time()),
            )
        return cursor.lastrowid or 0

    def end_swap(self, swap: int, state: str) -> None:
        """Mark how far an exchange came."""
        with self.transaction() as db:
            db.execute("UPDATE swaps SET state = ? WHERE id = ?", (state, swap))

    def pending_swaps(self) -> list[Swap]:
        """Exchanges that a kill may have cut short."""
        rows = self._read(
            "SELECT id, attempt, target, before, after, temporary, state FROM swaps "
            "WHERE state IN ('pending', 'exchanged') ORDER BY id"
        )
        return [Swap(*map(from_column, row)) for row in rows]

    def injected(self, attempt: int) -> bool:
        """Whether this attempt's bug ever went in; False when a kill came before."""
        rows = self._read(
            "SELECT 1 FROM swaps JOIN attempts ON attempts.id = swaps.attempt "
            "WHERE attempts.id = ? AND swaps.after = broken AND state IN ('exchanged', 'done') LIMIT 1",
            (attempt,),
        )
        return bool(rows)

    # -- facts -----------------------------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        """A small named value, such as the learner's name."""
        rows = self._read("SELECT value FROM facts WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def facts(self, start: str) -> dict[str, str]:
        """The small values whose names begin so, by what follows."""
        rows = self._read(
            "SELECT name, value FROM facts WHERE name >= ? AND name < ?", (start, start + "\U0010ffff")
        )
        return {str(name)[len(start) :]: str(value) for name, value in rows}

    def set_fact(self, name: str, value: str) -> None:
        """Remember a small named value."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def not_yours() -> Refused:
    """The refusal of everything that would act on a state which came along with a folder."""
    return Refused(
        N_("What Lynx kept here was made by another user or on another machine."),
        code="foreign-state",
        remedy=N_(
            "If it is yours, take it over: lynx adopt. To give the file back only: lynx reset. "
            "Until then it can be looked at, and nothing of it is run."
        ),
    )


def _identity(path: Path) -> tuple[int, int, bool]:
    """What tells that another file lies there, or that it was emptied."""
    try:
        status = path.lstat()
    except OSError:
        return (0, 0, False)
    return (status.st_dev, status.st_ino, status.st_size > 0)
