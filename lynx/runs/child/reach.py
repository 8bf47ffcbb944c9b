"""Which of some statements run, by whoever is at work.

Before each statement that somebody asks about stands a call that notes it, put into the syntax tree when its file is
compiled: a tracer would be told of every call there is, and made tests of small functions four times slower. Lines
and text stay what they are. A recording is a set; recordings nest, and what an inner one saw the outer one saw, too.
"""

from __future__ import annotations

import ast
import builtins
import functools
import os
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

NAME = "__lynx_ran__"


class Statements:
    """The statements at some lines (`wanted`: path below `top` -> where they begin) that ran since `start`."""

    def __init__(self, top: str, wanted: Mapping[str, Sequence[int]]) -> None:
        self._names = sorted(wanted)
        real = [os.path.realpath(os.path.join(top, name)) for name in self._names]  # noqa: PTH118
        self._files = {path: n for n, path in enumerate(real)}
        self._wanted = [frozenset(wanted[name]) for name in self._names]
        self._sets: list[set[tuple[int, int]]] = [set()]

    def start(self) -> None:
        """For every file that this process compiles from now on."""

        def ran(number: int, line: int) -> None:
            self._sets[-1].add((number, line))

        setattr(builtins, NAME, ran)
        self._replace_caches()
        compile_ = SourceFileLoader.source_to_code
        noted = self.noted

        def source_to_code(self: SourceFileLoader, data: Any, path: Any, **options: Any) -> Any:
            return compile_(self, noted(data, os.fspath(path)), path, **options)

        SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign,assignment]

    def noted(self, source: bytes, path: str) -> Any:
        """A file's source, as a tree with calls in it where a statement of it is asked about."""
        number = self._files.get(path)
        if number is None and path.endswith(".py"):
            number = self._files.get(os.path.realpath(path))
        if number is None:
            return source
        return ast.fix_missing_locations(_Noting(number, self._wanted[number]).visit(ast.parse(source)))

    @contextmanager
    def recording(self, into: set[tuple[int, int]]) -> Iterator[None]:
        """Inside, what runs is put into this set as well."""
        fresh: set[tuple[int, int]] = set()
        self._sets.append(fresh)
        try:
            yield
        finally:
            # By identity: two that saw the same are equal.
            del self._sets[next(i for i in reversed(range(len(self._sets))) if self._sets[i] is fresh)]
            into |= fresh
            self._sets[-1] |= fresh

    @property
    def seen(self) -> set[tuple[int, int]]:
        """What ran outside any recording, or in one that has ended."""
        return self._sets[0]

    def told(self, statements: set[tuple[int, int]]) -> dict[str, list[int]]:
        """Lines by file."""
        found: dict[str, list[int]] = {}
        for number, line in sorted(statements):
            found.setdefault(self._names[number], []).append(line)
        return found

    # --- what is kept for later -----------------------------------------------------------------

    def _replace_caches(self) -> None:
        """Who is given what a cache holds is given what once ran for it: `functools` tells."""
        real = functools.lru_cache

        def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
            if callable(maxsize) and isinstance(typed, bool):
                return self._cached(real(128, typed), maxsize)
            return lambda function: self._cached(real(maxsize, typed), function)

        functools.lru_cache = lru_cache
        functools.cache = lambda function: self._cached(real(None), function)  # type: ignore

    def _cached(self, decorate: Callable[[Any], Any], function: Callable[..., Any]) -> Callable[..., Any]:
        held: set[tuple[int, int]] = set()

        @functools.wraps(function)
        def recorded(*args: Any, **kwargs: Any) -> Any:
            with self.recording(held):
                return function(*args, **kwargs)

        cached = decorate(recorded)

        @functools.wraps(function)
        def asked(*args: Any, **kwargs: Any) -> Any:
            found = cached(*args, **kwargs)
            self._sets[-1].update(held)
            return found

        for name in ("cache_info", "cache_clear", "cache_parameters"):
            if hasattr(cached, name):
                setattr(asked, name, getattr(cached, name))
        return asked


class _Noting(ast.NodeTransformer):
    """Puts the calls in."""

    def __init__(self, number: int, lines: frozenset[int]) -> None:
        self._number, self._lines = number, lines

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                setattr(node, name, [one for statement in block for one in self._with_call(statement)])
        return node

    def _with_call(self, statement: ast.stmt) -> list[ast.stmt]:
        if statement.lineno not in self._lines or getattr(statement, "lynx", False):
            return [statement]
        arguments: list[ast.expr] = [ast.Constant(self._number), ast.Constant(statement.lineno)]
        call = ast.Expr(ast.Call(ast.Name(NAME, ast.Load()), arguments, []))
        call.lynx = True  # type: ignore[attr-defined]
        for node in ast.walk(call):
            ast.copy_location(node, statement)
        return [call, statement]
