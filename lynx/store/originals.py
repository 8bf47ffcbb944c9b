"""The original of the break under way, in a file of its own until the break ends.

The journal is one database: emptied, deleted or damaged it would take the learner's file with it. So everything
that giving back needs lies beside it too, as `originals/<mark>.gz`: a line of JSON, then the original, the bug
and the spec. `zcat` reads it where nothing else does; compressed, so that a search through the folders
does not come upon the answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import zlib
from typing import TYPE_CHECKING, Any

from lynx.store import files, hashed
from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.store.attempts import Attempt

FOLDER = "originals"
NAME = r"[0-9a-f]{32}\.gz"
LARGEST = 800_000_000  # bytes: three files of the size that a target may have
GZIP = 31  # zlib's word for gzip's own format


class Original(Value):
    """What is known of a break without the journal: the attempt's columns, and the bytes."""

    name: str
    attempt: Mapping[str, Any]
    mode: int
    original: bytes
    broken: bytes
    spec: bytes

    @property
    def target(self) -> str:
        """The target's path in the repository."""
        return str(self.attempt["target"])


def name_of(attempt: Attempt) -> str:
    """The file's name: it tells one attempt from another of another journal, and nothing about the break."""
    known = (attempt.break_id, str(attempt.number), attempt.target, attempt.original, attempt.broken)
    return f"{hashed.sha256(os.fsencode(chr(0).join(known))).hexdigest()[:32]}.gz"


def keep(state_dir: Path, attempt: Attempt, original: bytes, broken: bytes, spec: bytes, mode: int) -> None:
    """Write the file, durably, before the bug goes in. Raises OSError."""
    folder = state_dir / FOLDER
    folder.mkdir(exist_ok=True)
    head = {
        "lynx": 1,
        "attempt": attempt.as_dict(),
        "mode": mode,
        "sizes": [len(original), len(broken), len(spec)],
    }
    packer = zlib.compressobj(wbits=GZIP)
    data = packer.compress(json.dumps(head).encode() + b"\n" + original + broken + spec) + packer.flush()
    files.write(folder / name_of(attempt), data)
    files.sync(state_dir)


def names(state_dir: Path) -> list[str]:
    """The files that lie there; two system calls where there are none."""
    with contextlib.suppress(OSError):
        there = os.listdir(state_dir / FOLDER)  # noqa: PTH208 - every command pays
        return sorted(name for name in there if name.endswith(".gz") and re.fullmatch(NAME, name))
    return []


def read(state_dir: Path, name: str) -> Original | None:
    """What a file holds; None for one that is damaged, or that never was one."""
    try:
        path = state_dir / FOLDER / name
        if path.is_symlink() or not path.is_file():
            return None
        data = zlib.decompressobj(wbits=GZIP).decompress(path.read_bytes(), LARGEST)
        line, _, rest = data.partition(b"\n")
        head = json.loads(line)
        first, second, third = (int(size) for size in head["sizes"])
        parts = rest[:first], rest[first : first + second], rest[first + second :]
        attempt = head["attempt"]
        hashes = [hashed.sha256(part).hexdigest() for part in parts]
        known = [attempt["original"], attempt["broken"]]
        texts = ("break_id", "stage", "target", "spec", "folder", "pack", "notes", "heading")
        if len(rest) != first + second + third or hashes[:2] != known or not _is_attempt(attempt, texts):
            return None
        return Original(name, attempt, int(head["mode"]), *parts)
    except (OSError, ValueError, KeyError, TypeError, zlib.error):
        return None


def _is_attempt(attempt: Mapping[str, Any], texts: tuple[str, ...]) -> bool:
    return (
        all(isinstance(attempt[name], str) for name in texts)
        and isinstance(attempt["started"], float)
        and isinstance(attempt["number"], int)
        and isinstance(attempt["card"], dict)
        and "blind" in attempt
    )


def all_of(state_dir: Path) -> list[Original]:
    """Every one that can be read, oldest first."""
    found = [one for name in names(state_dir) if (one := read(state_dir, name))]
    return sorted(found, key=lambda one: float(one.attempt["started"]))


def drop(state_dir: Path, name: str) -> None:
    """The break has ended: the journal alone remembers it now."""
    with contextlib.suppress(FileNotFoundError):
        (state_dir / FOLDER / name).unlink()
