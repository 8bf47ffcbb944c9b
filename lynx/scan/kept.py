"""What a scan found, kept in the user's cache folder by the hash of all it depends on; losing it costs time only.

Never in the repository. A mutant's result depends on its bytes, on the tests that were tried, and on whatever the
healthy tests read: the healthy run says what that was, and is itself good only while all of it is unchanged.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.runs.child.opened import is_unchanged
from lynx.runs.process import environment
from lynx.runs.suites import Failure, Tested, own_code
from lynx.store import hashed
from lynx.store.files import write_whole
from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.runs.types import Setting

ROOM = f"{tempfile.gettempdir()}/lynx-{os.getuid()}-"  # see `runs.child.view.room`
MOST = 4000  # results that are kept for one repository


class Kept:
    """One repository's results, below `folder`."""

    def __init__(self, folder: Path, setting: Setting) -> None:
        self._folder = folder / hashed.sha256(str(setting.top).encode()).hexdigest()[:16]
        self._setting = setting
        self._base = ""

    @property
    def folder(self) -> Path:
        """Where this repository's lie."""
        return self._folder

    def healthy(self, key: Mapping[str, Any]) -> Tested | None:
        """The healthy tests, where nothing that they read has changed."""
        found = self._load("healthy.json")
        if found is None or found["key"] != self._digest(key):
            return None
        tested = _tested(found["tested"])
        environ = environment()
        if not all(is_unchanged(name, digest, environ) for name, digest in tested.opened.items()):
            return None
        self._base = self._digest({"key": found["key"], "opened": dict(tested.opened)})
        return tested

    def keep_healthy(self, key: Mapping[str, Any], tested: Tested) -> None:
        """Keep them."""
        # A folder that was listed: which files of code there are is in the key, and a new picture changes no test.
        # A private copy is gone by now.
        opened = {
            name: digest
            for name, digest in tested.opened.items()
            if not Path(name).is_dir() and not name.startswith(ROOM)
        }
        tested = replace(tested, opened=opened)
        digest = self._digest(key)
        self._base = self._digest({"key": digest, "opened": dict(tested.opened)})
        self._store("healthy.json", {"key": digest, "tested": asdict(tested)})

    def find(self, what: Mapping[str, Any]) -> Tested | None:
        """A mutant's tests, from `what` distinguishes it."""
        found = self._load(f"m-{self._digest({'base': self._base, **what})[:32]}.json")
        return None if found is None else _tested(found)

    def keep(self, what: Mapping[str, Any], tested: Tested) -> None:
        """Keep a mutant's; what the machine was to blame for is tried again."""
        if not self._base or tested.ended not in (Ended.FINISHED, Ended.CRASHED):
            return
        told = {**asdict(tested), "opened": {}, "reached": {}, "imported": {}, "files": {}, "groups": {}}
        self._store(f"m-{self._digest({'base': self._base, **what})[:32]}.json", told)

    def tidy(self) -> None:
        """The oldest go, past a bound."""
        with contextlib.suppress(OSError):
            found = sorted(self._folder.glob("m-*.json"), key=lambda path: path.stat().st_mtime)
            for path in found[:-MOST]:
                path.unlink()

    def load(self, name: str) -> Any:
        """Any value kept under `name`; None for none, or a damaged one."""
        return self._load(name)

    def store(self, name: str, value: Any) -> None:
        """Keep a value under `name`."""
        self._store(name, value)

    def _digest(self, value: Mapping[str, Any]) -> str:
        told = {
            "value": value,
            "code": own_code(),
            "python": _interpreter(self._setting.interpreter),
            "pythonpath": self._setting.pythonpath,
        }
        return hashed.sha256(json.dumps(told, sort_keys=True, default=repr).encode()).hexdigest()

    def _load(self, name: str) -> Any:
        try:
            return json.loads((self._folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def _store(self, name: str, value: Any) -> None:
        with contextlib.suppress(OSError):  # a full disk costs time the next time
            write_whole(self._folder / name, json.dumps(value).encode(), mode=0o600)


def _tested(told: Mapping[str, Any]) -> Tested:
    fields = dict(told)
    fields["ended"] = Ended(fields["ended"])
    fields["failures"] = tuple(Failure(**one) for one in fields["failures"])
    fields["starts"] = tuple(fields["starts"])
    return Tested(**fields)


def _interpreter(python: Path) -> list[Any]:
    """The interpreter, and when packages were last installed for it."""
    folders = sorted(python.parent.parent.glob("lib/python3*/site-packages"))
    return [str(python), *((str(one), one.stat().st_mtime_ns) for one in folders)]
