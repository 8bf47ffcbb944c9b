"""`lynx control NAME`: what was expected, what was measured, which idea is out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.changed import changes
from lynx.view.figures import median_said
from lynx.view.language import _, text_of
from lynx.view.layout import blank, headline, next_line, paragraph
from lynx.view.quantities import quantity
from lynx.view.screens.ran import seeds_of
from lynx.view.words import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.loop.results import Controlled
    from lynx.view.look import Look


def render(result: Controlled, look: Look) -> RenderableType:
    """The outcome of one control, in the order: expected, measured, so."""
    parts: list[RenderableType] = []
    if says := text_of(result.card.says):
        parts.append(paragraph(says, look))
    if result.expected is not None:
        parts.append(paragraph(_expected(result), look))
    parts.append(headline(_measured(result), seeds_of(len(result.measured.values)), look))
    parts += [paragraph(line, look) for line in _so(result)]
    if result.overrides:
        told = _(
            "This was made with --set {changes}. It is not counted: what each idea expects was written for the "
            "break's own settings."
        )
        parts.append(paragraph(told.format(changes=changes(result)), look, "dim"))
    parts += [blank(), next_line(["lynx control", "lynx hint", "lynx verify"], look, _("Next:"))]
    return Group(*parts)


def _expected(result: Controlled) -> str:
    sure = _(" ({n} % sure)").format(n=result.confidence) if result.confidence is not None else ""
    rival = text_of(result.rivals.get(result.expected or ""))
    backed = _("You expect that {name} holds{sure}: “{rival}”")
    return backed.format(name=result.expected, sure=sure, rival=rival)


def _measured(result: Controlled) -> str:
    """The quantity with its unit and side; without the control's change, beside it."""
    measured = result.measured
    said = _("Measured: {what}: {value} with this change").format(
        what=quantity(measured.measure, measured.own), value=median_said(measured)
    )
    if result.reference is not None:
        beside = _("{said}, {value} without it ({variant}).")
        variant = word(result.reference.id)
        return beside.format(said=said, variant=variant, value=median_said(result.reference))
    return f"{said}."


def _so(result: Controlled) -> list[str]:
    lines = []
    for name in result.ruled_out:
        out = _("So {name} is out: “{rival}” expected otherwise.")
        lines.append(out.format(name=name, rival=text_of(result.rivals.get(name))))
    if result.survived:
        lines.append(_stands(result.survived))
    elif result.ruled_out:
        lines.append(_("Nothing here survives: the measure lies where none of these ideas expects it."))
    if result.expected in result.ruled_out:
        lines.append(_("You backed the one that fell. What did that idea leave out?"))
    return lines


def _stands(names: Sequence[str]) -> str:
    if len(names) == 1:
        return _("Still standing: {name}.").format(name=names[0])
    return _("Still standing, not told apart by this: {names}.").format(names=", ".join(names))
