"""The pictures of the screens: losses over steps, a metric over layers, a histogram of weight change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from lynx.view.language import _, number, text_of
from lynx.view.pictures.canvas import Curve, draw
from lynx.view.words import layer_word, metric_word, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.content.spec import Text as Words
    from lynx.truth.claims import Prediction, Value
    from lynx.truth.measures import Measure, Metric, Run, Series
    from lynx.view.look import Look

FILLS = {
    "block": {"healthy": "█", "broken": "░", "yours": "▒"},
    "ascii": {"healthy": "#", "broken": ".", "yours": "+"},
}
# a fraction or a cosine is read against its whole scale
WITHIN = dict.fromkeys(("val_accuracy", "train_accuracy", "abs_cosine", "grad_cosine"), (0.0, 1.0))
ORDER = ("healthy", "broken", "yours")  # the first ones drawn; what a break names besides comes after


def variants_in_order(names: Sequence[str]) -> list[str]:
    """healthy, broken, yours, then the others: a variant keeps its marker in every picture."""
    return [n for n in ORDER if n in names] + [n for n in names if n not in ORDER]


def curve(variant: str, points: Mapping[int, float], other: int = 0) -> Curve:
    """A variant's curve with its own marker; `other` tells those apart that are none of the usual three."""
    return Curve(word(variant), points, ORDER.index(variant) if variant in ORDER else len(ORDER) + other)


def losses(
    runs: Mapping[str, Sequence[Run]],
    look: Look,
    height: int = 11,
    metrics: Mapping[str, Metric] | None = None,
    level: tuple[Words, float] | None = None,
    sketches: Sequence[tuple[Prediction, Value]] = (),
) -> RenderableType:
    """The training loss of healthy and broken (and yours) over the steps, of the first seed, and sketches of it.

    Where nothing is trained there is no loss: then the first number recorded over the steps, on the scale that the
    break's own `metrics` give it.
    """
    first = {variant: runs[variant][0].series for variant in ORDER if runs.get(variant)}
    metric = main_metric(first)
    curves = [
        curve(variant, {step: v[0] for step, v in first[variant][metric].points.items()})
        for variant in variants_in_order(list(first))
        if metric in first[variant] and first[variant][metric].points
    ]
    known = (metrics or {}).get(metric)
    log = known is not None and known.log
    return draw(
        [*curves, *sketches_of(sketches, metric)],
        look,
        title=metric_word(metric),
        log=log,
        height=height,
        x_title=_("steps"),
        reference=named(level) if metric == "loss" else None,
    )


def sketches_of(sketches: Sequence[tuple[Prediction, Value]], metric: str) -> list[Curve]:
    """What the learner drew of a picture's metric, each as a line of its own."""
    fitting = [(p, drawn) for p, drawn in sketches if isinstance(drawn, Mapping) and is_of(p.measure, metric)]
    return [
        Curve(_("your sketch: {variant}").format(variant=word(p.measure.variant)), drawn, len(ORDER) + i)
        for i, (p, drawn) in enumerate(fitting)
    ]


def is_of(measure: Measure, metric: str) -> bool:
    """Whether a measure's values are those that a picture of the metric shows, and not a share or one layer of them."""
    return measure.metric == metric and measure.relative_to is None and measure.layer is None


def sketched(drawn: Mapping[int, float], look: Look, *, log: bool, height: int, width: int) -> RenderableType:
    """A curve as a learner draws it, before anything is measured."""
    curve = Curve(_("as you drew it"), drawn, len(ORDER))
    return draw(
        [curve], replace(look, width=min(look.width, width)), log=log, height=height, x_title=_("steps")
    )


def named(level: tuple[Words, float] | None) -> tuple[str, float] | None:
    """A level as a picture names it: “ln 5 = 1.61”."""
    return (f"{text_of(level[0])} = {number(level[1])}", level[1]) if level else None


def main_metric(variants: Mapping[str, Mapping[str, Series]]) -> str:
    """What a run is drawn by: its loss, else the first scalar it recorded more than once."""
    for series in variants.values():
        if "loss" in series:
            break
        for name, one in series.items():
            if not one.layers and len(one.points) > 1:
                return name
    return "loss"


def over_steps(
    series: Mapping[str, Series], layer: str | None, metric: str, log: bool, look: Look, height: int = 12
) -> RenderableType:
    """A metric over the steps: of one layer, or of the whole model."""
    curves = []
    for variant in variants_in_order(list(series)):
        one = series[variant]
        index = one.layers.index(layer) if layer in one.layers else 0
        points = {step: v[index] for step, v in one.points.items() if index < len(v)}
        curves.append(curve(variant, points))
    return draw(
        curves,
        look,
        title=metric_word(metric) if layer is None else layer_word(layer),
        log=log,
        height=height,
        x_title=_("steps"),
        within=WITHIN.get(metric, ()),
    )


def over_layers(
    series: Mapping[str, Series], step: int, metric: str, log: bool, look: Look, height: int = 12
) -> RenderableType:
    """A metric over the layers at one step, the first layer on the left."""
    curves = []
    for variant in variants_in_order(list(series)):
        values = series[variant].points.get(step, ())
        curves.append(curve(variant, dict(enumerate(values, 1))))
    title = _("step {n}").format(n=step)
    return draw(
        curves, look, title=title, log=log, height=height, x_title=_("layers"), within=WITHIN.get(metric, ())
    )


def first_and_last(series: Mapping[str, Series], metric: str, log: bool, look: Look) -> RenderableType:
    """A metric over the layers at step 0 and at step 100 (or the last one recorded)."""
    return Group(*(over_layers(series, step, metric, log, look, height=8) for step in two_steps(series)))


def two_steps(series: Mapping[str, Series]) -> list[int]:
    """The first step and step 100 (else the last) of those that every variant recorded."""
    common = set.intersection(*(set(one.points) for one in series.values())) if series else set()
    if not common:
        return sorted({step for one in series.values() for step in one.points})[:1]
    late = 100 if 100 in common else max(common)
    return sorted({min(common), late})


def histogram(found: Mapping[str, tuple[int, Series]], look: Look) -> RenderableType:
    """Horizontal bars of shares: `found` maps a variant to (step, series with bins as layers)."""
    step, first = next(iter(found.values()))
    starts = [float(name) for name in first.layers]
    shares = {variant: _by_decade(starts, series.points[at]) for variant, (at, series) in found.items()}
    decades = sorted({k for values in shares.values() for k, v in values.items() if v >= 0.0005})
    room = max(look.width - 24, 12)
    most = max((v for values in shares.values() for v in values.values()), default=0.0) or 1.0
    fill = FILLS["ascii" if look.level == "ascii" else "block"]
    lines = [look.text(" " + _("share of all weights, by how far they moved until step {n}").format(n=step))]
    lines.append(
        look.text(
            "  " + "   ".join(f"{fill.get(variant, fill['yours'])} {word(variant)}" for variant in shares)
        )
    )
    for decade in range(decades[0], decades[-1] + 1) if decades else ():
        label = f"{number(10.0**decade)} …" if decade > LEAST else f"< {number(10.0 ** (decade + 1))}"
        for i, (variant, values) in enumerate(shares.items()):
            share = values.get(decade, 0.0)
            bar = fill.get(variant, fill["yours"]) * round(share / most * room)
            shown = f"{number(100 * share, 2)} %" if share >= 0.0005 else "–"
            head = look.text(f"{label if i == 0 else '':>10} ")
            lines.append(Text.assemble(head, bar, look.text(f" {shown}", "dim")))
    return Group(*lines)


LEAST = -9  # the decade that stands for everything below the smallest bin, zero included


def _by_decade(starts: Sequence[float], shares: Sequence[float]) -> dict[int, float]:
    """Half-decade bins, named by their lower edges, put together in decades: exponent -> share."""
    found: dict[int, float] = {}
    for start, share in zip(starts, shares, strict=False):
        decade = math.floor(math.log10(start) + 1e-6) if start > 0 else LEAST
        found[decade] = found.get(decade, 0.0) + share
    return found
