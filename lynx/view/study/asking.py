"""What the study room asks at a terminal: a laboratory's predictions, a drill's outcome and how sure one
is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from lynx.errors import Refused
from lynx.loop.answers import parse_confidence, parse_value
from lynx.loop.scoring import kept
from lynx.study.drill import parse_outcome
from lynx.view.language import _, text_of
from lynx.view.layout import blank, headline, paragraph
from lynx.view.screens import predictions as form
from lynx.view.study import drill as drill_screen
from lynx.view.study import trajectory as curve_screen

if TYPE_CHECKING:
    from lynx.study.grid import Outcome
    from lynx.study.results import DrillQuestion, LabQuestions
    from lynx.study.trajectory import Sketching
    from lynx.truth.claims import Value
    from lynx.view.terminal import Terminal

Keep = Callable[[Mapping[str, Mapping[str, Any]]], None]


def laboratory(terminal: Terminal, asked: LabQuestions, keep: Keep) -> None:
    """Ask what a laboratory still wants to know; each answer goes to `keep` at once, so that ^C loses
    none.
    """
    terminal.show(headline(text_of(asked.title), asked.reference, terminal.look))
    for prediction in asked.predictions:
        terminal.show(blank())
        terminal.show(form.question(prediction, text_of(asked.asks[prediction.id]), terminal.look))
        written: list[str] = []

        def value(text: str, prediction: Any = prediction, written: list[str] = written) -> Value | None:
            written[:] = [text]
            return parse_value(prediction, text)

        found = cast("float | str", terminal.ask(form.prompt(), value, form.form_of(prediction)))
        sure = _confidence(terminal)
        keep({prediction.id: {"value": kept(found), "written": written[0], "confidence": sure}})


def drill(terminal: Terminal, asked: DrillQuestion) -> tuple[Outcome, int]:
    """Show the network, ask for the outcome and the confidence."""
    terminal.show(drill_screen.question(asked, terminal.look))

    def outcome(text: str) -> Outcome | None:
        try:
            return parse_outcome(text)
        except Refused:
            return None

    said = terminal.ask(form.prompt(), outcome, _("trains, diverges or does not learn; t, d or n will do"))
    return said, _confidence(terminal)


def sketch(terminal: Terminal, asked: Sketching) -> tuple[str, int]:
    """Show the network, ask for its loss at some steps and draw that, until it is kept."""
    terminal.show(curve_screen.question(asked, terminal.look))

    def value(text: str) -> Value | None:
        return parse_value(asked.prediction, text)

    drawn = terminal.ask(form.prompt(), value, f"    {form.form_of(asked.prediction)}")
    while True:
        assert isinstance(drawn, Mapping)
        terminal.show(form.sketch(asked.prediction, drawn, terminal.look))
        text = terminal.read(form.keep_prompt()).strip()
        if not text:
            written = ", ".join(f"{step}: {at:g}" for step, at in drawn.items())
            return written, _confidence(terminal)
        drawn = value(text) or drawn


def again(terminal: Terminal) -> bool:
    """Whether to go on with another one: Enter does, anything that begins with n or q does not."""
    terminal.show(paragraph(_("Enter: another one   ·   q: enough for today"), terminal.look, "dim"))
    return terminal.read(form.prompt()).strip().lower()[:1] not in ("n", "q")


def _confidence(terminal: Terminal) -> int:
    return terminal.ask(form.sure_prompt(), parse_confidence, "    " + form.sure_complaint())
