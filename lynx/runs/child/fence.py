# Called for every import: plain strings, as importlib itself.
"""What a break from elsewhere may import: what was shown when it was trusted, the repository, what is installed.

`lynx trust` shows every file of the break's folder. A module that its experiment fetches from another place
(by `sys.path`, by a loader of its own) was never shown, and no hash would tell that it changed.
"""

from __future__ import annotations

import importlib.machinery as machinery
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

LOADERS = (machinery.SourceFileLoader, machinery.SourcelessFileLoader, machinery.ExtensionFileLoader)


def install(roots: Iterable[str]) -> None:
    """Refuse, for the rest of this process, to load modules that lie neither below `roots` nor where this Python
    looked before the job began. The refusal is an ImportError that names the file.
    """
    shown = _below(os.path.realpath(root) for root in roots)
    environment = [*(entry for entry in sys.path if entry), sys.prefix, sys.base_prefix]
    allowed = shown + _below(map(os.path.realpath, environment))
    # an installer may have put links there (uv, conda): the name is what was installed, whatever it leads to
    linked = tuple(
        place for place in _below(map(os.path.abspath, environment)) if not place.startswith(shown)
    )
    for loader in LOADERS:
        _guard(loader, allowed, linked)


def _below(places: Iterable[str]) -> tuple[str, ...]:
    return tuple(place.rstrip(os.sep) + os.sep for place in places)


def _guard(loader: Any, allowed: tuple[str, ...], linked: tuple[str, ...]) -> None:
    create = loader.create_module

    def create_module(self: Any, spec: machinery.ModuleSpec) -> Any:
        where = os.path.abspath(self.path)  # noqa: PTH100 - the name as it is, links and all
        if not (os.path.realpath(where).startswith(allowed) or where.startswith(linked)):
            raise ImportError(
                f"{self.path} lies outside the break's folder and this repository: "
                "nobody was shown it, so it is not imported",
                name=spec.name,
                path=self.path,
            )
        return create(self, spec)

    loader.create_module = create_module
