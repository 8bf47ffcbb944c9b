"""`lynx trust`: what a break from elsewhere would run, but for the answer; then that it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.view.language import _, ngettext
from lynx.view.layout import Cell, Column, blank, code, headline, next_line, paragraph, stack, table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.loop.trusting import Offer
    from lynx.view.look import Look


def render(result: Offer, look: Look) -> RenderableType:
    """Every call and every file, as they are; nothing is shortened, since all of it may run."""
    if result.allowed:
        said = _("Break {name} may run, exactly as shown. If a byte of it changes, Lynx asks again.")
        return stack(
            paragraph(said.format(name=result.name), look, "bold"),
            blank(),
            next_line([f"lynx break {result.name}"], look, _("Next:")),
        )
    said = _("Break {name} would change one file of your repository, and run what follows.")
    calls: list[list[Cell]] = [[(name, "bold"), (call, "")] for name, call in result.runs]
    parts: list[RenderableType] = [
        headline(said.format(name=result.name), "", look),
        paragraph(str(result.folder), look, "dim"),
        blank(),
        table([Column(), Column(wraps=True)], calls, look),
    ]
    for name, diff in result.diffs:
        parts += [blank(), paragraph(_("diff of {name}").format(name=name), look, "bold"), code(diff, look)]
    for name, text in result.files:
        parts += [blank(), paragraph(name, look, "bold")]
        parts.append(code(text, look) if text else paragraph(_("(no text)"), look, "dim"))
    if result.hidden:
        kept = ngettext(
            "Not shown, for it is the answer: {n} diff that would run as part of that file.",
            "Not shown, for they are the answer: {n} diffs that would run as part of that file.",
            result.hidden,
        )
        parts += [blank(), paragraph(kept.format(n=result.hidden), look)]
        parts.append(next_line([f"lynx trust {result.name} --show-answers"], look, _("To read them, too:")))
    return stack(*parts, blank())
