"""The cards of every break at hand, from an index that is held against the state of each folder and file.

A list reads no YAML then. The index of a root says of every folder below it, and of every file that a card is made
from, when it was changed, how long it is and where it lies on the disk; where anything differs, the card is made anew.
What was changed a moment ago is not yet written down: two saves within one tick of the clock would look alike.
"""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx import __version__
from lynx.content.catalog import Card, Root, arrange, walk
from lynx.content.words import Worded
from lynx.store import private

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUIET = 2_500_000_000  # nanoseconds: the coarsest clock of a file system that is met (FAT) ticks every two seconds
State = list[int]  # modified, changed, size, inode
READERS = ("cards.py", "document.py", "proof.py", "kept.py")


def cards(roots: Sequence[Root], environ: Mapping[str, str]) -> list[Card]:
    """A card for every break below the roots, by phase and id, as `reading.cards` makes them."""
    found: list[Card] = []
    seen: set[str] = set()
    for root in roots:
        real = os.path.realpath(root.folder)
        for name, card in _of_root(root, environ):
            where = f"{real}/{name}" if name else real  # no link is entered below a root
            if where not in seen:  # one folder may be reached from two roots: Lynx's own clone as a workspace
                seen.add(where)
                found.append(card)
    return arrange(found)


def _of_root(root: Root, environ: Mapping[str, str]) -> list[tuple[str, Card]]:
    path = private.place(environ, "cards", str(root.folder.absolute()))
    known = private.read(path)
    try:
        if known["made by"] != _maker():
            known = None
        elif _holds(root.folder, known):
            return [(name, _card(one["card"], name, root)) for name, one in known["cards"].items()]
    except (KeyError, TypeError, AttributeError, ValueError):
        known = None
    return _anew(root, known, path)


def _holds(top: Path, known: Mapping[str, Any]) -> bool:
    """Whether every folder is as it was, and every file that a card was made from."""
    start, look = str(top), os.stat  # a list asks a thousand times
    states = list(known["folders"].items())
    for folder, one in known["cards"].items():
        states += [(f"{folder}/{name}", state) for name, state in one["files"].items()]
    if len(known["cards"]) != known["breaks"]:
        return False
    try:
        for name, state in states:
            now = look(f"{start}/{name}")
            if [now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino] != state:
                return False
    except OSError:
        return False
    return True


def _anew(root: Root, known: Mapping[str, Any] | None, path: Path) -> list[tuple[str, Card]]:
    """Cards of a root that differs from its index, or has none; those of folders that do not differ are taken over."""
    from lynx.content.reading.cards import card_of  # YAML, and only when something changed

    began = time.time_ns()
    states: dict[str, State | None] = {}
    breaks: list[Path] = []
    for folder, state, holds in walk(root.folder, _state):
        states[_name(folder, root)] = state
        breaks += [folder] if holds else []
    made: dict[str, Any] = {}
    found: list[tuple[str, Card]] = []
    for folder in breaks:
        name = _name(folder, root)
        files = _files(folder)
        before = known["cards"].get(name) if known else None
        if before and files and before["files"] == files:
            card = _card(before["card"], name, root)
        else:
            card = card_of(folder, root)
        found.append((name, card))
        # what cannot be read, or is a link, is looked at every time
        if files and not card.broken and _is_quiet(files.values(), began):
            made[name] = {"files": files, "card": _kept(card)}
    if breaks and _is_quiet(states.values(), began):
        private.keep(
            path,
            {"made by": _maker(), "folders": states, "breaks": len(breaks), "cards": made},
        )
    return found


def _name(folder: Path, root: Root) -> str:
    return "" if folder == root.folder else str(folder)[len(str(root.folder)) + 1 :]


def _files(folder: Path) -> dict[str, State]:
    """The state of every file that a card is made from; nothing where one of them is a link or cannot be looked at."""
    with os.scandir(folder) as entries:
        names = sorted(e.name for e in entries if e.name.endswith(".yaml") or e.name == "proof.json")
    found = {name: _state(folder / name, stat.S_IFREG) for name in names}
    return {name: state for name, state in found.items() if state} if all(found.values()) else {}


def _state(path: str | Path, kind: int = 0) -> State | None:
    try:
        # of folders a root may be a link, and nothing below it is
        status = os.stat(path, follow_symlinks=not kind)  # noqa: PTH116 - of texts and paths alike
    except OSError:
        return None
    if kind and stat.S_IFMT(status.st_mode) != kind:
        return None
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino]


def _is_quiet(states: Any, now: int) -> bool:
    return all(state and max(state[:2]) < now - QUIET for state in states)


def _maker() -> list[Any]:
    """What made the index: another Lynx may read the same file otherwise."""
    here = Path(__file__).parent
    return [__version__, [_state(here / name) for name in READERS]]


def _kept(card: Card) -> dict[str, Any]:
    held = card.as_dict()
    return {name: held[name] for name in held if name not in ("where", "pack", "kind", "name", "broken")}


def _card(held: Mapping[str, Any], name: str, root: Root) -> Card:
    return Card.made_of(
        {
            **held,
            "title": Worded(held["title"]),
            "blind_title": Worded(held["blind_title"]),
            "teaches": tuple(held["teaches"]),
            "packages": tuple(held["packages"]),
            "where": f"{root.folder}/{name}" if name else str(root.folder),
            "pack": root.pack,
            "kind": root.kind,
            "name": "",
            "broken": False,
        }
    )
