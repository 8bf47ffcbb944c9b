"""The few shapes screens are made of: a headline, a paragraph, a table that stacks where it does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lynx.view.filling import filled
from lynx.view.lines import (
    Line,
    Lines,
    Piece,
    cells,
    folded,
    is_simple,
    padded,
    plain,
    widest,
    width_of,
    wrapped,
)

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


def _moved(lines: Iterable[Line], left: int) -> Lines:
    """Lines to the right; those that hold nothing stay as they are."""
    pad = Piece(" " * left)
    return Lines([(pad, *line) if left and line else line for line in lines])


def _column(texts: Sequence[str], width: int, column: Column) -> list[list[str]]:
    """The lines of each cell of a column, with blanks up to its width; without wrapping a cell takes those it has."""
    pad = str.rjust if column.right else str.ljust
    together = is_simple(" ".join(texts).replace("\n", " "))  # asked of a thousand cells at once
    if together and not column.wraps and not any("\n" in text for text in texts):
        return [[pad(text, width)] for text in texts]
    found = []
    for text in texts:
        lines: list[str] = []
        for part in text.split("\n"):
            simple = [part] if together or is_simple(part) else None
            if simple and column.wraps:
                simple = folded(part, width)
            lines += [pad(line, width) for line in simple] if simple else _counted(part, width, column)
        found.append(lines)
    return found


def _counted(part: str, width: int, column: Column) -> list[str]:
    """The same of a text whose columns must be counted one by one."""
    whole = (Piece(part),) if part else ()
    lines = wrapped(whole, width) if column.wraps else [whole]
    return [plain(padded(line, width, right=column.right)) for line in lines]


GAP = 2  # blanks between two columns


def _beside(
    rows: Iterable[Sequence[tuple[list[str], str]]], widths: Sequence[int], indent: int
) -> list[Line]:
    """Columns beside one another, each cell with its style."""
    starts = [indent + sum(widths[:n]) + GAP * n for n in range(len(widths))]
    gaps = [Piece(" " * (GAP if n else indent)) for n in range(len(widths))]
    found: list[Line] = []
    for row_ in rows:
        line: list[Piece] = []
        tall = []
        for n, (lines, style) in enumerate(row_):
            line += (gaps[n], Piece(lines[0], style))
            if len(lines) > 1:
                tall.append(n)
        found.append(tuple(line))
        for i in range(1, max([len(row_[n][0]) for n in tall], default=1)):
            line, at = [], 0
            for n in tall:
                lines, style = row_[n]
                if i < len(lines):
                    line += (Piece(" " * (starts[n] - at)), Piece(lines[i], style))
                    at = starts[n] + widths[n]
            found.append(tuple(line))
    return found


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
    whole = "\n".join([text for cells_ in rows for text, _style in cells_])
    if look.plain(whole) == whole:  # all of them at once
        shown = list(rows)
    else:
        shown = [[(look.plain(text), style) for text, style in cells_] for cells_ in rows]
    titles = [look.plain(column.title) for column in columns]
    texts = ["\n".join([title, *[r[i][0] for r in shown]]) for i, title in enumerate(titles)]
    needs = [max(map(len, text.split("\n"))) for text in texts]
    fixed = sum(need + 2 for need, column in zip(needs, columns, strict=True) if not column.wraps)
    longest = next((n for n, c in zip(reversed(needs), reversed(columns), strict=True) if c.wraps), 0)
    room = look.prose - fixed - indent - 2
    wraps = any(column.wraps for column in columns)
    if (wraps and room < min(longest, 20)) or (not wraps and fixed > look.prose):
        return _stacked(columns, shown, look, indent)
    if any(titles):
        shown.insert(0, [(title, "dim") for title in titles])
    # an empty last column takes a blank, as Rich has it
    widths = [
        min(width, room) if column.wraps else width
        for column, width in zip(columns, [*map(widest, texts[:-1]), widest(texts[-1]) or 1], strict=True)
    ]
    if min(widths) < 0 or sum(widths) + GAP * (len(widths) - 1) + indent > look.width:
        return _squeezed(columns, shown, room, indent)
    drawn = [
        zip(
            _column([cells_[i][0] for cells_ in shown], width, column),
            [cells_[i][1] for cells_ in shown],
            strict=True,
        )
        for i, (width, column) in enumerate(zip(widths, columns, strict=True))
    ]
    return Lines(_beside(zip(*drawn, strict=True), widths, indent))


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
