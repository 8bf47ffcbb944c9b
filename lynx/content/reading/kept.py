"""What a break is made of besides code: its files of words and figures, from its folder or from a journal.

A break under way is read from the journal alone, so that its folder may change or go: the bytes of
break.yaml, of its translations and of its proof are kept together as one blob.
"""

from __future__ import annotations

import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.content.reading import files, proof
from lynx.content.reading.files import MAX_BYTES
from lynx.content.words import TAG
from lynx.store import hashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.content.spec import BadSpec

FILE = "break.yaml"
TRANSLATION = re.compile(rf"({TAG})\.yaml")
MARK = b'{"lynx break": 2, '
MAX_OTHERS = 64_000_000  # bytes of a folder's other files that are hashed; beyond, their sizes are


@dataclass(frozen=True)
class Kept:
    """The bytes of break.yaml, of each translation and of the proof; `others` is the hash of all other files."""

    spec: bytes
    translations: Mapping[str, bytes] = field(default_factory=dict)
    proof: bytes | None = None
    others: str = ""
    unreadable: tuple[
        BadSpec, ...
    ] = ()  # translations and proofs that could not be read, each with its reason

    def packed(self) -> bytes:
        """All of it as one blob."""
        held = {
            FILE: self.spec.decode("utf-8", "surrogateescape"),
            "translations": {
                tag: data.decode("utf-8", "surrogateescape") for tag, data in self.translations.items()
            },
            "proof": None if self.proof is None else self.proof.decode("utf-8", "surrogateescape"),
            "others": self.others,
        }
        return MARK + json.dumps(held)[1:].encode()


def unpacked(data: bytes) -> Kept:
    """What `packed` made; bytes that it did not make are those of a break.yaml alone."""
    if not data.startswith(MARK) or len(data) > 20 * MAX_BYTES:
        return Kept(data)

    def raw(text: str) -> bytes:
        return text.encode("utf-8", "surrogateescape")

    try:
        held = json.loads(b"{" + data[len(MARK) :])
        return Kept(
            raw(held[FILE]),
            {tag: raw(text) for tag, text in held["translations"].items()},
            None if held["proof"] is None else raw(held["proof"]),
            str(held["others"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Kept(data)


def gather(folder: Path) -> Kept:
    """The files of a break's folder. Raises BadSpec when break.yaml cannot be read."""
    from lynx.content.spec import BadSpec

    spec = files.read(folder / FILE)
    translations: dict[str, bytes] = {}
    unreadable: list[BadSpec] = []
    held: bytes | None = None
    for name in tongues(folder):
        try:
            translations[name] = files.read(folder / f"{name}.yaml")
        except BadSpec as error:
            unreadable.append(error)
    if os.path.lexists(folder / proof.FILE):
        try:
            held = files.read(folder / proof.FILE)
        except BadSpec as error:
            unreadable.append(error)
    return Kept(spec, translations, held, others(folder), tuple(unreadable))


def is_words(name: str) -> bool:
    """Whether a file of this name beside a break holds words or figures, and no code."""
    return name in (FILE, proof.FILE) or TRANSLATION.fullmatch(name) is not None


def tongues(folder: Path) -> list[str]:
    """The languages that a folder has a file of translations for."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
    return [match[1] for name in names if (match := TRANSLATION.fullmatch(name))]


def others(folder: Path) -> str:
    """The hash of every file that is neither words nor figures: what may change what is measured."""
    digest = hashed.sha256()
    total = 0
    for here, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if name != "__pycache__" and not name.startswith("."))
        for name in sorted(names):
            if (here == str(folder) and is_words(name)) or name.startswith(".") or name.endswith("~"):
                continue
            path = Path(here, name)
            digest.update(os.fsencode(path.relative_to(folder)) + b"\0")
            try:
                info = path.stat()
                total += info.st_size
                if stat.S_ISREG(info.st_mode) and total <= MAX_OTHERS:
                    with path.open("rb") as file:
                        digest.update(hashed.of_file(file))
                else:
                    digest.update(b"%d" % info.st_size)
            except OSError:
                digest.update(b"?")
    return digest.hexdigest()
