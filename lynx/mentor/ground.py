"""Where a check runs: a copy of the starter, or the repository that holds the break. Neither is changed.

Jobs are handed the target's bytes, so that whatever state the target is in on disk (a break under way, say)
does not matter.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.content.spec import Break, Problem
from lynx.errors import N_, LynxError
from lynx.mentor.rules import from_error, problem
from lynx.repo import patch, workspace
from lynx.runs.types import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STARTER = "starter"


@dataclass(frozen=True)
class Ground:
    """The tree that jobs run in, the target's healthy bytes, and where these were found (starter, disk,
    HEAD).
    """

    setting: Setting
    healthy: bytes
    found: str


def stand(
    break_: Break,
    *,
    environ: Mapping[str, str],
    cache_dir: Path,
    parallel: int,
    python: str | None = None,
    repo: Path | None = None,
) -> Ground | Problem:
    """The ground of a break; a Problem when it has none, or its target does not lie in it.

    `repo` is where a break with a base other than the starter is proved, when that is not what holds it.
    """
    from lynx.runs.interpreter import choose_interpreter

    top = _top(break_, cache_dir, repo)
    if isinstance(top, Problem):
        return top
    try:
        interpreter = choose_interpreter(top, python, environ)
    except LynxError as error:
        return from_error(break_, "base", error)
    setting = Setting(
        top=top,
        pythonpath=break_.pythonpath,
        target=break_.target,
        interpreter=interpreter,
        state_dir=cache_dir,
        processor=max(120.0, 2 * break_.budget),
        parallel=parallel,
    )
    for found, data in _candidates(break_, top):
        if _fits(break_, data):
            return Ground(setting, data, found)
    everywhere = _candidates(break_, top)
    if not everywhere:
        return _outside(break_)
    return Ground(
        setting, everywhere[0][1], everywhere[0][0]
    )  # what does not fit is said by the diff's own check


def _top(break_: Break, cache_dir: Path, repo: Path | None) -> Path | Problem:
    if break_.base == STARTER:
        return starter_copy(cache_dir)
    found = workspace.find_repository(repo or break_.folder)
    if found is None:
        return problem(
            break_,
            "base",
            N_("the break lies in no git repository, so there is nothing for it to be proved on."),
            N_("Name the repository that its target is in: --repo PATH; or write `base: starter`."),
        )
    top = found[0] / break_.base
    if not top.is_dir():
        return problem(
            break_,
            "base",
            N_("there is no folder {base} in the repository."),
            N_("Write `base: .` for the repository that holds the break, or `base: starter`."),
            base=break_.base,
        )
    return top.resolve()


def starter_copy(cache_dir: Path) -> Path:
    """A copy of the starter under `cache_dir`, named by its content, so that cached runs find it again."""
    with _copying:  # breaks are checked side by side
        return _copied(workspace.starter(), cache_dir)


_copying = threading.Lock()


def _copied(source: Path, cache_dir: Path) -> Path:
    folder = cache_dir / f"starter-{tree_hash(source)[:16]}"
    if folder.is_dir():
        if tree_hash(folder) == tree_hash(source):
            return folder.resolve()
        shutil.rmtree(folder)  # something wrote into it
    growing = cache_dir / f".growing-{os.getpid()}"
    shutil.rmtree(growing, ignore_errors=True)
    cache_dir.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, growing, ignore=workspace.NEVER_COPIED)
    try:
        growing.rename(folder)
    except OSError:  # another check was faster
        shutil.rmtree(growing, ignore_errors=True)
    return folder.resolve()


def tree_hash(top: Path) -> str:
    """One hash of every file below `top`, by name and bytes; what tools leave there does not count."""
    digest = hashlib.sha256()
    for path in sorted(_files(top)):
        digest.update(path.relative_to(top).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(top: Path) -> list[Path]:
    names = [entry.name for entry in top.iterdir()]
    skipped = workspace.NEVER_COPIED(str(top), names)
    found: list[Path] = []
    for name in names:
        path = top / name
        if name in skipped:
            continue
        if path.is_dir():
            found += _files(path)
        else:
            found.append(path)
    return found


def _candidates(break_: Break, top: Path) -> list[tuple[str, bytes]]:
    """The target's bytes where they can be had: on disk, and in HEAD when a break may be in on disk."""
    found: list[tuple[str, bytes]] = []
    path = top / break_.target
    if path.is_file() and path.resolve().is_relative_to(top.resolve()):
        found.append((STARTER if break_.base == STARTER else "disk", path.read_bytes()))
    if break_.base != STARTER and not (found and _fits(break_, found[0][1])):
        committed = at_head(top, break_.target)
        if committed is not None:
            found.append(("HEAD", committed))
    return found


def at_head(top: Path, target: str) -> bytes | None:
    """The target as the last commit has it; None when it has none. `target` is relative to `top`."""
    from lynx.repo import git  # GitPython takes a tenth of a second

    try:
        root, _ = git.layout(top)
        if root is None:
            return None
        name = (top.resolve() / target).relative_to(root.resolve()).as_posix()
        entry = git.tree_entry(root, "HEAD", name)
        return None if entry is None else git.blob(root, entry.oid)
    except (LynxError, ValueError):
        return None


def _fits(break_: Break, data: bytes) -> bool:
    try:
        patch.apply(data, break_.diff, within=break_.within, target=break_.target)
    except LynxError:
        return False
    return True


def _outside(break_: Break) -> Problem:
    if break_.base == STARTER:
        return problem(
            break_,
            "target",
            N_("{target} is not in the starter, which is the break's base."),
            N_("Name a file of the starter, or write `base: .` for the repository that holds the break."),
            target=break_.target,
        )
    return problem(
        break_,
        "target",
        N_("{target} is not in the repository that holds the break."),
        N_("Give the path from the top of that repository, with / between folders."),
        target=break_.target,
    )
