"""What a learner has decided to leave out, each with its reason: `.lynx-scan.json`, a file that can be committed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.store.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

FILE = ".lynx-scan.json"


def read(top: Path) -> dict[str, dict[str, str]]:
    """Site's key -> what is said about it. Raises Refused for a file that is not one of these."""
    path = top / FILE
    try:
        told: Any = json.loads(path.read_text(encoding="utf-8"))
        return {one["id"]: {str(k): str(v) for k, v in one.items()} for one in told["ignore"]}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            N_("{file} is not what lynx scan ignore writes: {why}."),
            code="bad-ignore-file",
            remedy=N_("Mend it, or remove it: it lists what you chose to leave out."),
            file=path,
            why=error,
        ) from error


def add(top: Path, one: dict[str, str]) -> Path:
    """Add one; what stands there stays. Raises Refused when it cannot be written."""
    path = top / FILE
    told = [*read(top).values(), one]
    told = list({entry["id"]: entry for entry in told}.values())
    told.sort(key=lambda entry: (entry.get("file", ""), entry.get("operator", ""), entry["id"]))
    try:
        write_whole(path, (json.dumps({"ignore": told}, indent=1, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise Refused(
            N_("{file} cannot be written: {why}."),
            code="unwritable",
            remedy=N_("Is the folder read-only?"),
            file=path,
            why=error.strerror or error,
        ) from error
    return path
