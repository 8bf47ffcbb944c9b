"""`lynx predict ID`: one answer as the notes keep it, and what is still to be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.loop.stages import NEXT, Stage
from lynx.view.language import _, ngettext
from lynx.view.layout import blank, next_line, paragraph, row, stack

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.loop.results import Predicted
    from lynx.view.look import Look


def render(result: Predicted, look: Look) -> RenderableType:
    """The answer; then the next question, or the run."""
    told = f"{result.prediction} · {result.confidence} % · {result.because}"
    n = len(result.missing)
    left = ngettext("{n} prediction is still to come.", "{n} predictions are still to come.", n).format(n=n)
    command = f"lynx predict {result.missing[0]}" if n else NEXT[Stage.PREDICTING]
    return stack(
        row([(result.id, "bold"), (told, "")], look),
        blank(),
        *([paragraph(left, look)] if n else []),
        next_line([command], look, _("Next:")),
    )
