"""What `lynx trust` shows before a break from elsewhere may run: its diff, its experiment, its hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.content import packs
from lynx.content.reading.breaks import load_break
from lynx.content.reading.kept import is_words
from lynx.store import trust

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.content.catalog import Card


@dataclass(frozen=True)
class Offer:
    """What would run, and the hash under which it would be allowed; `allowed` when that is done."""

    name: str
    folder: Path
    target: str
    diffs: tuple[tuple[str, str], ...]  # (what it is for: break, a control's name), diff
    files: tuple[tuple[str, str], ...]  # every other file of the folder: name, text ("" for what is no text)
    hash: str
    allowed: bool = False


def offer(card: Card) -> Offer:
    """Read a break without running anything of it."""
    before = trust.pack_hash(card.folder)
    break_ = load_break(card.folder, pack=card.pack)
    diffs = [("break", break_.diff)]
    diffs += [(name, c.variant.diff) for name, c in break_.controls.items() if c.variant.diff]
    diffs += [(name, v.diff) for name, v in break_.variants.items() if v.diff]
    files = [
        (path.relative_to(card.folder).as_posix(), _text(path))
        for path in sorted(card.folder.rglob("*"))
        if path.is_file() and not (path.parent == card.folder and is_words(path.name))
    ]
    return Offer(card.name, card.folder, break_.target, tuple(diffs), tuple(files), before)


def allow(shown: Offer, environ: Mapping[str, str]) -> Offer:
    """Record the permission for exactly what was shown. Raises Refused when the folder changed meanwhile."""
    trust.trust(shown.folder, trust.user_home(environ), shown=shown.hash)
    return Offer(**{**shown.__dict__, "allowed": True})


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


@dataclass(frozen=True)
class PackList:
    """`lynx pack list`: the folders that were added."""

    folders: tuple[Path, ...]
    added: Path | None = None
    removed: Path | None = None


def pack_list(environ: Mapping[str, str]) -> PackList:
    """The added folders."""
    return PackList(trust.packs(trust.user_home(environ)))


def pack_add(folder: Path, environ: Mapping[str, str]) -> PackList:
    """Add one."""
    home = trust.user_home(environ)
    return PackList(trust.packs(home), added=packs.add(folder, home=home))


def pack_remove(folder: Path, environ: Mapping[str, str]) -> PackList:
    """Remove one."""
    home = trust.user_home(environ)
    packs.remove(folder, home=home)
    return PackList(trust.packs(home), removed=folder)
