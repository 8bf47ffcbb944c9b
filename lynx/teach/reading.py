"""Where a class's work lies: hand-ins, workspaces and notes below the folders that a teacher names.

Nothing of a learner's runs and nothing is written: a journal is opened to be looked at.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.errors import N_, LynxError, Refused
from lynx.store.journal import Journal
from lynx.store.tables import FILE
from lynx.surroundings import cause
from lynx.teach import fold, seals
from lynx.teach.hand_in import SALT, of_journal
from lynx.teach.results import Learner, Played, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEPTH = 3  # folders below the one that is named
MOST = 5_000  # folders looked into: one that holds more is no class
SKIPPED = {"node_modules", "__pycache__", "site-packages", "venv"}
Handed = tuple[Path, seals.HandIn]


def read(folders: Sequence[Path]) -> tuple[list[Handed], list[Learner], list[Unread]]:
    """The hand-ins and journals there are, the learners known from notes alone, and what could not be read.

    Raises Refused for a place that is not there or cannot be listed.
    """
    handed: list[Handed] = []
    noted: list[Learner] = []
    unread: list[Unread] = []
    for named in folders:
        _demand_readable(named)
        places = [named] if named.is_file() else None
        for path in places if places is not None else _files(named):
            if path.name == FILE:
                _from_journal(path, handed, unread)
            elif path.suffix == ".json":
                _from_file(path, handed, unread, asked=path == named)
        if places is None:
            noted += _from_notes(named, {path for path, _ in handed})
    return handed, noted, unread


def _demand_readable(named: Path) -> None:
    try:
        named.stat()
        if named.is_dir():
            os.scandir(named).close()
    except OSError as error:
        raise Refused(
            N_("{path} cannot be read: {error}."),
            code="class-unreadable",
            remedy=N_("Name a folder that holds hand-ins: lynx class DIR"),
            path=named,
            error=cause(error),
        ) from error


def _files(top: Path) -> Iterator[Path]:
    """Files that may be a learner's work, nearest first, in the order of their names; journals among them."""
    pending, seen = [(top, 0)], 0
    while pending and seen < MOST:
        folder, depth = pending.pop(0)
        seen += 1
        journal = folder / ".git" / "lynx" / FILE
        if journal.is_file():
            yield journal
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_file() and entry.name.endswith(".json"):
                yield Path(entry.path)
            elif entry.is_dir(follow_symlinks=False) and depth < DEPTH:
                hidden = entry.name.startswith(".") or entry.name in SKIPPED
                pending += [] if hidden else [(Path(entry.path), depth + 1)]


def _from_file(path: Path, handed: list[Handed], unread: list[Unread], *, asked: bool) -> None:
    """A JSON file that says it is a hand-in, or that was named; any other is somebody else's and is left out."""
    try:
        large = path.stat().st_size > seals.LARGEST
        data = b"" if large else path.read_bytes()
        handed.append((path, seals.unpack(data)))
    except (seals.NoHandIn, OSError):
        if asked or large or b'"hand-in"' in data[:200] or path.name.startswith("hand-in"):
            unread.append(Unread(path, "large" if large else "damaged"))
    except Refused:
        unread.append(Unread(path, "newer"))


def _from_journal(path: Path, handed: list[Handed], unread: list[Unread]) -> None:
    try:
        with Journal.look(path) as journal:
            if not journal.count():
                return
            salt = journal.fact(SALT) or str(path)
            name = path.parents[2].name
            handed.append((path, of_journal(journal, salt, name)))
    except (LynxError, OSError):
        unread.append(Unread(path, "damaged"))


def _from_notes(top: Path, known: set[Path]) -> list[Learner]:
    """Clones that hold no journal (it is never pushed): a folder each, by its notes."""
    tops = {path.parents[2] for path in known if path.name == FILE} | {path.parent for path in known}
    found = []
    candidates = [top, *sorted(path for path in top.iterdir() if path.is_dir())]
    for folder in candidates:
        if folder in tops:
            continue
        pages = [*folder.glob("phase-*/notes/breaks.md"), *folder.glob("learners/*/phase-*/notes/breaks.md")]
        if folder == top and not pages:
            continue
        breaks: list[Played] = []
        day = "0000-00-00"
        for page in sorted(pages):
            day = max(day, time.strftime("%Y-%m-%d", time.localtime(page.stat().st_mtime)))
            text = page.read_bytes().decode("utf-8-sig", errors="replace")
            breaks += fold.from_notes(text, day)
        if breaks:
            found.append(Learner(folder.name, "notes", folder, day, (), "", tuple(breaks)))
    return found
