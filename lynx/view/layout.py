"""The few shapes screens are made of: a headline, a paragraph, a table that stacks where it does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lynx.view.filling import filled
from lynx.view.lines import Line, Lines, Piece, cells, padded, width_of, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from lynx.view.look import Look

Cell = tuple[str, str]  # text, style


def stack(*parts: RenderableType) -> RenderableType:
    """Parts below one another; Rich is asked for only where one of them is more than lines."""
    if all(isinstance(part, Lines) for part in parts):
        return Lines([line for part in parts if isinstance(part, Lines) for line in part.lines])
    from rich.console import Group

    return Group(*parts)


def headline(left: str, right: str, look: Look, style: str = "bold") -> Lines:
    """What matters on the left, a small fact on the right: on the last line of the first, else below it."""
    lines = filled([Piece(look.plain(left), style)], look.prose)
    if not right:
        return Lines(lines)
    fact = Piece(look.plain(right), "dim")
    gap = look.prose - width_of(lines[-1]) - cells(fact.text)
    if cells(fact.text) > look.prose:
        return Lines([*lines, *filled([fact], look.prose)])
    if gap < 2:
        return Lines([*lines, (Piece(" " * max(look.prose - cells(fact.text), 0)), fact)])
    return Lines([*lines[:-1], (*lines[-1], Piece(" " * gap), fact)])


LEAST = 12  # columns that text keeps at least, however far it is moved to the right


def _wrapped(pieces: Sequence[Piece], width: int, left: int = 0) -> Lines:
    pad = min(left, max(width - LEAST, 0))
    return _moved(filled(pieces, width - pad), pad)


def _moved(lines: Iterable[Line], left: int, *, blanks: bool = False) -> Lines:
    """Lines to the right; those that hold nothing stay as they are, unless they are lines of a table."""
    pad = Piece(" " * left)
    return Lines([(pad, *line) if left and (line or blanks) else line for line in lines])


def _column(text: Piece, width: int, *, right: bool = False) -> list[Line]:
    """One text, wrapped, with blanks of its own style up to `width`."""
    return [padded(line, width, text.style, right=right) for line in wrapped([text], width)]


def _beside(columns: Sequence[Sequence[Line]], widths: Sequence[int], gap: int = 2) -> list[Line]:
    """Columns beside one another, filled up with blanks to the tallest."""
    lines = []
    for i in range(max(len(column) for column in columns)):
        line: list[Piece] = []
        for n, (column, width) in enumerate(zip(columns, widths, strict=True)):
            line += [Piece(" " * gap)] if n else []
            line += padded(column[i], width) if i < len(column) else (Piece(" " * width),)
        lines.append(tuple(line))
    return lines


def paragraph(text: str, look: Look, style: str = "", indent: int = 0) -> Lines:
    """Running text, wrapped at the width of prose."""
    return _wrapped([Piece(look.plain(text), style)], look.prose, indent)


def indented(text: str, look: Look, by: int = 2, style: str = "") -> Lines:
    """Text moved to the right, wrapped."""
    return paragraph(text, look, style, by)


def code(text: str, look: Look) -> Lines:
    """Code, a diff or a log, two columns in; long lines are folded, never cut."""
    lines: list[Line] = []
    for line in text.splitlines():
        style = {"+": "green", "-": "red", "@": "dim"}.get(line[:1], "")
        lines += _wrapped([Piece(look.plain(line), style)], look.width, 4).lines
    return Lines(lines)


def blank() -> Lines:
    """An empty line."""
    return Lines([()])


def row(cells_: Sequence[Cell], look: Look, indent: int = 0, gap: int = 2) -> Lines:
    """Cells one after the other on one line."""
    line = [Piece(" " * indent)]
    for i, (text, style) in enumerate(cells_):
        line += [Piece(" " * gap if i else ""), Piece(look.plain(text), style)]
    return Lines(wrapped([piece for piece in line if piece.text], look.width))


class Column(NamedTuple):
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
    shown = [[(look.plain(text), style) for text, style in cells_] for cells_ in rows]
    titles = [look.plain(column.title) for column in columns]
    needs = [
        max(
            (len(line) for text in (*(r[i][0] for r in shown), titles[i]) for line in text.split("\n")),
            default=0,
        )
        for i in range(len(columns))
    ]
    fixed = sum(need + 2 for need, column in zip(needs, columns, strict=True) if not column.wraps)
    widest = next((n for n, c in zip(reversed(needs), reversed(columns), strict=True) if c.wraps), 0)
    room = look.prose - fixed - indent - 2
    wraps = any(column.wraps for column in columns)
    if (wraps and room < min(widest, 20)) or (not wraps and fixed > look.prose):
        return _stacked(columns, shown, look, indent)
    if any(titles):
        shown.insert(0, [(title, "dim") for title in titles])
    widths = [
        min(width, room) if column.wraps else width
        for column, width in zip(columns, _widths(shown, len(columns)), strict=True)
    ]
    if min(widths) < 0 or sum(widths) + 2 * (len(widths) - 1) + indent > look.width:
        return _squeezed(columns, shown, room, indent)
    lines: list[Line] = []
    for cells_ in shown:
        drawn = [
            _column(Piece(*cell), width, right=column.right)
            if column.wraps
            else _unbroken(cell, width, column)
            for cell, width, column in zip(cells_, widths, columns, strict=True)
        ]
        lines += _beside(drawn, widths)
    return _moved(lines, indent, blanks=True)


def _widths(rows: Sequence[Sequence[Cell]], count: int) -> list[int]:
    """What each column takes; an empty last one takes a blank, as Rich has it."""
    found = [
        max((cells(line) for r in rows for line in r[i][0].split("\n")), default=0) for i in range(count)
    ]
    return [*found[:-1], found[-1] or 1]


def _unbroken(cell: Cell, width: int, column: Column) -> list[Line]:
    """A cell that takes the lines it has."""
    text, style = cell
    lines = [(Piece(line, style),) if line else () for line in text.split("\n")]
    return [padded(line, width, style, right=column.right) for line in lines]


def _squeezed(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], room: int, indent: int
) -> RenderableType:
    """A table in which more than one column must give way: Rich knows by how much each."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        grid.add_column(
            justify="right" if column.right else "left",
            no_wrap=not column.wraps,
            overflow="fold",
            max_width=room if column.wraps else None,
        )
    for cells_ in rows:
        grid.add_row(*(Text(text, style) for text, style in cells_))
    return Padding(grid, (0, 0, 0, indent))


def _stacked(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], look: Look, indent: int) -> Lines:
    lines: list[Line] = []
    for cells_ in rows:
        head = [(t, s) for c, (t, s) in zip(columns, cells_, strict=True) if t and (not c.title or c.wraps)]
        between = [piece for text, style in head for piece in (Piece("  "), Piece(text, style))][1:]
        lines += _wrapped(between, look.prose, indent).lines
        for column, (text, style) in zip(columns, cells_, strict=True):
            if text and column.title and not column.wraps:
                named = [Piece(look.plain(f"{column.title} "), "dim"), Piece(text, style)]
                lines += _wrapped(named, look.prose, indent + 4).lines
    return Lines(lines)


def next_line(commands: Sequence[str], look: Look, lead: str = "") -> Lines:
    """The last line of a screen: what to type next. A command is never broken where it fits on a line."""
    between = Piece(look.plain("   ·   "))
    lines = [[Piece(look.plain(lead))]]
    for i, command in enumerate(commands):
        piece = Piece(look.plain(command), "bold")
        gap = between if i else Piece("  " if lead else "")
        used = sum(cells(one.text) for one in lines[-1])
        if used and used + cells(gap.text) + cells(piece.text) > look.prose:
            lines.append([Piece("  ")])
            gap = Piece("")
        lines[-1] += [gap, piece]
    return Lines([line for pieces in lines for line in _wrapped(pieces, look.prose).lines])


def quoted(path: str) -> str:
    """A path as the shell takes it."""
    import shlex  # for a path alone

    return shlex.quote(path)
