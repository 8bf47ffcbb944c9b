"""Commands whose help speaks Lynx's language in its frame too: Typer words "Usage", "Options" in English alone."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from lynx.errors import N_
from lynx.view.language import _

USAGE = "Usage: "  # as Typer writes it, in English whatever the locale
COMPLETION = {
    "install_completion": N_("Install completion for the current shell."),
    "show_completion": N_("Print the completion for the current shell, to copy or adapt it."),
}


class Menu(typer.Typer):
    """The commands; with `only`, no other is made, which a start that names its command can spare."""

    only: str | None = None
    listing = (
        False  # of all of them: the names and sentences of the commands are told, and none of their options
    )


class _Framed:
    """What commands and groups share: the words around their own help."""

    def get_usage(self, ctx: Any) -> str:
        return str(super().get_usage(ctx)).replace(USAGE, _("Usage: "), 1)  # type: ignore[misc]

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = _("Show this message and exit.")
        return option

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from typer import rich_utils  # rich, for help alone

        rich_utils.OPTIONS_PANEL_TITLE = _("Options")
        rich_utils.ARGUMENTS_PANEL_TITLE = _("Arguments")
        rich_utils.COMMANDS_PANEL_TITLE = _("Commands")
        rich_utils.DEFAULT_STRING = _("[default: {}]")
        rich_utils.REQUIRED_LONG_STRING = _("[required]")
        for parameter in self.params:  # type: ignore[attr-defined]
            if words := COMPLETION.get(parameter.name):
                parameter.help = _(words)
        super().format_help(ctx, formatter)  # type: ignore[misc]


class Command(_Framed, TyperCommand):
    """A command."""


class Group(_Framed, TyperGroup):
    """A group of commands."""
