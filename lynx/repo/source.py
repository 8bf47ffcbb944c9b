"""A file's bytes as lines that can be matched, changed and put together again without losing one byte."""

from __future__ import annotations

import ast
import codecs
import io
import tokenize
import warnings
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.repo.unidiff import PatchRefused, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_FILE = 16_000_000  # bytes
BOM = codecs.BOM_UTF8


@dataclass(frozen=True)
class Source:
    """The lines of a file without their endings, the endings, the byte-order mark, the encoding.

    Lines end where Python's tokenizer ends them: at LF, CRLF or CR; a form feed or U+2028 is part of
    its line.
    """

    lines: tuple[bytes, ...]
    ends: tuple[bytes, ...]
    bom: bytes
    encoding: str

    @classmethod
    def read(cls, data: bytes, name: str = "the target") -> Source:
        """Split `data`. Raises PatchRefused when it is too large or no text in its own encoding (PEP 263)."""
        if len(data) > MAX_FILE:
            raise PatchRefused(
                N_("{name} has {size} bytes; {limit} is the most Lynx changes."),
                code="target-too-large",
                remedy=N_("Breaks are for source files; nothing was changed."),
                name=name,
                size=len(data),
                limit=MAX_FILE,
            )
        encoding = encoding_of(data, name)
        bom = BOM if data.startswith(BOM) else b""
        lines, ends = [], []
        for line in data[len(bom) :].splitlines(keepends=True):
            bare = line.rstrip(b"\r\n")
            if line.endswith(b"\r\n"):
                bare = line[:-2]
            elif line.endswith((b"\n", b"\r")):
                bare = line[:-1]
            lines.append(bare)
            ends.append(line[len(bare) :])
        return cls(tuple(lines), tuple(ends), bom, encoding)

    def joined(self) -> bytes:
        """The bytes again."""
        return self.bom + b"".join(line + end for line, end in zip(self.lines, self.ends, strict=True))

    @property
    def dominant(self) -> bytes:
        """The ending most lines have; LF in a file without one."""
        counts = Counter(end for end in self.ends if end)
        return counts.most_common(1)[0][0] if counts else b"\n"

    @cached_property
    def _haystack(self) -> tuple[bytes, list[int]]:
        """All lines between LFs, and where each begins: searching bytes is linear and runs in C."""
        starts, at = [], 1
        for line in self.lines:
            starts.append(at)
            at += len(line) + 1
        return b"\n" + b"\n".join(self.lines) + b"\n", starts

    def find(self, wanted: Sequence[bytes], low: int = 0, high: int | None = None) -> list[int]:
        """The first two places in lines [low, high) where the lines `wanted` stand, as line indices."""
        high = len(self.lines) if high is None else high
        if not wanted or high - low < len(wanted):
            return []
        text, starts = self._haystack
        needle = b"\n" + b"\n".join(wanted) + b"\n"
        at = starts[low] - 1
        end = starts[high - 1] + len(self.lines[high - 1]) + 1
        found: list[int] = []
        while len(found) < 2 and (at := text.find(needle, at, end)) >= 0:
            found.append(bisect_left(starts, at + 1))
            at += 1
        return found


@dataclass(frozen=True)
class Edit:
    """Lines [start, stop) replaced by `added`; bare flags mark a last line meant to have no newline."""

    start: int
    stop: int
    added: tuple[bytes, ...]
    added_bare: bool = False
    removed_bare: bool = False


@dataclass(frozen=True)
class Rewritten:
    """A file after edits: its bytes and the 1-based first and last changed line, in the new numbering."""

    data: bytes
    lines: tuple[int, int]
    source: Source = field(repr=False)


def rewrite(source: Source, edits: Sequence[Edit]) -> Rewritten:
    """Make the edits, which must be in order and apart.

    Each added line takes the ending of the line it replaces; a missing final newline stays missing,
    unless the diff says otherwise.
    """
    lines: list[bytes] = []
    ends: list[bytes] = []
    at = 0
    first: int | None = None
    last = 0
    for edit in edits:
        lines += source.lines[at : edit.start]
        ends += source.ends[at : edit.start]
        first = len(lines) if first is None else first
        last = max(len(lines), len(lines) + len(edit.added) - 1)
        _replace(source, edit, lines, ends)
        at = edit.stop
    lines += source.lines[at:]
    ends += source.ends[at:]
    after = Source(tuple(lines), tuple(ends), source.bom, source.encoding)
    return Rewritten(after.joined(), ((first or 0) + 1, last + 1), after)


def _replace(source: Source, edit: Edit, lines: list[bytes], ends: list[bytes]) -> None:
    """Append one edit's lines with the endings they inherit."""
    at_end = edit.stop == len(source.lines)
    was_bare = at_end and bool(source.ends) and source.ends[-1] == b""
    old = list(source.ends[edit.start : edit.stop])
    if not old:
        old = [source.ends[edit.start - 1] if edit.start else (source.ends or (b"\n",))[0]]
    new = [old[min(n, len(old) - 1)] or source.dominant for n in range(len(edit.added))]
    if not at_end:
        lines += edit.added
        ends += new
        return
    bare = edit.added_bare or (was_bare and not edit.removed_bare)
    if was_bare and edit.start == edit.stop and lines:
        ends[-1] = source.dominant  # the old last line is no longer last
    lines += edit.added
    ends += new
    if lines and bare:
        ends[-1] = b""
    elif lines and edit.added and not ends[-1]:
        ends[-1] = source.dominant


def encoding_of(data: bytes, name: str = "the target") -> str:
    """The text encoding of a source file: its cookie (PEP 263), its BOM, or UTF-8. Raises PatchRefused."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if not codecs.lookup(encoding)._is_text_encoding:  # `hex` and `rot13` are codecs too
            raise LookupError(encoding)
        text = data.decode(encoding)
        same = text.encode(encoding) == data
    except (SyntaxError, LookupError, UnicodeError, ValueError) as error:
        raise PatchRefused(
            N_("{name} is not text in its own encoding: {error}."),
            code="undecodable",
            remedy=N_("Save it as UTF-8, or name its encoding in its first line; nothing was changed."),
            name=name,
            error=shown(str(error)),
        ) from error
    if not same or "\0" in text:
        raise PatchRefused(
            N_("{name} holds bytes that are not text."),
            code="undecodable",
            remedy=N_("Save it as UTF-8; nothing was changed."),
            name=name,
        )
    return encoding


def spans(data: bytes) -> list[tuple[str, int, int]]:
    """Every class and function as (dotted name, first line, last line), 1-based, decorators included.

    Empty when the source does not parse.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: list[tuple[str, int, int]] = []
    todo: list[tuple[str, ast.AST]] = [("", tree)]
    while todo:
        prefix, node = todo.pop()
        # Definitions stand in statement lists alone; the expressions are most of the tree.
        for field_name in ("body", "orelse", "finalbody", "handlers", "cases"):
            for child in getattr(node, field_name, ()) if not isinstance(node, ast.expr) else ():
                name = prefix
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    name = f"{prefix}.{child.name}" if prefix else child.name
                    start = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                    found.append((name, start, child.end_lineno or child.lineno))
                todo.append((name, child))
    return sorted(found, key=lambda span: (span[1], -span[2]))
