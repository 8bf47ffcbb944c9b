"""Bring the catalogues up to date: `python -m lynx.view.locale.update`, with a tag behind it to begin one.

Extracts every message, merges them into each `.po` (a message that is new comes in without translation, one
that is gone is dropped), and compiles the `.mo`. Exits 1 and lists what still has no translation. For
developers: this alone needs babel.
"""

from __future__ import annotations

import io
import json
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from lynx.errors import N_, SOURCE_LANGUAGE
from lynx.loop import spoken
from lynx.view.language import LOCALE
from lynx.view.locale.messages import Message, messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

PASSING = (
    b"POT-Creation-Date",
    b"PO-Revision-Date",
    b"Generated-By",
    b"Report-Msgid",
    b"Last-Tr",
    b"Language-Team",
)


def template(found: list[Message]) -> Catalog:
    """The catalogue without translations; messages that stand in several places once, with their places."""
    catalog = Catalog(project="Lynx", charset="utf-8")
    for message in found:
        text = (message.text, message.plural) if message.plural else message.text
        catalog.add(text, locations=[(message.path, 1)])
    return catalog


def updated(po: Path, language: str, found: list[Message]) -> Catalog:
    """The catalogue of `language` with exactly the messages in `found`, with the translations it had."""
    catalog = Catalog(locale=language.replace("-", "_"), project="Lynx", charset="utf-8")
    if po.exists():
        with po.open("rb") as file:
            catalog = read_po(file, locale=language.replace("-", "_"))
    catalog.update(template(found), no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.header_comment = "# Messages of Lynx. Update: python -m lynx.view.locale.update"
    for message in catalog:
        message.flags.discard("python-format")  # babel sees one in "70 % sure"
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """The catalogue as a `.po` file, without times and line numbers, which change with every commit."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, include_lineno=False, sort_output=True, ignore_obsolete=True)
    return re.sub(rb'^"(?:%s).*\n' % b"|".join(PASSING), b"", buffer.getvalue(), flags=re.M)


def mo_bytes(po: bytes) -> bytes:
    """The compiled form of a `.po` file."""
    buffer = io.BytesIO()
    catalog = read_po(io.BytesIO(po))
    # babel writes the hour into it otherwise, and the same .po would give other bytes each time
    catalog.creation_date = catalog.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    write_mo(buffer, catalog)
    return buffer.getvalue()


def untranslated(catalog: Catalog) -> list[str]:
    """Messages that lack a translation, or one of its plural forms, or are marked fuzzy."""
    found = []
    for message in catalog:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.fuzzy or not all(texts):
            found.append(message.id if isinstance(message.id, str) else message.id[0])
    return found


ANSWERS = {  # what may be written, and the message that a catalogue translates
    "yes": N_("y yes"),
    "no": N_("n no"),
    "never": N_("never"),
    "line": N_("line lines"),
    "about": N_("about around roughly approximately approx ca circa almost"),
    "unit": N_("nats nat steps step times x"),
}


def spoken_words(catalogs: Iterable[Catalog]) -> dict[str, list[str]]:
    """What may be written for each meaning, in the source's language and in every other."""
    found = {meaning: message.split() for meaning, message in ANSWERS.items()}
    for catalog in catalogs:
        for meaning, message in ANSWERS.items():
            known = catalog.get(message)
            found[meaning] += str(known.string).split() if known and known.string else []
    return {meaning: list(dict.fromkeys(word.lower() for word in words)) for meaning, words in found.items()}


def main(new: Sequence[str] = ()) -> int:
    """Update every catalogue, and begin those of `new` languages; 1 when a message has no translation."""
    found = messages()
    missing = 0
    there = {path.name for path in LOCALE.iterdir() if (path / "LC_MESSAGES").is_dir()}
    catalogs = []
    for language in sorted({*there, *new} - {SOURCE_LANGUAGE}):
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        catalog = updated(folder / "lynx.po", language, found)
        catalogs.append(catalog)
        po = po_bytes(catalog)
        (folder / "lynx.po").write_bytes(po)
        (folder / "lynx.mo").write_bytes(mo_bytes(po))
        for text in untranslated(catalog):
            missing += 1
            sys.stdout.write(f"{language}: {text!r}\n")
    words = json.dumps(spoken_words(catalogs), ensure_ascii=False, indent=1)
    spoken.FILE.write_text(words + "\n", encoding="utf-8")
    sys.stdout.write(f"{len({m.text for m in found})} messages, {missing} without translation\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
