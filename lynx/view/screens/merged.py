"""`lynx mentor merge`: which breaks the parts of a check prove, and what is wanting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.errors import N_
from lynx.view.language import _, ngettext
from lynx.view.layout import headline, indented, paragraph
from lynx.view.screens.ran import seeds_of

if TYPE_CHECKING:
    from lynx.mentor.shards import Merged
    from lynx.view.look import Look

SAID = {
    "proved": N_("proved"),
    "fails": N_("falls short"),
    "missing": N_("no part proved it"),
    "other": N_("was proved on other files than those here"),
    "disagree": N_("two parts disagree about it"),
}


def render(result: Merged, look: Look) -> RenderableType:
    """A line a break; below it what falls short."""
    proved = sum(row.state == "proved" for row in result.rows)
    said = ngettext("{n} break proved.", "{n} breaks proved.", proved).format(n=proved)
    of = _("of {n}").format(n=len(result.rows))
    parts: list[RenderableType] = [headline(said, of, look)]
    for row in result.rows:
        style = "" if row.state == "proved" else "red"
        seeds = f", {seeds_of(row.seeds)}" if row.seeds else ""
        files = f" ({', '.join(row.files)})" if row.files else ""
        parts.append(indented(f"{row.id} {row.slug}: {_(SAID[row.state])}{seeds}{files}", look, style=style))
        parts += [indented(problem, look, by=6) for problem in row.problems]
    if result.quick:
        quick = _("Three seeds can only contradict: before publishing, check without --quick.")
        parts.append(paragraph(quick, look))
    return Group(*parts)
