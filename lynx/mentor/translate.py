"""`lynx mentor translate ID LANG`: the file of a break's texts in another language, begun or brought up to date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.content.reading import texts, writing
from lynx.content.reading.breaks import load_break
from lynx.content.reading.folders import put
from lynx.content.reading.kept import FILE
from lynx.content.words import TAG, shown
from lynx.errors import N_, Refused
from lynx.store import trust

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Told:
    """One text: where it stands in the translation, what it is to say, and what it says there."""

    key: str
    where: str
    source: str
    text: str | None


@dataclass(frozen=True)
class Translating:
    """How far a translation is: how many texts there are, and those that are missing or stale."""

    id: str
    language: str
    path: Path
    of: int
    missing: tuple[Told, ...]
    stale: tuple[Told, ...]
    wrote: bool


def translate(
    folder: Path, language: str, environ: Mapping[str, str], *, renewed: bool = False
) -> Translating:
    """Write or update `language`.yaml beside the break: what is there stays, what is missing stands empty below
    the text it is to be made from, what is stale is marked. With `renewed`, the stale texts count as mended.

    A break that was trusted as it was stays trusted. Raises BadSpec for files that cannot be read, Refused for
    what is no language, or the break's own.
    """
    if not re.fullmatch(TAG, language):
        raise Refused(
            N_("“{language}” is no language's tag."),
            code="bad-language",
            remedy=N_("Write two letters, with a region where it matters: es, pt-BR."),
            language=shown(language),
        )
    break_ = load_break(folder)
    if language == break_.language:
        raise Refused(
            N_("Break {id} is written in {language} already."),
            code="own-language",
            remedy=N_("Name another language."),
            id=break_.id,
            language=language,
        )
    home = trust.user_home(environ)
    trusted = trust.is_trusted(folder, home)
    there = break_.translated.get(language)
    own = {name: text[break_.language] for name, text in break_.texts.items()}
    said = {name: text[language] for name, text in break_.texts.items() if language in text}
    hashes = {name: texts.digest(own[name]) for name in said}
    stale = {name for name in said if there and not renewed and there.stale(name, hashes[name])}
    made_from = {name: there.made_from[name] if there and name in stale else hashes[name] for name in said}
    head = HEAD.format(file=FILE, language=language)
    text = writing.translation(break_.text_ids, own, said, made_from, stale, head=head).encode()
    path = folder / f"{language}.yaml"
    wrote = not path.exists() or path.read_bytes() != text
    if wrote:
        try:
            put(path, text)
        except OSError as error:
            raise Refused(
                N_("{path} cannot be written: {error}."),
                code="unwritable",
                remedy=N_("Make its folder writable, then do it again."),
                path=path,
                error=error.strerror or error,
            ) from error
        if trusted:
            trust.trust(folder, home)
    now = load_break(folder)
    told = [Told(name, now.where_text(name, language), own[name], said.get(name)) for name in own]
    return Translating(
        id=break_.id,
        language=language,
        path=path,
        of=len(own),
        missing=tuple(one for one in told if one.text is None),
        stale=tuple(one for one in told if one.key in stale),
        wrote=wrote,
    )


# The comments of the file are Lynx's own, and written anew each time.
HEAD = """\
The texts of {file} in {language}, by id. A key left empty is told in the language of {file}.
lynx mentor translate brings this file up to date and writes its comments anew."""
