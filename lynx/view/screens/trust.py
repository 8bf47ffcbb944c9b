"""`lynx trust`: what a break from elsewhere would run, whole; then that it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.language import _
from lynx.view.layout import blank, code, headline, next_line, paragraph

if TYPE_CHECKING:
    from lynx.loop.trusting import Offer
    from lynx.view.look import Look


def render(result: Offer, look: Look) -> RenderableType:
    """Every diff and every file, as they are; nothing is shortened, since all of it may run."""
    if result.allowed:
        said = _("Break {name} may run, exactly as shown. If a byte of it changes, Lynx asks again.")
        return Group(
            paragraph(said.format(name=result.name), look, "bold"),
            blank(),
            next_line([f"lynx break {result.name}"], look, _("Next:")),
        )
    said = _("Break {name} would change {target} and run what follows.").format(
        name=result.name, target=result.target
    )
    parts: list[RenderableType] = [headline(said, "", look), paragraph(str(result.folder), look, "dim")]
    for name, diff in result.diffs:
        parts += [blank(), paragraph(_("diff of {name}").format(name=name), look, "bold"), code(diff, look)]
    for name, text in result.files:
        parts += [blank(), paragraph(name, look, "bold")]
        parts.append(code(text, look) if text else paragraph(_("(no text)"), look, "dim"))
    return Group(*parts, blank())
