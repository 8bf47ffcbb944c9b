"""A card for every break, read lightly: no model is built, and an unreadable file is told from a sound one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lynx.content.catalog import FILE, Card, Root, arrange, folders
from lynx.content.reading import proof
from lynx.content.reading.document import parse
from lynx.content.reading.files import read
from lynx.content.reading.kept import tongues
from lynx.content.spec import BadSpec
from lynx.content.words import Worded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TITLES = re.compile(r"(?m)^(?:blind_)?title:.*\n?(?:^[ \t].*\n?)*")
SCHEMA = 2


def cards(roots: Sequence[Root]) -> list[Card]:
    """A card for every break below the roots, by phase and id; an unreadable file gives a broken card."""
    found: list[Card] = []
    seen: set[Path] = set()
    for root in roots:
        for folder in folders(root.folder):
            real = folder.resolve()
            if real not in seen:  # one folder may be reached from two roots: Lynx's own clone as a workspace
                seen.add(real)
                found.append(card_of(folder, root))
    return arrange(found)


def card_of(folder: Path, root: Root) -> Card:
    """The card of one folder."""
    guess_id, _, guess_slug = folder.name.partition("-")
    blank = Card(
        guess_id,
        guess_slug or folder.name,
        0,
        {},
        {},
        (),
        0.0,
        str(folder),
        root.pack,
        root.kind,
        broken=True,
    )
    try:
        document = parse(read(folder / FILE), folder / FILE)
    except BadSpec:
        return blank
    if document.root is None or document.problems:
        return blank
    values: Mapping[str, Any] = document.root.plain()
    return _card(values, blank) or blank


def _card(values: Mapping[str, Any], blank: Card) -> Card | None:
    """The card that plain values give, or None when a part of it is not what it should be."""
    name, slug, phase = values.get("id"), values.get("slug"), values.get("phase")
    language, title, blind = values.get("language"), values.get("title"), values.get("blind_title")
    teaches = values.get("teaches")
    if not (isinstance(name, str) and _ID.fullmatch(name) and isinstance(slug, str) and _ID.fullmatch(slug)):
        return None
    if not isinstance(phase, int) or isinstance(phase, bool) or values.get("schema") != SCHEMA:
        return None
    if not (isinstance(language, str) and isinstance(title, str) and title.strip()):
        return None
    if not isinstance(teaches, list) or not all(isinstance(concept, str) for concept in teaches):
        return None
    titles = {"title": Worded({language: _line(title)})}
    titles["blind_title"] = Worded({language: _line(blind if isinstance(blind, str) else name)})
    for tag in tongues(blank.folder):
        for key, text in _titles(blank.folder / f"{tag}.yaml").items():
            titles[key].setdefault(tag, text)
    took = _seconds(blank.folder / proof.FILE)
    seconds = next((s for s in (took, values.get("budget")) if isinstance(s, (int, float)) and s > 0), 60)
    return blank.but(
        id=name,
        slug=slug,
        phase=phase,
        title=titles["title"],
        blind_title=titles["blind_title"],
        teaches=tuple(teaches),
        seconds=float(seconds),
        broken=False,
        experiment=_experiment(values.get("experiment")),
        packages=_packages(values.get("experiment")) + _packages(values),
        next=following if isinstance(following := values.get("next"), str) else None,
    )


def _experiment(value: object) -> str:
    """What runs, as the spec writes it."""
    run = (value.get("run") or value.get("script")) if isinstance(value, dict) else None
    return run if isinstance(run, str) else ""


def _packages(value: object) -> tuple[str, ...]:
    needs = value.get("needs") if isinstance(value, dict) else None
    found = needs.get("packages") if isinstance(needs, dict) else None
    return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()


def _line(text: str) -> str:
    return " ".join(text.split())


def _titles(path: Path) -> dict[str, str]:
    """The titles of a translation; the rest of the file is not looked at. Empty where it cannot be read."""
    try:
        text = read(path).decode("utf-8-sig", "replace")
    except BadSpec:
        return {}
    parts = _TITLES.findall(text)
    root = parse("".join(parts).encode(), path).root if parts else None
    return {
        key: _line(value) for key, value in (root.plain() if root else {}).items() if isinstance(value, str)
    }


def _seconds(path: Path) -> float | None:
    """What a run took, by the proof."""
    if not path.is_file():
        return None
    try:
        measured, _, _ = proof.read(read(path), path)
    except BadSpec:
        return None
    took = measured.get("seconds")
    return float(took) if isinstance(took, (int, float)) and not isinstance(took, bool) else None
