"""The words for what is wrong with a break's oracle, and what its mentor can do about it."""

from __future__ import annotations

from lynx.errors import N_

# code: what is wrong, what to do
WORDS: dict[str, tuple[str, str]] = {
    "raises": (
        N_("{function} fails: {error}."),
        N_("Mend it where the line says."),
    ),
    "no-function": (
        N_("{function}: there is no function {name} in that file."),
        N_("Write it there, or name the one that is."),
    ),
    "returns": (
        N_("{function} returns {found}: nothing says what to call."),
        N_(
            "Return what to call and its inputs, and whatever else is to be looked at afterwards: "
            "return block, (x,) or return out._backward, (), (a, b)."
        ),
    ),
    "no-step": (
        N_("{function} returns {found}: nothing in it is a training step."),
        N_(
            "Return a dict with a function `step`, perhaps `evaluate`, and the parts to compare by name: "
            'return {{"step": step, "evaluate": evaluate, "model": model, "optimiser": optimiser}}.'
        ),
    ),
    "nothing": (
        N_("{function}: its call returns no numbers, and nothing else is named to be looked at."),
        N_("Name the objects that it changes, as the third of what is returned."),
    ),
    "nothing-to-judge": (
        N_("{function} judges answers, and nothing says what to call."),
        N_("Name it: `call`, `make` or `steps` beside `property`."),
    ),
    "refuses": (
        N_("{function} refuses the healthy code's own answer: {says}."),
        N_("A property holds of every right answer; ask for less, or mend it."),
    ),
    "outside": (
        N_("{name} is not this repository's own code; an oracle calls nothing else."),
        N_("Call what the diff changes, in a module of the repository."),
    ),
}
