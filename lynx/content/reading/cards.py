"""A card for every break, read lightly: no model is built, and an unreadable file is told from a sound one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lynx.content.catalog import FILE, Card, Root, arrange, folders
from lynx.content.reading.document import parse
from lynx.content.reading.files import read
from lynx.content.spec import BadSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lynx.content.spec import Text

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


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
        guess_id, guess_slug or folder.name, 0, {}, {}, (), 0.0, folder, root.pack, root.kind, broken=True
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
    titles = [_text(values.get(key)) for key in ("title", "blind_title")]
    teaches = values.get("teaches")
    if not (isinstance(name, str) and _ID.fullmatch(name) and isinstance(slug, str) and _ID.fullmatch(slug)):
        return None
    if not isinstance(phase, int) or isinstance(phase, bool) or titles[0] is None or titles[1] is None:
        return None
    if not isinstance(teaches, list) or not all(isinstance(concept, str) for concept in teaches):
        return None
    measured = values.get("measured")
    took = measured.get("seconds") if isinstance(measured, dict) else None
    seconds = next((s for s in (took, values.get("budget")) if isinstance(s, (int, float)) and s > 0), 60)
    return replace(
        blank,
        id=name,
        slug=slug,
        phase=phase,
        title=titles[0],
        blind_title=titles[1],
        teaches=tuple(teaches),
        seconds=float(seconds),
        broken=False,
        next=following if isinstance(following := values.get("next"), str) else None,
    )


def _text(value: object) -> Text | None:
    if isinstance(value, dict) and all(isinstance(value.get(lang), str) for lang in ("en", "es")):
        return {lang: " ".join(value[lang].split()) for lang in ("en", "es")}
    return None
