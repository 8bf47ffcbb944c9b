"""The questions of a break, one at a time: what is asked, what an answer looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.truth.calibration import CONFIDENCES
from lynx.truth.claims import Kind, Prediction
from lynx.view.language import _, decimal
from lynx.view.layout import Column, indented, stack, table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.view.look import Look


def question(prediction: Prediction, ask: str, look: Look) -> RenderableType:
    """The question and the form of its answer."""
    return stack(
        table([Column(), Column(wraps=True)], [[(prediction.id, "bold"), (ask, "bold")]], look, indent=0),
        indented(form_of(prediction), look, by=4, style="dim"),
    )


def form_of(prediction: Prediction) -> str:
    """What an answer looks like."""
    if prediction.kind is Kind.NUMBER:
        return decimal(_("a number, such as 0.5, 80 % or 1e-4"))
    if prediction.kind is Kind.CURVE:
        steps = ", ".join(map(str, prediction.steps))
        return decimal(_("a number for each of the steps {steps}, such as 2.4 1.6 1.6")).format(steps=steps)
    if prediction.kind is Kind.YESNO:
        return _("yes or no")
    return _("one of: {options}").format(options=" · ".join(o.name for o in prediction.options))


def prompt() -> str:
    """Where the answer is typed."""
    return "    › "


def sure_prompt() -> str:
    """How sure one is."""
    return "    " + _("how sure? {choices} ›").format(choices=" · ".join(map(str, CONFIDENCES))) + " "


def because_prompt() -> str:
    """Why one thinks so."""
    return "    " + _("because ›") + " "


def keys_line() -> str:
    """What else can be typed, said once."""
    return _("(< goes back, e opens your editor, ^C stops here; what you answered is kept)")
