"""What may be wrong with a journal, the true cause of what SQLite says, and mending: what can be read is kept."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import stat
import time
import zlib
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused, Word
from lynx.store import files, hashed, originals, owner
from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lynx.store.originals import Original

HEAD = b"SQLite format 3\0"
BESIDE = (
    "-journal",
    "-wal",
    "-shm",
)  # SQLite's own, which would be played back into another file of the name
GAPS = 2000  # ids in a row that cannot be read before the end of a damaged table is believed


class Damaged(Refused):
    """The journal is not there, is something else, or cannot be read in part."""

    def __init__(self, path: Path, what: str) -> None:
        self.path, self.what = path, what
        super().__init__(
            N_("The journal {path} {what}."),
            code="journal-damaged",
            remedy=N_(
                "lynx reset --yes gives the file back, byte for byte, and mends the journal; "
                "nothing else is touched. lynx status says what is there."
            ),
            path=path,
            what=Word(what),
        )


def outlived(state_dir: Path) -> bool:
    """Whether there was a journal: what is written beside it is there."""
    return owner.named(state_dir) or bool(originals.names(state_dir))


def demand_sound(path: Path) -> None:
    """Raise Damaged for what can be seen from outside; a file that was never there is sound."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        if outlived(path.parent):
            raise Damaged(path, N_("is gone")) from None
        return
    if stat.S_ISLNK(status.st_mode):
        raise Damaged(path, N_("is a link"))
    if stat.S_ISDIR(status.st_mode):
        raise Damaged(path, N_("is a folder"))
    if not stat.S_ISREG(status.st_mode):
        raise Damaged(path, N_("is no plain file"))
    if status.st_size == 0:
        if outlived(path.parent):
            raise Damaged(path, N_("is empty"))
        return
    if not os.access(path, os.R_OK):
        raise Damaged(path, N_("may not be read"))
    with path.open("rb") as file:
        if file.read(len(HEAD)) != HEAD:
            raise Damaged(path, N_("is no journal of Lynx"))


def translated(error: sqlite3.Error, path: Path) -> BaseException:
    """What SQLite says as what it is: damage, another Lynx at work, or the system's own error."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    said = str(error)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT) or "no such" in said:
        return Damaged(path, N_("is damaged"))
    if "malformed JSON" in said:
        return Damaged(path, N_("has lost some of its records"))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Refused(
            N_("Another program holds the journal {path}."),
            code="locked",
            remedy=N_("Wait until it is done, then try again; nothing was changed."),
            path=path,
        )
    if code in (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_RANGE):
        return error
    return _true_cause(path) or OSError(
        {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_NOMEM: errno.ENOMEM}.get(code, errno.EIO),
        said,
        str(path),
    )


def _true_cause(path: Path) -> OSError | None:
    """SQLite says "unable to open" of many things: what the system says to the same, tried once more."""
    probe = files.temporary(path.parent)
    try:
        if path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CLOEXEC))
        files.write(probe, b"\0" * 65536, durable=False)
        probe.unlink()
    except OSError as error:
        error.filename = os.fspath(path)
        return error
    return None


# -- mending -----------------------------------------------------------------------------------------


class Mended(Value):
    """What became of a damaged journal."""

    kept: int  # records read from it
    lost: bool  # whether some of it could not be read
    aside: Path | None  # where the damaged one is now


def mend(path: Path, schema: str, version: int) -> Mended:
    """Put a sound journal in the place of whatever is there: its records, and the originals that lie beside it.

    The caller holds the lock. What is there is kept aside, never removed. Raises OSError.
    """
    state_dir = path.parent
    fresh = files.temporary(state_dir)
    kept, lost = 0, True
    try:
        db = sqlite3.connect(fresh, isolation_level=None)
        try:
            db.execute("PRAGMA synchronous=EXTRA")
            db.executescript(f"BEGIN; {schema} PRAGMA user_version={version};")
            if path.is_file() and not path.is_symlink() and path.stat().st_size:
                kept, lost = _salvage(path, db)
            for found in originals.all_of(state_dir):
                _bring_back(db, found)
            db.execute("COMMIT")
        finally:
            db.close()
        aside = set_aside(path)
        fresh.replace(path)
        files.sync(state_dir)
    except sqlite3.Error as error:
        raise translated(error, path) from error
    finally:
        for end in ("", *BESIDE):
            fresh.with_name(fresh.name + end).unlink(missing_ok=True)
    return Mended(kept, lost, aside)


def set_aside(path: Path) -> Path | None:
    """Move away what lies in a journal's place, whatever it is, and what SQLite keeps beside it."""
    if not os.path.lexists(path):
        for end in BESIDE:  # of a database that is gone
            _away(path.with_name(path.name + end), "")
        return None
    stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(2).hex()}"
    for end in BESIDE:
        _away(path.with_name(path.name + end), stamp)
    return _away(path, stamp)


def _away(path: Path, stamp: str) -> Path | None:
    if not os.path.lexists(path):
        return None
    folder = path.parent / "kept"
    folder.mkdir(exist_ok=True)
    place = folder / f"{stamp or os.urandom(4).hex()}-{path.name}"
    path.rename(place)
    return place


def _salvage(path: Path, db: sqlite3.Connection) -> tuple[int, bool]:
    """Copy what can be read and is what it says it is; how many records, and whether anything was lost."""
    kept, lost = 0, False
    for how in ("mode=ro", "mode=ro&immutable=1"):  # the second reads over what a kill left half played back
        old = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)
        try:
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error:
            old.close()
            continue
        with contextlib.closing(old):
            for table, columns, sound in TABLES:
                count, gone = _copy(old, db, table, columns, sound)
                kept, lost = kept + count, lost or gone
        return kept, lost
    return 0, True


def _copy(
    old: sqlite3.Connection, db: sqlite3.Connection, table: str, columns: str, sound: Any
) -> tuple[int, bool]:
    places = ", ".join("?" * (columns.count(",") + 2))
    count, lost = 0, False
    for row in _rows(old, table, columns):
        if row is None or not sound(row[1:]):
            lost = True
            continue
        try:
            db.execute(f"INSERT OR IGNORE INTO {table} (rowid, {columns}) VALUES ({places})", row)
            count += 1
        except sqlite3.Error:  # a column of a kind that no record of ours has
            lost = True
    return count, lost


def _rows(old: sqlite3.Connection, table: str, columns: str) -> Iterator[tuple[Any, ...] | None]:
    """Every row that can be read, by number; None in the place of one that cannot."""
    last, gaps = 0, 0
    while gaps < GAPS:
        try:
            query = f"SELECT rowid, {columns} FROM {table} WHERE rowid > ? ORDER BY rowid"
            for row in old.execute(query, (last,)):
                last, gaps = row[0], 0
                yield row
            return
        except sqlite3.Error as error:
            if "no such" in str(error):
                yield None
                return
        if gaps == 0:
            yield None
        # what stands behind a page that cannot be read is reached one by one
        last, gaps = last + 1, gaps + 1
        with contextlib.suppress(sqlite3.Error):
            row = old.execute(f"SELECT rowid, {columns} FROM {table} WHERE rowid = ?", (last,)).fetchone()
            if row:
                gaps = 0
                yield row


def _sound_blob(row: tuple[Any, ...]) -> bool:
    try:
        return bool(hashed.sha256(zlib.decompress(row[1])).hexdigest() == row[0])
    except (zlib.error, TypeError):
        return False


def _sound_json(column: int) -> Any:
    def sound(row: tuple[Any, ...]) -> bool:
        try:
            return isinstance(json.loads(row[column]), dict)
        except (ValueError, TypeError):
            return False

    return sound


ATTEMPT = (
    "break_id, number, stage, blind, started, active, target, original, broken, spec, folder, pack, notes, "
    "heading, card"
)
TABLES = (
    ("blobs", "sha, data", _sound_blob),
    ("attempts", ATTEMPT, _sound_json(14)),
    ("events", "attempt, time, kind, payload", _sound_json(3)),
    ("swaps", "attempt, target, before, after, temporary, state, time", lambda row: isinstance(row[5], str)),
    ("facts", "name, value", lambda row: isinstance(row[0], str) and isinstance(row[1], str)),
)


def _bring_back(db: sqlite3.Connection, found: Original) -> None:
    """The attempt that an original belongs to, with its bytes, where the journal's own record of it is lost."""
    for data in (found.original, found.broken, found.spec):
        name = hashed.sha256(data).hexdigest()
        db.execute("INSERT OR IGNORE INTO blobs (sha, data) VALUES (?, ?)", (name, zlib.compress(data)))
    columns = [name.strip() for name in ATTEMPT.split(",")]
    values = {name: found.attempt[name] for name in columns}
    known = db.execute(
        "SELECT 1 FROM attempts WHERE break_id = :break_id AND number = :number AND target = :target "
        "AND original = :original AND broken = :broken",
        values,
    ).fetchone()
    if known:
        return
    # An attempt of another journal may have its number; that journal is kept aside, this one's file is in danger.
    same = "DELETE FROM attempts WHERE break_id = :break_id AND number = :number"
    db.execute(same, values)
    values |= {
        "active": 1,
        "blind": int(values["blind"]),
        "card": json.dumps(values["card"]),
        "folder": _column(values["folder"]),
        "notes": _column(values["notes"]),
    }
    db.execute("UPDATE attempts SET active = 0")
    made = db.execute(
        f"INSERT INTO attempts ({ATTEMPT}) VALUES ({', '.join(':' + name for name in columns)})", values
    ).lastrowid
    db.execute(
        "INSERT INTO swaps (attempt, target, before, after, temporary, state, time) "
        "VALUES (?, ?, ?, ?, '', 'done', ?)",
        (made, values["target"], values["original"], values["broken"], values["started"]),
    )
    db.execute(
        "INSERT OR IGNORE INTO facts VALUES (?, ?)", (f"target:{made}", json.dumps({"mode": found.mode}))
    )


def _column(text: str) -> str | bytes:
    try:
        text.encode()
    except UnicodeEncodeError:
        return os.fsencode(text)
    return text
