"""`lynx read 10/03`: a chapter, as Markdown drawn for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import CodeBlock, Heading, Markdown
from rich.text import Text

from lynx.view.language import _
from lynx.view.layout import blank, headline, next_line

if TYPE_CHECKING:
    from lynx.study.results import Page
    from lynx.view.look import Look


class _PlainHeading(Heading):
    """A heading on the left: rich centres the first one in a box."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = self.text
        text.justify = "left"
        text.stylize("bold")
        yield Text("")
        yield text


class _Block(CodeBlock):
    """Formulas and tables as they are written, two columns in, without a background."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in str(self.text).rstrip("\n").splitlines():
            yield Text(f"  {line}", no_wrap=True, overflow="ignore")


class _Chapter(Markdown):
    """Markdown with those two."""

    elements = {**Markdown.elements, "heading_open": _PlainHeading, "code_block": _Block, "fence": _Block}  # noqa: RUF012


def render(result: Page, look: Look) -> RenderableType:
    """The page, then what to do next."""
    where = _("{n} minutes").format(n=result.minutes) if result.minutes else ""
    return Group(
        headline(result.reference, where, look, "dim"),
        _Chapter(look.plain(result.markdown), hyperlinks=False),
        blank(),
        next_line([result.next], look, _("Next:")),
    )
