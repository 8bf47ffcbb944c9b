"""`lynx mentor check`, `measure`, `preview`: the choice of breaks, the progress, the screens one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.cli.world import World


def check(
    world: World,
    names: Sequence[str],
    everything: bool,
    *,
    quick: bool,
    seeds: int | None,
    jobs: int,
    write: bool,
    shard: str | None,
    scheduler: str | None,
) -> Any:
    """Prove the breaks named; what ran is cached in the user's folder, so that ^C loses nothing."""
    import os

    from lynx.content.reading.cards import cards as read_cards
    from lynx.mentor import check as checking
    from lynx.mentor.choosing import choose, roots_of
    from lynx.store import trust
    from lynx.view.checking import LiveCheck

    env = world.env
    chosen = choose(names, cwd=env.cwd, environ=env.environ, everything=everything, pack=env.packs)
    if shard is not None:
        from lynx.mentor import shards

        chosen = shards.part(chosen, shard)
    cards = read_cards(roots_of(env.cwd, env.environ, env.packs))
    options = checking.Options(
        environ=env.environ,
        cache_dir=trust.user_home(env.environ) / "check",
        seeds=seeds,
        quick=quick,
        jobs=jobs or os.cpu_count() or 1,
        python=env.python,
        repo=env.repo,
        write=write,
        scheduler=scheduler,
        known=frozenset(name for card in cards for name in (card.id, card.slug)),
    )
    with LiveCheck(world.terminal) as progress:
        return checking.check(chosen, options, progress)


def merge(world: World, files: Sequence[Path]) -> Any:
    """What the parts prove of every break at hand."""
    from lynx.mentor import shards
    from lynx.mentor.choosing import choose

    env = world.env
    chosen = choose([], cwd=env.cwd, environ=env.environ, everything=True, pack=env.packs)
    return shards.merge([env.cwd / path for path in files], chosen)


def measure(world: World, name: str, write: bool, seeds: int | None, jobs: int) -> Any:
    """What tells healthy from broken; runs are shared with the check's."""
    import os

    from lynx.mentor import check as checking
    from lynx.mentor import measure as measuring
    from lynx.mentor.choosing import choose
    from lynx.store import trust
    from lynx.view.checking import LiveCheck

    env = world.env
    (chosen,) = choose([name], cwd=env.cwd, environ=env.environ, pack=env.packs)
    options = checking.Options(
        environ=env.environ,
        cache_dir=trust.user_home(env.environ) / "check",
        seeds=seeds,
        jobs=jobs or os.cpu_count() or 1,
        python=env.python,
        repo=env.repo,
        write=write,
    )
    with LiveCheck(world.terminal) as progress:
        return measuring.measure(chosen, options, progress)


def translate(world: World, name: str, language: str, renewed: bool) -> Any:
    """The translation of one break, by its name or its folder."""
    from lynx.mentor.choosing import find
    from lynx.mentor.translate import translate as bring

    env = world.env
    folder = find(name, cwd=env.cwd, environ=env.environ, pack=env.packs)
    return bring(folder, language, env.environ, renewed=renewed)


def preview(world: World, name: str, stage: str | None) -> Any:
    """Every screen of a break, from its spec and proof alone."""
    from lynx.content import catalog
    from lynx.content.reading.breaks import load_break
    from lynx.content.reading.cards import cards as read_cards
    from lynx.mentor import preview as previews
    from lynx.mentor.choosing import roots_of

    env = world.env
    card = catalog.pick(name, read_cards(roots_of(env.cwd, env.environ, env.packs)))
    pages = previews.preview(load_break(card.folder, pack=card.pack), stage=stage)
    if world.json:
        return previews.Pages(pages)
    for page in pages:
        world.terminal.write(f"\n$ {page.command}\n")
        world.show(page.result)
    return None
