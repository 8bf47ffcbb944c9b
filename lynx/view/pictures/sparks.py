"""Profiles in one line each: the gradient over the blocks, and how far the weights moved, healthy above broken."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.language import _, number
from lynx.view.layout import Cell, Column, table
from lynx.view.words import metric_word, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.truth.measures import Run, Series
    from lynx.view.look import Look

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = ".:-=+*#@"
VARIANTS = ("healthy", "broken", "yours")


def profiles(runs: Mapping[str, Sequence[Run]], look: Look, own: Sequence[str] = ()) -> RenderableType | None:
    """The gradient norm of every block at the first step and at step 100 (or the last), the metrics in `own`
    likewise, and the histogram of weight change; None where nothing of it was recorded. Heights are logarithmic
    and shared by the variants.
    """
    found = [_profile(runs, "grad_norm", _("gradient, block 1 to {n}"), look)]
    for metric in own:
        title = _("{metric}, layer 1 to {n}").format(metric=metric_word(metric), n="{n}")
        found.append(_profile(runs, metric, title, look))
    parts = [part for part in (*found, _moved(runs, look)) if part is not None]
    return Group(*parts) if parts else None


def spark(values: Sequence[float], low: float, high: float, look: Look) -> str:
    """One character a value, from `low` to `high`; `!` for what is not finite."""
    scale = ASCII if look.level == "ascii" else BLOCKS
    span = (high - low) or 1.0
    marks = []
    for value in values:
        if not math.isfinite(value):
            marks.append("!")
        else:
            place = (min(max(value, low), high) - low) / span
            marks.append(scale[min(int(place * len(scale)), len(scale) - 1)])
    return "".join(marks)


def _profile(runs: Mapping[str, Sequence[Run]], metric: str, title: str, look: Look) -> RenderableType | None:
    found = _of(runs, metric)
    layers = {len(series.layers) for series in found.values()}
    if not found or len(layers) > 1 or layers.pop() < 3:
        return None
    steps = _two(next(iter(found.values())))
    room = max((look.prose - 14) // len(steps) - 22, 8)
    taken = {
        (name, step): _thinned(series.points[step], room)
        for name, series in found.items()
        for step in steps
        if step in series.points
    }
    logs = [math.log10(v) for values in taken.values() for v in values if v > 0 and math.isfinite(v)]
    if not logs:
        return None
    low, high = max(min(logs), max(logs) - 12), max(logs)
    rows: list[list[Cell]] = []
    for name, series in found.items():
        row: list[Cell] = [(word(name), "")]
        for step in steps:
            values = taken.get((name, step), ())
            logged = [math.log10(v) if v > 0 else low if v == 0 else v for v in values]
            ends = (
                f"{number(series.points[step][0], 2)} … {number(series.points[step][-1], 2)}"
                if values
                else "–"
            )
            row += [(spark(logged, low, high, look), ""), (ends, "dim")]
        rows.append(row)
    n = len(next(iter(found.values())).layers)
    columns = [Column()]
    for step in steps:
        columns += [Column(_("step {n}").format(n=step)), Column()]
    return Group(look.text(f" {title.format(n=n)}", "dim"), table(columns, rows, look))


def _moved(runs: Mapping[str, Sequence[Run]], look: Look) -> RenderableType | None:
    found = _of(runs, "weight_change_hist")
    if not found:
        return None
    first = next(iter(found.values()))
    step = max(first.points)
    most = max((v for s in found.values() for v in s.points[max(s.points)]), default=0.0) or 1.0
    rows: list[list[Cell]] = []
    for name, series in found.items():
        shares = series.points[max(series.points)]
        middle = _middle(series, shares)
        typical = _("half moved more than {n}").format(n=number(middle, 2)) if middle is not None else ""
        rows.append([(word(name), ""), (spark(shares, 0.0, most, look), ""), (typical, "dim")])
    edges = [float(name) for name in first.layers]
    title = _("how far weights moved by step {n}").format(n=step)
    span = f"{number(min(e for e in edges if e > 0), 1)} → {number(max(edges), 1)}"
    return Group(look.text(f" {title}", "dim"), table([Column(), Column(span), Column()], rows, look))


def _middle(series: Series, shares: Sequence[float]) -> float | None:
    """The lower edge of the bin in which the median weight lies."""
    total = 0.0
    for name, share in zip(series.layers, shares, strict=True):
        total += share
        if total >= 0.5:
            return float(name)
    return None


def _of(runs: Mapping[str, Sequence[Run]], metric: str) -> dict[str, Series]:
    found = {}
    for name in VARIANTS:
        series = runs[name][0].series.get(metric) if runs.get(name) else None
        if series and series.points:
            found[name] = series
    return found


def _two(series: Series) -> list[int]:
    steps = sorted(series.points)
    later = 100 if 100 in series.points else steps[-1]
    return [steps[0]] if later == steps[0] else [steps[0], later]


def _thinned(values: Sequence[float], most: int) -> tuple[float, ...]:
    """At most `most` of the values, evenly spaced, both ends among them."""
    if len(values) <= most:
        return tuple(values)
    return tuple(values[round(i * (len(values) - 1) / (most - 1))] for i in range(most))
