"""`lynx mentor upgrade DIR`: breaks and phases of the format before, brought over. Journals need no hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.content import catalog
from lynx.content.reading import folders
from lynx.content.reading.breaks import load_break
from lynx.content.spec import BadSpec, Problem
from lynx.errors import N_, Refused
from lynx.store import trust

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Upgraded:
    """What was brought over, what was in the new format already, and what is still wrong."""

    brought: tuple[folders.Brought, ...]
    problems: tuple[Problem, ...] = ()


def upgrade(folder: Path, environ: Mapping[str, str]) -> Upgraded:
    """Bring every break and phase from `folder` down to the new format; done twice it changes nothing.

    A break that was trusted as it was stays trusted. Raises Refused where there is nothing to bring over or
    a file cannot be written.
    """
    paths = [found / catalog.FILE for found in catalog.folders(folder)]
    paths += sorted(path for path in folder.rglob(folders.PHASE) if ".git" not in path.parts)
    if not paths:
        raise Refused(
            N_("There is no break.yaml and no phase.yaml in {path}, at any depth."),
            code="nothing-to-upgrade",
            remedy=N_("Name the folder of a break, or of several."),
            path=folder,
        )
    home = trust.user_home(environ)
    brought: list[folders.Brought] = []
    problems: list[Problem] = []
    for path in paths:
        trusted = trust.is_trusted(path.parent, home)
        try:
            one = folders.bring(path)
            brought.append(one)
            if path.name == catalog.FILE:
                load_break(path.parent)
        except BadSpec as error:
            problems += error.problems
        except OSError as error:
            raise Refused(
                N_("{path} cannot be written: {error}."),
                code="unwritable",
                remedy=N_("Make its folder writable, then do it again; what is done stays done."),
                path=path,
                error=error.strerror or error,
            ) from error
        if trusted and not trust.is_trusted(path.parent, home):
            trust.trust(path.parent, home)
    return Upgraded(tuple(brought), tuple(problems))
