"""PNG files of the study room: a laboratory's curves, the reliability diagram, the map."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lynx.study.grid import KNOBS, Cell, Outcome
from lynx.view.language import _, number, text_of
from lynx.view.pictures.png import dress, save
from lynx.view.study.lab import curves_of, expected_walk, metric_name
from lynx.view.study.words import SHORT, knob_word, outcome_word
from lynx.view.words import word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lynx.content.phases import Picture
    from lynx.study.results import Atlas, LabReport, StudyProgress
    from lynx.truth.measures import Run

# Okabe and Ito's palette, with a dash for each
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
DASHES = ("-", "--", "-.", ":")
OUTCOMES: Mapping[Outcome | None, tuple[str, str]] = {  # colour, hatch
    Outcome.TRAINS: ("#56B4E9", ""),
    Outcome.STUCK: ("#F0E442", ""),
    Outcome.DIVERGES: ("#D55E00", ""),
    None: ("#999999", ""),
}


def laboratory(report: LabReport, folder: Path) -> str:
    """Write the laboratory's picture: a panel a metric, every seed a thin line, the first one thick. Its
    name.
    """
    name = f"{report.slug}.png"

    def paint(figure: Any) -> None:
        figure.set_size_inches(7.2, 3.4 * len(report.pictures))
        panels = figure.subplots(len(report.pictures), 1, squeeze=False)[:, 0]
        for axes, picture in zip(panels, report.pictures, strict=True):
            _panel(axes, report.runs, picture)
        panels[0].set_title(text_of(report.title), loc="left", fontsize=11)

    folder.mkdir(parents=True, exist_ok=True)
    save(paint, folder / name)
    return name


def _panel(axes: Any, runs: Mapping[str, Sequence[Run]], picture: Picture) -> None:
    seeds = max((len(many) for many in runs.values()), default=0)
    names = list(curves_of(runs, picture))
    if picture.log:
        axes.set_yscale("log")
    for seed in range(seeds):
        for name, points in curves_of(runs, picture, seed).items():
            i = names.index(name) % len(COLOURS)
            xs = sorted(points)
            axes.plot(
                xs,
                [points[x] for x in xs],
                color=COLOURS[i],
                linestyle=DASHES[i],
                linewidth=2.0 if seed == 0 else 0.8,
                alpha=1.0 if seed == 0 else 0.45,
                label=word(name) if seed == 0 else None,
            )
            if seed == 0:
                _mark_end(axes, word(name), xs, [points[x] for x in xs], COLOURS[i])
    if picture.metric == "activation_var":
        for k, points in enumerate(expected_walk(runs)):
            label = "n·σ²" if k == 0 else None
            axes.plot(
                list(points), list(points.values()), "o", mfc="none", color="#333333", ms=4, label=label
            )
    if picture.band:
        axes.axhspan(*picture.band, color="#dddddd", zorder=0, label=_("the course's range"))
    counted = _("round") if picture.metric == "norm_ratio" else _("step")
    dress(axes, "", _("layer") if picture.across == "layers" else counted, metric_name(picture))
    axes.xaxis.get_major_locator().set_params(integer=True)  # layers and steps are counted


def _mark_end(axes: Any, name: str, xs: Sequence[int], ys: Sequence[float], colour: str) -> None:
    """Where a curve ends because its values are no longer finite: a cross on the last one, and a word."""
    finite = [i for i, y in enumerate(ys) if math.isfinite(y)]
    if not finite or len(finite) == len(ys):
        return
    last = finite[-1]
    axes.plot([xs[last]], [ys[last]], marker="X", markersize=9, color=colour, linestyle="none")
    said = _("{name} is {what} from {x} on").format(name=name, what="NaN", x=xs[last + 1])
    axes.annotate(
        said, (xs[last], ys[last]), xytext=(10, -3), textcoords="offset points", fontsize=8, color=colour
    )


def reliability(progress: StudyProgress, path: Path) -> None:
    """Write the reliability diagram: how often each confidence came true, beside the diagonal."""

    def paint(figure: Any) -> None:
        figure.set_size_inches(4.6, 4.2)
        axes = figure.add_subplot()
        axes.plot(
            [0, 100], [0, 100], color="#595959", linestyle=":", linewidth=1, label=_("confidence that fits")
        )
        said = [one for one in progress.bins if one.rate is not None]
        xs, ys = [one.confidence for one in said], [100 * (one.rate or 0) for one in said]
        axes.plot(xs, ys, color=COLOURS[0], marker="o", linewidth=1.8, label=_("you"))
        for one, y in zip(said, ys, strict=True):
            below = y > 15  # near the bottom it would stand among the labels of the axis
            offset = (6, -12) if below else (4, 7)
            axes.annotate(
                f"n = {one.n}", (one.confidence, y), xytext=offset, textcoords="offset points", fontsize=8
            )
        axes.set_xlim(40, 100)
        axes.set_ylim(0, 102)
        dress(axes, "", _("how sure you said you were, %"), _("how often you were right, %"))

    path.parent.mkdir(parents=True, exist_ok=True)
    save(paint, path)


def atlas(result: Atlas, folder: Path, name: str = "atlas.png") -> str:
    """Write the whole map: depth × initialisation for each norm and residual, activations and steps inside
    a cell.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save(lambda figure: _map(figure, result), folder / name)
    return name


def _map(figure: Any, result: Atlas) -> None:
    from matplotlib.patches import Patch

    found = {one.cell: one.outcome for one in result.cells}
    acts, steps = KNOBS["activation"], KNOBS["step"]
    figure.set_size_inches(11.5, 8.4)
    panels = figure.subplots(2, 3, sharex=True, sharey=True)
    for i, residual in enumerate(KNOBS["residual"]):
        for j, norm in enumerate(KNOBS["norm"]):
            axes = panels[i][j]
            axes.set_title(
                f"{knob_word('norm', norm)}, {knob_word('residual', residual)}", loc="left", fontsize=10
            )
            for x, init in enumerate(KNOBS["init"]):
                for y, depth in enumerate(KNOBS["depth"]):
                    for a, activation in enumerate(acts):
                        for s, step in enumerate(steps):
                            cell = Cell(depth, activation, init, norm, residual, step)
                            if cell not in found:
                                continue
                            axes.add_patch(_square(x, y, a, s, len(acts), len(steps), found[cell]))
            axes.set_xlim(-0.06, len(KNOBS["init"]) - 0.04)
            axes.set_ylim(len(KNOBS["depth"]) - 0.04, -0.06)
            axes.set_xticks(
                [x + 0.46 for x in range(len(KNOBS["init"]))], [_(SHORT[k]) for k in KNOBS["init"]]
            )
            axes.set_yticks([y + 0.46 for y in range(len(KNOBS["depth"]))], [str(d) for d in KNOBS["depth"]])
            axes.tick_params(length=0)
            for side in axes.spines.values():
                side.set_visible(False)
            if j == 0:
                axes.set_ylabel(_("layers"))
    patches = [
        Patch(facecolor=c, edgecolor="#666666", label=outcome_word(o)) for o, (c, _h) in OUTCOMES.items()
    ]
    inside = _("in each cell, left to right: {acts}; top to bottom: step {steps}").format(
        acts=", ".join(knob_word("activation", a) for a in acts), steps=", ".join(number(s) for s in steps)
    )
    figure.legend(handles=patches, loc="outside upper center", ncols=4, frameon=False)
    figure.supxlabel(inside, fontsize=9)


def _square(x: int, y: int, a: int, s: int, acts: int, steps: int, outcome: Outcome | None) -> Any:
    from matplotlib.patches import Rectangle

    w, h = 0.92 / acts, 0.92 / steps
    colour, hatch = OUTCOMES[outcome]
    return Rectangle(
        (x + a * w, y + s * h), w, h, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0.5
    )
