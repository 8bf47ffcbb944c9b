"""The commands of a class: what a learner hands in, what a teacher sees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from lynx.cli.world import TEACH, World, command
from lynx.errors import N_

Name = Annotated[
    str, typer.Option("--name", metavar="NAME", help=N_("Your name; else a pseudonym stands there."))
]


def register(app: typer.Typer) -> None:
    """Add the commands of a class."""

    @command(app, TEACH)
    def hand_in(
        world: World,
        file: Annotated[Path | None, typer.Argument(metavar="[FILE]", show_default=False)] = None,
        name: Name = "",
        with_words: Annotated[
            bool,
            typer.Option("--with-words", help=N_("With your reasons and explanations as you wrote them.")),
        ] = False,
    ) -> Any:
        """Write your work into one file for a teacher; nothing is sent."""
        from lynx.loop.session import open_session
        from lynx.teach import hand_in as verb

        with open_session(world.env) as session:
            session.demand_own()
            return verb.hand_in(session, file and world.env.cwd / file, name, words=with_words)

    @command(app, TEACH, name="class")
    def class_(
        world: World,
        folders: Annotated[list[Path], typer.Argument(metavar="DIR…", show_default=False)],
        page: Annotated[
            Path | None, typer.Option("--page", metavar="FILE", help=N_("Also as one HTML page."))
        ] = None,
        csv: Annotated[
            Path | None, typer.Option("--csv", metavar="FILE", help=N_("Also as a table."))
        ] = None,
    ) -> Any:
        """Show a class from its hand-ins: who stands where, what was believed and wrong, who is stuck."""
        from lynx.teach import classroom
        from lynx.view import pages
        from lynx.view.teach import page as pages_of_class
        from lynx.view.teach import sheet

        view = classroom.classroom(world.env, folders)
        written = []
        for path, option, text in ((page, "--page", pages_of_class.page), (csv, "--csv", sheet.sheet)):
            if path is not None:
                written.append(world.env.cwd / path)
                pages.write_page(text(view), written[-1], f"lynx class DIR {option} FILE")
        return replace(view, written=tuple(written))
