"""The same pictures as PNG files beside the notes: on white, lines told apart by dash and marker too."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from lynx.store.files import write_whole
from lynx.view.language import _, decimal
from lynx.view.pictures.plots import named, sketches_of, two_steps, variants_in_order
from lynx.view.words import metric_word, word

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.loop.results import Ran
    from lynx.truth.measures import Run, Series
    from lynx.view.pictures.canvas import Curve

# Okabe and Ito's palette, which colour-blind readers can tell apart; dash and marker do it without colour
STYLES: Mapping[str, dict[str, Any]] = {
    "healthy": {"color": "#0072B2", "linestyle": "-", "marker": "o"},
    "broken": {"color": "#D55E00", "linestyle": "--", "marker": "s"},
    "yours": {"color": "#009E73", "linestyle": "-.", "marker": "^"},
}
OTHER: dict[str, Any] = {"color": "#595959", "linestyle": ":", "marker": "d"}
FACES = {"healthy": None, "broken": "white", "yours": "white"}
SIZE = (7.2, 4.0)  # inches, at 150 dots each


def draw(ran: Ran, folder: Path, stem: str) -> list[str]:
    """Write every picture that the run has the series for; their file names, in the order to show them.

    Each is complete before it stands under its name. Raises OSError when the folder cannot be written.
    """
    first = {variant: runs[0] for variant, runs in ran.runs.items() if runs and variant in STYLES}
    drawn_by_you = sketches_of([(s.prediction, s.predicted) for s in ran.scored], "loss")
    drawn = [
        ("loss", _losses(first, named(ran.level), drawn_by_you)),
        ("gradients", _over_layers(first, "grad_norm", log=True)),
        ("collapse", _over_layers(first, "abs_cosine", log=False)),
        ("weights", _weights(first)),
        *((metric.replace("_", "-"), _over_layers(first, metric, log=True)) for metric in ran.own_profiles),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for name, paint in drawn:
        if paint is not None:
            file = f"{stem}-{name}.png"
            save(paint, folder / file)
            names.append(file)
    return names


Paint = Callable[[Any], None]  # draws on a matplotlib figure


def save(paint: Paint, path: Path) -> None:
    """Paint a figure into a PNG file, complete before it stands under its name. Raises OSError."""
    # figures without pyplot: no window system is looked for, nothing is kept between pictures
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context({"font.size": 10, "axes.unicode_minus": False, "savefig.facecolor": "white"}):
        figure = Figure(figsize=SIZE, dpi=150, layout="constrained", facecolor="white")
        FigureCanvasAgg(figure)
        paint(figure)
        drawn = BytesIO()
        # no date and no version inside: the same run gives the same bytes
        figure.savefig(drawn, format="png", metadata={"Software": None})
        write_whole(path, drawn.getvalue())


# -- what is drawn -------------------------------------------------------------------------------


def _losses(
    runs: Mapping[str, Run], level: tuple[str, float] | None, sketches: Sequence[Curve]
) -> Paint | None:
    series = _having(runs, "loss")
    if not series:
        return None

    def paint(figure: Any) -> None:
        axes = figure.add_subplot()
        for variant in variants_in_order(list(series)):
            points = sorted(series[variant].points.items())
            xs, ys = [s for s, _v in points], [v[0] for _s, v in points]
            _line(axes, variant, xs, ys)
            _mark_nan(axes, variant, xs, ys)
        for sketch in sketches:
            steps = sorted(sketch.points)
            axes.plot(steps, [sketch.points[s] for s in steps], label=sketch.name, markersize=6, **OTHER)
        if level:
            axes.axhline(level[1], color="#595959", linestyle=(0, (1, 3)), linewidth=1.2, label=level[0])
        dress(axes, metric_word("loss"), _("step"), metric_word("loss"), seed=_seed(runs))

    return paint


def _over_layers(runs: Mapping[str, Run], metric: str, *, log: bool) -> Paint | None:
    series = _having(runs, metric)
    if not series:
        return None
    steps = two_steps(series)

    def paint(figure: Any) -> None:
        panels = figure.subplots(1, len(steps), sharey=True, squeeze=False)[0]
        for axes, step in zip(panels, steps, strict=True):
            for variant in variants_in_order(list(series)):
                values = series[variant].points.get(step, ())
                xs = list(range(1, len(values) + 1))
                _line(axes, variant, xs, [v if v > 0 or not log else math.nan for v in values])
            if log:
                axes.set_yscale("log")
            said = _("step {n}").format(n=step)
            ahead = metric_word(metric) if axes is panels[0] else ""
            dress(axes, said, _("layer"), ahead, legend=axes is panels[-1], seed=_seed(runs))

    return paint


def _weights(runs: Mapping[str, Run]) -> Paint | None:
    series = _having(runs, "weight_change_hist")
    if not series:
        return None

    def paint(figure: Any) -> None:
        axes = figure.add_subplot()
        step = max(next(iter(series.values())).points)
        edges = next(iter(series.values())).layers
        for variant in variants_in_order(list(series)):
            values = series[variant].points[max(series[variant].points)]
            style = {**STYLES.get(variant, OTHER)}
            style.pop("marker")
            xs = range(len(values))
            axes.stairs([100 * v for v in values], [x - 0.5 for x in xs] + [len(values) - 0.5],
                        label=word(variant), linewidth=2, fill=False, **style)  # fmt: skip
        ticks = range(1, len(edges), 4)
        axes.set_xticks([i - 0.5 for i in ticks], [_power(edges[i]) for i in ticks])
        said = _("how far weights moved, step {n}").format(n=step)
        dress(axes, said, _("size of the change"), _("% of the weights"), seed=_seed(runs))

    return paint


def _power(edge: str) -> str:
    return f"$10^{{{round(math.log10(float(edge)))}}}$"


# -- how it looks --------------------------------------------------------------------------------


def _having(runs: Mapping[str, Run], metric: str) -> dict[str, Series]:
    found = {variant: run.series[metric] for variant, run in runs.items() if metric in run.series}
    return {variant: series for variant, series in found.items() if series.points}


def _line(axes: Any, variant: str, xs: Sequence[int], ys: Sequence[float]) -> None:
    style = STYLES.get(variant, OTHER)
    every = max(len(xs) // 12, 1)
    offset = list(STYLES).index(variant) * every // 3 if variant in STYLES else 0
    axes.plot(
        xs, ys, label=word(variant), linewidth=1.8, markersize=5, markevery=(offset, every),
        markerfacecolor=FACES.get(variant) or style["color"], **style,
    )  # fmt: skip


def _mark_nan(axes: Any, variant: str, xs: Sequence[int], ys: Sequence[float]) -> None:
    bad = next((i for i, y in enumerate(ys) if math.isnan(y)), None)
    if bad is not None:
        axes.axvline(xs[bad], color=STYLES.get(variant, OTHER)["color"], linestyle=":", linewidth=1)
        said = _("{name} is {what} from {x} on").format(name=word(variant), what="NaN", x=xs[bad])
        axes.text(xs[bad], 0.98, f" {said}", transform=axes.get_xaxis_transform(), va="top", fontsize=8)


def _seed(runs: Mapping[str, Run]) -> int:
    """The seed of the twins that a picture shows."""
    return next(iter(runs.values())).seed


def dress(axes: Any, title: str, x: str, y: str, *, legend: bool = True, seed: int | None = None) -> None:
    """Titles, grid and legend, as every picture has them, and the seed of a picture of runs."""
    axes.set_title(title, loc="left", fontsize=11)
    if legend and seed is not None:
        axes.set_title(_("seed {n}").format(n=seed), loc="right", fontsize=9, color="#595959")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(visible=True, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if legend and axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9)
    if decimal("0.5") != "0.5":
        _commas(axes)


def _commas(axes: Any) -> None:
    from matplotlib.ticker import FuncFormatter, ScalarFormatter

    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_formatter(), ScalarFormatter):
            axis.set_major_formatter(FuncFormatter(lambda v, _at: decimal(f"{v:g}")))
