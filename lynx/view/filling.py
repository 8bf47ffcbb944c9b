"""Running text as lines, broken between words and never inside a command or a path.

What is pasted into a shell, or names a place, is copied in halves where a line breaks inside of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lynx.view.lines import Line, Piece, cells, chopped, cropped, plain, split, without

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ARGUMENT = r"""(?:\ (?:--?[\w-]+(?:[\ =](?:"[^"\n]*"|'[^'\n]*'|[\w.:/|-]*[\w/]))?|"[^"\n]*"|'[^'\n]*'
    |[\w./:|-]*[\d/|][\w./:|-]*[\w/]|\d+|[A-Z_]{2,}(?:=[A-Z]+)?|[\w-]+(?=\ --?\w)))*"""
_COMMAND = rf"""(?:lynx\ [a-z][a-z-]*{_ARGUMENT}
    |git(?:\ -C\ (?:'[^'\n]*'|\S+))?\ [a-z][a-z-]*(?:\ --(?=\ \S))?{_ARGUMENT}
    |(?:cd|export)\ (?:'[^'\n]*'|\S+)|(?:cp|mv|rm|chmod)(?:\ (?:'[^'\n]*'|-\w+|u\+\w+|x\b|[\w.-]*[./][\w./-]*))+)"""
_WHOLE = rf"""\b{_COMMAND}(?:\ &&\ {_COMMAND})* | (?<!\w)'[^'\n]*/[^'\n]*'(?!\w) | [(“«`]*\S*/\S*"""
_WORD = r"[^\s]+"


def filled(pieces: Sequence[Piece], width: int) -> list[Line]:
    """The lines of a text, each at most `width` columns, without blanks at their ends.

    A command or a path that is longer has a line of its own, and is left to the terminal.
    """
    return [line for part in split(pieces) for line in _filled(part, max(width, 1))]


def _filled(line: Line, width: int) -> list[Line]:
    text = plain(line)
    if cells(text) <= width:  # as most lines: no pattern is made for them
        return [cropped(line, len(text.rstrip()))]
    lines: list[Line] = []
    at = end = -1  # of the line that is being filled
    for start, stop in _pieces(text, width):
        if at >= 0 and cells(text[at:stop]) <= width:
            end = stop
            continue
        if at >= 0:
            lines.append(cropped(without(line, at), end - at))
        # the first line keeps what it begins with: blanks set by whoever wrote it
        at, end = (0 if not lines and not text[:start].strip() else start), stop
    return [*lines, cropped(without(line, at), end - at) if at >= 0 else ()]


def _pieces(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Where each piece begins and ends that stays whole; words longer than a line are cut, but no command or path."""
    whole = [found.span() for found in re.finditer(_WHOLE, text, re.VERBOSE)]
    word = re.compile(_WORD)
    for found in word.finditer(text):
        start, stop = found.span()
        inside = next(((a, b) for a, b in whole if a < stop and start < b), None)
        if inside is not None:
            if start > inside[0]:
                continue  # told with the piece's first word
            ending = word.match(text, inside[1])  # the comma behind it
            yield start, max(stop, ending.end() if ending else inside[1])
            continue
        while cells(text[start:stop]) > width:
            cut = start + len(chopped(text[start:stop], width)[0])
            yield start, cut
            start = cut
        yield start, stop
