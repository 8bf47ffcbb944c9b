"""The commands of a scan: of one's own repository, and what comes after one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lynx.cli.framing import Group, Menu
from lynx.cli.options import Limit, Python
from lynx.cli.world import World, command
from lynx.errors import N_
from lynx.view.language import _

SCAN = N_("Your own code")
BARE = "all"  # what `lynx scan` does without a word after it
Number = Annotated[int, typer.Argument(metavar="N", min=1, show_default=False)]


class Bare(Group):
    """A group whose own command is the one that no word names: `lynx scan`, `lynx scan model.py`."""

    bare = BARE

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put that command's name before what is no command's."""
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = [BARE, *args]
        return super().parse_args(ctx, args)


def register(app: Menu) -> None:
    """Add `lynx scan …`."""
    scan = typer.Typer(cls=Bare, pretty_exceptions_enable=False)
    scan.callback()(lambda: None)
    if app.only in (None, "scan"):
        words = _("Ask which training bugs your tests and your loss curve would miss.")
        app.add_typer(scan, name="scan", help=words, rich_help_panel=_(SCAN))

    @command(scan, None, name=BARE)
    def everything(
        world: World,
        files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", show_default=False)] = None,
        tests: Annotated[
            list[str] | None,
            typer.Option("--tests", metavar="PATH", help=N_("Only these tests, as pytest takes them.")),
        ] = None,
        budget: Annotated[
            str | None,
            typer.Option(
                "--budget", metavar="TIME", help=N_("Stop after so long, such as 3m; the likeliest first.")
            ),
        ] = None,
        changed: Annotated[
            str | None,
            typer.Option("--changed", metavar="REV", help=N_("Only lines changed since this revision.")),
        ] = None,
        jobs: Annotated[int, typer.Option("--jobs", min=0, help=N_("Runs at a time; 0 is every core."))] = 0,
        limit: Limit = None,
        python: Python = None,
    ) -> Any:
        """Put known training bugs into your code, one at a time, and say which of them nothing would notice."""
        from lynx.cli import scanning

        return scanning.scan(
            world, files or [], tests or [], budget=budget, changed=changed, jobs=jobs, limit=limit
        )
