"""Functions that a mentor wrote beside a break (`./oracle.py:make`), and what is wrong with them.

They are loaded by path, in the judge's process and, but for a property, in the candidate's. Only the judge
finds fault with them: what fails with the candidate's code alone is the candidate's error.
"""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from lynx.runs.child.unmarked import NOWHERE


class Fault(Exception):
    """What is wrong with a break's oracle, by code (`lynx/runs/faults.py` has the words); never the learner's.

    `where` is "file:line" in the break's folder, "" for the spec itself.
    """

    def __init__(self, key: str, code: str, where: str = "", **fields: str) -> None:
        super().__init__(f"oracle.{key}: {code} {fields}")
        self.key, self.code, self.where, self.fields = key, code, where, fields

    def as_report(self) -> dict[str, Any]:
        """For the process that asked."""
        return {"key": self.key, "code": self.code, "where": self.where, "fields": self.fields}


class Beside:
    """One function of a break's folder. `seen`: its code and its errors carry the file's name."""

    def __init__(self, key: str, reference: str, folder: str, *, seen: bool) -> None:
        path, _, self.name = reference.partition(":")
        self.key, self.path = key, str(Path(folder, path))
        self.shown = reference
        try:
            self.module = _loaded(self.path, self.path if seen else NOWHERE)
            self.function = getattr(self.module, self.name, None)
        except (Exception, SystemExit) as error:
            raise (self.fault_of(error) if seen else error) from error
        if not callable(self.function):
            raise Fault(key, "no-function", self.path, function=reference, name=self.name)

    def owns(self, function: Any) -> bool:
        """Whether a function was written there."""
        return isinstance(function, FunctionType) and function.__globals__ is vars(self.module)

    def where(self, error: BaseException | None = None) -> str:
        """`file:line` of the last frame of an error that is in the file, else of the function."""
        lines = (
            [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == self.path]
            if error
            else []
        )
        if isinstance(error, SyntaxError) and error.filename == self.path:
            lines = [error.lineno]
        code = getattr(getattr(self, "function", None), "__code__", None)
        line = lines[-1] if lines else getattr(code, "co_firstlineno", None)
        return self.path if line is None else f"{self.path}:{line}"

    def fault_of(self, error: BaseException) -> Fault:
        """What its failing amounts to."""
        said = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]
        return Fault(self.key, "raises", self.where(error), function=self.shown, error=said[:300])

    def fault(self, code: str, **fields: str) -> Fault:
        """At the function's own line."""
        return Fault(self.key, code, self.where(), function=self.shown, **fields)


def _loaded(path: str, shown: str) -> ModuleType:
    """The file as a module. It is registered while it loads, which dataclasses need, and no longer."""
    module = ModuleType(f"_{Path(path).stem}")
    module.__file__ = path
    code = compile(Path(path).read_bytes(), shown, "exec", dont_inherit=True)
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module
    try:
        exec(code, vars(module))  # noqa: S102 - what a module is
    finally:
        if before is None:
            sys.modules.pop(module.__name__, None)
        else:
            sys.modules[module.__name__] = before
    return module
