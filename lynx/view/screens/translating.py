"""`lynx mentor translate`: how far a translation is, what is missing, what is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.language import _, ngettext
from lynx.view.layout import blank, headline, indented, next_line, paragraph

if TYPE_CHECKING:
    from lynx.mentor.translate import Translating
    from lynx.view.look import Look


def render(result: Translating, look: Look) -> RenderableType:
    """The stale texts with what they were made from as it is now; the missing ones are counted."""
    done = result.of - len(result.missing) - len(result.stale)
    so_far = _("{n} of {of} texts").format(n=done, of=result.of)
    parts: list[RenderableType] = [headline(f"{result.id} · {result.language}", so_far, look)]
    written = _("Written: {path}") if result.wrote else _("Nothing to write: {path}")
    parts.append(paragraph(written.format(path=result.path), look))
    for one in result.stale:
        parts.append(blank())
        parts.append(
            indented(
                _("{key} was made from another text: {where}").format(key=one.key, where=one.where), look
            )
        )
        parts.append(indented(f"- {one.text}", look, by=4, style="dim"))
        parts.append(indented(f"+ {one.source}", look, by=4))
    if n := len(result.missing):
        left = ngettext("{n} text is left to translate.", "{n} texts are left to translate.", n)
        parts += [blank(), paragraph(left.format(n=n), look)]
    if result.stale:
        again = f"lynx mentor translate {result.id} {result.language} --renewed"
        parts += [blank(), next_line([again], look, _("When they are mended:"))]
    else:
        parts += [blank(), next_line([f"lynx mentor check {result.id}"], look, _("Next:"))]
    return Group(*parts)
