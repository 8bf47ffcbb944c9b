# Called for every open: plain strings, and no opens of its own.
# ruff: noqa: PTH118, PTH109, PTH206, PTH112, PTH208, PTH113, PTH123
"""What a job read: an audit hook notes every file below some folders, with its hash at that moment."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

ABSENT = "absent"
SKIPPED = frozenset(("__pycache__", ".git"))
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Opened:
    """Files read and folders listed below `roots`, without those below `installed` (known by version)."""

    def __init__(self, roots: Iterable[str], installed: Iterable[str]) -> None:
        # Under both names: a data folder inside may be a link to the outside, and `top` may be a link itself.
        self._roots = tuple(
            name(root) + os.sep for root in roots for name in (os.path.abspath, os.path.realpath)
        )
        self._installed = tuple(os.path.realpath(folder) + os.sep for folder in installed)
        self._busy = False
        self._watching = True
        self.written: set[str] = set()
        self.manifest: dict[str, str] = {}

    def watch(self) -> None:
        """Start to listen. An audit hook cannot be taken away again: `stop` makes it deaf."""
        sys.addaudithook(self._hear)

    def stop(self) -> None:
        """Listen no more."""
        self._watching = False

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in ("open", "os.listdir", "os.scandir") or self._busy or not self._watching:
            return
        path = args[0]
        if not isinstance(path, (str, bytes)):
            return  # a descriptor that is open already
        self._busy = True  # hashing opens the file itself
        try:
            self._note(os.fsdecode(path) or ".", event, args)
        except (OSError, ValueError):
            return  # the program's own open is about to fail in the same way
        finally:
            self._busy = False

    def _note(self, path: str, event: str, args: tuple[Any, ...]) -> None:
        full = os.path.normpath(os.path.join(os.getcwd(), path))
        names = (full + os.sep, os.path.realpath(full) + os.sep)
        if not any(name.startswith(self._roots) for name in names):
            return
        if any(name.startswith(self._installed) for name in names) or SKIPPED.intersection(
            full.split(os.sep)
        ):
            return
        if event == "open" and _writes(args):
            self.written.add(full)
        elif full not in self.manifest and full not in self.written:
            self.manifest[full] = fingerprint(full)


def _writes(args: tuple[Any, ...]) -> bool:
    mode, flags = args[1], args[2]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)


def fingerprint(path: str) -> str:
    """The hash of a file's bytes or of a folder's names; ABSENT when there is neither."""
    digest = hashlib.sha256()
    try:
        if os.path.isdir(path):
            names = sorted(set(os.listdir(path)) - SKIPPED)
            digest.update(b"folder\0" + "\0".join(names).encode("utf-8", "surrogateescape"))
        elif os.path.isfile(path):
            with open(path, "rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        else:
            return ABSENT
    except OSError:
        return ABSENT
    return digest.hexdigest()
