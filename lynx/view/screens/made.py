"""`lynx init`: the workspace that was made, or adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.view.language import _
from lynx.view.layout import blank, next_line, paragraph, quoted, stack

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.view.look import Look


def render(result: Any, look: Look) -> RenderableType:
    """Where it is, and how to begin. `result` is `loop.begin.Found`, which imports too much for a screen."""
    space = result.workspace
    if result.made:
        said = _("A workspace for {learner}: {path}. It is a git repository with one commit.")
    else:
        said = _("This repository is a workspace of {learner}'s now: {path}. Nothing in it was changed.")
    return stack(
        paragraph(said.format(learner=space.learner, path=space.top), look),
        blank(),
        next_line([f"cd {quoted(str(space.top))}", "lynx break"], look, _("Next:")),
    )
