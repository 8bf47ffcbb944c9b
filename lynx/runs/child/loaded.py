# Plain strings: it looks at hundreds of files as a job ends.
# ruff: noqa: PTH100, PTH112, PTH114, PTH118, PTH120, PTH123, PTH208
"""What a process had loaded before anybody listened: its modules, its libraries, where it looks for either."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from lynx.runs.child.opened import fingerprint, state

if TYPE_CHECKING:
    from collections.abc import Iterable

MAPS = "/proc/self/maps"


def loaded(top: str, target: str) -> dict[str, str] | None:
    """Each such file and folder by size and time of change (`opened.state`); None where the system does not tell.

    A folder's time tells a new file in it, which an import may find first. The files of start-up (`.pth`,
    `pyvenv.cfg`, the interpreter) are among them.
    """
    try:
        with open(MAPS, encoding="utf-8", errors="surrogateescape") as file:
            mapped = {
                line.split(None, 5)[5].rstrip("\n") for line in file if line.count(" ") > 4 and "/" in line
            }
    except (OSError, IndexError):
        return None
    found = {path for path in mapped if path.startswith("/") and not path.startswith(("/dev/", "/memfd:"))}
    if any(path.endswith(" (deleted)") for path in found):
        return None
    for module in list(sys.modules.values()):
        file_ = getattr(module, "__file__", None)
        found.update(os.path.abspath(one) for one in (file_, *_folders(module)) if isinstance(one, str))
    found |= {sys.executable, os.path.realpath(sys.executable)}
    for folder in {os.path.dirname(sys.executable), sys.prefix}:
        found.add(os.path.join(folder, "pyvenv.cfg"))
    for entry in sys.path:
        found.add(os.path.abspath(entry or "."))
        if os.path.isdir(entry or "."):
            names = os.listdir(entry or ".")
            found.update(
                os.path.join(os.path.abspath(entry or "."), name) for name in names if name.endswith(".pth")
            )
    # an exchange of the target gives its folder another time and the same names; its bytes are known beforehand
    below, real = os.path.realpath(top) + os.sep, _real_of(found)
    return {
        path: (fingerprint if (real[path] + os.sep).startswith(below) else state)(path)
        for path in found
        if real[path] != target
    }


def _real_of(paths: Iterable[str]) -> dict[str, str]:
    """Each path's real name; the folders that many share are looked at once."""
    folders: dict[str, str] = {}
    real: dict[str, str] = {}
    for path in paths:
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        plain = os.path.join(folders[folder], name)
        real[path] = os.path.realpath(plain) if os.path.islink(plain) else plain
    return real


def _folders(module: object) -> list[object]:
    """A package's own folders: a module that is added there may be found first."""
    try:
        return list(getattr(module, "__path__", ()))
    except Exception:  # what a package of somebody's has put there
        return []
