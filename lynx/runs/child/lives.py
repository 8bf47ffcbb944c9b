"""Where code lives: an oracle may call what is in the repository, never an installed package or Python itself.

A name is resolved to its file without anything being called. Importing a package runs it, so the outermost one
is located first: only what is the repository's own is imported.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.runs.child.beside import Fault
from lynx.runs.child.overlay import INSTALLED, attribute

if TYPE_CHECKING:
    from collections.abc import Sequence


class Home:
    """The folders whose code may be called: the repository's, and for what was built there the break's own."""

    def __init__(self, *folders: str) -> None:
        self._folders = tuple(os.path.realpath(folder).rstrip(os.sep) + os.sep for folder in folders)
        self._environments = tuple(
            p + os.sep for p in {os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)}
        )

    def holds(self, file: str) -> bool:
        """Whether a file is there, and not in an environment that is there, too."""
        real = os.path.realpath(file)
        inside = [folder for folder in self._folders if real.startswith(folder)]
        if not file or not inside:
            return False
        below = Path(real[len(inside[0]) :]).parts
        return not INSTALLED.intersection(below) and not (
            real.startswith(self._environments) and not inside[0].startswith(self._environments)
        )

    def holds_code_of(self, thing: Any) -> bool:
        """Whether what would run, if it were called, was written there."""
        if any(self.holds(file) for file in _files(thing)):
            return True
        parts = getattr(thing, "modules", None)  # a container of torch's that holds the repository's layers
        if callable(parts) and not inspect.isclass(thing):
            return any(self.holds(_file_of_class(type(part))) for part in parts())
        return False


def callable_at(call: str, home: Home) -> Any:
    """What `module:Name` means. Raises Fault, before anything of it runs, when that lives elsewhere."""
    module, _, path = call.partition(":")
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        places = _places(".".join(parts[:end]))
        if places and not all(home.holds(place) for place in places):
            raise Fault("call", "outside", name=call, file=places[0])
    found = attribute(importlib.import_module(module), path)
    if not home.holds_code_of(found):
        raise Fault("call", "outside", name=call, file=next(iter(_files(found)), "") or "Python")
    return found


def _places(module: str) -> list[str]:
    """Where a module would come from; [] where there is none. Its parents are imported, itself is not."""
    try:
        spec = importlib.util.find_spec(module)
    except ValueError:  # __main__ has none
        return ["Python"]
    if spec is None:
        return []
    if spec.origin is None:
        return [os.path.join(place, "") for place in spec.submodule_search_locations or ()]  # noqa: PTH118
    return [spec.origin if spec.has_location else "Python"]


def _files(thing: Any) -> Sequence[str]:
    """The files that a callable's code stands in; [""] where it is in none."""
    if isinstance(thing, functools.partial):
        return _files(thing.func)
    if inspect.ismethod(thing):
        owner = thing.__self__ if inspect.isclass(thing.__self__) else type(thing.__self__)
        return [*_files(thing.__func__), _file_of_class(owner)]
    wrapped = getattr(thing, "__wrapped__", None)
    if wrapped is not None and not inspect.isclass(thing):
        return _files(wrapped)
    if inspect.isfunction(thing):
        file = thing.__code__.co_filename
        module = sys.modules.get(thing.__module__ or "")
        return [file if Path(file).is_file() else getattr(module, "__file__", None) or ""]
    return [_file_of_class(thing if inspect.isclass(thing) else type(thing))]


def _file_of_class(cls: type) -> str:
    """By its module; a class of a file that is no module, by its methods."""
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if file:
        return str(file)
    return next((f.__code__.co_filename for f in vars(cls).values() if inspect.isfunction(f)), "")
