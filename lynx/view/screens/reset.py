"""`lynx reset`: the target is as it was before the break."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.view.language import _, ngettext
from lynx.view.layout import blank, code, next_line, paragraph, stack

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.loop.given import Reset
    from lynx.store.damage import Mended
    from lynx.view.look import Look


OUTCOMES = {
    "restored": N_("{target} is as it was before the break, byte for byte."),
    "replaced": N_("{target} is as it was before the break, byte for byte."),
    "gone": N_("Git has put another version of {target} there, without the bug; it stays as it is."),
    "missing": N_("{target} is gone, and was not made again."),
    "already": N_("{target} was already as it was before the break."),
    "recreated": N_("{target} had been removed; it is back, as it was before the break."),
}


RECOVERED = {
    "inject-finished": N_("The last start was cut short; it has been brought to its end: the bug is in."),
    "inject-undone": N_("The last start was cut short; it has been undone: nothing is changed."),
    "restore-finished": N_("The last reset was cut short; it has been brought to its end."),
    "restore-undone": N_("The last reset was cut short; it has been undone: say it again."),
}


def recovered(kind: str) -> str:
    """What recovery did before this command, in a sentence."""
    return _(RECOVERED[kind]) if kind in RECOVERED else kind


def render(result: Reset, look: Look) -> RenderableType:
    """What was given back, where the learner's own version is, where git still holds the bug."""
    parts: list[RenderableType] = [code(result.diff, look), blank()] if result.diff else []
    if result.mended is not None:
        parts += [paragraph(line, look) for line in mended_lines(result.mended)]
    if result.afresh:
        again = _(
            "Every break is new again. Your notes, and what was measured, stay; the next form is a new section."
        )
        parts.append(paragraph(again, look))
    if result.break_id is None:
        return stack(*parts, blank(), next_line(["lynx list"], look, _("Next:")))
    said = _(OUTCOMES[result.outcome]) if result.outcome in OUTCOMES else "{target}: " + result.outcome
    target = result.target or _("The file that had changed")
    parts.append(paragraph(said.format(target=target), look, "bold"))
    if result.kept:
        parts.append(paragraph(_("Your own version is kept: {path}").format(path=result.kept), look))
    parts += leftover_lines(result.leftovers, look, hidden=result.target is None)
    parts += [blank(), next_line([f"lynx break {result.break_id}", "lynx list"], look, _("Next:"))]
    return stack(*parts)


def mended_lines(mended: Mended) -> list[str]:
    """What became of a damaged journal."""
    lines = [
        ngettext(
            "The journal is mended: {n} record was read from it.",
            "The journal is mended: {n} records were read from it.",
            mended.kept,
        ).format(n=mended.kept)
    ]
    if mended.lost:
        lines.append(_("Some of it could not be read and is lost."))
    if mended.aside:
        lines.append(_("The damaged one is kept: {path}").format(path=mended.aside))
    return lines


def leftover_lines(
    leftovers: tuple[tuple[str, str], ...], look: Look, *, hidden: bool = False
) -> list[RenderableType]:
    """Where git still holds the bug, each with the command that removes it, or, if `hidden`, that names the file."""
    said = _("The bug is still in {where}. To remove it:")
    if hidden:
        said = _("The bug is still in {where}. Git names the file, and so tells where the bug was:")
    parts: list[RenderableType] = []
    for where, command in leftovers:
        parts.append(paragraph(said.format(where=where), look))
        parts.append(code(command, look))
    return parts
