"""The commands of a phase: read, measure, predict."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lynx.cli.options import Python, Seeds
from lynx.cli.world import STUDY, World, command
from lynx.errors import N_

Reference = Annotated[str, typer.Argument(metavar="PHASE/NN", show_default=False)]
PhaseId = Annotated[str | None, typer.Argument(metavar="[PHASE]", show_default=False)]
Sure = Annotated[int | None, typer.Option("--sure", metavar="30|50|70|90", help=N_("How sure you are."))]


def register(app: typer.Typer) -> None:
    """Add the commands that read, measure and drill."""

    @command(app, STUDY)
    def phase(
        world: World,
        id_: PhaseId = None,
        check: Annotated[
            bool, typer.Option("--check", help=N_("Hold the definition of done against your workspace."))
        ] = False,
    ) -> Any:
        """Show a phase: its goal, chapters, laboratories, breaks, and where you stand."""
        from lynx.cli import studying

        return studying.phase(world, id_, check)

    @command(app, STUDY)
    def read(world: World, reference: Reference) -> Any:
        """Read a chapter, such as 10/03."""
        from lynx.cli import studying

        return studying.read(world, reference)

    @command(app, STUDY)
    def lab(
        world: World,
        reference: Reference,
        predict: Annotated[
            list[str] | None, typer.Option("--predict", metavar="ID=VALUE@SURE", help=N_("Your prediction."))
        ] = None,
        sure: Sure = None,
        seeds: Seeds = 3,
        steps: Annotated[int | None, typer.Option("--steps", min=1, help=N_("Steps of training."))] = None,
        width: Annotated[int | None, typer.Option("--width", min=2, help=N_("Width of the layers."))] = None,
        sheet: Annotated[bool, typer.Option("--sheet", help=N_("Only show the sheet."))] = False,
        python: Python = None,
    ) -> Any:
        """Run a laboratory, such as 10/00: predict, then measure."""
        from lynx.cli import studying

        return studying.lab(world, reference, predict or [], sure, seeds, steps, width, sheet)

    @command(app, STUDY)
    def drill(
        world: World,
        answer: Annotated[
            str | None,
            typer.Option("--answer", metavar="OUTCOME", help=N_("trains, diverges or does-not-learn.")),
        ] = None,
        sure: Sure = None,
        review: Annotated[
            bool, typer.Option("--review", help=N_("A neighbour of an answer that is due."))
        ] = False,
        curve: Annotated[
            bool, typer.Option("--curve", help=N_("Sketch how the loss goes, in place of how it ends."))
        ] = False,
        python: Python = None,
    ) -> Any:
        """Predict what a network will do, then see it measured."""
        from lynx.cli import studying

        if curve:
            return studying.sketch(world, answer, sure)
        return studying.drill(world, answer, sure, review=review)

    @command(app, STUDY)
    def exam(
        world: World,
        reference: Annotated[str | None, typer.Argument(metavar="[PHASE|mixed]", show_default=False)] = None,
        look: Annotated[
            str | None, typer.Option("--look", metavar="METRIC", help=N_("Draw one instrument."))
        ] = None,
        run: Annotated[
            str | None, typer.Option("--run", metavar="A", help=N_("Only this run of it."))
        ] = None,
        answer: Annotated[
            list[str] | None,
            typer.Option("--answer", metavar="RUN=CAUSE/PLACE@SURE", help=N_("What is broken in a run.")),
        ] = None,
        seed: Annotated[
            int | None, typer.Option("--seed", min=0, help=N_("Draw the runs from a seed of your own."))
        ] = None,
        python: Python = None,
    ) -> Any:
        """Name the bugs of several runs from their curves alone."""
        from lynx.cli import examining

        return examining.exam(world, reference, look, run, answer or [], seed)

    @command(app, STUDY)
    def review(
        world: World,
        answer: Annotated[
            str | None, typer.Option("--answer", metavar="OUTCOME", help=N_("Answer the drill that is due."))
        ] = None,
        sure: Sure = None,
    ) -> Any:
        """List what is due again: misses, answers that were revealed, and some hits."""
        from lynx.cli import studying

        return studying.review(world, answer, sure)

    @command(app, STUDY)
    def progress(world: World) -> Any:
        """Show your predictions over time: hits, what your confidence tells, what you misjudge."""
        from lynx.cli import studying

        return studying.progress(world)

    @command(app, STUDY)
    def atlas(
        world: World,
        id_: PhaseId = None,
        sweep: Annotated[
            bool, typer.Option("--sweep", help=N_("Measure the whole grid on this machine."))
        ] = False,
        seeds: Seeds = 3,
        processes: Annotated[
            int | None,
            typer.Option("--processes", min=1, help=N_("How many at a time; all cores if not said.")),
        ] = None,
        scheduler: Annotated[
            str | None, typer.Option("--scheduler", metavar="ADDRESS", help=N_("An existing Dask cluster."))
        ] = None,
        activation: Annotated[str, typer.Option("--activation", help=N_("Which slice to draw."))] = "gelu",
        fresh: Annotated[bool, typer.Option("--fresh", help=N_("Measure everything again."))] = False,
    ) -> Any:
        """Map where training fails, and how, over the drill's whole grid."""
        from lynx.cli import studying

        return studying.atlas(world, id_, sweep, seeds, processes, scheduler, activation, fresh)
