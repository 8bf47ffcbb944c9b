"""Where the learner's callable is asked, nothing says who asks: no frame, module or argument of Lynx's.

A run has Lynx's own surroundings (a probe, an experiment, one thread a job); an examination has the learner's.
Code that goes by either is wrong in the other, and both are looked at. Standard library only.
"""

from __future__ import annotations

import _thread
import os
import sys
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOWHERE = "<string>"  # what code from a prompt or `python -c` is called
_OURS = "lynx"


def environment(before: Mapping[str, str | None]) -> None:
    """The learner's own variables again; numpy and torch have read what they needed. None: was not there."""
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def call_apart(function: Callable[[], bytes]) -> bytes:
    """`function()` on a stack that begins with it, with Lynx's modules forgotten and its code nameless.

    Whatever it needs must be imported already. Raises what it raises, `SystemExit` included.
    """
    unmark()
    done = _thread.allocate_lock()
    done.acquire()
    results: list[bytes] = []
    raised: list[BaseException] = []

    def begin() -> None:
        try:
            results.append(function())
        except BaseException as error:
            raised.append(error)
        finally:
            done.release()

    if isinstance(function, FunctionType):
        function.__code__ = _nameless(function.__code__)
    begin.__code__ = _nameless(begin.__code__)
    _thread.start_new_thread(begin, ())
    done.acquire()
    if raised:
        raise raised[0]
    return results[0]


def unmark() -> None:
    """Take Lynx's modules out of `sys.modules` and Lynx's name from them and from their code."""
    ours = [name for name in sys.modules if name.partition(".")[0] == _OURS]
    modules = [sys.modules.pop(name) for name in ours]
    seen: set[int] = set()
    for module in modules:
        for value in list(vars(module).values()):
            _unmark(value, seen)
    for module in modules:
        _rename(module)
    main = sys.modules.get("__main__")
    if main is not None:
        _rename(main)
    sys.argv = [""]


def _rename(module: ModuleType) -> None:
    for name, value in {"__name__": "__main__", "__file__": NOWHERE, "__package__": None}.items():
        vars(module)[name] = value
    for name in ("__spec__", "__loader__", "__path__", "__cached__"):
        if name in vars(module):
            vars(module)[name] = None


def _unmark(value: Any, seen: set[int]) -> None:
    """Functions, and what classes hold of them, as far as they are Lynx's."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, FunctionType) and str(value.__module__).partition(".")[0] == _OURS:
        value.__code__ = _nameless(value.__code__)
        value.__module__ = "__main__"
        _unmark(getattr(value, "__wrapped__", None), seen)
    elif isinstance(value, type) and str(value.__module__).partition(".")[0] == _OURS:
        for held in list(vars(value).values()):
            if isinstance(held, (staticmethod, classmethod)):
                held = held.__func__
            for part in (held.fget, held.fset) if isinstance(held, property) else (held,):
                _unmark(part, seen)
        value.__module__ = "__main__"


def _nameless(code: CodeType) -> CodeType:
    constants = tuple(_nameless(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.replace(co_filename=NOWHERE, co_consts=constants)
