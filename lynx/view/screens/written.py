"""`lynx report`: where the page is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.view.language import _, ngettext
from lynx.view.layout import blank, next_line, paragraph, stack

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.view.look import Look


def render(result: Any, look: Look) -> RenderableType:
    """The path, and how much the page tells of. `result` is `loop.reporting.Written`."""
    n = result.chapters
    told = ngettext("One page about {n} attempt: {path}", "One page about {n} attempts: {path}", n)
    return stack(
        paragraph(told.format(n=n, path=result.path), look),
        paragraph(_("It stands alone: open it in a browser, print it, or send it."), look, "dim"),
        blank(),
        next_line(["lynx"], look, _("Next:")),
    )
