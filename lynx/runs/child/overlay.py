# Called for every import: plain strings, as importlib itself.
# ruff: noqa: PTH117, PTH206
"""The import overlay: one file of the learner's tree reads as the bytes of a variant.

`SourceFileLoader` is the one place that every way of importing a source file comes through: packages,
relative imports, `importlib`, `runpy.run_module`, `spec_from_file_location`, also after a fork. Whoever opens
the file by itself (`runpy.run_path`, `json`, `numpy`) is served by `serving`. The learner's own files are
compiled from source each time: a bytecode file is trusted by size and whole seconds, so an edit of the same
size within one second would run stale.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import linecache
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType

    from lynx.runs.child.serving import Served

_Loader = importlib.machinery.SourceFileLoader
_get_data = _Loader.get_data
_get_code = _Loader.get_code

INSTALLED = frozenset(("site-packages", "dist-packages"))


class Overlay:
    """Imports `served` as its variant, and compiles what lies below `roots` from source."""

    def __init__(self, roots: Iterable[str], served: Served | None) -> None:
        self._roots = tuple(os.path.realpath(root) for root in roots)
        self._served = served
        self._real: dict[str, str] = {}
        self._environments = tuple(
            p + os.sep for p in {os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix)}
        )

    def install(self) -> None:
        """Take the place of the two methods, for the rest of this process."""
        overlay = self

        def get_data(self: importlib.machinery.SourceFileLoader, path: str) -> bytes:
            data = overlay.bytes_of(path)
            return _get_data(self, path) if data is None else data

        def get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
            path = self.get_filename(fullname)
            if not overlay.owns(path):
                return _get_code(self, fullname)
            data = self.get_data(path)
            overlay.show_source(path, data)
            return self.source_to_code(data, path)

        _Loader.get_data = get_data  # type: ignore[method-assign,assignment]
        _Loader.get_code = get_code  # type: ignore[method-assign,assignment]

    def bytes_of(self, path: str) -> bytes | None:
        """The variant's bytes, when `path` is the target by any of its names."""
        if self._served is None or not self._served.is_target(path):
            return None
        with self._served.open(path, "rb") as file:
            return bytes(file.read())

    def owns(self, path: str) -> bool:
        """Whether `path` is the learner's: below a root, and not installed into an environment there."""
        real = self._realpath(path)
        if self._served is not None and real == self._served.path:
            return True
        parts = real.split(os.sep)
        if INSTALLED.intersection(parts) or real.startswith(self._environments):
            return False
        return any(real.startswith(root + os.sep) for root in self._roots)

    def show_source(self, path: str, data: bytes) -> None:
        """Fill `linecache`, so that tracebacks, `inspect` and `torch.jit` see the text that runs.

        An entry without a modification time is never checked against the disk.
        """
        try:
            text = importlib.util.decode_source(data)
        except (SyntaxError, UnicodeDecodeError):
            return  # compiling it says so better
        linecache.cache[path] = (len(text), None, text.splitlines(True), path)

    def _realpath(self, path: str) -> str:
        if not os.path.isabs(path):
            return os.path.realpath(path)  # what it means changes with the folder
        real = self._real.get(path)
        if real is None:
            real = self._real[path] = os.path.realpath(path)
        return real


def load_file(name: str, path: str) -> object:
    """Import one file as module `name` (a mentor's `experiment.py`). Raises whatever it raises."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def attribute(module: object, path: str) -> Callable[..., object]:
    """`Class` or `Class.method` of a module. AttributeError when it is not there."""
    found: object = module
    for name in path.split("."):
        found = getattr(found, name)
    if not callable(found):
        raise TypeError(f"{path} cannot be called")
    return found
