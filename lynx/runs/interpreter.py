"""Which Python the child runs under: a foreign repository's packages live in its own environment."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping


def choose_interpreter(top: Path, explicit: str | None, environ: Mapping[str, str]) -> Path:
    """`--python`, else `$VIRTUAL_ENV`'s, else `<top>/.venv`'s, else Lynx's own (docs/architecture.md#runs).

    `explicit` may be an executable, a command name or the folder of an environment. Raises Refused when
    it is none of these. Symbolic links stay: a venv's `python` is one, and following it would leave the
    venv.
    """
    if explicit is not None:
        found = _python_at(Path(explicit).expanduser()) or _command(explicit)
        if found is None:
            raise Refused(
                N_("There is no Python to run at {python}."),
                code="no-such-python",
                remedy=N_("Give --python the path of a Python 3.9 or later, or of a virtual environment."),
                python=explicit,
            )
        return found
    for folder in (environ.get("VIRTUAL_ENV"), str(top / ".venv")):
        if folder and (found := _python_at(Path(folder))) is not None:
            return found
    return Path(sys.executable)


def _python_at(path: Path) -> Path | None:
    """`path` itself when it can be executed, or `bin/python` below it, absolute and unresolved."""
    for candidate in (path, path / "bin" / "python", path / "bin" / "python3"):
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate.absolute()
    return None


def _command(name: str) -> Path | None:
    found = None if os.sep in name else shutil.which(name)
    return Path(found) if found else None
