"""`lynx hint`: one level, or the open ones again and what opens the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.view.language import _, text_of
from lynx.view.layout import blank, headline, next_line, paragraph, stack

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.loop.hints import Hinted
    from lynx.view.look import Look


def render(result: Hinted, look: Look) -> RenderableType:
    """The hint with “n of N”; where it stays closed, all open ones and what opens the next."""
    if not result.opened:
        return _closed(result, look)
    parts: list[RenderableType] = [
        headline(_("Hint {n} of {of}").format(n=result.level, of=result.of), "", look),
        paragraph(text_of(result.text), look),
        blank(),
    ]
    if result.anyway:
        parts.append(paragraph(_("Opened without a try in between; that is noted, and that is all."), look))
    shown = len(result.open)
    if shown < result.of:
        parts.append(paragraph(_("The next one opens after a try of yours."), look))
    ideas = [] if result.blind else ["lynx control"]
    parts.append(next_line(["lynx show", *ideas, "lynx verify"], look, _("Next:")))
    return stack(*parts)


def _closed(result: Hinted, look: Look) -> RenderableType:
    parts: list[RenderableType] = []
    for level, text in enumerate(result.open, 1):
        parts += [headline(_("Hint {n} of {of}").format(n=level, of=result.of), "", look)]
        parts += [paragraph(text_of(text), look), blank()]
    opens = _("Hint {n} opens after your next try: change the file, run a control, or verify.")
    if result.blind:
        opens = _("Hint {n} opens after your next try: change the file, or verify.")
    parts.append(headline(opens.format(n=len(result.open) + 1), _("exit {code}").format(code=1), look))
    parts.append(paragraph(_("If you are stuck: lynx hint --anyway"), look))
    return stack(*parts)
