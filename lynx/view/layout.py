"""The few shapes screens are made of: a headline, a paragraph, a table that stacks where it does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.view.look import Look

Cell = tuple[str, str]  # text, style


def headline(left: str, right: str, look: Look, style: str = "bold") -> RenderableType:
    """A first line: what matters on the left, a small fact on the right; below one another where too long."""
    one, two = look.text(left, style), look.text(right, "dim")
    gap = look.prose - one.cell_len - two.cell_len
    if not right:
        return _wrapped(one, look.prose)
    if gap < 2 or "\n" in left:
        return Group(_wrapped(one, look.prose), two) if look.narrow else _beside(one, two, look)
    return Text.assemble(one, " " * gap, two)


def _beside(one: Text, two: Text, look: Look) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=look.prose - two.cell_len - 2, overflow="fold")
    grid.add_column(justify="right", no_wrap=True)
    grid.add_row(one, two)
    return grid


def _wrapped(text: Text, width: int, left: int = 0) -> RenderableType:
    text.overflow = "fold"
    grid = Table.grid()
    grid.add_column(width=max(width - left, 16), overflow="fold")
    grid.add_row(text)
    return Padding(grid, (0, 0, 0, left)) if left else grid


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
