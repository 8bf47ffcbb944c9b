"""Where this user has breaks under way: one small file a workspace, so that a command in the wrong folder can say so.

In `$XDG_STATE_HOME/lynx/workspaces`, else `~/.local/state/lynx/workspaces`. Nothing depends on it: what cannot be
written is not remembered, and what is not there any more is not told.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.store import files, hashed
from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping


class Place(Value):
    """A workspace of this user's with a break under way."""

    top: Path
    break_id: str
    since: float


def folder(environ: Mapping[str, str]) -> Path:
    """Where the files are; a relative XDG_STATE_HOME is ignored, as its specification asks."""
    xdg = environ.get("XDG_STATE_HOME", "")
    base = (
        Path(xdg)
        if Path(xdg).is_absolute()
        else Path(environ.get("HOME") or "~").expanduser() / ".local/state"
    )
    return base / "lynx" / "workspaces"


def remember(environ: Mapping[str, str], top: Path, state_dir: Path, break_id: str, since: float) -> None:
    """A break is under way there."""
    said = {"top": str(top), "state": str(state_dir), "break": break_id, "since": since}
    with suppress(OSError, RuntimeError, UnicodeError):
        path = _file(environ, top)
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, json.dumps(said).encode() + b"\n", durable=False)


def forget(environ: Mapping[str, str], top: Path) -> None:
    """No break is under way there any more."""
    with suppress(OSError, RuntimeError, UnicodeError):
        _file(environ, top).unlink(missing_ok=True)


def others(environ: Mapping[str, str], here: Path | None = None) -> tuple[Place, ...]:
    """The workspaces with a break under way but for `here`, the latest first."""
    found = []
    try:
        paths = sorted(folder(environ).glob("*.json"))
    except (OSError, RuntimeError):
        return ()
    for path in paths:
        with suppress(OSError, ValueError, KeyError, TypeError):
            said = json.loads(path.read_bytes())
            place = Place(Path(said["top"]), str(said["break"]), float(said["since"]))
            if place.top != here and (Path(said["state"]) / "journal.db").is_file():
                found.append(place)
    return tuple(sorted(found, key=lambda one: -one.since))


def _file(environ: Mapping[str, str], top: Path) -> Path:
    return folder(environ) / f"{hashed.sha256(str(top).encode()).hexdigest()[:16]}.json"
