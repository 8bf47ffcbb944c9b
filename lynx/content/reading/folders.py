"""A folder of format 1 brought over, whole or not at all: `lynx mentor upgrade`."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lynx.content.catalog import FILE
from lynx.content.reading import kept, proof, texts
from lynx.content.reading.document import parse
from lynx.content.reading.files import read
from lynx.content.reading.upgrade import OTHER, is_old, upgraded

PHASE = "phase.yaml"


@dataclass(frozen=True)
class Brought:
    """What became of one file: `wrote` names the files written (none where it was in the new format)."""

    path: Path
    wrote: tuple[str, ...]
    comments_lost: int = 0


def bring(path: Path) -> Brought:
    """Bring the break.yaml or phase.yaml at `path` to the new format, with the files that go beside it.

    What is beside is written first and the file itself last, each at one instant: cut short, it is still in
    the old format, and the same command goes on. Raises BadSpec for what cannot be read.
    """
    data = read(path)
    document = parse(data, path)
    if document.root is not None and not is_old(document.root.plain()):
        return Brought(path, ())
    found = upgraded(data, path, texts.PHASE if path.name == PHASE else texts.BREAK)
    files = {f"{OTHER}.yaml": found.translation} if found.texts else {}
    if path.name == FILE:
        held = found.with_proof(kept.others(path.parent)).proof
        files |= {} if held is None else {proof.FILE: held}
    files[path.name] = found.spec
    for name, content in files.items():
        put(path.with_name(name), content)
    return Brought(path, tuple(files), found.lost)


def put(path: Path, data: bytes) -> None:
    """Write a file at one instant, durably, with the mode of the one in its place. Raises OSError."""
    path = path.resolve()  # a link stays a link
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
