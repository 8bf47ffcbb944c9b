"""`lynx scan`: the world as options, progress, the screens one after the other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lynx.cli.play import duration

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.cli.world import World
    from lynx.scan.scanning import Options


def scan(
    world: World,
    files: Sequence[Path],
    tests: Sequence[str],
    *,
    budget: str | None,
    changed: str | None,
    jobs: int,
    limit: str | None,
) -> Any:
    """A whole scan; ^C and the end of a budget show what there is."""
    from lynx.scan import scanning
    from lynx.view.scanning import LiveScan

    options = _options(
        world,
        only=tuple(files),
        tests=tuple(tests),
        budget=None if budget is None else duration(budget, "--budget"),
        changed=changed,
        jobs=jobs or os.cpu_count() or 1,
        **({} if limit is None else {"limit": duration(limit, "--limit")}),
    )
    with LiveScan(world.terminal) as observe:
        return scanning.scan(options, observe)


def _options(world: World, **given: Any) -> Options:
    from lynx.scan.scanning import Options
    from lynx.store import trust

    env = world.env
    folder = trust.user_home(env.environ)
    return Options(cwd=env.cwd, environ=env.environ, cache=folder, python=env.python, repo=env.repo, **given)
