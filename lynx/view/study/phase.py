"""`lynx phase 10`: what there is and where one stands; with `--check`, the definition of done item by
item.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.study.results import Checked, CheckItem, Found, PhaseView
from lynx.view.language import _, ngettext, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table
from lynx.view.words import word

if TYPE_CHECKING:
    from lynx.view.look import Look


def render(result: PhaseView | Checked, look: Look) -> RenderableType:
    """The phase, or its check."""
    return _phase(result, look) if isinstance(result, PhaseView) else _checked(result, look)


def _phase(result: PhaseView, look: Look) -> RenderableType:
    phase = result.phase
    parts: list[RenderableType] = [
        headline(text_of(phase.title), _("phase {n}").format(n=phase.id), look),
        paragraph(text_of(phase.goal), look),
        paragraph(_("Needs: {what}").format(what=text_of(phase.requires)), look, "dim"),
        blank(),
        headline(_("Chapters"), f"lynx read {phase.id}/NN", look),
    ]
    chapters: list[list[Cell]] = [
        [(f"{phase.id}/{c.id}", "bold"), (text_of(c.title), ""), (_("{n} min").format(n=c.minutes), "dim")]
        for c in phase.chapters
    ]
    parts += [table([Column(), Column(wraps=True), Column(right=True)], chapters, look), blank()]
    labs: list[list[Cell]] = [
        [
            (f"{phase.id}/{x.id}", "bold"),
            (text_of(x.title), ""),
            (word("done"), "green") if x.id in result.laboratories_done else ("", ""),
        ]
        for x in phase.laboratories
    ]
    if labs:
        parts.append(headline(_("Laboratories"), f"lynx lab {phase.id}/NN", look))
        parts += [table([Column(), Column(wraps=True), Column()], labs, look), blank()]
    breaks: list[list[Cell]] = [
        [
            (b.id, "bold"),
            (b.place, "dim"),
            (text_of(b.title), ""),
            (word(b.state), "green" if b.state == "done" else ""),
        ]
        for b in result.breaks
    ]
    if breaks:
        parts.append(headline(_("Breaks"), "lynx break NN", look))
        parts += [table([Column(), Column(), Column(wraps=True), Column()], breaks, look), blank()]
    if result.exam:
        said = _("runs with a bug each, to be named from their curves alone")
        parts += [
            headline(_("Exam"), f"lynx exam {phase.id}", look),
            paragraph(said, look, indent=1),
            blank(),
        ]
    parts += [headline(_("Done when"), f"lynx phase {phase.id} --check", look)]
    parts += [_items(result.items, look, found=False), blank(), *_reading(result, look)]
    parts.append(next_line([result.next], look, _("Next:")))
    return Group(*parts)


def _reading(result: PhaseView, look: Look) -> list[RenderableType]:
    if not result.phase.reading:
        return []
    books = [f"{b.title} · {b.authors}, {b.year}" for b in result.phase.reading]
    return [
        headline(_("Further reading"), _("optional"), look),
        *(paragraph(book, look, "dim", indent=1) for book in books),
        blank(),
    ]


def _checked(result: Checked, look: Look) -> RenderableType:
    held = sum(bool(item.ok) for item in result.items)
    left = len(result.items) - held
    title = _("Phase {n}: what is done").format(n=result.phase)
    parts: list[RenderableType] = [
        headline(title, _("{k} of {n} hold").format(k=held, n=len(result.items)), look),
        blank(),
        _items(result.items, look, found=True),
        blank(),
    ]
    if not left:
        parts.append(paragraph(_("Everything holds: the phase is done."), look, "bold green"))
        return Group(*parts, next_line([result.next], look, _("Next:")))
    missing = ngettext("{n} is missing.", "{n} are missing.", left).format(n=left)
    command = next(item.command for item in result.items if not item.ok)
    return Group(*parts, next_line([command], look, f"{missing} {_('Next:')}"))


def found_line(one: Found) -> str:
    """What was found, in words; a field may be a text of the phase."""
    fields = {
        key: text_of(value) if isinstance(value, Mapping) else value for key, value in one.fields.items()
    }
    return _(one.template).format(**fields)


def _items(items: tuple[CheckItem, ...], look: Look, *, found: bool) -> RenderableType:
    parts: list[RenderableType] = []
    for item in items:
        mark, style = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "dim")}[item.ok]
        said = [text_of(item.says)]
        if found or item.ok is False:
            said += [found_line(one) for one in item.found]
        if found and not item.ok:
            said.append(f"→ {item.command}")
        rows: list[list[Cell]] = [[(mark, style), (said[0], "")]]
        rows += [[("", ""), (line, "bold" if line.startswith("→") else "dim")] for line in said[1:]]
        parts.append(table([Column(), Column(wraps=True)], rows, look))
    return Group(*parts)
