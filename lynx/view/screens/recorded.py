"""`lynx mentor record` and `new`: the folder that was written, and what is left to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.language import _, ngettext
from lynx.view.layout import blank, code, headline, next_line, paragraph

if TYPE_CHECKING:
    from lynx.mentor.results import Recorded
    from lynx.view.look import Look


def render(result: Recorded, look: Look) -> RenderableType:
    """Where the break is, its diff, the blanks."""
    parts: list[RenderableType] = [headline(f"{result.id} {result.slug}", str(result.folder), look)]
    if result.diff:
        parts.append(code(result.diff, look))
    if result.within:
        parts.append(paragraph(_("within {name}").format(name=result.within), look, "dim"))
    if result.restored:
        restored = _("{target} is as it was before your edit, byte for byte.")
        parts.append(paragraph(restored.format(target=result.target), look))
    if result.blanks:
        n = result.blanks
        left = ngettext("{n} text is left to write.", "{n} texts are left to write.", n)
        parts.append(paragraph(left.format(n=n), look))
    return Group(*parts, blank(), next_line([result.next], look, _("Next:")))
