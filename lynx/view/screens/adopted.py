"""`lynx adopt`: a state that came along with the folder; and what giving its file back would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.loop.given import Adopted, Change
from lynx.view.language import _
from lynx.view.layout import blank, code, next_line, paragraph, stack

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.view.look import Look


def render(result: Adopted | Change, look: Look) -> RenderableType:
    """What is taken over and what is next; or the change, before it is allowed."""
    if isinstance(result, Change):
        said = _("This folder came with a break under way. Giving {target} back would change it so:")
        return stack(paragraph(said.format(target=result.target), look), blank(), code(result.diff, look))
    first = (
        _("What Lynx kept here is yours now.")
        if result.was_foreign
        else _("What Lynx keeps here is yours already.")
    )
    parts: list[RenderableType] = [paragraph(first, look, "bold")]
    if result.break_id:
        parts.append(paragraph(_("Break {id} is under way.").format(id=result.break_id), look))
        if result.target:
            parts.append(paragraph(_("It changed: {target}").format(target=result.target), look, "dim"))
        if result.notes:
            parts.append(paragraph(_("notes: {path}").format(path=result.notes), look, "dim"))
    if not result.runnable:
        parts.append(
            paragraph(
                _(
                    "It is not a break that you have here or have allowed (lynx trust): nothing of it is run. "
                    "lynx reset gives the file back."
                ),
                look,
            )
        )
    return stack(*parts, blank(), next_line([result.next], look, _("Next:")))
