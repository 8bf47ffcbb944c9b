"""The commands of a mentor, and what packs and trust need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lynx.cli.framing import Group, Menu
from lynx.cli.options import BreakId, Pack, Python, Yes, complete_breaks, quietly
from lynx.cli.world import MENTOR, World, command
from lynx.errors import N_
from lynx.view.language import _

Id = Annotated[str, typer.Option("--id", metavar="ID", help=N_("The new break's id, such as 07."))]
Slug = Annotated[
    str | None, typer.Option("--slug", metavar="WORDS", help=N_("Its short name, such as no-zero-grad."))
]
PhaseOption = Annotated[int, typer.Option("--phase", help=N_("The phase it belongs to."))]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help=N_("The folder of breaks to write into."))
]
Experiment = Annotated[
    str | None,
    typer.Option("--experiment", metavar="NAME|FILE", help=N_("What trains: a built-in, or a file to copy.")),
]
Target = Annotated[Path, typer.Argument(metavar="TARGET", show_default=False)]


def in_language(lang: Annotated[str | None, typer.Option("--lang", hidden=True)] = None) -> None:
    """Let a group take `--lang` for its help; main has read it off the whole line already."""


def register(app: Menu) -> None:
    """Add `lynx mentor …`, `lynx pack …` and `lynx trust`."""
    mentor = typer.Typer(cls=Group, no_args_is_help=True, pretty_exceptions_enable=False)
    pack = typer.Typer(cls=Group, no_args_is_help=True, pretty_exceptions_enable=False)
    for group in (mentor, pack):
        group.callback()(in_language)
    about = {
        "mentor": (mentor, N_("Write breaks and prove them.")),
        "pack": (pack, N_("Folders of breaks from elsewhere.")),
    }
    for name, (group, words) in about.items():
        if app.only in (None, name):
            app.add_typer(group, name=name, help=_(words), rich_help_panel=_(MENTOR))
    _writing(mentor)
    _packs(app, pack)

    @command(mentor, None)
    def check(
        world: World,
        names: Annotated[
            list[str] | None,
            typer.Argument(metavar="[ID]...", autocompletion=quietly(complete_breaks), show_default=False),
        ] = None,
        all_: Annotated[bool, typer.Option("--all", help=N_("Every break at hand."))] = False,
        quick: Annotated[bool, typer.Option("--quick", help=N_("Three seeds; says so."))] = False,
        seeds: Annotated[
            int | None, typer.Option("--seeds", min=1, help=N_("Exactly this many seeds."))
        ] = None,
        jobs: Annotated[int, typer.Option("--jobs", min=0, help=N_("Runs at a time; 0 is every core."))] = 0,
        write: Annotated[
            bool, typer.Option("--write", help=N_("Write what was measured into proof.json."))
        ] = False,
        shard: Annotated[
            str | None, typer.Option("--shard", metavar="K/N", help=N_("Only part K of N of the breaks."))
        ] = None,
        scheduler: Annotated[
            str | None, typer.Option("--scheduler", metavar="ADDRESS", help=N_("An existing Dask cluster."))
        ] = None,
        python: Python = None,
        pack: Pack = None,
    ) -> Any:
        """Prove a break: diff, oracle, claims, controls, hints, texts, time."""
        from lynx.cli import prove

        return prove.check(
            world, names or [], all_, quick=quick, seeds=seeds, jobs=jobs, write=write, shard=shard,
            scheduler=scheduler,
        )  # fmt: skip

    @command(mentor, None)
    def merge(
        world: World,
        files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False)],
        pack: Pack = None,
    ) -> Any:
        """Put together what the parts of a check printed, and say whether every break is proved."""
        from lynx.cli import prove

        return prove.merge(world, files)


def _writing(mentor: typer.Typer) -> None:
    @command(mentor, None)
    def record(
        world: World,
        target: Target,
        id_: Id,
        slug: Slug = None,
        phase: PhaseOption = 0,
        out: Out = None,
        healthy: Annotated[
            Path | None,
            typer.Option(
                "--healthy", metavar="FILE", help=N_("The sound version, if not the committed one.")
            ),
        ] = None,
        experiment: Experiment = None,
    ) -> Any:
        """Turn your own edit of a file into a break, and put the file back."""
        from lynx.mentor.record import record as make

        return make(
            target, cwd=world.env.cwd, environ=world.env.environ, id=id_, slug=slug, phase=phase, out=out,
            healthy=healthy, experiment=experiment, language=world.env.lang, say=_,
        )  # fmt: skip

    @command(mentor, None)
    def measure(
        world: World,
        id_: Annotated[
            str, typer.Argument(metavar="ID", autocompletion=quietly(complete_breaks), show_default=False)
        ],
        write: Annotated[
            bool, typer.Option("--write", help=N_("Put predictions and claims into break.yaml."))
        ] = False,
        seeds: Annotated[
            int | None,
            typer.Option(
                "--seeds",
                min=3,
                max=100,
                help=N_("How many seeds to run; else five, and ten where five tell nothing."),
            ),
        ] = None,
        jobs: Annotated[int, typer.Option("--jobs", min=0, help=N_("Runs at a time; 0 is every core."))] = 0,
        python: Python = None,
        pack: Pack = None,
    ) -> Any:
        """Run healthy and broken, and say what tells them apart, in the order in which it shows."""
        from lynx.cli import prove

        return prove.measure(world, id_, write, seeds, jobs)

    @command(mentor, None)
    def new(
        world: World, target: Target, id_: Id, slug: Slug = None, phase: PhaseOption = 0, out: Out = None,
        experiment: Experiment = None,
    ) -> Any:  # fmt: skip
        """Scaffold a break without a diff."""
        from lynx.mentor.record import new as make

        return make(
            target, cwd=world.env.cwd, environ=world.env.environ, id=id_, slug=slug, phase=phase, out=out,
            experiment=experiment, language=world.env.lang, say=_,
        )  # fmt: skip

    @command(mentor, None)
    def preview(
        world: World,
        id_: Annotated[
            str, typer.Argument(metavar="ID", autocompletion=quietly(complete_breaks), show_default=False)
        ],
        stage: Annotated[
            str | None,
            typer.Option("--stage", help=N_("Only this one: break, run, hint, control, verify, debrief …")),
        ] = None,
        pack: Pack = None,
    ) -> Any:
        """Show every screen a learner will see, touching no repository."""
        from lynx.cli import prove

        return prove.preview(world, id_, stage)

    @command(mentor, None)
    def translate(
        world: World,
        id_: Annotated[
            str, typer.Argument(metavar="ID", autocompletion=quietly(complete_breaks), show_default=False)
        ],
        language: Annotated[str, typer.Argument(metavar="LANG", show_default=False)],
        renewed: Annotated[
            bool, typer.Option("--renewed", help=N_("The stale texts are mended: mark them as up to date."))
        ] = False,
        pack: Pack = None,
    ) -> Any:
        """Begin a break's texts in another language, or bring them up to date."""
        from lynx.cli import prove

        return prove.translate(world, id_, language, renewed)

    @command(mentor, None)
    def upgrade(
        world: World, folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False)]
    ) -> Any:
        """Bring breaks and phases of the format before over to this one, in place."""
        from lynx.mentor.upgrade import upgrade as bring

        return bring(world.env.cwd / folder, world.env.environ)

    @command(mentor, None)
    def schema(
        world: World,
        translation: Annotated[
            bool, typer.Option("--translation", help=N_("Of a translation, such as es.yaml."))
        ] = False,
    ) -> Any:
        """Print the JSON Schema of break.yaml, for editors."""
        import json

        from lynx.content.reading import schema as of_break
        from lynx.content.reading import translation as of_translation

        made = of_translation.json_schema() if translation else of_break.json_schema()
        world.terminal.write(json.dumps(made, indent=1) + "\n")


def _packs(app: typer.Typer, pack: typer.Typer) -> None:
    @command(pack, None)
    def add(
        world: World,
        folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False)],
        here: Annotated[bool, typer.Option("--here", help=N_("For this repository alone."))] = False,
    ) -> Any:
        """Look for breaks in this folder, too."""
        from lynx.loop import trusting

        return trusting.pack_add(folder, world.env, here=here)

    @command(pack, None)
    def remove(
        world: World, folder: Annotated[Path, typer.Argument(metavar="DIR", show_default=False)]
    ) -> Any:
        """No longer look in this folder."""
        from lynx.loop import trusting

        return trusting.pack_remove(folder, world.env)

    @command(pack, None, name="list")
    def list_(world: World) -> Any:
        """Show the folders that were added."""
        from lynx.loop import trusting

        return trusting.pack_list(world.env)

    @command(app, MENTOR)
    def trust(
        world: World,
        id_: BreakId = None,
        yes: Yes = False,
        show_answers: Annotated[
            bool, typer.Option("--show-answers", help=N_("The diffs, too: they give the break away."))
        ] = False,
        pack: Pack = None,
    ) -> Any:
        """Show what a break from elsewhere would run, and allow exactly that."""
        from lynx.cli import giving
        from lynx.content import catalog
        from lynx.loop import blind, home, trusting
        from lynx.loop.shelf import shelf

        with home.perhaps(world.env) as session:
            cards = shelf(session.workspace.top if session else None, world.env)
            card = catalog.pick(id_ or "", cards)
            if session and not show_answers:
                remedy = N_("To read it all the same: lynx trust {id} --show-answers")
                blind.demand_open(session.active(), card.id, card.pack, remedy)
        offered = trusting.offer(card, show_answers=show_answers)
        if not world.json:
            world.show(offered)
        if not giving.confirmed(world, yes, N_("Allow exactly this to run?"), f"lynx trust {id_} --yes"):
            return None
        return trusting.allow(offered, world.env.environ)
