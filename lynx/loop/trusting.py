"""`lynx trust`: what a break from elsewhere would run, all of it but the answer; and who may run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lynx.content import packs
from lynx.content.reading.kept import is_words
from lynx.errors import N_, Refused
from lynx.repo import workspace
from lynx.store import trust

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.content.catalog import Card
    from lynx.content.spec import Break
    from lynx.loop.session import Env


@dataclass(frozen=True)
class Offer:
    """What would run, and the hash under which it would be allowed; `allowed` when that is done."""

    name: str
    folder: Path
    runs: tuple[tuple[str, str], ...]  # (experiment, oracle, a control's name …), what it calls with what
    files: tuple[tuple[str, str], ...]  # every other file of the folder: name, text ("" for what is no text)
    hidden: int  # diffs that are not shown: they are the answer
    hash: str
    diffs: tuple[
        tuple[str, str], ...
    ] = ()  # (break, a control's name …), diff; only where they were asked for
    allowed: bool = False


def offer(card: Card, *, show_answers: bool = False) -> Offer:
    """Read a break without running anything of it; its diffs are told only when `show_answers` asks."""
    before = trust.pack_hash(card.folder)
    from lynx.content.reading.breaks import load_break  # what is shown before it is allowed is read anew

    break_ = load_break(card.folder, pack=card.pack)
    diffs = [("break", break_.diff)]
    diffs += [(name, c.variant.diff) for name, c in break_.controls.items() if c.variant.diff]
    diffs += [(name, v.diff) for name, v in break_.variants.items() if v.diff]
    files = [
        (path.relative_to(card.folder).as_posix(), _text(path))
        for path in sorted(card.folder.rglob("*"))
        if path.is_file() and not (path.parent == card.folder and is_words(path.name))
    ]
    return Offer(
        name=card.name,
        folder=card.folder,
        runs=_runs(break_),
        files=tuple(files),
        hidden=0 if show_answers else len(diffs),
        hash=before,
        diffs=tuple(diffs) if show_answers else (),
    )


def _runs(break_: Break) -> tuple[tuple[str, str], ...]:
    """Every call that the spec asks for, with its arguments."""
    trains = break_.experiment
    if trains.script is not None:
        return (("experiment", shlex.join(["python", trains.script, *trains.argv])), *_examined(break_))
    found = [("experiment", _call(trains.run, trains.args))]
    changed = [*break_.variants.values(), *(control.variant for control in break_.controls.values())]
    found += [(one.name, _call(trains.run, one.args)) for one in changed if one.args]
    return (*found, *_examined(break_))


def _examined(break_: Break) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    if break_.oracle is not None:
        oracle = break_.oracle
        found += [("oracle", _call(oracle.call, oracle.init))] if oracle.call else []
        own = (oracle.make, oracle.steps, oracle.property)
        found += [("oracle", _call(name, {})) for name in own if name]
    return tuple(found)


def _call(name: str, args: Mapping[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in args.items())})"


def allow(shown: Offer, environ: Mapping[str, str]) -> Offer:
    """Record the permission for exactly what was shown. Raises Refused when the folder changed meanwhile."""
    trust.trust(shown.folder, trust.user_home(environ), shown=shown.hash)
    return replace(shown, allowed=True)


def demand(break_: Break, environ: Mapping[str, str]) -> None:
    """Raises Refused unless everything in the break's folder may run as it is now, under way or not."""
    # by its folder: a break that came by `--pack` is on no shelf of the next command
    typed = f"{break_.id} --pack {shlex.quote(str(break_.folder))}"
    packs.require_trust(break_.folder, break_.id, home=trust.user_home(environ), typed=typed)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


@dataclass(frozen=True)
class PackList:
    """`lynx pack list`: the folders that were added, and which of them for this repository alone."""

    folders: tuple[Path, ...]
    added: Path | None = None
    removed: Path | None = None
    here: tuple[Path, ...] = ()


def pack_list(env: Env) -> PackList:
    """The added folders."""
    home, top = trust.user_home(env.environ), _repository(env)
    everywhere = trust.packs(home)
    all_ = trust.packs(home, top)
    return PackList(all_, here=tuple(folder for folder in all_ if folder not in everywhere))


def pack_add(folder: Path, env: Env, *, here: bool = False) -> PackList:
    """Add one, for every repository or for the one around. Raises Refused where there is none around."""
    top = _repository(env)
    if here and top is None:
        raise Refused(
            N_("There is no git repository here to add it for."),
            code="no-repository",
            remedy=N_("Go into one, or add it for all of yours: lynx pack add {folder}"),
            folder=folder,
        )
    added = packs.add(env.cwd / folder, home=trust.user_home(env.environ), top=top if here else None)
    return replace(pack_list(env), added=added)


def pack_remove(folder: Path, env: Env) -> PackList:
    """Remove one, wherever it was added for."""
    packs.remove(env.cwd / folder, home=trust.user_home(env.environ), top=_repository(env))
    return replace(pack_list(env), removed=folder)


def _repository(env: Env) -> Path | None:
    found = workspace.find_repository(env.repo or env.cwd)
    return found[0] if found else None
