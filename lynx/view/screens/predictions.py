"""The questions of a break, one at a time: what is asked, what an answer looks like, what counts as a hit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lynx.truth.calibration import CONFIDENCES
from lynx.truth.claims import Expect, Kind, Prediction
from lynx.truth.measures import metric_of
from lynx.view.glossary import explained
from lynx.view.language import _, decimal, number, option, text_of
from lynx.view.layout import Cell, Column, indented, paragraph, stack, table
from lynx.view.lines import cells as width
from lynx.view.words import unit_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from lynx.truth.claims import Option
    from lynx.view.look import Look

PAIRED = 4  # options from which they stand two to a line


def question(prediction: Prediction, ask: str, look: Look) -> RenderableType:
    """The question, the form of its answer and what counts as a hit."""
    parts = [
        table([Column(), Column(wraps=True)], [[(prediction.id, "bold"), (ask, "bold")]], look, indent=0)
    ]
    if prediction.kind is Kind.CHOICE:
        parts.append(_options(prediction, look))
    else:
        parts.append(indented(f"{form_of(prediction)}; {hit_of(prediction)}", look, by=4, style="dim"))
    return stack(*parts)


def form_of(prediction: Prediction) -> str:
    """What an answer looks like, with an example of its kind."""
    if prediction.kind is Kind.CURVE:
        steps = ", ".join(map(str, prediction.steps))
        drawn = " ".join(number(max(3 - 0.5 * i, 0.5)) for i in range(len(prediction.steps)))
        return _("a number for each of the steps {steps}, such as {example}").format(
            steps=steps, example=drawn
        )
    if prediction.kind is Kind.YESNO:
        return _("yes or no")
    if prediction.kind is Kind.CHOICE:
        return _("one of: {options}").format(options=" · ".join(option(o.name) for o in prediction.options))
    return decimal(_number_form(prediction))


def _number_form(prediction: Prediction) -> str:
    measure = prediction.measure
    if measure.first_step is not None or "first_" in measure.metric:
        return _("a whole number, such as 7, or never")
    if measure.rank is not None:
        return _("a rank, such as 1 (the smallest) or 7")
    if measure.relative_to is not None:
        return _("how many times as much, such as 2, 1/3 or 1e-4")
    unit = metric_of(measure.metric).unit
    if unit == "fraction":
        return _("a share, such as 0.5, 1/3 or 80 %")
    if unit == "parameters":
        return _("a count, such as 0 or 12")
    if unit:
        return _("in {unit}, such as 2.5 or 0.1").format(unit=unit_word(unit))
    if prediction.scale == "log":
        return _("a number, such as 3, 1/20 or 1e-4")
    return _("a number, such as 0.5, 1/3 or 80 %")


def hit_of(prediction: Prediction) -> str:
    """How near counts as right: “within a factor of 10 is a hit”."""
    if prediction.kind is Kind.YESNO:
        yes = prediction.options[0].when if prediction.options else None
        return _("yes: {values}").format(values=bounds(yes, prediction)) if yes else _("a hit: the right one")
    if prediction.kind is Kind.CHOICE:
        return _("a hit: the right one")
    log = prediction.scale == "log"
    if not log and prediction.hit < 1 and metric_of(prediction.measure.metric).unit == "parameters":
        return _("a hit: the exact number")
    if prediction.kind is Kind.CURVE:
        told = _("a hit: each point within a factor of {n}") if log else _("a hit: each point within {n}")
    else:
        told = _("a hit: within a factor of {n}") if log else _("a hit: within {n}")
    return told.format(n=number(prediction.hit))


# -- options ---------------------------------------------------------------------------------------


def _options(prediction: Prediction, look: Look) -> RenderableType:
    """Each option with its number and what it means; two to a line where they fit."""
    cells: list[list[Cell]] = [
        [(f"{i + 1} {option(one.name)}", "bold"), (meaning(prediction, i), "dim")]
        for i, one in enumerate(prediction.options)
    ]
    half = (len(cells) + 1) // 2
    rows = [
        [*cells[i], *(cells[i + half] if i + half < len(cells) else [("", ""), ("", "")])]
        for i in range(half)
    ]
    wide = sum(max(width(look.plain(row[j][0])) for row in rows) + 2 for j in range(4))
    if len(cells) >= PAIRED and wide + 4 <= look.prose:
        return table([Column(), Column(), Column(), Column()], rows, look, indent=4)
    return table([Column(), Column(wraps=True)], cells, look, indent=4)


def meaning(prediction: Prediction, index: int) -> str:
    """What an option means: in the author's words, and the values that are left for it by those before it."""
    said = text_of(prediction.options[index].means)
    values = bounds(_left_for(prediction.options, index), prediction) or _("anything else")
    return f"{said} ({values})" if said else values


def _left_for(options: Sequence[Option], index: int) -> Expect:
    """The values of an option without those that an earlier one takes: the first that fits wins.

    Half-lines alone are cut off; whatever else an earlier option takes is left standing in a later one's words.
    """
    one = options[index].when
    if one.equals is not None or (one.nan and one.at_least is None and one.at_most is None):
        return one
    low, high = one.at_least, one.at_most
    others = options[:index] if one != Expect() else [o for i, o in enumerate(options) if i != index]
    for other in (o.when for o in others):
        if other.at_most is not None and other.at_least is None and (high is None or other.at_most < high):
            low = other.at_most if low is None else max(low, other.at_most)
        elif other.at_least is not None and other.at_most is None and (low is None or other.at_least > low):
            high = other.at_least if high is None else min(high, other.at_least)
    return replace(one, at_least=low, at_most=high)


def bounds(expect: Expect, prediction: Prediction) -> str:
    """The values that an expectation describes: “0.5 or less”, “1.3 times or more”; "" where it takes any."""
    times = _("{n} times") if prediction.measure.relative_to is not None else "{n}"

    def shown(value: float) -> str:
        return times.format(n=number(value))

    low, high = expect.at_least, expect.at_most
    if expect.equals is not None:
        if not expect.within:
            return shown(expect.equals)
        low, high = expect.equals - expect.within, expect.equals + expect.within
    if low is not None and high is not None:
        told = _("from {low} to {high}").format(low=number(low), high=shown(high))
    elif high is not None:
        told = _("{n} or less").format(n=shown(high))
    elif low is not None:
        told = _("{n} or more").format(n=shown(low))
    else:
        return _("not a number (NaN)") if expect.nan else ""
    return _("{values}, or NaN").format(values=told) if expect.nan else told


# -- prompts ---------------------------------------------------------------------------------------


def words(prediction: Prediction, ask: str, look: Look) -> RenderableType:
    """What the words of a question mean, and what can be typed."""
    rows: Sequence[list[Cell]] = [[(w, "bold"), (text, "")] for w, text in explained(prediction, ask)]
    typed = _(
        "A number may be 0.5, 1/5, 2^20, 80 %, 1e-4, ~0.1; an option its name, its number or its beginning."
    )
    return stack(
        table([Column(), Column(wraps=True)], rows, look, indent=4),
        paragraph(decimal(typed), look, "dim", indent=4),
    )


def sketch(prediction: Prediction, curve: Mapping[int, float], look: Look) -> RenderableType:
    """A curve as the learner drew it."""
    from rich.padding import Padding

    from lynx.view.pictures.plots import sketched

    return Padding(sketched(curve, look, log=prediction.scale == "log", height=6, width=48), (0, 0, 0, 4))


def keep_prompt() -> str:
    """Whether a curve stands as it is drawn."""
    return "    " + _("Enter keeps it; or other numbers; < asks again ›") + " "


def prompt() -> str:
    """Where the answer is typed."""
    return "    › "


def sure_prompt() -> str:
    """How sure one is."""
    return "    " + _("how sure? {choices} ›").format(choices=" · ".join(map(str, CONFIDENCES))) + " "


def sure_complaint() -> str:
    """What can be said of how sure one is."""
    return _("30, 50, 70 or 90, in percent: how likely is it that you are right?")


def because_prompt() -> str:
    """Why one thinks so."""
    return "    " + _("because ›") + " "


def keys_line() -> str:
    """What else can be typed, said once."""
    return _("(? explains the words, < goes back, e opens your editor, ^C stops; what you answered is kept)")
