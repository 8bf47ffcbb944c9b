"""What a measure is, in words: the quantity, where and when, what it is divided by, its unit, and of which side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.view.language import _, never, number
from lynx.view.words import layer_word, metric_word, unit_word, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.loop.results import Measured
    from lynx.truth.measures import Measure, Metric, Relative, Where

OVER_LAYERS = {
    "min": N_("smallest over the layers"),
    "max": N_("largest over the layers"),
    "median": N_("median over the layers"),
    "mean": N_("mean over the layers"),
    "last": N_("last layer"),
}
OVER_STEPS = {
    "min": N_("smallest over the steps"),
    "max": N_("largest over the steps"),
    "median": N_("median over the steps"),
    "mean": N_("mean over the steps"),
    "last": N_("last step"),
}


def quantity(measure: Measure, own: Mapping[str, Metric] | None = None) -> str:
    """“gradient norm, block 1, step 0 (÷ the same, healthy)”: what a measure reads, without its side."""
    facts = [metric_word(measure.metric)]
    if measure.layer is not None:
        facts.append(_layer(measure.layer))
    if measure.first_step is not None:
        facts.append(_threshold(measure.first_step))
    else:
        facts.append(_step(measure.step))
    if measure.rank is not None:
        among = _("place among the layers, from the smallest")
        facts.append(among if measure.rank == "layers" else _("place among the steps, from the smallest"))
    said = ", ".join(fact for fact in facts if fact)
    if measure.relative_to is not None:
        return f"{said}, ÷ {_beside(measure.relative_to)}"
    unit = unit_of(measure, own)
    return f"{said} ({unit})" if unit else said


def unit_of(measure: Measure, own: Mapping[str, Metric] | None = None) -> str:
    """The unit's word; "" for a ratio, a place, a step and what has none."""
    from lynx.truth.measures import METRICS

    if measure.relative_to is not None or measure.rank is not None or measure.first_step is not None:
        return ""
    known = {**METRICS, **(own or {})}.get(measure.metric)
    return unit_word(known.unit) if known and known.unit else ""


def value_text(measured: Measured) -> str:
    """The median as it is shown; "never" where a step was asked for."""
    return never(measured.median, measured.measure.first_step is not None)


def _layer(layer: int | str) -> str:
    if isinstance(layer, int):
        return _("layer {n}").format(n=layer)
    return _(OVER_LAYERS[layer]) if layer in OVER_LAYERS else layer_word(layer)


def _step(step: int | str) -> str:
    return _("step {n}").format(n=step) if isinstance(step, int) else _(OVER_STEPS.get(step, step))


def _threshold(where: Where) -> str:
    least, most = where.at_least, where.at_most
    if least is not None and most is not None:
        return _("first step between {least} and {most}").format(least=number(least), most=number(most))
    if least is not None:
        return _("first step at or above {n}").format(n=number(least))
    return _("first step at or below {n}").format(n=number(most))


def _beside(relative: Relative) -> str:
    facts = [word(relative.variant)] if relative.variant else []
    facts += [_layer(relative.layer)] if relative.layer is not None else []
    facts += [_step(relative.step)] if relative.step is not None else []
    same = _("the same")
    return ", ".join([same, *facts])
