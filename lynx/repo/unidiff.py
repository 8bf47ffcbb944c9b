"""Unified diffs as values: reading the ones a spec carries, writing the ones Lynx shows and records."""

from __future__ import annotations

import codecs
import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_DIFF = 1_000_000  # characters; a bug is a few lines, and everything below is linear in this
NO_NEWLINE = "\\ No newline at end of file"

_NUMBERED = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_UNSUPPORTED = re.compile(
    r"(?:new file mode|deleted file mode|rename (?:from|to)|copy (?:from|to)|old mode|new mode|"
    r"Binary files|GIT binary patch)\b"
)
_PREAMBLE = re.compile(r"(?:diff |index |similarity |dissimilarity )")


class PatchRefused(Refused):
    """The diff is not one Lynx can apply here; says what was looked for. Nothing was changed."""


@dataclass(frozen=True)
class DiffLine:
    """One line of a hunk. `bare` marks a line without a newline at the end of its file."""

    kind: Literal[" ", "-", "+"]
    text: str
    bare: bool = False


@dataclass(frozen=True)
class Hunk:
    """One hunk; `start`, `new_start` are its first old and new line (1-based), None for a bare `@@`."""

    lines: tuple[DiffLine, ...]
    start: int | None = None
    new_start: int | None = None

    def reversed(self) -> Hunk:
        """The hunk that undoes this one."""
        turn: dict[str, Literal[" ", "-", "+"]] = {" ": " ", "-": "+", "+": "-"}
        flipped = tuple(DiffLine(turn[line.kind], line.text, line.bare) for line in self.lines)
        return Hunk(flipped, self.new_start, self.start)


def shown(text: str, limit: int = 100) -> str:
    """`text` safe for one line of a terminal: control characters escaped, cut at `limit` characters."""
    text = text if len(text) <= limit else text[:limit] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def parse(diff: str, target: str | None = None) -> tuple[Hunk, ...]:
    """The hunks of a unified diff of one file.

    File headers are optional, and so are line numbers (`@@` alone): a hunk is found by its lines. Raises
    PatchRefused when the text is no diff, changes nothing, is too large, or names a file other than
    `target`.
    """
    if len(diff) > MAX_DIFF:
        raise PatchRefused(
            N_("The diff has {size} characters; {limit} is the most Lynx reads."),
            code="diff-too-large",
            remedy=N_("A break changes a few lines of one file; record it again."),
            size=len(diff),
            limit=MAX_DIFF,
        )
    hunks = tuple(_hunks(_Reader(diff), target))
    if not hunks:
        raise _bad(1, N_("it has no hunk: a line that starts with @@"))
    for hunk in hunks:
        old = [(line.text, line.bare) for line in hunk.lines if line.kind != "+"]
        new = [(line.text, line.bare) for line in hunk.lines if line.kind != "-"]
        if old == new:
            raise _bad(1, N_("one of its hunks changes nothing"))
    return hunks


class _Reader:
    def __init__(self, diff: str) -> None:
        # Only "\n" ends a line of a diff: str.splitlines would also cut at form feeds and U+2028.
        self.lines = [line.removesuffix("\r") for line in diff.split("\n")]
        if self.lines[-1] == "":
            self.lines.pop()
        self.at = 0

    def peek(self, ahead: int = 0) -> str | None:
        index = self.at + ahead
        return self.lines[index] if index < len(self.lines) else None

    def file_header(self) -> bool:
        """Whether a `---`/`+++` pair begins here, and not a removed line that starts with `-- `."""
        after = self.peek(2)
        return (
            (self.peek() or "").startswith("--- ")
            and (self.peek(1) or "").startswith("+++ ")
            and (after is None or after.startswith("@@"))
        )


def _bad(line: int, what: str) -> PatchRefused:
    return PatchRefused(
        N_("The diff cannot be read, line {line}: {what}."),
        code="diff-unreadable",
        remedy=N_("Write a unified diff of the one target; after a bare @@ no line numbers are needed."),
        line=line,
        what=what,
    )


def _hunks(reader: _Reader, target: str | None) -> Iterator[Hunk]:
    named: set[str] = set()
    while (line := reader.peek()) is not None:
        if reader.file_header():
            _check_header(reader, target, named)
        elif line.startswith("@@"):
            yield _hunk(reader)
        elif line.strip() == "" or _PREAMBLE.match(line):
            reader.at += 1
        elif _UNSUPPORTED.match(line):
            raise _bad(reader.at + 1, N_("it creates, deletes, renames or changes the mode of a file"))
        else:
            raise _bad(reader.at + 1, N_("expected @@, or a file header"))


def _check_header(reader: _Reader, target: str | None, named: set[str]) -> None:
    names = []
    for prefix in ("--- ", "+++ "):
        name = (reader.peek() or "").removeprefix(prefix).split("\t")[0].rstrip()
        names.append(_unquoted(name))
        reader.at += 1
    old, new = names
    plain = {name if name == target else re.sub(r"^[abciow]/", "", name) for name in (old, new)}
    if len(plain) != 1 or "/dev/null" in names:
        raise _other(shown(old if new == target else new), target)
    named |= plain
    if target is not None and plain != {target}:
        raise _other(shown(plain.pop()), target)
    if len(named) > 1:
        raise _other(shown(", ".join(sorted(named))), target)


def _other(named: str, target: str | None) -> PatchRefused:
    return PatchRefused(
        N_("The diff names {named}, but a break changes one file: {target}."),
        code="diff-other-file",
        remedy=N_("Give the diff of the target alone, or leave the file names out."),
        named=named,
        target=target or "its target",
    )


def _unquoted(name: str) -> str:
    """A name as git writes it: in quotes, with C escapes and octal bytes, where it is not plain ASCII."""
    if len(name) < 2 or not (name.startswith('"') and name.endswith('"')):
        return name
    try:
        return codecs.escape_decode(name[1:-1].encode())[0].decode("utf-8", "replace")
    except ValueError:
        return name


def _hunk(reader: _Reader) -> Hunk:
    first = reader.at + 1
    match = _NUMBERED.match(reader.peek() or "")
    reader.at += 1
    if match is None:
        lines = _until_next(reader)
        start = new_start = None
    else:
        old, new = (int(match[n] or 1) for n in (2, 4))
        start, new_start = int(match[1]), int(match[3])
        lines = _counted(reader, first, old, new)
    if not any(line.kind != " " for line in lines):
        raise _bad(first, N_("one of its hunks changes nothing"))
    return Hunk(tuple(lines), start, new_start)


def _take(reader: _Reader, lines: list[DiffLine]) -> None:
    """Append the reader's line to `lines`, or mark the last one as bare."""
    line = reader.peek() or ""
    if line.startswith("\\"):
        if not lines:
            raise _bad(reader.at + 1, N_("there is no line before it"))
        lines[-1] = DiffLine(lines[-1].kind, lines[-1].text, bare=True)
    elif line == "":
        lines.append(DiffLine(" ", ""))  # editors strip the blank of an empty context line
    elif line[0] in " -+":
        lines.append(DiffLine(line[0], line[1:]))  # type: ignore[arg-type]
    else:
        raise _bad(reader.at + 1, N_("a line of a hunk starts with a blank, + or -"))
    reader.at += 1


def _until_next(reader: _Reader) -> list[DiffLine]:
    lines: list[DiffLine] = []
    while (line := reader.peek()) is not None and not line.startswith(("@@", "diff --git ")):
        if reader.file_header():
            break
        _take(reader, lines)
    while lines and lines[-1] == DiffLine(" ", ""):
        lines.pop()  # blank lines after the hunk, not context
    return lines


def _counted(reader: _Reader, first: int, old: int, new: int) -> list[DiffLine]:
    lines: list[DiffLine] = []
    while old or new:
        if reader.peek() is None:
            if old == new and old <= 3:  # a YAML block loses blank lines at its end
                return [*lines, *[DiffLine(" ", "")] * old]
            raise _bad(first, N_("its line counts do not agree with its lines"))
        before = len(lines)
        _take(reader, lines)
        if len(lines) > before:
            old -= lines[-1].kind != "+"
            new -= lines[-1].kind != "-"
            if old < 0 or new < 0:
                raise _bad(first, N_("its line counts do not agree with its lines"))
    if (reader.peek() or "").startswith("\\"):
        _take(reader, lines)
    return lines


def write(old: Sequence[DiffLine], new: Sequence[DiffLine], path: str, context: int = 3) -> str:
    """The unified diff that turns the lines `old` into `new`, with file headers; empty when alike."""
    a = [(line.text, line.bare) for line in old]
    b = [(line.text, line.bare) for line in new]
    head = _common(a, b)
    tail = _common(a[head:][::-1], b[head:][::-1])
    # Only the middle goes through difflib, which is quadratic on long files of like lines.
    keep_head, keep_tail = max(0, head - context), max(0, tail - context)
    window_a, window_b = a[keep_head : len(a) - keep_tail], b[keep_head : len(b) - keep_tail]
    groups = difflib.SequenceMatcher(None, window_a, window_b).get_grouped_opcodes(context)
    out: list[str] = []
    for group in groups:
        first, last = group[0], group[-1]
        gone = _span(first[1] + keep_head, last[2] + keep_head)
        came = _span(first[3] + keep_head, last[4] + keep_head)
        out.append(f"@@ -{gone} +{came} @@")
        for tag, i1, i2, j1, j2 in group:
            kept = tag == "equal"
            removed = [(" " if kept else "-", line) for line in window_a[i1:i2]]
            added = [] if kept else [("+", line) for line in window_b[j1:j2]]
            for mark, (text, bare) in removed + added:
                out.append(mark + text)
                if bare:
                    out.append(NO_NEWLINE)
    if not out:
        return ""
    return "\n".join([f"--- a/{path}", f"+++ b/{path}", *out]) + "\n"


def _common(a: Sequence[object], b: Sequence[object]) -> int:
    length = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        length += 1
    return length


def _span(start: int, stop: int) -> str:
    if stop == start:
        return f"{start},0"
    return f"{start + 1}" if stop - start == 1 else f"{start + 1},{stop - start}"
