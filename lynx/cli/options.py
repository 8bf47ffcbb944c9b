"""Options and arguments that several commands share, with their completions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from lynx.errors import N_


def complete_breaks(incomplete: str) -> list[str]:
    """Break ids for the shell."""
    from lynx.loop import home
    from lynx.loop.session import Env

    env = Env(Path.cwd(), os.environ)
    with home.perhaps(env) as session:
        return [line.id for line in home.list_breaks(session, env) if line.id.startswith(incomplete)]


def complete_metrics(incomplete: str) -> list[str]:
    """Metric names for the shell."""
    from lynx.truth.measures import METRICS

    return [name for name in METRICS if name.startswith(incomplete)]


def complete_controls(incomplete: str) -> list[str]:
    """The controls of the break under way, for the shell."""
    from lynx.loop import control
    from lynx.loop.session import Env, open_session

    with open_session(Env(Path.cwd(), os.environ)) as session:
        return [card.name for card in control.controls(session).controls if card.name.startswith(incomplete)]


def quietly(complete):  # type: ignore[no-untyped-def]
    """A completion must never print an error into somebody's command line."""

    def safe(incomplete: str) -> list[str]:
        try:
            found: list[str] = complete(incomplete)
        except Exception:
            return []
        return found

    return safe


Python = Annotated[
    str | None, typer.Option("--python", metavar="PATH", help=N_("The interpreter to train with."))
]
Pack = Annotated[
    list[Path] | None, typer.Option("--pack", metavar="DIR", help=N_("A folder of breaks to look in, too."))
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help=N_("Change an argument of the experiment.")),
]
Limit = Annotated[
    str | None,
    typer.Option("--limit", metavar="TIME", help=N_("Processor time a run may take, such as 90s, 5m or 1h.")),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=N_("Do it without asking."))]
Seeds = Annotated[int, typer.Option("--seeds", min=1, max=100, help=N_("How many seeds to run."))]
BreakId = Annotated[
    str | None, typer.Argument(metavar="[ID]", autocompletion=quietly(complete_breaks), show_default=False)
]
