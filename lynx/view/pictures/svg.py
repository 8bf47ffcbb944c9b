"""Charts of the report as inline SVG: readable without colour or script, scrubbed with a slider."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from lynx.view.language import _, number
from lynx.view.pictures.canvas import nice_ticks
from lynx.view.pictures.plots import WITHIN, variants_in_order
from lynx.view.words import layer_word, metric_word, word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lynx.truth.measures import Run, Series
    from lynx.view.pictures.canvas import Curve

WIDTH, HEIGHT = 400, 250  # of the drawing; it scales with the page
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 10, 30
MOST_POINTS = 400  # a curve has no more: the page stays small and no eye could tell
SKETCH = "sketch"  # the class of what the learner drew
SCRUBBED = (0, 1, 2, 3, 4, 5, 10, 20, 50, 100)  # steps at which layers can be looked at, and the last


@dataclass(frozen=True)
class Scale:
    """From values to places in the drawing."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Where a value lies."""
        at = math.log10(value) if self.log else value
        span = (self.high - self.low) or 1.0
        return self.start + (at - self.low) / span * (self.end - self.start)


def over_steps(
    runs: Mapping[str, Run],
    metric: str,
    ident: str,
    level: tuple[str, float] | None = None,
    sketches: Sequence[Curve] = (),
) -> str:
    """A figure of one scalar metric over the steps, with a slider that reads it; "" without series.

    `level` is a line with a name that the metric is seen against, `sketches` what the learner drew of it.
    """
    curves = {v: _scalar(runs[v].series[metric]) for v in _having(runs, metric)}
    curves = {v: points for v, points in curves.items() if points}
    finite = [y for points in curves.values() for y in points.values() if math.isfinite(y)]
    if not finite:
        return ""
    last = max(s for points in curves.values() for s in points)
    x = Scale(0, max(last, 1), LEFT, WIDTH - RIGHT)
    beside = [level[1]] if level else []
    beside += [value for one in sketches for value in one.points.values() if math.isfinite(value)]
    y = _vertical([*finite, *beside, *WITHIN.get(metric, ())], log=False)
    body = _axes(x, y, nice_ticks(0, max(last, 1), 5), _("step"))
    if level:
        at = round(y(level[1]), 1)
        body += f'<line class="level" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}"/>'
    for variant, points in curves.items():
        body += _curve(variant, [(x(s), y(v)) for s, v in sorted(points.items()) if math.isfinite(v)])
    if level:
        body += f'<text class="named" x="{WIDTH - RIGHT}" y="{at - 6}" text-anchor="end">{escape(level[0])}</text>'
    for one in sketches:
        within = {s: v for s, v in sorted(one.points.items()) if math.isfinite(v) and s <= last}
        body += _curve(SKETCH, [(x(s), y(v)) for s, v in within.items()])
    body += f'<line class="cursor" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
    steps = sorted({s for points in curves.values() for s in points})
    readings = [_reading(s, {v: points.get(s) for v, points in curves.items()}) for s in steps]
    places = [round(x(s), 1) for s in steps]
    title = _("{metric} over the steps").format(metric=metric_word(metric))
    beyond = _notes(curves)
    names = {**{v: word(v) for v in curves}, **{f"{SKETCH} {i}": one.name for i, one in enumerate(sketches)}}
    return _figure(ident, title, names, body, readings, places, beyond)


def over_layers(runs: Mapping[str, Run], metric: str, ident: str, *, log: bool, read: int) -> str:
    """A figure of one metric over the layers, with a slider over the steps; "" without series.

    It opens late in the run, where healthy and broken have had time to part; `read` is the layer (0 the
    first, -1 the last) whose figures stand below.
    """
    series = {v: runs[v].series[metric] for v in _having(runs, metric)}
    series = {v: s for v, s in series.items() if len(s.layers) > 1}
    if not series:
        return ""
    common = set.intersection(*(set(s.points) for s in series.values()))
    steps = sorted(s for s in common if s in SCRUBBED or s == max(common))
    drawn: Callable[[float], bool] = lambda v: math.isfinite(v) and (v > 0 or not log)  # noqa: E731
    values = [v for s in series.values() for step in steps for v in s.points[step] if drawn(v)]
    if not steps or not values:
        return ""
    count = max(len(s.layers) for s in series.values())
    x = Scale(1, count, LEFT, WIDTH - RIGHT)
    y = _vertical(values if log else [*values, *WITHIN.get(metric, ())], log=log)
    body = _axes(x, y, [1, *(t for t in nice_ticks(1, count, 5) if t > 0.05 * count)], _("layer"))
    readings = []
    at = steps.index(100) if 100 in steps else len(steps) - 1
    for i, step in enumerate(steps):
        hidden = "" if i == at else " hidden"
        body += f'<g class="frame"{hidden}>'
        for variant, one in series.items():
            points = [(x(n), y(v)) for n, v in enumerate(one.points[step], 1) if drawn(v)]
            body += _curve(variant, points)
        body += "</g>"
        read_off = {v: s.points[step][read] for v, s in series.items()}
        readings.append(_reading(step, read_off, layer_word(next(iter(series.values())).layers[read])))
    title = _("{metric} over the layers").format(metric=metric_word(metric))
    return _figure(ident, title, {v: word(v) for v in series}, body, readings, [], [], at)


def histogram(runs: Mapping[str, Run], ident: str) -> str:
    """A figure of how far the weights moved, in half decades; "" without series."""
    metric = "weight_change_hist"
    series = {v: runs[v].series[metric] for v in _having(runs, metric)}
    if not series:
        return ""
    shares = {v: s.points[max(s.points)] for v, s in series.items()}
    edges = next(iter(series.values())).layers
    n = len(edges)
    x = Scale(0, n, LEFT, WIDTH - RIGHT)
    y = _vertical([0.0, *(100 * v for values in shares.values() for v in values)], log=False)
    ticks = [(x(i), number(float(edges[i]))) for i in range(1, n, 4)]
    body = _axes(x, y, [], _("size of the change"), ticks)
    for variant, values in shares.items():
        outline = []
        for i, share in enumerate(values):
            outline += [(x(i), y(100 * share)), (x(i + 1), y(100 * share))]
        body += _curve(variant, outline, marks=False)
    step = max(next(iter(series.values())).points)
    title = _("how far weights moved until step {n}, % of all weights").format(n=step)
    return _figure(ident, title, {v: word(v) for v in series}, body, [], [], [])


# -- parts ---------------------------------------------------------------------------------------


def _having(runs: Mapping[str, Run], metric: str) -> list[str]:
    found = [v for v, run in runs.items() if metric in run.series and run.series[metric].points]
    return [v for v in variants_in_order(found) if v in ("healthy", "broken", "yours")]


def _scalar(series: Series) -> dict[int, float]:
    steps = sorted(series.points)
    every = math.ceil(len(steps) / MOST_POINTS)
    return {s: series.points[s][0] for s in steps[::every] + steps[-1:]} if not series.layers else {}


def _vertical(values: Sequence[float], *, log: bool) -> Scale:
    low, high = min(values), max(values)
    if log:
        low, high = math.floor(math.log10(low)), math.ceil(math.log10(high))
        return Scale(low, max(high, low + 1), HEIGHT - BOTTOM, TOP, log=True)
    low = 0.0 if 0 <= low < 0.5 * high else low
    if high - low <= 0.02 * abs(high):
        low, high = low - (abs(low) or 1) * 0.25, high + (abs(high) or 1) * 0.25
    return Scale(low, high + 0.03 * (high - low), HEIGHT - BOTTOM, TOP)


def _axes(
    x: Scale,
    y: Scale,
    x_ticks: Sequence[float],
    x_title: str,
    labelled: Sequence[tuple[float, str]] = (),
) -> str:
    parts = []
    if y.log:
        every = max(1, math.ceil((y.high - y.low) / 6))
        ticks = [10.0**k for k in range(int(y.low), int(y.high) + 1) if (k - int(y.low)) % every == 0]
    else:
        ticks = nice_ticks(y.low, y.high, 6)
    for tick in ticks:
        at = y(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        label = escape(number(tick))
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    foot = HEIGHT - BOTTOM
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{foot}" y2="{foot}"/>')
    for at, label in [*((x(t), number(t)) for t in x_ticks), *labelled]:
        anchor = "end" if at > WIDTH - RIGHT - 4 else "middle"  # the last one would be cut off
        parts.append(f'<text x="{at:.1f}" y="{foot + 14}" text-anchor="{anchor}">{escape(label)}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 3}" text-anchor="middle">{escape(x_title)}</text>')
    return "".join(parts)


def _curve(variant: str, points: Sequence[tuple[float, float]], *, marks: bool = True) -> str:
    if not points:
        return ""
    line = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
    parts = [f'<polyline class="line {variant}" points="{line}"/>']
    if marks:
        apart = 44 if len(points) > 12 else 0
        shift = {"broken": 15, "yours": 30}.get(variant, 0)
        next_at = points[0][0] + (shift if apart else 0)
        for px, py in points:
            if px >= next_at:
                parts.append(_mark(variant, px, py))
                next_at = px + apart
    return "".join(parts)


def _mark(variant: str, x: float, y: float) -> str:
    """A filled dot, a hollow square, a hollow triangle: told apart without colour."""
    if variant == "healthy":
        return f'<circle class="mark {variant}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
    if variant == "broken":
        return f'<rect class="mark {variant}" x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/>'
    if variant == SKETCH:
        return f'<path class="mark {variant}" d="M{x - 4:.1f} {y:.1f}L{x:.1f} {y - 4:.1f}l4 4l-4 4z"/>'
    corners = f"{x:.1f},{y - 4:.1f} {x - 3.5:.1f},{y + 3:.1f} {x + 3.5:.1f},{y + 3:.1f}"
    return f'<polygon class="mark {variant}" points="{corners}"/>'


def _legend(names: Mapping[str, str]) -> str:
    keys = []
    for name, said in names.items():
        variant = name.split()[0]
        sample = f'<line class="line {variant}" x1="0" x2="28" y1="7" y2="7"/>{_mark(variant, 14, 7)}'
        keys.append(
            f'<span class="key"><svg width="28" height="14" aria-hidden="true">{sample}</svg>'
            f"{escape(said)}</span>"
        )
    return f'<p class="legend">{"".join(keys)}</p>'


def _reading(step: int, values: Mapping[str, float | None], where: str = "") -> str:
    said = " · ".join(f"{word(v)} {number(value)}" for v, value in values.items())
    head = _("step {n}").format(n=step)
    return f"{head}{', ' + where if where else ''}: {said}"


def _notes(curves: Mapping[str, Mapping[int, float]]) -> list[str]:
    notes = []
    for variant, points in curves.items():
        bad = sorted(s for s, y in points.items() if not math.isfinite(y))
        if bad:
            said = _("{name} is {what} from {x} on")
            notes.append(said.format(name=word(variant), what=number(points[bad[0]]), x=bad[0]))
    return notes


def _figure(
    ident: str,
    title: str,
    names: Mapping[str, str],
    body: str,
    readings: Sequence[str],
    places: Sequence[float],
    notes: Sequence[str],
    at: int = 0,
) -> str:
    """The figure with its caption, legend, and, where there are readings, a slider and what it reads."""
    parts = [f'<figure class="chart" id="{ident}"><figcaption>{escape(title)}</figcaption>']
    parts.append(_legend(names))
    parts.append(f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{body}</svg>')
    if len(readings) > 1:
        label = escape(_("step"))
        parts.append(
            f'<div class="scrub"><label for="{ident}-at">{label}</label>'
            f'<input id="{ident}-at" type="range" min="0" max="{len(readings) - 1}" value="{at}" '
            f'aria-valuetext="{escape(readings[at])}"/></div>'
        )
    if readings:
        parts.append(f'<p class="reading">{escape(readings[at])}</p>')
        data = json.dumps({"readings": list(readings), "places": list(places)}, ensure_ascii=True)
        # "<" is spelt out: no text can end the script element
        parts.append(f'<script type="application/json">{data.replace("<", chr(92) + "u003c")}</script>')
    parts += [f'<p class="note">{escape(note)}</p>' for note in notes]
    return "".join(parts) + "</figure>"
