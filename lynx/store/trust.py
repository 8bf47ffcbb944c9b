"""What this user has allowed to run: folders of breaks from elsewhere, each with the hash of what was shown.

A diff is code and so is `experiment.py`: a break that did not come with Lynx runs only after `lynx trust`
showed it. The record is the folder's real path and a hash over everything in it, so that a changed folder
asks again. It lies in the user's data directory, never in a repository, which could otherwise trust itself.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.store import hashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMA = 2
MAX_FILES = 10_000
MAX_BYTES = 256_000_000

TABLES = """
CREATE TABLE IF NOT EXISTS trusted (path TEXT PRIMARY KEY, hash TEXT NOT NULL, time REAL NOT NULL);
CREATE TABLE IF NOT EXISTS packs (
  path TEXT NOT NULL, top TEXT NOT NULL DEFAULT '', time REAL NOT NULL, PRIMARY KEY (path, top)
);
"""
# from format 1, where every pack was the user's in all repositories
TO_2 = """
ALTER TABLE packs RENAME TO packs_1;
CREATE TABLE packs (
  path TEXT NOT NULL, top TEXT NOT NULL DEFAULT '', time REAL NOT NULL, PRIMARY KEY (path, top)
);
INSERT INTO packs SELECT path, '', time FROM packs_1;
DROP TABLE packs_1;
"""


def user_home(environ: Mapping[str, str]) -> Path:
    """Where Lynx keeps what belongs to the user.

    `LYNX_HOME`, else `$XDG_DATA_HOME/lynx`, else `~/.local/share/lynx`, on macOS alike. A relative
    XDG_DATA_HOME is ignored, as its specification asks.
    """
    if environ.get("LYNX_HOME"):
        return Path(environ["LYNX_HOME"]).absolute()
    xdg = environ.get("XDG_DATA_HOME", "")
    if xdg and Path(xdg).is_absolute():
        return Path(xdg) / "lynx"
    return Path(environ.get("HOME") or Path.home()) / ".local" / "share" / "lynx"


def pack_hash(folder: Path) -> str:
    """SHA-256 over every file below `folder`: relative names, kinds, lengths and bytes, in a fixed order.

    Nothing is left out, bytecode caches included: a `.pyc` beside `experiment.py` may be what really runs.
    Raises Refused for devices, FIFOs and sockets, links that leave the folder, and folders of absurd size.
    """
    top = folder.resolve()
    digest = hashed.sha256(b"lynx pack 1\0")
    total = 0
    for count, (name, path) in enumerate(_files(top)):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            if not path.resolve().is_relative_to(top):
                raise _unfit(path, N_("{path} is a link that leaves the break's folder."))
            kind, data = b"link", os.fsencode(path.readlink())
        elif stat.S_ISREG(mode):
            kind, data = b"file", b""
            total += path.lstat().st_size
        else:
            raise _unfit(path, N_("{path} is neither a file nor a folder."))
        if count >= MAX_FILES or total > MAX_BYTES:
            raise _unfit(folder, N_("{path} holds more than 10000 files or 256 MB."))
        if kind == b"file":
            data = _digest(path)
        encoded = os.fsencode(name)
        digest.update(b"%s %d %d\0" % (kind, len(encoded), len(data)))
        digest.update(encoded + data)
    return digest.hexdigest()


def _files(top: Path) -> Iterator[tuple[str, Path]]:
    """Everything below `top` that is no folder, with its relative name, in a fixed order."""
    pending = [top]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as found:
                entries = sorted(found, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            raise _unfit(here, N_("{path} cannot be read.")) from error
        for entry in entries:
            path = here / entry.name
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)
            else:
                yield path.relative_to(top).as_posix(), path


def _digest(path: Path) -> bytes:
    from hashlib import file_digest  # a pack may be hundreds of megabytes

    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").digest()
    except OSError as error:
        raise _unfit(path, N_("{path} cannot be read.")) from error


def _unfit(path: Path, template: str) -> Refused:
    return Refused(
        template,
        code="untrustworthy",
        remedy=N_("A break's folder holds plain files of its own; tidy it, then try again."),
        path=path,
    )


def is_trusted(folder: Path, home: Path) -> bool:
    """Whether the user has allowed this folder to run as it is now; False, too, when it cannot be hashed."""
    if not (home / "trust.db").is_file():
        return False
    with _open(home) as db:
        row = db.execute("SELECT hash FROM trusted WHERE path = ?", (_key(folder),)).fetchone()
    if row is None:
        return False
    try:
        return bool(pack_hash(folder) == row[0])
    except (Refused, OSError):
        return False


def was_trusted(folder: Path, home: Path) -> bool:
    """Whether this folder was allowed at some time, perhaps with other content."""
    if not (home / "trust.db").is_file():
        return False
    with _open(home) as db:
        return db.execute("SELECT 1 FROM trusted WHERE path = ?", (_key(folder),)).fetchone() is not None


def trust(folder: Path, home: Path, *, shown: str | None = None) -> str:
    """Record that `folder` may run as it is now; returns its hash.

    `shown` is the hash taken before the person was asked: Refused when the folder has changed since.
    """
    now = pack_hash(folder)
    if shown is not None and shown != now:
        raise Refused(
            N_("{path} changed while it was being looked at."),
            code="trust-changed",
            remedy=N_("Look at it again: lynx trust"),
            path=folder,
        )
    with _open(home) as db:
        db.execute("INSERT OR REPLACE INTO trusted VALUES (?, ?, ?)", (_key(folder), now, time.time()))
    return now


def forget(folder: Path, home: Path) -> bool:
    """Take the permission back; whether there was one."""
    with _open(home) as db:
        return db.execute("DELETE FROM trusted WHERE path = ?", (_key(folder),)).rowcount > 0


def packs(home: Path, top: Path | None = None) -> tuple[Path, ...]:
    """The folders added by `lynx pack add`, oldest first; those added for the repository at `top`, too."""
    if not (home / "trust.db").is_file():
        return ()
    with _open(home) as db:
        rows = db.execute(
            "SELECT path FROM packs WHERE top IN ('', ?) GROUP BY path ORDER BY MIN(time), path", (_top(top),)
        ).fetchall()
    return tuple(Path(os.fsdecode(bytes.fromhex(row[0]))) for row in rows)


def add_pack(folder: Path, home: Path, top: Path | None = None) -> None:
    """Remember a folder of breaks, for the repository at `top` alone if one is given; again changes nothing."""
    with _open(home) as db:
        db.execute("INSERT OR IGNORE INTO packs VALUES (?, ?, ?)", (_key(folder), _top(top), time.time()))


def remove_pack(folder: Path, home: Path, top: Path | None = None) -> bool:
    """Forget a folder of breaks, gone from disk or not, also where it was added for `top`; whether it was known."""
    with _open(home) as db:
        gone = db.execute("DELETE FROM packs WHERE path = ? AND top IN ('', ?)", (_key(folder), _top(top)))
        return gone.rowcount > 0


def _top(top: Path | None) -> str:
    return _key(top) if top is not None else ""


def _key(folder: Path) -> str:
    # Hex, because a path may hold bytes that are no UTF-8 and SQLite's text cannot.
    return os.fsencode(folder.resolve()).hex()


@contextmanager
def _open(home: Path) -> Iterator[sqlite3.Connection]:
    """The database inside one transaction. Raises Refused when it is newer than this Lynx, or damaged."""
    path = home / "trust.db"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        db = sqlite3.connect(path, timeout=10, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _broken(path, error) from error
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA:
            raise Refused(
                N_("{path} was written by a newer Lynx (format {version})."),
                code="trust-newer",
                remedy=N_("Upgrade Lynx: pip install --upgrade lynx-tutor"),
                path=path,
                version=version,
            )
        db.execute("BEGIN IMMEDIATE")
        if version < SCHEMA:
            for statement in (TO_2 if version else TABLES).split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA:d}")
        yield db
        db.execute("COMMIT")
    except sqlite3.Error as error:
        raise _broken(path, error) from error
    finally:
        db.close()  # without a COMMIT this rolls back


def _broken(path: Path, error: Exception) -> Refused:
    return Refused(
        N_("{path} cannot be used: {error}."),
        code="trust-unreadable",
        remedy=N_("Move it away; Lynx makes a new one and asks again what you trust."),
        path=path,
        error=error,
    )
