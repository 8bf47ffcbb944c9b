"""`lynx show METRIC`: any recorded series, drawn, with its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.changed import changes
from lynx.view.language import _, number
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table
from lynx.view.words import layer_word, metric_word, parts_word, unit_word, word

if TYPE_CHECKING:
    from lynx.loop.results import Shown
    from lynx.truth.measures import Series
    from lynx.view.look import Look

TABLE_STEPS = (0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


def render(result: Shown, look: Look) -> RenderableType:
    """A picture and a table of one metric, or the list of what there is to see."""
    if result.metric is None:
        return _available(result, look)
    from lynx.view.pictures import plots

    title = (
        metric_word(result.metric)
        if result.layer is None
        else f"{metric_word(result.metric)} · {layer_word(result.layer)}"
    )
    unit = unit_word(result.unit)
    parts: list[RenderableType] = [
        headline(f"{title} ({unit})" if unit else title, _which(result), look),
        *_changed(result, look),
    ]
    by_step = {name: series for name, series in result.series.items() if series.points}
    if not by_step:
        return Group(*parts, paragraph(_("Nothing was recorded of it."), look))
    if result.metric == "weight_change_hist":
        found = {name: (max(series.points), series) for name, series in by_step.items()}
        return Group(*parts, plots.histogram(found, look), blank(), _next(result, look))
    layered = any(len(series.layers) > 1 for series in by_step.values())
    if result.step is not None and layered and result.layer is None:
        parts += [plots.over_layers(by_step, result.step, result.metric, result.log, look)]
        parts += [blank(), _layers_table(by_step, result.step, look)]
    elif layered and result.layer is None:
        parts += [plots.first_and_last(by_step, result.metric, result.log, look), blank()]
        step = min(min(one.points) for one in by_step.values())
        more = _("One of them: --layer 1. All of them at one step: --step {n}.").format(n=step)
        parts.append(paragraph(f"{parts_word(result.metric, result.available[result.metric])}. {more}", look))
    else:
        parts.append(plots.over_steps(by_step, result.layer, result.metric, result.log, look))
        parts += [blank(), _steps_table(by_step, result.layer, result.step, look)]
    return Group(*parts, blank(), _next(result, look))


def _which(result: Shown) -> str:
    """“run 2 · seed 0 · healthy, broken”: what the figures are of."""
    facts = [_("run {n}").format(n=result.run), _("seed {n}").format(n=result.seed)]
    return " · ".join([*facts, ", ".join(word(name) for name in result.series)] if result.series else facts)


def _changed(result: Shown, look: Look) -> list[RenderableType]:
    """What `--set` changed in the run that is shown."""
    if not result.overrides:
        return []
    told = _("This run was made with --set {changes}.").format(changes=changes(result))
    return [paragraph(told, look, "dim")]


def _next(result: Shown, look: Look) -> RenderableType:
    ideas = [] if result.blind else ["lynx control"]
    return next_line(["lynx show", *ideas, "lynx verify"], look, _("Next:"))


def value_at(series: Series, step: int, layer: str | None) -> float | None:
    """The recorded value at a step, of one layer or of the whole model; None where nothing was recorded."""
    values = series.points.get(step)
    if values is None:
        return None
    index = series.layers.index(layer) if layer in series.layers else 0
    return values[index] if index < len(values) else None


def _steps_table(
    series: dict[str, Series], layer: str | None, step: int | None, look: Look
) -> RenderableType:
    recorded = sorted({s for one in series.values() for s in one.points})
    steps = [step] if step is not None else [s for s in TABLE_STEPS if s in recorded]
    if step is None and recorded[-1] not in steps:
        steps.append(recorded[-1])
    rows: list[list[Cell]] = [
        [
            (_("step {n}").format(n=s), "dim"),
            *((number(value_at(one, s, layer)), "") for one in series.values()),
        ]
        for s in steps
    ]
    return table([Column(), *(Column(word(name)) for name in series)], rows, look)


def _layers_table(series: dict[str, Series], step: int, look: Look) -> RenderableType:
    names = next(iter(series.values())).layers
    picked = sorted(
        {0, 1, len(names) // 4, len(names) // 2, 3 * len(names) // 4, len(names) - 2, len(names) - 1}
    )
    rows: list[list[Cell]] = []
    for i in (i for i in picked if 0 <= i < len(names)):
        values = [one.points.get(step, ()) for one in series.values()]
        shown: list[Cell] = [(number(v[i] if i < len(v) else None), "") for v in values]
        rows.append([(layer_word(names[i]), "dim"), *shown])
    return table([Column(), *(Column(word(name)) for name in series)], rows, look)


def _available(result: Shown, look: Look) -> RenderableType:
    rows: list[list[Cell]] = []
    for metric, layers in result.available.items():
        said = metric_word(metric) if metric_word(metric) != metric else ""
        rows.append([(metric, "bold"), (said, ""), (parts_word(metric, layers), "dim")])
    return Group(
        headline(_("Recorded by the last run"), _which(result), look),
        *_changed(result, look),
        table([Column(), Column(wraps=True), Column()], rows, look),
        blank(),
        next_line(_examples(result), look, _("Next:")),
    )


def _examples(result: Shown) -> list[str]:
    """Two commands that work on this run: something over the layers, and another seed's."""
    names = list(result.available)
    layered = [n for n in names if len(result.available[n]) > 1 and n != "weight_change_hist"]
    first = "grad_norm" if "grad_norm" in layered else (layered or names)[0]
    one = f"lynx show {first} --layer 1" if layered else f"lynx show {first}"
    others = [seed for seed in result.seeds if seed != result.seed]
    return [one, f"lynx show {first} --seed {others[0]}"] if others else [one]
