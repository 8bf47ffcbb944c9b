"""`lynx control`: the ideas that somebody could believe, and the tests that tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.language import _, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table

if TYPE_CHECKING:
    from lynx.loop.results import ControlCard, Controls
    from lynx.view.look import Look


def render(result: Controls, look: Look) -> RenderableType:
    """The rivals in plain words, which are out, and each control with what it separates."""
    if not result.controls:
        return Group(
            paragraph(_("This break has no controls."), look),
            next_line(["lynx hint", "lynx verify"], look, _("Next:")),
        )
    rivals: list[list[Cell]] = []
    for name, text in result.rivals.items():
        out = result.out.get(name)
        mark = _("out, by {control}").format(control=out) if out else ""
        said = f"{text_of(text)} ({mark})" if mark else text_of(text)
        rivals.append([(name, "dim" if out else "bold"), (said, "dim" if out else "")])
    cards: list[list[Cell]] = [
        [(card.name, "dim" if card.done else "bold"), (_says(card), "")] for card in result.controls
    ]
    return Group(
        headline(_("Ideas about why it fails"), "", look),
        table([Column(), Column(wraps=True)], rivals, look),
        blank(),
        headline(_("Tests that tell them apart. Pick one, and say what you expect."), "", look),
        table([Column(), Column(wraps=True)], cards, look),
        blank(),
        next_line(_commands(result), look, _("Next:")),
    )


def _says(card: ControlCard) -> str:
    versus = " ↔ ".join(card.control.predicts)
    said = text_of(card.says)
    done = f" · {_('done')}" if card.done else ""
    return f"{said} [{versus}]{done}" if said else f"[{versus}]{done}"


def _commands(result: Controls) -> list[str]:
    card = next((card for card in result.controls if not card.done), None)
    if card is None:
        return ["lynx hint", "lynx verify"]
    rival = next(iter(card.control.predicts), "")
    return [f"lynx control {card.name} --expect {rival}"]
