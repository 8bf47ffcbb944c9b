"""`lynx demo`: the whole loop on one break, played by Lynx itself in a workspace that is thrown away.

The runs, the verdicts and the screens are the real ones; what a learner would type and write stands in
`view/screens/demo.py`. Nothing of the user's is read or written: state, key and cache lie in the same temporary folder.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.cli.world import World
from lynx.content.packs import OWN
from lynx.errors import N_
from lynx.loop import begin, blind, control, hints, home, observe, repair
from lynx.loop.answers import option_names
from lynx.loop.session import Session, open_session
from lynx.store.damage import Damaged
from lynx.view.live import LiveRun
from lynx.view.screens import demo as words

if TYPE_CHECKING:
    from collections.abc import Callable

    from lynx.truth.claims import Prediction

BREAK = "03"  # takes a second, and needs numpy alone


@dataclass(frozen=True)
class Demoed:
    """`lynx demo`: what was played, to its end or until the person had seen enough."""

    break_id: str
    commands: tuple[str, ...]
    ended: bool
    seconds: float
    next: str = "lynx break 00"


class _Left(Exception):
    """The person has seen enough."""


def demo(world: World) -> Demoed:
    """Play the loop, stepped by Enter on a terminal."""
    with suppress(Damaged), home.perhaps(world.env) as session:
        if session:
            remedy = N_(
                "First finish it: lynx verify. Or play it open: lynx reset --yes, then lynx break {id}"
            )
            blind.demand_open(session.active(), BREAK, OWN, remedy)
    began = time.monotonic()
    played: list[str] = []
    ended = True
    with tempfile.TemporaryDirectory(prefix="lynx-demo-") as folder:
        there = Path(folder).resolve()
        apart = {"LYNX_HOME": str(there / "home"), "XDG_STATE_HOME": str(there / "state")}
        env = world.env.but(
            cwd=there, repo=None, learner="demo", packs=(), environ={**world.env.environ, **apart}
        )
        begin.initialise(env, Path("demo"), here=False)
        try:
            _play(World(env.but(cwd=there / "demo", learner=None), world.terminal, world.json), played)
        except _Left:
            ended = False
    return Demoed(BREAK, tuple(played), ended, time.monotonic() - began)


def _play(world: World, played: list[str]) -> None:
    def step(command: str, of: Callable[[], Any], *, last: bool = False) -> Any:
        """One command: what it is for, the line as it would be typed, its screen, and Enter."""
        world.terminal.show(words.typed(command, world.terminal.look))
        result = of()
        world.show(result)
        played.append(command)
        if not last:
            _pause(world)
        return result

    world.terminal.show(words.opening(world.terminal.look))
    _pause(world)
    started = step(f"lynx break {BREAK}", lambda: begin.start(world.env, BREAK))
    with open_session(world.env) as session:
        answers = [(p, words.answer(p.id, option_names(p), p.steps)) for p in started.predictions]
        _predict(session, answers)
        world.terminal.show(words.predicted(started, answers, world.terminal.look))
        _pause(world)
        step("lynx run", lambda: _run(world, session))
        name, card = next(iter(session.break_of(session.attempt("control")).controls.items()))
        rival = next(iter(card.predicts))
        told = f"lynx control {name} --expect {rival} --sure 70"
        step(told, lambda: _control(world, session, name, rival))
        step("lynx hint", lambda: hints.hint(session))
        attempt = session.attempt("verify")
        session.target(attempt).write_bytes(session.journal.needed(attempt.original))
        world.terminal.show(words.mended(attempt.target, world.terminal.look))
        _pause(world)
        step("lynx verify", lambda: repair.verify(session))
        text = words.explanation()
        step(f'lynx explain --text "{text}"', lambda: repair.explain(session, text), last=True)


def _predict(session: Session, answers: list[tuple[Prediction, dict[str, str]]]) -> None:
    begin.answer(session, [(prediction.id, given) for prediction, given in answers])


def _run(world: World, session: Session) -> Any:
    with LiveRun(world.terminal) as live:
        return observe.run(session, live)


def _control(world: World, session: Session, name: str, rival: str) -> Any:
    with LiveRun(world.terminal) as live:
        return control.control(session, name, live, expected=rival, confidence=70)


def _pause(world: World) -> None:
    """Enter goes on; q, or the end of the input, leaves. Through a pipe nothing waits."""
    if not world.terminal.interactive:
        return
    try:
        if world.terminal.read(words.pause()).strip().lower() in ("q", "quit", "salir"):
            raise _Left
    except EOFError:
        raise _Left from None
