"""`lynx demo`: what a learner would type and write, and the words between the screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType

from lynx.errors import N_
from lynx.view.language import _, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.loop.results import Started
    from lynx.truth.claims import Prediction
    from lynx.view.look import Look

WHY = {
    "break": N_("A known bug goes into one file of a fresh copy."),
    "run": N_("The predictions are locked; then healthy and broken train side by side."),
    "control": N_("Two ideas about the cause, one run that tells them apart."),
    "hint": N_("A hint says where to look, one level at a time."),
    "verify": N_("Any correct fix passes: outputs and gradients are compared, not text."),
    "explain": N_("One's own words first; only then the answer."),
}

# what somebody could believe before: some of it is wrong, as it is meant to be
GUESSES = {
    "P1": ("1", "70", N_("the plus lets a gradient of 1 through")),
    "P2": ("1e-6", "70", N_("fifty factors below one half")),
    "P3": ("30", "50", N_("a guess")),
    "P4": ("0", "90", N_("with the plus it cannot vanish")),
}


def opening(look: Look) -> RenderableType:
    """What is going to happen."""
    told = _(
        "One break played from its first line to its last, in a workspace that is thrown away afterwards. "
        "The runs are real; only the typing is done for you."
    )
    return paragraph(told, look)


def typed(command: str, look: Look) -> RenderableType:
    """What a command is for, and the command as it would be typed."""
    verb = command.split()[1]
    return Group(blank(), paragraph(_(WHY[verb]), look, "dim"), paragraph(f"$ {command}", look, "bold"))


def answer(name: str, options: Sequence[str], steps: Sequence[int]) -> dict[str, str]:
    """An answer to a prediction, as a person would write it."""
    value, sure, because = GUESSES.get(name, ("0.5", "50", N_("a guess")))
    if options:
        value = options[0]
    if steps:
        value = ", ".join(f"{step}: 1" for step in steps)
    return {"prediction": value, "confidence": sure, "because": _(because)}


def predicted(
    started: Started, answers: Sequence[tuple[Prediction, dict[str, str]]], look: Look
) -> RenderableType:
    """The form, filled in."""
    rows: list[list[Cell]] = [
        [
            (prediction.id, "bold"),
            (text_of(started.asks[prediction.id]), ""),
            (given["prediction"], "bold"),
            (f"{given['confidence']} %", ""),
        ]
        for prediction, given in answers
    ]
    columns = [Column(), Column(wraps=True), Column(_("you")), Column(_("sure"))]
    said = _("Before anything runs, a number for each question, and how sure one is:")
    return Group(blank(), paragraph(said, look, "dim"), table(columns, rows, look))


def mended(target: str, look: Look) -> RenderableType:
    """The repair, done in an editor."""
    said = _("Now the line is found and put right in an editor: {target}")
    return Group(blank(), paragraph(said.format(target=target), look, "dim"))


def explanation() -> str:
    """What the learner would write."""
    return _("each factor is at most a half, and fifty vanish")


def pause() -> str:
    """What one is asked between two screens."""
    return _("(Enter goes on, q leaves) ")


def render(result: Any, look: Look) -> RenderableType:
    """The last word: what is left behind, which is nothing, and where to begin. `result` is `cli.demo.Demoed`."""
    said = _("That was the loop. The workspace is gone again; nothing of yours was touched.")
    return Group(
        blank(),
        headline(said, "", look),
        next_line([result.next], look, _("Your turn, on a network of fifty layers:")),
    )
