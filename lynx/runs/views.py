"""What a program's private view is made of, from the parent's side: which way, and which files a copy needs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, LynxError, Refused
from lynx.runs.child.view import COPY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lynx.runs.types import Script, Setting

LARGEST = 5000  # files that are copied for one run
NEVER = frozenset((".git", ".venv", "venv", "node_modules", "__pycache__"))


def way(setting: Setting, here: str) -> str:
    """How a view is made: as the setting says, else as is possible `here`."""
    return here if setting.view == "auto" else setting.view


def order(setting: Setting, script: Script | None, here: str) -> dict[str, Any]:
    """What a job's order says about its view. Raises Refused for too many files, or a program that is not there."""
    if script is None:
        return {"view": None, "files": []}
    if not (setting.top / script.path).is_file():
        raise Refused(
            N_("There is no program {path} in the repository."),
            code="no-script",
            remedy=N_(
                "Give `experiment.script` a path from the top of the repository, with / between folders."
            ),
            path=script.path,
        )
    return {"view": here, "files": _files(setting, script) if here == COPY else []}


def _files(setting: Setting, script: Script) -> list[str]:
    """Paths relative to the top: what the break names, else what git lists; and what it needs besides."""
    top = setting.top
    if script.files:
        names = [path for pattern in script.files for path in _named(top, pattern)]
    else:
        names = listed(top)
    names = list(dict.fromkeys([*names, script.path, *script.needs]))
    count = sum(1 for name in names for _ in _within(top / name))
    if count > LARGEST:
        raise Refused(
            N_("A private copy of this repository would take {count} files, more than {largest}."),
            code="too-many-files",
            remedy=N_("Name the files that the program needs in `experiment.files` of break.yaml."),
            count=count,
            largest=LARGEST,
        )
    return names


def listed(top: Path) -> list[str]:
    """What git lists; where the folder is none of git's (a copy of the starter), what lies in it."""
    from lynx.repo import git  # GitPython takes a tenth of a second

    names: list[str] = []
    with contextlib.suppress(LynxError):
        names = git.files(top)
    if names:
        return names
    found = [path for path in top.iterdir() if path.name not in NEVER]
    return [one.relative_to(top).as_posix() for path in found for one in _within(path)]


def _named(top: Path, pattern: str) -> Iterator[str]:
    for path in sorted(top.glob(pattern.rstrip("/"))):
        yield path.relative_to(top).as_posix()


def _within(path: Path) -> Iterator[Path]:
    """The files below a folder, or the file itself."""
    if path.is_dir() and not path.is_symlink():
        yield from (one for one in path.rglob("*") if not one.is_dir())
    else:
        yield path
