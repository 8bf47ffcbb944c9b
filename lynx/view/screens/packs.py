"""`lynx pack …`: the folders in which breaks from elsewhere are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.view.language import _
from lynx.view.layout import blank, indented, next_line, paragraph, stack

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.loop.trusting import PackList
    from lynx.view.look import Look


def render(result: PackList, look: Look) -> RenderableType:
    """What was added or removed, and what there is."""
    if result.added:
        said = _("Breaks are now looked for in {path}, too. None of them runs before: lynx trust")
        return stack(
            paragraph(said.format(path=result.added), look),
            blank(),
            next_line(["lynx list"], look, _("Next:")),
        )
    if result.removed:
        return paragraph(_("No longer looked in: {path}").format(path=result.removed), look)
    if not result.folders:
        return paragraph(_("No folder of breaks was added. To add one: lynx pack add DIR"), look)
    alone = _("for this repository alone")
    lines = [f"{folder}   ({alone})" if folder in result.here else str(folder) for folder in result.folders]
    return stack(*(indented(line, look) for line in lines))
