"""Where operators apply in a file: `find` looks, and proves each edit before it names it.

`ast` finds, bytes are replaced at the positions of nodes. An edit that does not compile, or whose tree is the one that
was there, is no mutant and is not named. A file in which no operator's hints stand is not parsed.
"""

from __future__ import annotations

import ast
import codecs
import hashlib
import io
import re
import tokenize
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING

from lynx.scan.operators import OPERATORS
from lynx.scan.source import LINE_END, Source
from lynx.scan.words import Site, Splice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lynx.scan.operator import Operator
    from lynx.scan.words import Edit

# a file that mentions none of these has nothing to do with training, whatever `lr` or `step` mean in it
TRAINING = re.compile(rb"torch|grad|[Tt]ensor|numpy|jax|loss|\bnn\b|Module")


class Unreadable(ValueError):
    """A file that Python itself cannot read; `line` is 0 where no line is to blame."""

    def __init__(self, path: str, line: int, why: str) -> None:
        super().__init__(f"{path}:{line}: {why}" if line else f"{path}: {why}")
        self.path, self.line, self.why = path, line, why


def find(source: bytes, path: str, operators: Iterable[Operator] | None = None) -> list[Site]:
    """Every site in one file, in the order of its lines; `path` is only for naming.

    Unreadable for a file with a syntax error, or in an encoding that it does not have, if an operator might apply.
    """
    wanted = [
        operator
        for operator in (OPERATORS.values() if operators is None else operators)
        if any(hint in source for hint in operator.hints)
    ]
    if not wanted or not TRAINING.search(source):
        return []
    file = _File(source, path)
    found = [site for operator in wanted for site in file.sites(operator)]
    return sorted(found, key=lambda site: (site.line, site.column, site.operator))


class _File:
    """One file: its bytes, its text as UTF-8, and how an offset in the one is one in the other."""

    def __init__(self, source: bytes, path: str) -> None:
        self.source, self.path = source, path
        self.bom = len(codecs.BOM_UTF8) if source.startswith(codecs.BOM_UTF8) else 0
        try:
            self.encoding = tokenize.detect_encoding(io.BytesIO(source).readline)[0]
            self.plain = self.encoding in {"utf-8", "utf-8-sig", "ascii"}
            text = source[self.bom :] if self.plain else source.decode(self.encoding).encode()
            self.tree = _parsed(text.decode())
        except (SyntaxError, UnicodeDecodeError, ValueError) as error:
            raise Unreadable(
                path, getattr(error, "lineno", 0) or 0, str(getattr(error, "msg", error))
            ) from error
        except (RecursionError, MemoryError) as error:
            raise Unreadable(path, 0, "it is nested too deeply") from error
        self.read = Source(text, self.tree)
        self.seen: dict[str, int] = {}

    def sites(self, operator: Operator) -> list[Site]:
        edits = {tuple(sorted(edit)) for edit in operator.find(self.read)}
        return [self._site(operator, edit) for edit in sorted(edits) if self._is_mutant(edit)]

    def _is_mutant(self, edit: Edit) -> bool:
        """Whether it compiles and is another program.

        Only the statements at the top of the file that it touches are read again: a file of a thousand lines is not
        parsed once for each of its hundred sites.
        """
        if any(a.end > b.start for a, b in pairwise(edit)):
            return False
        start, end = self._around(edit)
        text = self.read.text
        inside = tuple(Splice(s.start - start, s.old, s.new) for s in edit)
        try:
            before, after = text[start:end], _spliced(text[start:end], inside)
            tree = _parsed(after.decode())
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(tree, self.path, "exec", dont_inherit=True)
            return ast.dump(tree) != ast.dump(_parsed(before.decode()))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False

    def _around(self, edit: Edit) -> tuple[int, int]:
        """From the first to the last of the file's own statements that an edit touches, as whole lines."""
        starts = self.read.starts
        touched = [
            (starts[first - 1], starts[last] if last < len(starts) else len(self.read.text))
            for first, last in map(_lines_of, self.tree.body)
        ]
        inside = [(a, b) for a, b in touched if a < edit[-1].end + 1 and b > edit[0].start]
        return (min(a for a, _ in inside), max(b for _, b in inside)) if inside else (0, len(self.read.text))

    def _site(self, operator: Operator, edit: Edit) -> Site:
        starts, text = self.read.starts, self.read.text
        first = _line_at(starts, edit[0].start)
        last = _line_at(starts, max(edit[-1].start, edit[-1].end - 1))
        a, b = starts[first - 1], starts[last] if last < len(starts) else len(text)
        before = text[a:b]
        after = _spliced(before, tuple(Splice(s.start - a, s.old, s.new) for s in edit))
        scope = self._scope(first)
        named = "\0".join([self.path, operator.name, scope, before.decode(), after.decode()])
        nth = self.seen[named] = self.seen.get(named, -1) + 1
        return Site(
            self.path,
            first,
            last,
            edit[0].start - a + 1,
            operator.name,
            scope,
            _shown(before),
            _shown(after),
            tuple(map(self._as_it_lies, edit)),
            hashlib.sha256(f"{named}\0{nth}".encode()).hexdigest()[:12],
        )

    def _scope(self, line: int) -> str:
        """The innermost function or class whose lines hold this one."""
        names: list[str] = []
        body: Sequence[ast.AST] = self.tree.body
        while inner := next((node for node in body if _holds(node, line)), None):
            names += (
                [inner.name]
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                else []
            )
            body = list(ast.iter_child_nodes(inner))
        return ".".join(names)

    def _as_it_lies(self, splice: Splice) -> Splice:
        """A splice of the text as UTF-8 as one of the file's own bytes."""
        if self.plain:
            return Splice(splice.start + self.bom, splice.old, splice.new)
        start = len(self.read.text[: splice.start].decode().encode(self.encoding))
        return Splice(start, *(part.decode().encode(self.encoding) for part in (splice.old, splice.new)))


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape is the file's own affair
        return ast.parse(text)


def _spliced(text: bytes, edit: Edit) -> bytes:
    for splice in reversed(edit):
        text = text[: splice.start] + splice.new + text[splice.end :]
    return text


def _lines_of(node: ast.AST) -> tuple[int, int]:
    """The first and the last line of a statement, its decorators among them."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])  # type: ignore[attr-defined]
    return first, node.end_lineno  # type: ignore[attr-defined]


def _holds(node: ast.AST, line: int) -> bool:
    if not hasattr(node, "lineno"):
        return False
    first, last = _lines_of(node)
    return first <= line <= last


def _line_at(starts: list[int], offset: int) -> int:
    """The line, from 1, in which an offset lies."""
    low, high = 0, len(starts)
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= offset else (low, middle)
    return low + 1


def _shown(lines: bytes) -> str:
    return LINE_END.sub(b"\n", lines).decode().rstrip("\n")
