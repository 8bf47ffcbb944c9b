"""Where breaks come from: Lynx, the learner's repository, folders named or added; and which may run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from lynx.content import catalog
from lynx.content.catalog import Root
from lynx.errors import N_, Refused
from lynx.store import trust

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OWN = "lynx"
REPOSITORY = "repository"


def roots(workspace_top: Path | None, extra: Sequence[Path] = (), *, home: Path) -> tuple[Root, ...]:
    """Every folder of breaks at hand: named by `--pack` (`extra`), Lynx's own, the repository's, added ones.

    A folder that is reached in two ways counts once, the first way. Names of packs are unique: a second
    `course` is `course-2`. Raises Refused when a folder of `extra` is not there; an added one that is gone
    is passed over.
    """
    for folder in extra:
        _must_be_folder(folder)
    wanted: list[tuple[str, Path, Literal["own", "repository", "added", "named"]]] = [
        *((folder.resolve().name, folder, "named") for folder in extra),
        (OWN, catalog.data_dir("breaks"), "own"),
    ]
    if workspace_top is not None:
        wanted.append((REPOSITORY, workspace_top / "breaks", "repository"))
    wanted += [(folder.name, folder, "added") for folder in trust.packs(home, workspace_top)]
    found: list[Root] = []
    taken = {OWN, REPOSITORY}
    for name, folder, kind in wanted:
        real = folder.resolve()
        if not real.is_dir() or any(real == root.folder.resolve() for root in found):
            continue
        unique = name if kind in ("own", "repository") else _unique(name, taken)
        taken.add(unique)
        found.append(Root(unique, folder, kind))
    return tuple(found)


def _unique(name: str, taken: set[str]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "pack"
    number, unique = 1, slug
    while unique in taken:
        number += 1
        unique = f"{slug}-{number}"
    return unique


def add(folder: Path, *, home: Path, top: Path | None = None) -> Path:
    """Remember a folder of breaks, for the repository at `top` if one is given; returns its real path.

    Adding is not trusting. Raises Refused when it is no folder or no break.yaml lies in it.
    """
    _must_be_folder(folder)
    if next(catalog.folders(folder), None) is None:
        raise Refused(
            N_("There is no break.yaml in {path}, at any depth."),
            code="empty-pack",
            remedy=N_("Name the folder that holds the breaks."),
            path=folder,
        )
    trust.add_pack(folder, home, top)
    return folder.resolve()


def remove(folder: Path, *, home: Path, top: Path | None = None) -> None:
    """Forget a folder of breaks. Raises Refused when it was never added."""
    if not trust.remove_pack(folder, home, top):
        raise Refused(
            N_("{path} is not among the added packs."),
            code="unknown-pack",
            remedy=N_("lynx pack list shows them."),
            path=folder,
        )


def is_own(folder: Path) -> bool:
    """Whether a break's folder is one that came with Lynx."""
    return folder.resolve().is_relative_to(catalog.data_dir("breaks").resolve())


def may_run(folder: Path, *, home: Path) -> bool:
    """Whether a break may run: it came with Lynx, or the user trusted exactly what lies there now."""
    return is_own(folder) or trust.is_trusted(folder, home)


def require_trust(folder: Path, name: str, *, home: Path, typed: str = "") -> None:
    """Raise Refused unless the break `name` in `folder` may run; `typed` is what finds it, if not its name."""
    if may_run(folder, home=home):
        return
    changed = trust.was_trusted(folder, home)
    raise Refused(
        N_("Break {name} has changed since you trusted it; nothing was run.")
        if changed
        else N_("Break {name} comes from elsewhere, and a break is code; nothing was run."),
        code="untrusted",
        remedy=N_("See what would run, and allow it: lynx trust {typed}"),
        name=name,
        typed=typed or name,
    )


def _must_be_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise Refused(
            N_("{path} is no folder."),
            code="no-folder",
            remedy=N_("Name the folder that holds the breaks."),
            path=folder,
        )
