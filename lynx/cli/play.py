"""The longer gestures of the loop: a verb, then what a person at a terminal is asked or shown next.

Without a terminal each of them is one verb and its result; what would be asked takes a flag.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.cli.giving import flag_missing
from lynx.errors import N_, LynxError, Refused
from lynx.loop import control as controls
from lynx.loop import hints, notes, observe, repair
from lynx.loop.results import Debrief, Glimpse, Ran, Verified
from lynx.loop.session import Session, open_session
from lynx.loop.stages import Stage
from lynx.store import files
from lynx.view.language import _

if TYPE_CHECKING:
    from lynx.cli.world import World
    from lynx.loop.session import Env


# -- run -------------------------------------------------------------------------------------------


def run(
    world: World,
    seeds: int,
    assignments: Sequence[str],
    limit: str | None = None,
    observed: str | None = None,
) -> Any:
    """`lynx run`."""
    with open_session(limited(world, limit)) as session:
        numbers = observe.learner_seeds(seeds)
        return run_here(world, session, numbers, overrides_from(assignments), observed)


def limited(world: World, limit: str | None) -> Env:
    """The world outside, with the processor time that a job may take. Raises Refused for what is no time."""
    return world.env if limit is None else replace(world.env, limit=duration(limit, "--limit"))


_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def duration(text: str, option: str) -> float:
    """`90s`, `5m`, `1h` in seconds. Raises Refused for what is no time."""
    match = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(s|m|min|h)?", text.strip())
    seconds = float(match[1].replace(",", ".")) * _UNITS[match[2] or "s"] if match else 0.0
    if not 0 < seconds <= _UNITS["h"] * 24 * 7:
        raise Refused(
            N_("“{text}” is no time."),
            code="usage",
            remedy=N_("Write {option} 90s, {option} 5m or {option} 1h"),
            text=text,
            option=option,
        )
    return seconds


def run_here(
    world: World,
    session: Session,
    seeds: Sequence[int],
    overrides: dict[str, Any],
    observed: str | None = None,
) -> Ran:
    """Run with live curves, ask what was seen in the first seed's, then keep the pictures beside the notes."""
    from lynx.view import asking
    from lynx.view.live import LiveRun

    break_ = session.break_of(session.attempt("run"))
    with LiveRun(world.terminal, level=break_.level, sketches=observe.sketches(session)) as live:

        def look(seen: Glimpse) -> str:
            live.clear()
            return asking.observation(world.terminal, seen)

        try:
            ran = observe.run(
                session,
                live,
                seeds=tuple(seeds),
                overrides=overrides,
                look=look if world.terminal.interactive else None,
                observed=observed,
            )
        except KeyboardInterrupt:
            raise live.progress.interrupted() from None
    if overrides:
        return ran
    return with_pictures(session, ran)


def with_pictures(session: Session, ran: Ran) -> Ran:
    """Draw the PNGs beside the notes and link them from there."""
    import os
    from dataclasses import replace

    from lynx.view.pictures import png

    attempt = session.attempt("run")
    beside = session.notes_path(attempt).parent
    with session.scratch() as folder:  # a name that is a link is replaced, never followed
        names = png.draw(ran, folder, stem=f"break-{attempt.break_id}-{attempt.number}")
        for name in names:
            try:
                os.replace(folder / name, beside / name)  # noqa: PTH105
            except OSError:  # git's folder lies on another disk
                files.write(beside / name, (folder / name).read_bytes(), durable=False)
    links = [f"![{name}]({name})" for name in names]
    session.change_notes(attempt, lambda text: notes.add_links(text, attempt.heading, links))
    return replace(ran, pictures=tuple(names))


def overrides_from(assignments: Sequence[str]) -> dict[str, Any]:
    """`NAME=VALUE` pairs; a value that reads as a number is one, and one that names a file is its whole path."""
    found: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise Refused(
                N_("“{text}” does not set anything."),
                code="usage",
                remedy=N_("Write NAME=VALUE, such as --set steps=400"),
                text=assignment,
            )
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    path = Path(text)
    with contextlib.suppress(RuntimeError):  # no home: it stays as it is
        path = path.expanduser()
    if path.is_file() or (
        "/" in text and path.exists()
    ):  # a bare word that is a folder's name, too, is a word
        return str(path.resolve())
    return {"true": True, "false": False}.get(text.lower(), text)


# -- control ---------------------------------------------------------------------------------------


def control(
    world: World,
    name: str | None,
    expect: str | None,
    sure: int | None,
    assignments: Sequence[str] = (),
    limit: str | None = None,
) -> Any:
    """List the rivals, or run one control after saying what one expects of it."""
    from lynx.view import asking
    from lynx.view.live import LiveRun

    with open_session(limited(world, limit)) as session:
        offered = controls.controls(session)
        if name is None:
            return offered
        card = next((c for c in offered.controls if c.name == name), None)
        if card is not None and expect is None:
            rivals = list(card.control.predicts)
            if not world.terminal.interactive:
                raise flag_missing(f"lynx control {name} --expect {rivals[0]} --sure 70")
            expect, sure = asking.expectation(world.terminal, offered, card)
        with LiveRun(world.terminal) as live:
            return controls.control(
                session,
                name,
                live,
                expected=expect,
                confidence=sure,
                overrides=overrides_from(assignments),
            )


# -- verify, explain -------------------------------------------------------------------------------


def verify(world: World) -> Any:
    """Verify; on success a terminal is asked for the explanation, and only then come the answer and the story."""
    with open_session(world.env) as session:
        session.attempt("verify")
        with world.terminal.progress(_("Comparing outputs and gradients")):
            examined = repair.begin_verify(session)
        first = examined.verified
        asks = (
            first.verdict == "fixed" and world.terminal.interactive and examined.attempt.stage != Stage.DONE
        )
        if not asks:
            return settled(world, session, examined)
        world.show(replace(first, stage=Stage.EXPLAINING))
        text = asked_meanwhile(world, session, examined)
        verified = settled(world, session, examined)
        return repair.explain(session, text) if verified.verdict == "fixed" else verified


def settled(world: World, session: Session, examined: repair.Examined) -> Verified:
    """The verdict once the training run is through."""
    if examined.training is None:
        return repair.settle(session, examined)
    with world.terminal.progress(_("Training your version once more, with a seed of its own")):
        return repair.settle(session, examined)


def asked_meanwhile(world: World, session: Session, examined: repair.Examined) -> str:
    """The explanation, typed while the training run goes on; who leaves keeps the verdict."""
    from lynx.view import asking

    try:
        return asking.explanation(world.terminal, asked=True)
    except (KeyboardInterrupt, EOFError):
        repair.settle(session, examined, wait=False)
        raise


def explain(world: World, text: str | None, *, whole: bool = False) -> Debrief:
    """`lynx explain`: asks, then tells; of a break that is done it tells again, and asks nothing."""
    with open_session(world.env) as session:
        attempt = session.attempt("explain")
        if text is not None:
            return replace(repair.explain(session, text), whole=whole)
        if attempt.stage == Stage.DONE:
            return repair.retold(session, attempt, whole=whole)
        if not world.terminal.interactive:
            raise flag_missing('lynx explain --text "…"')
        return replace(asked_explanation(world, session), whole=whole)


def asked_explanation(world: World, session: Session, *, asked: bool = False) -> Debrief:
    """Ask for one or two sentences (`asked`: the screen above does), then debrief."""
    from lynx.view import asking

    failed = repair.seen_to_fail(session, session.attempt("explain"))
    return repair.explain(session, asking.explanation(world.terminal, asked=asked, failed=failed))


# -- guard ---------------------------------------------------------------------------------------


def guard(world: World, tests: Sequence[str], of: str | None, limit: str | None) -> Any:
    """`lynx guard`: a test of the learner's against the sound code, the bug and every wrong fix."""
    from lynx.scan import guarding

    said = _("Running your test on sound code, on the bug and on wrong fixes")
    with open_session(limited(world, limit)) as session, world.terminal.progress(said):
        return guarding.guard(session, tests, of)


# -- watch, report ---------------------------------------------------------------------------------


def watch(world: World) -> Any:
    """Verify on every save until it passes or the learner leaves."""
    from lynx.view import watching

    with open_session(world.env) as session:
        attempt = session.attempt("watch")

        def once() -> Verified:
            return repair.verify(session)

        def follow(key: str) -> None:
            try:
                if key == "h":
                    world.show(hints.hint(session))
                elif key == "c":
                    world.show(controls.controls(session))
                else:
                    world.show(run_here(world, session, observe.SEEDS, {}))
            except LynxError as error:
                world.terminal.show_error(error)

        fixed = watching.watch(world.terminal, session.target(attempt), once, follow)
        explaining = session.attempt("watch").stage == Stage.EXPLAINING
        go_on = fixed and explaining and world.terminal.interactive
        return asked_explanation(world, session, asked=True) if go_on else None


def report(world: World, break_id: str | None, out: Path | None) -> Any:
    """Write the HTML page; its path."""
    from lynx.loop import reporting
    from lynx.view import report as page

    with open_session(world.env) as session:
        contents = reporting.collect(session, break_id)
        path = world.env.cwd / (out or Path("lynx-report.html"))
        page.write(contents, path)
    return reporting.Written(path, len(contents.chapters))
