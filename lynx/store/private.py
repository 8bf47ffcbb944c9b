"""Small things that can be made again, in the user's own cache folder: found whole, or not found.

`$LYNX_HOME/cache`, else `$XDG_CACHE_HOME/lynx`, else `~/.cache/lynx`. A file is a line with the hash of what follows,
then JSON: nothing that is read from here is ever executed. A folder that others may write to is not used.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.store import files, hashed

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 200  # files of one kind; the oldest go


def folder(environ: Mapping[str, str]) -> Path:
    """Where they lie; a relative XDG_CACHE_HOME is ignored, as its specification asks."""
    if environ.get("LYNX_HOME"):
        return Path(environ["LYNX_HOME"]).absolute() / "cache"
    xdg = environ.get("XDG_CACHE_HOME", "")
    base = Path(xdg) if Path(xdg).is_absolute() else Path(environ.get("HOME") or Path.home()) / ".cache"
    return base / "lynx"


def place(environ: Mapping[str, str], kind: str, key: str) -> Path:
    """The file of one key; what the key is stands in no name."""
    return folder(environ) / kind / f"{hashed.sha256(os.fsencode(key)).hexdigest()[:32]}.json"


def read(path: Path) -> Any:
    """What was kept, or None: where nothing is, where it is damaged, or where somebody else could have written it."""
    try:
        for one in (path.parent, path.parent.parent):
            status = one.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
                return None
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                return None
            said, _, data = file.read().partition(b"\n")
        return json.loads(data) if hashed.sha256(data).hexdigest().encode() == said else None
    except (OSError, ValueError, RecursionError):
        return None


def keep(path: Path, value: object) -> None:
    """Keep a value that JSON can hold; where that cannot be done it is made again next time."""
    with contextlib.suppress(OSError, ValueError):
        for one in (path.parent.parent, path.parent):
            one.mkdir(mode=0o700, parents=True, exist_ok=True)
        data = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
        files.write(path, hashed.sha256(data).hexdigest().encode() + b"\n" + data, mode=0o600, durable=False)
        files.clear(path.parent)
        there = [entry for entry in os.scandir(path.parent) if entry.name.endswith(".json")]
        for entry in sorted(there, key=lambda entry: entry.stat().st_mtime)[:-MOST]:
            os.unlink(entry.path)  # noqa: PTH108
