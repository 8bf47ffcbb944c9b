"""A self-contained page, whatever it shows: one template, one way to set a table, one way to write it.

It asks nothing of the network, and can be read on a phone, printed and projected.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.store.files import write_whole
from lynx.view.language import _, language
from lynx.view.look import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

TEMPLATE = Path(__file__).parent / "page.html"
UNSEEN = ' class="unseen"'
LOOK = Look(encoding="utf-8")


def write_page(text: str, path: Path, command: str) -> None:
    """Write a page; complete before it stands under its name. Raises Refused, naming `command`, where it cannot be."""
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise Refused(
            N_("The page {path} cannot be written: {error}."),
            code="report-unwritable",
            remedy=N_("Name another place: {command}"),
            path=path,
            error=error.strerror or error,
            command=command,
        ) from error


def fill(*, title: str, facts: str, contents: str, chapters: str, footer: str) -> str:
    """The whole page, in the language in force; `contents` and `chapters` are HTML, the rest is text."""
    # one pass, so that a learner's text with a dollar in it stays what it is
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        lang=language(),
        title=html(title),
        skip=html(_("Skip to the content")),
        facts=html(facts),
        contents=contents,
        chapters=chapters,
        footer=html(footer),
    )


def html(text: str) -> str:
    """A text as HTML, with control characters spelt out."""
    return escape(LOOK.plain(text))


@dataclass(frozen=True)
class Column:
    """A column of a table: its title (for screen readers only when `unseen`) and how its cells are set."""

    title: str
    kind: str = ""  # n: short facts, two to a line on a phone; ask: a sentence
    unseen: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], name: str) -> str:
    """A table in a region that scrolls; on a phone each row becomes a block. Cells are HTML already."""
    titles = "".join(
        f'<th scope="col" class="{c.kind}"><span{UNSEEN if c.unseen else ""}>{html(c.title)}</span></th>'
        for c in columns
    )
    body = []
    for row in rows:
        cells = [f'<th scope="row">{row[0]}</th>']
        for column, cell in zip(columns[1:], row[1:], strict=True):
            cells.append(f'<td class="{column.kind}" data-name="{html(column.title)}">{cell}</td>')
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{html(name)}"><table class="stack">'
        f"<thead><tr>{titles}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
