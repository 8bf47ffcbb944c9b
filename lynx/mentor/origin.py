"""Where a recorded edit comes from: its file, that file's repository, and the sound version git knows."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from lynx.errors import N_, LynxError, Refused
from lynx.repo import patch, workspace
from lynx.repo.workspace import Workspace


class Origin:
    """The repository of a target: its workspace, the target's name in it, and the base it stands for."""

    def __init__(self, space: Workspace, name: str, base: str, target: str) -> None:
        self.space = space
        self.name = name  # relative to the repository's top
        self.base = base  # starter or .
        self.target = target  # relative to the base

    @classmethod
    def of(cls, path: Path) -> Origin:
        """Raises Refused when the file is not there or in no repository."""
        path = Path(os.path.abspath(path))  # noqa: PTH100 - `..` away; links are the target check's business
        if not path.is_file():
            raise Refused(
                N_("{path} is no file."),
                code="no-target",
                remedy=N_("Name the file that the break changes."),
                path=path,
            )
        found = workspace.find_repository(path.parent)
        if found is None:
            raise Refused(
                N_("{path} is in no git repository."),
                code="no-repository",
                remedy=N_("Make it one (git init, git add, git commit), so that its sound version is kept."),
                path=path,
            )
        top, git_dir = found
        workspace.demand_owner(top, git_dir)
        space = Workspace(top, git_dir, "mentor", shared=True, adopted=False)
        name = path.relative_to(top).as_posix()
        base, target = ".", name
        starter = workspace.starter()
        inside = path.resolve()
        if inside.is_relative_to(starter.resolve()):
            base, target = "starter", inside.relative_to(starter.resolve()).as_posix()
        elif _made_here(git_dir) and (starter / name).is_file():
            base = "starter"
        return cls(space, name, base, target)


def _made_here(git_dir: Path) -> bool:
    """Whether the workspace was made from the starter."""
    try:
        marked = json.loads((git_dir / "lynx" / workspace.MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(marked, dict) and marked.get("how") == "made"


def read(path: Path) -> bytes:
    """The file's bytes. Raises Refused when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Refused(
            N_("{path} cannot be read: {error}."),
            code="target-unreadable",
            remedy=N_("Name a readable file."),
            path=path,
            error=error.strerror or error,
        ) from error


def healthy_bytes(home: Origin, broken: bytes) -> bytes:
    """The index's version, or the last commit's, with the line endings that the file has on disk."""
    from lynx.repo import git  # GitPython takes a tenth of a second

    top = home.space.top
    staged = next(
        (e for e in git.index_entries(top, home.name) if e.stage == 0 and e.path == home.name), None
    )
    entries = [entry for entry in (staged, git.tree_entry(top, "HEAD", home.name)) if entry is not None]
    if not entries:
        raise Refused(
            N_("{target} is not known to git, so its sound version is not known either."),
            code="no-healthy",
            remedy=N_("Name the sound version: --healthy FILE"),
            target=home.name,
        )
    for entry in entries:
        data = git.blob(top, entry.oid)
        if data is None:
            continue
        diff = patch.unified(data, broken, home.target)
        if not diff:
            continue  # staged already, or not edited
        with contextlib.suppress(LynxError):
            back = patch.reverse(broken, diff)
            if _unix(back) == _unix(data):
                return back  # as it was on disk, where git keeps other line endings than the file has
        return data
    return broken


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")
