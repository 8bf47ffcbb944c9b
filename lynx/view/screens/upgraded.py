"""`lynx mentor upgrade`: what was written, what was in the new format already, what is still wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.error import problem_of
from lynx.view.language import _, ngettext
from lynx.view.layout import blank, headline, indented, next_line, paragraph

if TYPE_CHECKING:
    from lynx.mentor.upgrade import Upgraded
    from lynx.view.look import Look


def render(result: Upgraded, look: Look) -> RenderableType:
    """A line a folder, then the problems."""
    new = [one for one in result.brought if one.wrote]
    said = ngettext("{n} file brought over.", "{n} files brought over.", len(new)).format(n=len(new))
    already = len(result.brought) - len(new)
    parts: list[RenderableType] = [headline(said, "", look)]
    for one in new:
        parts.append(indented(f"{one.path.parent}: {', '.join(one.wrote)}", look))
        if n := one.comments_lost:
            lost = ngettext("{n} comment had no place in it.", "{n} comments had no place in it.", n)
            parts.append(indented(lost.format(n=n), look, by=4))
    if already:
        told = ngettext("{n} was in this format already.", "{n} were in this format already.", already)
        parts.append(paragraph(told.format(n=already), look))
    for problem in result.problems:
        shown = problem_of(problem, "")
        parts.append(indented(shown["what"], look, style="red"))
        parts.append(indented(f"{shown['where']}  {shown['remedy']}".strip(), look, by=4))
    return Group(*parts, blank(), next_line(["git diff", "lynx mentor check --all"], look, _("Next:")))
