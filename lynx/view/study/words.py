"""The words of the study room: outcomes, knobs, and the sentence for each link of a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.view.language import _, decimal, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.study.grid import Cell, Outcome, Reason
    from lynx.study.results import Link

OUTCOMES: Mapping[str, str] = {
    "diverges": N_("diverges"),
    "does-not-learn": N_("does not learn"),
    "trains": N_("trains"),
    "unstable": N_("depends on the seed"),
}
REASONS: Mapping[str, str] = {
    "gradient-gone": N_("gradient gone"),
    "collapsed": N_("samples collapsed"),
    "step-too-short": N_("step too short"),
    "none-of-these": N_("none of these"),
}
KNOBS: Mapping[str, str] = {
    "depth": N_("depth"),
    "activation": N_("activation"),
    "init": N_("initialisation"),
    "norm": N_("norm"),
    "residual": N_("residual"),
    "step": N_("step size"),
}
VALUES: Mapping[str, Mapping[str, str]] = {
    "activation": {"none": N_("no activation"), "relu": "ReLU", "gelu": "GELU", "tanh": "tanh"},
    "init": {
        "small": N_("small, N(0, 0.02²)"),
        "uniform": N_("uniform ±0.5"),
        "xavier": N_("Xavier, N(0, 1/n)"),
        "kaiming": N_("Kaiming, N(0, 2/n)"),
    },
    "norm": {"none": N_("no norm"), "layer": "LayerNorm", "rms": "RMSNorm"},
    "residual": {"True": N_("with a residual"), "False": N_("without a residual")},
}
SHORT: Mapping[str, str] = {
    "small": N_("small"),
    "uniform": N_("uniform"),
    "xavier": N_("Xavier"),
    "kaiming": N_("Kaiming"),
}

# what happened, in one sentence with the numbers that were recorded
LINKS: Mapping[str, str] = {
    "swollen": N_(
        "The signal swelled on its way forward, before any training: each layer multiplied the variance "
        "by about {factor}, so that behind the last one it was {var_last}."
    ),
    "died": N_(
        "The signal died on its way forward, before any training: each layer multiplied the variance by "
        "about {factor}, so that behind the last one {var_last} was left."
    ),
    "faded": N_(
        "The gradient faded on its way back, before any training: {grad_last} at the last layer, "
        "{grad_first} at the first; χ is {chi} a layer."
    ),
    "frozen": N_(
        "The steps were too short: a step changed the weights by {update} of their size, and did what its"
        " gradient promised, only far too little of it."
    ),
    "overshot": N_(
        "The step was too long for the direction it followed: it changed the loss by {linearity} times "
        "what the gradient promised, where 1 is a step that keeps its promise."
    ),
    "collapsed": N_(
        "The samples collapsed onto one direction: behind the last layer they came to look alike, from "
        "{alike_start} at the start to more than 0.99; χ is {chi} a layer."
    ),
    "vanished": N_(
        "The gradient at the first layer vanished during training, from {grad_first} to {grad_first_end}."
    ),
    "blown": N_("The loss rose above twice what guessing costs; it had begun at {loss_start}."),
    "sound": N_(
        "Nothing broke: the variance changes by a factor of {factor} a layer, χ is {chi}, and a step does"
        " {linearity} of what its gradient promises. The loss ends at {loss_end}."
    ),
    "unclear": N_(
        "None of the signs that Lynx looks for shows; the loss ends at {loss_end}. Nobody has told you a "
        "false reason."
    ),
}


def outcome_word(outcome: Outcome | str | None) -> str:
    """An outcome as it is said."""
    return _(OUTCOMES[str(outcome) if outcome else "unstable"])


def reason_word(reason: Reason) -> str:
    """Why nothing was learned, as it is said."""
    return _(REASONS[str(reason)])


def knob_word(knob: str, value: object = None) -> str:
    """A knob, or one of its values, in words."""
    if value is None:
        return _(KNOBS[knob])
    if knob == "depth":
        return _("{n} layers").format(n=value)
    if knob == "step":
        return _("step {step}").format(step=number(float(str(value))))
    said = _(VALUES[knob][str(value)])
    return decimal(said) if knob == "init" else said


def cell_line(cell: Cell) -> str:
    """A combination in one line."""
    return " · ".join(knob_word(name, value) for name, value in cell.knobs().items())


def link_sentence(link: Link) -> str:
    """What happened, with its numbers."""
    values = {name: number(value, 2) for name, value in link.values.items()}
    return decimal_99(_(LINKS[link.name]).format(**values))


def decimal_99(text: str) -> str:
    """The one number that stands in a sentence itself, as the language writes it."""
    return text.replace("0.99;", decimal("0.99") + ";")
