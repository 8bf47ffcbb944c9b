"""Lines that are ready to be written: wrapped, padded and styled without Rich, which takes a third of a light command.

They come out as Rich would draw them, character by character; what Rich draws itself may hold them, too. Only text
of characters that are not all one column wide asks Rich how wide it is.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

# one column each, in every version of Unicode that Rich knows: what Lynx's own texts are written with
_SINGLE = frozenset("–—‘’“”†•…‹›←→∂√∞∑−≈≠≤≥─━│┄●○✓✗‖∈∥⟨⟩")
_WORD = r"\s*\S+\s*"
_CODES = {
    "bold": "1", "dim": "2", "italic": "3", "underline": "4",
    "black": "30", "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36",
    "white": "37",
}  # fmt: skip


class Piece(NamedTuple):
    """Some characters of one line, and their style in Rich's words."""

    text: str
    style: str = ""


Line = tuple[Piece, ...]


class Lines:
    """Lines as they will be written; one below the other they make a screen."""

    __slots__ = ("lines",)

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = tuple(lines)

    def drawn(self, *, styled: bool, colour: bool) -> str:
        """The characters, with the codes of the styles; without colour what is bold or dim still is."""
        if not styled:
            return "".join(["".join([text for text, _style in line]).rstrip() + "\n" for line in self.lines])
        return "".join(f"{_written(line, colour).rstrip()}\n" for line in self.lines)

    def __rich_console__(self, _console: Console, _options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment
        from rich.style import Style

        for line in self.lines:
            yield from (Segment(text, Style.parse(style)) for text, style in line)
            yield Segment.line()


def _written(line: Line, colour: bool) -> str:
    return "".join(_coded(text, style, colour) for text, style in line)


def _coded(text: str, style: str, colour: bool) -> str:
    codes = sorted((_CODES[word] for word in style.split()), key=int)
    codes = [code for code in codes if colour or len(code) == 1]
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes and text else text


# -- how wide ----------------------------------------------------------------------------------------


_ONE_COLUMN = frozenset(
    [
        *map(chr, range(0x7F)),
        *(chr(c) for c in range(0xA0, 0x300) if c != 0xAD),
        *map(chr, range(0x370, 0x483)),
    ]
).union(_SINGLE)


def cells(text: str) -> int:
    """The columns that a text takes."""
    if _single(text):
        return len(text)
    from rich.cells import cell_len  # what is twice as wide, or joins what stands before it

    return cell_len(text)


def _single(text: str) -> bool:
    """Whether every character is known to take one column."""
    if text.isascii():
        return True
    with suppress(UnicodeEncodeError):  # at once, for a text with a letter or two beyond
        if text.encode("latin-1") and text.isprintable():
            return True
    return _ONE_COLUMN.issuperset(text)


def chopped(word: str, width: int) -> list[str]:
    """A word in parts of at most `width` columns."""
    if _single(word):
        return [word[i : i + width] for i in range(0, len(word), width)]
    from rich.cells import chop_cells

    return chop_cells(word, width)


def widest(text: str) -> int:
    """The columns that the widest line of a text takes."""
    return max(map(len if _single(text.replace("\n", "")) else cells, text.split("\n")))


# -- one paragraph -----------------------------------------------------------------------------------


def wrapped(pieces: Sequence[Piece], width: int) -> list[Line]:
    """The lines of a paragraph, each at most `width` columns; a word that is longer is folded."""
    return [
        _trimmed(line, width) for whole in split(pieces) for line in _divided(whole, _breaks(whole, width))
    ]


def is_simple(text: str) -> bool:
    """Words with one blank between two of them, of characters that are seen and one column wide."""
    return text.isprintable() and "  " not in text and text[:1] != " " != text[-1:] and _single(text)


def folded(text: str, width: int) -> list[str] | None:
    """The lines of `wrapped`, without blanks at their ends, of a simple text; None where a word is too long."""
    found, start, end = [], 0, len(text)
    while end - start > width:
        cut = text.rfind(" ", start, start + width + 1)
        if cut < 0:
            return None
        found.append(text[start:cut])
        start = cut + 1
    return [*found, text[start:]]


def padded(line: Line, width: int, style: str = "", *, right: bool = False) -> Line:
    """A line with blanks up to `width`; they have the `style` of a text that has one as a whole."""
    if right:
        line = cropped(line, len(plain(line).rstrip()))
    lacks = width - cells(plain(line))
    if lacks <= 0:
        return line
    blanks = " " * lacks
    if not style:
        return (Piece(blanks), *line) if right else (*line, Piece(blanks))
    text = plain(line)
    return (Piece(blanks + text if right else text + blanks, style),)


def width_of(line: Line) -> int:
    """The columns that a line takes."""
    return cells(plain(line))


def plain(line: Sequence[Piece]) -> str:
    """The characters of a line."""
    return "".join(piece.text for piece in line)


def split(pieces: Sequence[Piece]) -> Iterator[Line]:
    """The lines that the text itself has."""
    line: list[Piece] = []
    for text, style in pieces:
        first, *others = text.split("\n")
        line += [Piece(first, style)] if first else []
        for other in others:
            yield tuple(line)
            line = [Piece(other, style)] if other else []
    yield tuple(line)


def _breaks(line: Line, width: int) -> list[int]:
    """Where a line is broken, as offsets: before a word that does not fit, and within one longer than a line."""
    if cells(plain(line)) <= width:
        return []
    found: list[int] = []
    used = 0
    for match in re.finditer(_WORD, plain(line)):
        start, word = match.start(), match[0]
        long = cells(word.rstrip())
        if width - used >= long:
            used += cells(word)
        elif long > width:
            parts = chopped(word, width)
            for i, part in enumerate(parts):
                if start:
                    found.append(start)
                if i == len(parts) - 1:
                    used = cells(part)
                else:
                    start += len(part)
        elif used and start:
            found.append(start)
            used = cells(word)
    return found


def _divided(line: Line, offsets: Sequence[int]) -> Iterator[Line]:
    if not offsets:
        yield line
        return
    length = len(plain(line))
    for start, end in zip((0, *offsets), (*offsets, length), strict=True):
        yield cropped(without(line, start), end - start)


def without(line: Line, count: int) -> Line:
    """A line without its first characters."""
    kept: list[Piece] = []
    for text, style in line:
        if rest := text[count:]:
            kept.append(Piece(rest, style))
        count = max(count - len(text), 0)
    return tuple(kept)


def cropped(line: Line, length: int) -> Line:
    """The first characters of a line."""
    kept: list[Piece] = []
    for text, style in line:
        if length > 0 and text:
            kept.append(Piece(text[:length], style))
        length -= len(text)
    return tuple(kept)


def _trimmed(line: Line, width: int) -> Line:
    """Blanks at the end count for nothing where the line is too long."""
    text = plain(line)
    blanks = len(text) - len(text.rstrip())
    excess = max(len(text), cells(text)) - width  # a mark that joins takes a place in Rich's count
    return cropped(line, len(text) - min(blanks, excess)) if excess > 0 and blanks else line
