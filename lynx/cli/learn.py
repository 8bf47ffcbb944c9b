"""The commands of the loop: each calls one verb.

A command imports its verb when it is called: `lynx --help` and `lynx status` would pay for all of them otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lynx.cli.options import (
    BreakId,
    Limit,
    Pack,
    Python,
    Seeds,
    Set,
    Yes,
    complete_controls,
    complete_metrics,
    quietly,
)
from lynx.cli.world import LEARN, World, command
from lynx.errors import N_
from lynx.view.language import _


def everywhere(group: Any, values: dict[str, Any]) -> dict[str, Any]:
    """`values` as the defaults of every command below `group`, in the form that a context takes them."""
    return {
        name: {**values, **everywhere(command, values)}
        for name, command in getattr(group, "commands", {}).items()
    }


def register(app: typer.Typer) -> None:
    """Add every command of the loop."""

    @app.callback(invoke_without_command=True)
    def alone(
        context: typer.Context,
        json_: Annotated[bool, typer.Option("--json", hidden=True)] = False,
        lang: Annotated[str | None, typer.Option("--lang", hidden=True)] = None,
        repo: Annotated[Path | None, typer.Option("--repo", hidden=True)] = None,
        version: Annotated[bool, typer.Option("--version", help=_("Print the version."))] = False,
    ) -> None:
        from lynx import __version__
        from lynx.cli.world import boundary, finish, make_world

        if version:
            typer.echo(__version__)
            raise typer.Exit(0)
        if context.invoked_subcommand is None:
            world = make_world(json_=json_, lang=lang, repo=repo)
            with boundary(world):
                raise typer.Exit(finish(world, status(world)))
        # `lynx --repo PATH status` means what `lynx status --repo PATH` means
        given = {"json_": json_ or None, "lang": lang, "repo": repo}
        context.default_map = everywhere(context.command, {k: v for k, v in given.items() if v is not None})

    @command(app, LEARN, name="break")
    def break_(
        world: World,
        id_: BreakId = None,
        blind: Annotated[
            bool, typer.Option("--blind", help=N_("Hide where and what until it is fixed."))
        ] = False,
        python: Python = None,
        pack: Pack = None,
    ) -> Any:
        """Start a break, or go on with it: injects one known bug and asks what you expect."""
        from lynx.cli import starting

        return starting.start(world, id_, blind=blind)

    @command(app, LEARN)
    def setup(world: World) -> Any:
        """Show the setup of the break under way again: what trains, what changed, what is next."""
        from lynx.loop import begin
        from lynx.loop.session import open_session

        with open_session(world.env) as session:
            return begin.setup(session)

    @command(app, LEARN)
    def predict(
        world: World,
        id_: Annotated[str | None, typer.Argument(metavar="[ID]", show_default=False)] = None,
        answer: Annotated[
            str | None, typer.Option("--answer", metavar="VALUE", help=N_("What you expect."))
        ] = None,
        sure: Annotated[
            str | None, typer.Option("--sure", metavar="30|50|70|90", help=N_("How sure you are."))
        ] = None,
        because: Annotated[
            str | None, typer.Option("--because", metavar="TEXT", help=N_("What makes you think so."))
        ] = None,
    ) -> Any:
        """Show what there is to predict, or write one answer into your notes."""
        from lynx.cli import starting

        return starting.predict(world, id_, answer, sure, because)

    @command(app, LEARN)
    def run(
        world: World,
        seeds: Seeds = 3,
        set_: Set = None,
        observed: Annotated[
            str | None,
            typer.Option("--observed", metavar="TEXT", help=N_("What you saw, in a line, before the score.")),
        ] = None,
        limit: Limit = None,
        python: Python = None,
    ) -> Any:
        """Lock your predictions, train healthy and broken side by side, see what came of each."""
        from lynx.cli import play

        return play.run(world, seeds, set_ or [], limit, observed)

    @command(app, LEARN, name="show")
    def show_(
        world: World,
        metric: Annotated[
            str | None, typer.Argument(autocompletion=quietly(complete_metrics), show_default=False)
        ] = None,
        variant: Annotated[
            str | None, typer.Option("--variant", help=N_("Only this one: healthy, broken, yours …"))
        ] = None,
        layer: Annotated[
            str | None, typer.Option("--layer", help=N_("A layer, counted from 1, or its name."))
        ] = None,
        step: Annotated[int | None, typer.Option("--step", help=N_("Only this step."))] = None,
        seed: Annotated[
            int | None, typer.Option("--seed", help=N_("Of this seed; of the first, unless one is named."))
        ] = None,
    ) -> Any:
        """Look at any series the last run recorded."""
        from lynx.loop import show
        from lynx.loop.session import open_session

        with open_session(world.env) as session:
            return show.show(session, metric, variant=variant, layer=layer, step=step, seed=seed)

    @command(app, LEARN, name="hint")
    def hint_(
        world: World,
        level: Annotated[int | None, typer.Option("--level", help=N_("Reread an open hint."))] = None,
        anyway: Annotated[
            bool, typer.Option("--anyway", help=N_("Open the next one now; it is recorded."))
        ] = False,
    ) -> Any:
        """Reveal the next hint, one level at a time."""
        from lynx.loop import hints
        from lynx.loop.session import open_session

        with open_session(world.env) as session:
            return hints.hint(session, level=level, anyway=anyway)

    @command(app, LEARN, name="control")
    def control_(
        world: World,
        name: Annotated[
            str | None, typer.Argument(autocompletion=quietly(complete_controls), show_default=False)
        ] = None,
        expect: Annotated[
            str | None,
            typer.Option("--expect", metavar="IDEA", help=N_("The idea you expect it to bear out.")),
        ] = None,
        sure: Annotated[
            int | None, typer.Option("--sure", metavar="30|50|70|90", help=N_("How sure you are."))
        ] = None,
        set_: Set = None,
        limit: Limit = None,
        python: Python = None,
    ) -> Any:
        """List the rival ideas, or put them to the test with one control run."""
        from lynx.cli import play

        return play.control(world, name, expect, sure, set_ or [], limit)

    @command(app, LEARN)
    def verify(world: World, python: Python = None) -> Any:
        """Check your fix; any correct one is accepted."""
        from lynx.cli import play

        return play.verify(world)

    @command(app, LEARN)
    def watch(world: World, python: Python = None) -> Any:
        """Verify on every save of the target."""
        from lynx.cli import play

        return play.watch(world)

    @command(app, LEARN)
    def explain(
        world: World,
        text: Annotated[
            str | None, typer.Option("--text", help=N_("Your explanation, one or two sentences."))
        ] = None,
        all_: Annotated[
            bool, typer.Option("--all", help=N_("Everything: claims, sources, controls, seeds."))
        ] = False,
    ) -> Any:
        """Say why it failed, then see the answer; afterwards, see it again."""
        from lynx.cli import play

        return play.explain(world, text, whole=all_)

    @command(app, LEARN)
    def guard(
        world: World,
        tests: Annotated[list[str], typer.Argument(metavar="TEST...", show_default=False)],
        of: Annotated[
            str | None,
            typer.Option("--break", metavar="ID", help=N_("Of this break; of the one here, unless named.")),
        ] = None,
        limit: Limit = None,
        python: Python = None,
    ) -> Any:
        """Prove a test of yours: it passes on sound code, and catches the bug that you found."""
        from lynx.cli import play

        return play.guard(world, tests, of, limit)

    @command(app, LEARN)
    def reveal(world: World, yes: Yes = False) -> Any:
        """Give up on this break: shows everything, and it comes back later."""
        from lynx.cli import giving
        from lynx.loop import repair
        from lynx.loop.session import open_session

        with open_session(world.env) as session:
            session.attempt("reveal")
            return (
                repair.reveal(session)
                if giving.confirmed(
                    world, yes, N_("Show the answer and end this break?"), "lynx reveal --yes"
                )
                else None
            )

    @command(app, LEARN)
    def reset(
        world: World,
        yes: Yes = False,
        all_: Annotated[bool, typer.Option("--all", help=N_("And let every break be new again."))] = False,
    ) -> Any:
        """Give the target back as it was before the break, byte for byte."""
        from lynx.cli import giving

        return giving.reset(world, yes, afresh=all_)

    @command(app, LEARN)
    def export(
        world: World,
        file: Annotated[Path | None, typer.Argument(metavar="[FILE]", show_default=False)] = None,
    ) -> Any:
        """Write your progress into one file, to go on from it on another machine."""
        from lynx.loop import moving
        from lynx.loop.session import open_session

        with open_session(world.env) as session:
            session.demand_own()
            return moving.export(session, world.env.cwd / (file or moving.NAME))

    @command(app, LEARN, name="import")
    def import_(
        world: World, file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]
    ) -> Any:
        """Go on from the file that lynx export wrote, in the workspace here or in a new one."""
        from lynx.loop import moving

        return moving.bring(world.env, world.env.cwd / file)

    @command(app, LEARN)
    def adopt(world: World) -> Any:
        """Take over a break under way that came along with the folder, from another machine or user."""
        from lynx.loop import rescue

        return rescue.adopt(world.env)

    @command(app, LEARN)
    def demo(world: World) -> Any:
        """Watch one break from its first line to its last, in a workspace that is thrown away."""
        from lynx.cli import demo as played

        return played.demo(world)

    @command(app, LEARN, name="status")
    def status_(world: World) -> Any:
        """Say where you are and what is next (so does lynx alone)."""
        return status(world)

    @command(app, LEARN, name="list")
    def list_(world: World, pack: Pack = None) -> Any:
        """Show every break, its state, what it teaches and how long it takes."""
        from lynx.loop import home

        with home.perhaps(world.env) as session:
            return home.list_breaks(session, world.env, needed=True)

    @command(app, LEARN)
    def report(
        world: World,
        id_: BreakId = None,
        out: Annotated[
            Path | None, typer.Option("--out", metavar="FILE", help=N_("Where to write the page."))
        ] = None,
    ) -> Any:
        """Write one page about a break, or about all, to keep or hand in."""
        from lynx.cli import play

        return play.report(world, id_, out)

    @command(app, LEARN)
    def init(
        world: World,
        folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", show_default=False)] = None,
        here: Annotated[bool, typer.Option("--here", help=N_("Adopt the repository you stand in."))] = False,
    ) -> Any:
        """Make a workspace of your own, or adopt the repository you stand in."""
        from lynx.loop import begin

        return begin.initialise(world.env, folder, here=here)

    @command(app, LEARN)
    def mcp(world: World) -> Any:
        """Let an agent play a break: its verbs as tools, over the Model Context Protocol, under the same gates."""
        from lynx.cli import agents

        return agents.serve(world)


def status(world: World) -> Any:
    """Where the learner is."""
    from lynx.loop import home

    return home.where(world.env)
