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
    places = (*roots, *(entry for entry in sys.path if entry), sys.prefix, sys.base_prefix)
    allowed = tuple(os.path.realpath(place).rstrip(os.sep) + os.sep for place in places)
    for loader in LOADERS:
        _guard(loader, allowed)


def _guard(loader: Any, allowed: tuple[str, ...]) -> None:
    create = loader.create_module

    def create_module(self: Any, spec: machinery.ModuleSpec) -> Any:
        if not os.path.realpath(self.path).startswith(allowed):
            raise ImportError(
                f"{self.path} lies outside the break's folder and this repository: "
                "nobody was shown it, so it is not imported",
                name=spec.name,
                path=self.path,
            )
        return create(self, spec)

    loader.create_module = create_module
