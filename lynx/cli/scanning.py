"""`lynx scan`: the world as options, progress, the screens one after the other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lynx.cli.play import duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lynx.cli.world import World
    from lynx.scan.scanning import Options


@dataclass(frozen=True)
class Asked:
    """What the line says."""

    files: Sequence[Path]
    tests: Sequence[str]
    run: str | None
    steps: int | None
    prints: str | None
    seed: int
    budget: str | None
    changed: str | None
    jobs: int
    limit: str | None
    page: Path | None
    sarif: Path | None
    badge: Path | None


def scan(world: World, asked: Asked) -> Any:
    """A whole scan; ^C and the end of a budget show what there is."""
    from lynx.scan import scanning
    from lynx.view.scanning import LiveScan

    options = options_of(
        world,
        only=tuple(asked.files),
        tests=tuple(asked.tests),
        run=asked.run,
        steps=asked.steps,
        prints=asked.prints,
        seed=asked.seed,
        budget=None if asked.budget is None else duration(asked.budget, "--budget"),
        changed=asked.changed,
        jobs=asked.jobs or os.cpu_count() or 1,
        **({} if asked.limit is None else {"limit": duration(asked.limit, "--limit")}),
    )
    with LiveScan(world.terminal) as observe:
        scanned = scanning.scan(options, observe)
    if not (asked.page or asked.sarif or asked.badge):
        return scanned
    from dataclasses import replace

    from lynx.view import scanpage

    at = {f"{name}_": path and world.env.cwd / path for name, path in
          (("page", asked.page), ("sarif", asked.sarif), ("badge", asked.badge))}  # fmt: skip
    return replace(scanned, written=scanpage.write(scanned, **at))


def show(world: World, number: int) -> Any:
    """One mutant of the last scan."""
    from lynx.scan import showing

    return showing.show(options_of(world), number)


def ignore(world: World, number: int, because: str) -> Any:
    """One mutant, left out from now on."""
    from lynx.scan import showing

    return showing.ignore(options_of(world), number, because)


def test(world: World, number: int) -> Any:
    """The missing test; how the code around a bug is called, a mentor's guess at an oracle tells."""
    from lynx.mentor.building import building
    from lynx.scan import testing
    from lynx.view.scanning import LiveScan

    with LiveScan(world.terminal) as observe:
        observe.say("test")
        return testing.write(options_of(world), number, building)


def play(world: World, number: int) -> Any:
    """A blind break from a bug that was missed; from here on it is a break like any other."""
    from lynx.cli import starting
    from lynx.scan import playing
    from lynx.view.language import _
    from lynx.view.scanning import LiveScan

    with LiveScan(world.terminal) as observe:
        observe.say("play")
        made = playing.make(options_of(world), number, _, world.env.lang)
    world.env = world.env.but(packs=(*world.env.packs, made.root))
    return starting.start(world, made.id, blind=True)


def options_of(world: World, **given: Any) -> Options:
    """The world outside as a scan's options."""
    from lynx.scan.scanning import Options
    from lynx.store import trust

    env = world.env
    folder = trust.user_home(env.environ)
    return Options(cwd=env.cwd, environ=env.environ, cache=folder, python=env.python, repo=env.repo, **given)
