"""The journal's hash chain: every event is sealed over all that came before it.

The head lies among the facts and is moved in the same transaction as the event is written. Whoever changes an old event
by hand leaves a journal whose head does not fit any more (docs/architecture.md#classes). It is no signature: there is
no secret in it, and a program that rewrites the journal and the head together leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.store import hashed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

FACT = "chain"
ROWS = "SELECT attempt, time, kind, payload FROM events ORDER BY id"
Row = tuple[int | None, float, str, str]  # attempt, time, kind, payload as it is stored


def link(before: str, *parts: object) -> str:
    """The hash (hex SHA-256) that seals `parts` behind `before`."""
    return hashed.sha256("\n".join([before, *(repr(part) for part in parts)]).encode()).hexdigest()


def head_of(rows: Iterable[Row]) -> str:
    """The head of a chain over these events, oldest first."""
    head = ""
    for row in rows:
        head = link(head, *row)
    return head


def extend(db: sqlite3.Connection, row: Row) -> None:
    """Move the head over one more event, which is the last; a journal without a chain gets one over all of it."""
    kept = db.execute("SELECT value FROM facts WHERE name = ?", (FACT,)).fetchone()
    if kept is None:
        anew(db)
    else:
        _put(db, link(kept[0], *row))


def anew(db: sqlite3.Connection) -> None:
    """Seal what is there now: Lynx itself has taken events away or brought some."""
    _put(db, head_of(_rows(db)))


def _rows(db: sqlite3.Connection) -> Iterable[Row]:
    return db.execute(ROWS)


def _put(db: sqlite3.Connection, head: str) -> None:
    db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (FACT, head))
