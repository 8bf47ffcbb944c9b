"""The few shapes screens are made of: a headline, a paragraph, a table that stacks where it does not fit."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lynx.view.look import Look

Cell = tuple[str, str]  # text, style


def headline(left: str, right: str, look: Look, style: str = "bold") -> RenderableType:
    """What matters on the left, a small fact on the right: on the last line of the first, else below it."""
    lines = lines_of(look.text(left, style), look.prose)
    if not right:
        return _group(lines)
    fact = look.text(right, "dim")
    gap = look.prose - lines[-1].cell_len - fact.cell_len
    if fact.cell_len > look.prose:
        return _group([*lines, *lines_of(fact, look.prose)])
    if gap < 2:
        return _group([*lines, Text.assemble(" " * max(look.prose - fact.cell_len, 0), fact)])
    return _group([*lines[:-1], Text.assemble(lines[-1], " " * gap, fact)])


def _wrapped(text: Text, width: int, left: int = 0) -> RenderableType:
    pad = " " * min(left, max(width - LEAST, 0))
    return _group([Text.assemble(pad, line) if line else line for line in lines_of(text, width - len(pad))])


def _group(lines: Sequence[Text]) -> Group:
    for line in lines:
        line.no_wrap, line.overflow = True, "ignore"
    return Group(*lines)


LEAST = 12  # columns that text keeps at least, however far it is moved to the right

_ARGUMENT = r"""(?:\ (?:--?[\w-]+(?:[\ =](?:"[^"\n]*"|'[^'\n]*'|[\w.:/|-]*[\w/]))?|"[^"\n]*"|'[^'\n]*'
    |[\w./:|-]*[\d/|][\w./:|-]*[\w/]|\d+|[A-Z_]{2,}(?:=[A-Z]+)?|[\w-]+(?=\ --?\w)))*"""
# what is pasted into a shell, or names a place: a line that breaks inside of one is copied in halves
_WHOLE = re.compile(
    rf"""\b(?:lynx\ [a-z][a-z-]*|git(?:\ -C\ (?:'[^'\n]*'|\S+))?\ [a-z][a-z-]*(?:\ --(?=\ \S))?){_ARGUMENT}
    | \b(?:cd|rm|mv|chmod|export|sudo)\ (?:'[^'\n]*'|\S+) | (?<!\w)'[^'\n]*/[^'\n]*'(?!\w) | [(“«`]*\S*/\S*""",
    re.VERBOSE,
)


def lines_of(text: Text, width: int) -> list[Text]:
    """`text` as lines of at most `width` columns, broken between words and never inside a command or a path.

    One that is longer than a line has a line of its own, and is left to the terminal.
    """
    found: list[Text] = []
    for part in text.split("\n", allow_blank=True) or [text]:
        found += _filled(part, max(width, 1))
    return found


def _filled(text: Text, width: int) -> list[Text]:
    lines: list[Text] = []
    at = end = -1  # of the line that is being filled
    for start, stop in _pieces(text.plain, width):
        if at >= 0 and cell_len(text.plain[at:stop]) <= width:
            end = stop
            continue
        if at >= 0:
            lines.append(text[at:end])
        # the first line keeps what it begins with: blanks set by whoever wrote it
        at, end = (0 if not lines and not text.plain[:start].strip() else start), stop
    return [*lines, text[at:end]] if at >= 0 else [text[:0]]


def _pieces(plain: str, width: int) -> Iterator[tuple[int, int]]:
    """Where each piece begins and ends that stays whole; words longer than a line are cut, but no command or path."""
    whole = [found.span() for found in _WHOLE.finditer(plain)]
    for word in _WORD.finditer(plain):
        start, stop = word.span()
        inside = next(((a, b) for a, b in whole if a < stop and start < b), None)
        if inside is not None:
            if start > inside[0]:
                continue  # told with the piece's first word
            ending = _WORD.match(plain, inside[1])  # the comma behind it
            yield start, max(stop, ending.end() if ending else inside[1])
            continue
        while cell_len(plain[start:stop]) > width:
            cut = start + len(chop_cells(plain[start:stop], width)[0])
            yield start, cut
            start = cut
        yield start, stop


_WORD = re.compile(r"[^\s]+")


def paragraph(text: str, look: Look, style: str = "", indent: int = 0) -> RenderableType:
    """Running text, wrapped at the width of prose."""
    return _wrapped(look.text(text, style), look.prose, indent)


def indented(text: str, look: Look, by: int = 2, style: str = "") -> RenderableType:
    """Text moved to the right, wrapped."""
    return paragraph(text, look, style, by)


def code(text: str, look: Look) -> RenderableType:
    """Code, a diff or a log, two columns in; long lines are folded, never cut."""
    lines = []
    for line in text.splitlines():
        style = {"+": "green", "-": "red", "@": "dim"}.get(line[:1], "")
        lines.append(look.text(line, style))
    return Padding(Group(*(_wrapped(line, look.width, 2) for line in lines)), (0, 0, 0, 2))


def blank() -> Text:
    """An empty line."""
    return Text("")


def row(cells: Sequence[Cell], look: Look, indent: int = 0, gap: int = 2) -> Text:
    """Cells one after the other on one line."""
    line = Text(" " * indent)
    for i, (text, style) in enumerate(cells):
        line.append(" " * gap if i else "")
        line.append_text(look.text(text, style))
    line.overflow = "fold"
    return line


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading and whether it may wrap."""

    title: str = ""
    wraps: bool = False
    right: bool = False


def table(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], look: Look, indent: int = 1
) -> RenderableType:
    """Rows under headings. Where they do not fit beside one another, each row becomes a short list.

    A heading row is drawn only when some column has a title.
    """
    fixed = 0
    widest = 0
    for i, column in enumerate(columns):
        texts = [look.plain(r[i][0]) for r in rows] + [look.plain(column.title)]
        longest = max((len(line) for text in texts for line in text.split("\n")), default=0)
        if column.wraps:
            widest = longest
        else:
            fixed += longest + 2
    room = look.prose - fixed - indent - 2
    wraps = any(column.wraps for column in columns)
    if (wraps and room < min(widest, 20)) or (not wraps and fixed > look.prose):
        return _stacked(columns, rows, look, indent)
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        grid.add_column(
            justify="right" if column.right else "left",
            no_wrap=not column.wraps,
            overflow="fold",
            max_width=room if column.wraps else None,
        )
    if any(column.title for column in columns):
        grid.add_row(*(look.text(column.title, "dim") for column in columns))
    for cells in rows:
        grid.add_row(*(look.text(text, style) for text, style in cells))
    return Padding(grid, (0, 0, 0, indent))


def _stacked(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], look: Look, indent: int
) -> RenderableType:
    parts: list[RenderableType] = []
    for cells in rows:
        head = [(t, s) for c, (t, s) in zip(columns, cells, strict=True) if t and (not c.title or c.wraps)]
        parts.append(_wrapped(Text("  ").join(look.text(t, s) for t, s in head), look.prose, indent))
        for column, (text, style) in zip(columns, cells, strict=True):
            if text and column.title and not column.wraps:
                line = Text.assemble(look.text(f"{column.title} ", "dim"), look.text(text, style))
                parts.append(_wrapped(line, look.prose, indent + 4))
    return Group(*parts)


def next_line(commands: Sequence[str], look: Look, lead: str = "") -> RenderableType:
    """The last line of a screen: what to type next. A command is never broken where it fits on a line."""
    between = look.text("   ·   ")
    lines = [look.text(lead)]
    for i, command in enumerate(commands):
        piece = look.text(command, "bold")
        gap = between if i else Text("  " if lead else "")
        if lines[-1].plain and lines[-1].cell_len + gap.cell_len + piece.cell_len > look.prose:
            lines.append(Text("  "))
            gap = Text("")
        lines[-1] = Text.assemble(lines[-1], gap, piece)
    return Group(*(_wrapped(line, look.prose) for line in lines))


def quoted(path: str) -> str:
    """A path as the shell takes it."""
    return shlex.quote(path)
