"""`lynx export` and `lynx import`: what travels, and what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.errors import N_
from lynx.loop.moving import Exported, Imported
from lynx.view.language import _, ngettext
from lynx.view.layout import blank, next_line, paragraph, quoted

if TYPE_CHECKING:
    from lynx.view.look import Look

LEFT = {
    "busy": N_("The break that was under way there is kept as given back: another one is under way here."),
    "drifted": N_("The break that was under way there is kept as given back: its file is another one here."),
}


def render(result: Exported | Imported, look: Look) -> RenderableType:
    """Counted, and the next command: on the other machine, or here."""
    return _exported(result, look) if isinstance(result, Exported) else _imported(result, look)


def _exported(result: Exported, look: Look) -> RenderableType:
    n = result.attempts
    path = quoted(str(result.path))
    said = ngettext("{n} attempt, with its notes: {path}", "{n} attempts, with their notes: {path}", n)
    parts = [paragraph(said.format(n=n, path=path), look, "bold")]
    if result.under_way:
        along = _("Break {id} is under way and goes along, with what you made of the file.")
        parts.append(paragraph(along.format(id=result.under_way), look))
    there = _("Copy the file to the other machine, and there:")
    return Group(*parts, blank(), next_line([f"lynx import {quoted(result.path.name)}"], look, there))


def _imported(result: Imported, look: Look) -> RenderableType:
    n = result.attempts
    parts = [
        paragraph(ngettext("{n} attempt brought.", "{n} attempts brought.", n).format(n=n), look, "bold"),
        paragraph(_("In {path}").format(path=quoted(str(result.workspace))), look),
    ]
    if result.known:
        known = ngettext("{n} was here already.", "{n} were here already.", result.known)
        parts.append(paragraph(known.format(n=result.known), look))
    if result.notes:
        parts.append(paragraph(_("Added to: {paths}").format(paths=", ".join(result.notes)), look))
    if result.under_way:
        parts.append(paragraph(_("Break {id} goes on here.").format(id=result.under_way), look))
    if result.left:
        parts.append(paragraph(_(LEFT[result.left]), look))
    commands = [f"cd {quoted(str(result.workspace))}"] if result.made else []
    return Group(*parts, blank(), next_line([*commands, result.next], look, _("Next:")))
