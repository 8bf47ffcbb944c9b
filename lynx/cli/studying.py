"""The longer gestures of a phase: a verb, then what a person at a terminal is asked or shown next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lynx.cli.giving import flag_missing
from lynx.loop import home
from lynx.loop.begin import find_or_make
from lynx.loop.session import Session, attach
from lynx.view.language import _

if TYPE_CHECKING:
    from lynx.cli.world import World


@contextmanager
def own_session(world: World) -> Iterator[Session]:
    """The learner's workspace, made from the starter where there is none yet, as by the first `lynx break`."""
    found = find_or_make(world.env)
    if found.made:
        world.terminal.say(
            _("A workspace for you, with its own git repository: {path}").format(path=found.workspace.top)
        )
    found.workspace.state_dir.mkdir(parents=True, exist_ok=True)
    with attach(world.env, found.workspace) as session:
        yield session


def phase(world: World, id_: str | None, check: bool) -> Any:
    """`lynx phase 10` and its definition of done."""
    from lynx.study import phase as phases

    if check:
        with own_session(world) as session, world.terminal.progress(_("Running your workspace's own tests")):
            return phases.check(session, id_ or phases.current(session))
    with home.perhaps(world.env) as known:
        return phases.phase(known, id_ or phases.current(known), world.env)


def read(world: World, reference: str) -> Any:
    """A chapter, in a pager on a terminal."""
    from lynx.study import phase as phases
    from lynx.view import pager

    with home.perhaps(world.env) as session:
        page = phases.read(session, reference, world.env)
    if not world.terminal.interactive:
        return page
    pager.show(world.terminal, page)
    return None


def lab(
    world: World,
    reference: str,
    predict: Sequence[str],
    sure: int | None,
    seeds: int,
    steps: int | None,
    width: int | None,
    sheet: bool,
) -> Any:
    """The sheet, the predictions, the run, the pictures."""
    from lynx.study import laboratory, phase
    from lynx.view.live import LiveRun
    from lynx.view.study import asking, pictures

    if sheet:
        return phase.sheet(reference, world.env)
    with own_session(world) as session:
        asked = laboratory.questions(session, reference)
        answers = laboratory.parse_answers(asked, predict, sure) if predict else {}
        if asked.predictions and not answers and world.terminal.interactive:

            def keep(given: Mapping[str, Mapping[str, Any]]) -> None:
                laboratory.keep_answers(session, asked, given)

            asking.laboratory(world.terminal, asked, keep)
        with LiveRun(world.terminal) as live:
            told = laboratory.laboratory(
                session, reference, live, answers=answers, seeds=seeds, steps=steps, width=width
            )
        drawn = pictures.laboratory(told, session.workspace.top / told.folder)
        return replace(told, files=(*told.files, drawn))


def drill(world: World, answer: str | None, sure: int | None, *, review: bool = False) -> Any:
    """One question after the other on a terminal; elsewhere the question, or its answer by flag."""
    from lynx.study import drill as drills
    from lynx.view.study import asking

    with own_session(world) as session:
        asked = drills.question(session, review=review)
        if answer is not None:
            if sure is None:
                raise flag_missing(f"lynx drill --answer {answer} --sure 70")
            return drills.answer(session, answer, sure, asked=asked)
        if not world.terminal.interactive:
            return asked
        while True:
            said, confidence = asking.drill(world.terminal, asked)
            with world.terminal.progress(_("Training it")):
                measured = drills.answer(session, said.value, confidence, asked=asked)
            world.show(measured)
            if review or not asking.again(world.terminal):
                return None
            asked = drills.question(session)


def sketch(world: World, answer: str | None, sure: int | None) -> Any:
    """One curve after the other on a terminal; elsewhere the question, or its answer by flag."""
    from lynx.study import trajectory
    from lynx.view.study import asking

    with own_session(world) as session:
        asked = trajectory.question(session)
        if answer is not None:
            if sure is None:
                raise flag_missing(f'lynx drill --curve --answer "{answer}" --sure 70')
            return trajectory.answer(session, answer, sure, asked=asked)
        if not world.terminal.interactive:
            return asked
        while True:
            written, confidence = asking.sketch(world.terminal, asked)
            with world.terminal.progress(_("Training it")):
                measured = trajectory.answer(session, written, confidence, asked=asked)
            world.show(measured)
            if not asking.again(world.terminal):
                return None
            asked = trajectory.question(session)


def review(world: World, answer: str | None, sure: int | None) -> Any:
    """What is due; a drill that is due can be answered at once."""
    from lynx.study import progress as progresses

    if answer is not None:
        return drill(world, answer, sure, review=True)
    with own_session(world) as session:
        return progresses.review(session)


def progress(world: World) -> Any:
    """How well the learner predicts, with the reliability diagram as a picture beside the notes."""
    from lynx.study import progress as progresses
    from lynx.study import rules
    from lynx.study.bench import relative, study_folder
    from lynx.view.study import pictures

    with own_session(world) as session:
        told = progresses.progress(session)
        if told.drills.n:
            path = study_folder(session, rules.phase_id()) / "progress.png"
            pictures.reliability(told, path)
            return replace(told, picture=relative(session, path))
        return told


def atlas(
    world: World,
    id_: str | None,
    sweep: bool,
    seeds: int,
    processes: int | None,
    scheduler: str | None,
    activation: str,
    fresh: bool,
) -> Any:
    """The map that ships, or one measured here."""
    from lynx.study import atlas as atlases
    from lynx.view.language import seconds
    from lynx.view.line import Line
    from lynx.view.study import pictures

    if not sweep and scheduler is None:
        return atlases.shipped(activation)
    with own_session(world) as session:
        with Line(world.terminal) as say:

            def tell(advance: atlases.Advance) -> None:
                text = _("{done} of {of} trainings, about {time} to go")
                say(text.format(done=advance.done, of=advance.of, time=seconds(advance.left)))

            told = atlases.sweep(
                session, id_, tell, seeds=seeds, processes=processes, scheduler=scheduler,
                activation=activation, fresh=fresh,
            )  # fmt: skip
        drawn = pictures.atlas(told, session.workspace.top / told.folder)
        return replace(told, files=(*told.files, drawn))
