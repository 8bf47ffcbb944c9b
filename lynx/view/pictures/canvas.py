"""One picture made of characters: curves on axes, told apart by their markers, not by colour.

plotext draws the canvas; scales, ticks and the legend are worked out here, so that logarithms, zeros and NaN
are shown for what they are and numbers are written as the language writes them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from lynx.view.language import _, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.view.look import Look

MARKERS = {"braille": "●○◆◇▲", "block": "●○◆◇▲", "ascii": "*ox+#"}
COLOURS = ("blue", "red", "green", "magenta", "cyan")
LINES = {"braille": "braille", "block": "hd", "ascii": None}
MOST = 1e100  # on a linear scale


@dataclass(frozen=True)
class Curve:
    """One curve: its name, and y for x. What is not finite is not drawn, and said below the picture.

    `mark` picks its marker and colour, so that a variant keeps its own in every picture.
    """

    name: str
    points: Mapping[int, float]
    mark: int = 0


def draw(
    curves: Sequence[Curve],
    look: Look,
    *,
    title: str = "",
    log: bool = False,
    height: int = 12,
    x_title: str = "",
    x_most: int | None = None,
    reference: tuple[str, float] | None = None,
    within: tuple[float, ...] = (),
) -> RenderableType:
    """The curves on one pair of axes, with a legend above and what cannot be drawn below.

    `x_most` fixes the right end, for a picture that grows; `reference` is a dotted line with its name;
    `within` are values that the scale takes in whatever is drawn, such as 0 and 1 of a fraction.
    """
    markers = MARKERS[look.level]
    legend = _legend(curves, look, title, reference)
    shown = [replace(c, points=_drawable(c.points, log)) for c in curves]
    floor = _floor(shown, log)
    ys = [y for c in shown for y in c.points.values()] + ([reference[1]] if reference and not log else [])
    ys = ys and ys + ([] if log else list(within))
    if not ys:
        empty = look.text("  " + _("(nothing to draw)"), "dim")
        return Group(legend, empty, *(look.text(f"  {note}", "dim") for note in _notes(curves, log)))
    low, high = _limits([_up(y, log, floor) for y in ys], log)
    xs = [x for c in shown for x in c.points]
    right = max(x_most or 0, *xs)
    left = min(xs) if min(xs) <= 1 else 0
    body = _canvas(shown, look, (left, right), (low, high), height, log, floor, reference)
    lines = [_coloured(line, look, markers) for line in body]
    if x_title:
        lines[-1] = _with_x_title(lines[-1], look.text(x_title, "dim"))
    return Group(legend, *lines, *(look.text(f"  {note}", "dim") for note in _notes(curves, log)))


# -- scales --------------------------------------------------------------------------------------


def _drawable(points: Mapping[int, float], log: bool) -> dict[int, float]:
    return {x: y for x, y in points.items() if not _beyond(y, log) and not (log and y < 0)}


def _beyond(y: float, log: bool) -> bool:
    """What no picture can show beside ordinary values: NaN, infinity, a number that lost all bounds."""
    return not math.isfinite(y) or (abs(y) > MOST and not log)


def _floor(curves: Sequence[Curve], log: bool) -> float:
    """Where zeros are put on a logarithmic scale: a decade below the least value."""
    least = min((y for c in curves for y in c.points.values() if y > 0), default=1.0)
    return math.floor(math.log10(least)) - 1.0 if log else 0.0


def _up(y: float, log: bool, floor: float) -> float:
    """A value's height on the canvas."""
    if not log:
        return y
    return math.log10(y) if y > 0 else floor


def _limits(heights: Sequence[float], log: bool) -> tuple[float, float]:
    low, high = min(heights), max(heights)
    if log:
        low, high = math.floor(low + 1e-9), math.ceil(high - 1e-9)
        return (low, high) if high > low else (low - 1, high + 1)
    if low >= 0 and low < 0.5 * high:
        low = 0.0
    span = high - low
    if span <= 0.02 * abs(high):  # noise in the last digits is no picture
        middle, half = (low + high) / 2, 0.25 * abs(high) or 0.5
        return middle - half, middle + half
    return (low, high + 0.03 * span) if low == 0.0 else (low - 0.03 * span, high + 0.03 * span)


def nice_ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` round values between the two: multiples of 1, 2 or 5 times a power of ten."""
    span = high - low
    if span <= 0 or most < 2:
        return [low]
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * m for m in (1, 2, 5, 10, 20) if span / (power * m) <= most - 1 + 1e-9 or m == 20)
    first = math.ceil(low / step - 1e-9)
    found = [round(k * step, 12) for k in range(first, first + most + 1) if k * step <= high + 1e-9 * span]
    return found or [low]


def _decades(low: float, high: float, most: int) -> list[float]:
    step = max(1, math.ceil((high - low) / max(most - 1, 1)))
    return [float(k) for k in range(math.ceil(low), math.floor(high) + 1) if (k - math.ceil(low)) % step == 0]


# -- drawing -------------------------------------------------------------------------------------


def _canvas(
    curves: Sequence[Curve],
    look: Look,
    xlim: tuple[int, int],
    ylim: tuple[float, float],
    height: int,
    log: bool,
    floor: float,
    reference: tuple[str, float] | None,
) -> list[str]:
    import plotext  # a tenth of a second: only where a picture is drawn

    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(look.width - 1, height + 2)
    low, high = ylim
    y_ticks = _decades(low, high, height // 2) if log else nice_ticks(low, high, max(height // 2, 3))
    y_labels = [_tick(t, log, floor, curves) for t in y_ticks]
    left, right = xlim
    x_ticks = [
        int(t) for t in nice_ticks(left, max(right, left + 1), max(look.width // 14, 3)) if t == int(t)
    ]
    if left not in x_ticks:
        x_ticks = [left, *(t for t in x_ticks if t - left > 0.08 * (right - left))]
    figure.ruler("y", "left").ticks(y_ticks, y_labels)
    figure.ruler("y", "left").lim(low, high)
    figure.ruler("x", "lower").ticks(x_ticks, [str(t) for t in x_ticks])
    figure.ruler("x", "lower").lim(left, max(right, left + 1))
    figure.axes(False, side="upper", axis="x")
    figure.axes(False, side="right", axis="y")
    columns = max(look.width - 2 - max(map(len, y_labels)), 10)
    line, markers = LINES[look.level], MARKERS[look.level]
    if reference:
        every = [left + (right - left) * i / (columns - 1) for i in range(columns)]
        level = [_up(reference[1], log, floor)] * columns
        figure.draw(figure.signal(every, level, marker="┄" if look.level != "ascii" else "-"))
    for curve in curves:
        xs = sorted(curve.points)
        if line and xs:
            ys = [_up(curve.points[x], log, floor) for x in xs]
            figure.draw(figure.signal(xs, ys, marker=line).lines())
    for i, curve in enumerate(curves):
        picked = _marked(sorted(curve.points), xlim, columns, i, len(curves), dense=line is None)
        if picked:
            ys = [_up(curve.points[x], log, floor) for x in picked]
            figure.draw(figure.signal(picked, ys, marker=markers[curve.mark % len(markers)]))
    text = plotext.uncolorize(str(figure.build()))
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return [_ascii_frame(line) for line in lines] if look.level == "ascii" else lines


def _marked(xs: list[int], xlim: tuple[int, int], columns: int, i: int, n: int, dense: bool) -> list[int]:
    """The points of curve `i` of `n` that carry its marker: spread out, and out of step with the others'."""
    if not xs:
        return []
    span = max(xlim[1] - xlim[0], 1)
    stride = max(1 if dense else 4, n)
    found, taken = [], set()
    for x in xs:
        column = int((x - xlim[0]) / span * (columns - 1))
        # in ASCII there are no lines: neighbouring columns belong to the curves in turn
        due = column % n == i if dense and n > 1 else column % (stride * n) == stride * i
        if due and column not in taken:
            taken.add(column)
            found.append(x)
    if len(xs) <= columns / (2 * n):  # few enough to mark every one
        return xs
    return found or [xs[0]]


def _tick(value: float, log: bool, floor: float, curves: Sequence[Curve]) -> str:
    if not log:
        return number(value)
    if value == floor and any(y == 0 for c in curves for y in c.points.values()):
        return "0"
    power = round(value)
    return number(10.0**power) if -3 <= power <= 4 else f"1e{power}"


def _ascii_frame(line: str) -> str:
    return line.translate(str.maketrans("┤├│└┘┬┴─┈┌┐", "||" + "|++++-.++"))


# -- what surrounds it ---------------------------------------------------------------------------


def _legend(
    curves: Sequence[Curve], look: Look, title: str, reference: tuple[str, float] | None
) -> RenderableType:
    markers = MARKERS[look.level]
    names = Text()
    for i, curve in enumerate(curves):
        names.append("   " if i else "")
        names.append(markers[curve.mark % len(markers)] + " ", style=COLOURS[curve.mark % len(COLOURS)])
        names.append_text(look.text(curve.name))
    if reference:
        dots = "┄" if look.level != "ascii" else "--"
        names.append_text(look.text(f"   {dots} {reference[0]}", "dim"))
    head = look.text(f" {title}" if title else "")
    gap = look.width - head.cell_len - names.cell_len - 1
    return Text.assemble(head, " " * gap if gap >= 2 else ("\n " if title else " "), names)


def _coloured(line: str, look: Look, markers: str) -> Text:
    text = Text(line)
    if look.level != "ascii":  # in ASCII the markers are letters, which the labels hold too
        for marker, colour in zip(markers, COLOURS, strict=True):
            text.highlight_regex(marker, colour)
    return text


def _with_x_title(line: Text, title: Text) -> Text:
    return Text.assemble(line, "  ", title)


def _notes(curves: Sequence[Curve], log: bool) -> list[str]:
    """What the picture cannot show: where a curve stops being a number."""
    notes = []
    for curve in curves:
        bad = sorted(x for x, y in curve.points.items() if _beyond(y, log))
        if bad:
            what = number(curve.points[bad[0]])
            notes.append(_("{name} is {what} from {x} on").format(name=curve.name, what=what, x=bad[0]))
        if log and any(y < 0 for y in curve.points.values()):
            notes.append(
                _("{name} has negative values, which a logarithmic scale cannot show").format(name=curve.name)
            )
    return notes
