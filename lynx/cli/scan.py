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
        run: Annotated[
            str | None,
            typer.Option(
                "--run", metavar="COMMAND", help=N_("A short training of yours, to see what survivors do.")
            ),
        ] = None,
        steps: Annotated[
            int | None, typer.Option("--steps", min=1, help=N_("So many steps of it at most."))
        ] = None,
        prints: Annotated[
            str | None,
            typer.Option(
                "--prints", metavar="PATTERN", help=N_("How its validation loss reads in what it prints.")
            ),
        ] = None,
        seed: Annotated[int, typer.Option("--seed", min=0, help=N_("The first of its five seeds."))] = 100,
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
        page: Annotated[
            Path | None, typer.Option("--page", metavar="FILE", help=N_("Write a page with the curves, too."))
        ] = None,
        sarif: Annotated[
            Path | None, typer.Option("--sarif", metavar="FILE", help=N_("Write SARIF for a code host, too."))
        ] = None,
        badge: Annotated[
            Path | None, typer.Option("--badge", metavar="FILE", help=N_("Write a badge (SVG), too."))
        ] = None,
        limit: Limit = None,
        python: Python = None,
    ) -> Any:
        """Put known training bugs into your code, one at a time, and say which of them nothing would notice."""
        from lynx.cli import scanning

        asked = scanning.Asked(
            files or [],
            tests or [],
            run,
            steps,
            prints,
            seed,
            budget,
            changed,
            jobs,
            limit,
            page,
            sarif,
            badge,
        )
        return scanning.scan(world, asked)

    @command(scan, None)
    def show(world: World, number: Number) -> Any:
        """Show one of them: its diff, the curves side by side, why it counts, which guard would see it."""
        from lynx.cli import scanning

        return scanning.show(world, number)

    @command(scan, None, name="test")
    def test_(world: World, number: Number, python: Python = None) -> Any:
        """Write the test that is missing, proved: it passes as it is, and fails on the bug."""
        from lynx.cli import scanning

        return scanning.test(world, number)

    @command(scan, None)
    def play(world: World, number: Number, python: Python = None) -> Any:
        """Make a blind break of one, in your own code: predict, run, find it, mend it."""
        from lynx.cli import scanning

        return scanning.play(world, number)

    @command(scan, None)
    def ignore(
        world: World,
        number: Number,
        because: Annotated[
            str, typer.Option("--because", metavar="TEXT", help=N_("Why it may be left out."))
        ] = "",
    ) -> Any:
        """Leave one out from now on, with the reason, in a file that can be committed."""
        from lynx.cli import scanning

        return scanning.ignore(world, number, because)
