"""An exam at a terminal: look at one instrument after the other, answer run by run, change an answer, hand in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lynx.loop.answers import parse_confidence
from lynx.study.exam import Answer, Sitting, pick
from lynx.view.language import _
from lynx.view.layout import blank, paragraph
from lynx.view.screens import predictions as form
from lynx.view.study import exam as screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.view.terminal import Terminal

Keep = Callable[[Sitting, str, Answer], Sitting]  # an answer is written down at once, so that ^C loses none
QUIT = ("q", "quit", "salir")


def sitting(terminal: Terminal, asked: Sitting, keep: Keep) -> Sitting | None:
    """Until everything is answered and handed in; None for somebody who goes on another time."""
    terminal.show(screen.paper(asked, terminal.look))
    while True:
        terminal.show(blank())
        terminal.show(paragraph(_keys(asked), terminal.look, "dim"))
        text = terminal.read(form.prompt()).strip()
        if text.casefold() in QUIT:
            return None
        if not text and not asked.left:
            return asked
        if text.upper() in tuple(asked.paper.labels):
            asked = keep(asked, text.upper(), _answer(terminal, asked))
            for line in screen.given(asked, terminal.look):
                terminal.show(line)
        elif metric := pick(text, [p.metric for p in asked.panels]):
            terminal.show(screen.panel(asked, metric, terminal.look))
        else:
            terminal.show(screen.paper(asked, terminal.look))


def _keys(asked: Sitting) -> str:
    labels = " ".join(asked.paper.labels)
    looks = _("1 to {n}: look   ·   {labels}: answer   ·   ?: the paper   ·   q: another time").format(
        n=len(asked.panels), labels=labels
    )
    return looks if asked.left else f"{_('Enter: hand in')}   ·   {looks}"


def _answer(terminal: Terminal, asked: Sitting) -> Answer:
    terminal.show(screen.causes(asked, terminal.look))
    cause = _one(terminal, [c.id for c in asked.paper.causes])
    terminal.show(screen.places(asked, terminal.look))
    place = _one(terminal, list(asked.paper.places))
    sure = terminal.ask(form.sure_prompt(), parse_confidence, "    " + form.sure_complaint())
    return Answer(cause, place, sure)


def _one(terminal: Terminal, names: Sequence[str]) -> str:
    return terminal.ask(
        form.prompt(), lambda text: pick(text, names), "    " + _("one of them: its number or its name")
    )
