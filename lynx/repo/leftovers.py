"""Where git itself still holds the bug, and the exact command that removes it from there."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.errors import Refused
from lynx.repo.target import place
from lynx.store.journal import Attempt, Journal

if TYPE_CHECKING:
    from lynx.repo.workspace import Workspace

STASH = "stash@{0}"
Leftover = tuple[str, str]  # (index, HEAD or stash@{0}; the command)


def remember(workspace: Workspace, journal: Journal, attempt_id: int, target: str, mode: int) -> None:
    """Write down what index and HEAD hold at `target` before the bug goes in."""
    from lynx.repo import git

    seen = _seen(workspace)  # before git is asked: what it writes meanwhile is asked for next time
    index = next(iter(git.index_entries(workspace.top, target)), None)
    commit, head, stash = git.resolve_each(workspace.top, "HEAD", f"HEAD:{target}", "refs/stash")
    known = {
        "mode": mode,
        "index": index and index.oid,
        "index_mode": index and index.mode,
        "HEAD": head,
        "commit": commit,
        STASH: stash,
    }
    journal.set_fact(f"target:{attempt_id}", json.dumps(known))
    journal.set_fact(f"leftovers:{attempt_id}", json.dumps({"seen": seen, "found": []}))


def leftovers_if_changed(workspace: Workspace, journal: Journal, attempt: Attempt) -> list[Leftover]:
    """As `leftovers`, but asks git only when its index, HEAD or stash changed since it was last asked."""
    last = json.loads(journal.fact(f"leftovers:{attempt.id}") or "{}")
    seen = _seen(workspace)
    if last.get("seen") != seen:
        last = {"seen": seen, "found": _holding(workspace, journal, attempt)}
        with contextlib.suppress(
            OSError, Refused
        ):  # where nothing can be written it is asked again next time
            journal.set_fact(f"leftovers:{attempt.id}", json.dumps(last))
    return _worded(workspace, journal, attempt, last["found"])


def leftovers(workspace: Workspace, attempt: Attempt) -> list[Leftover]:
    """The places in git that hold the bug, edited or not, each with the command that removes it. Runs git."""
    with Journal.open(workspace.state_dir) as journal:
        return _worded(workspace, journal, attempt, _holding(workspace, journal, attempt))


def _holding(workspace: Workspace, journal: Journal, attempt: Attempt) -> list[Leftover]:
    """The places and commands, for when the working tree is clean of the bug.

    Blobs are compared by what they hold: line endings may be converted on the way into git, and the learner
    may have changed other lines.
    """
    import shlex

    from lynx.repo import git, patch

    original, broken = journal.needed(attempt.original), journal.needed(attempt.broken)
    known = json.loads(journal.fact(f"target:{attempt.id}") or "{}")
    top, target = workspace.top, attempt.target
    index = next(iter(git.index_entries(top, target)), None)
    head = git.tree_entry(top, "HEAD", target)
    stash = None
    if git.resolve(top, "refs/stash") != known.get(STASH):
        stash = git.tree_entry(top, "refs/stash", target)
    holding = set()
    for where, entry in (("index", index), ("HEAD", head), (STASH, stash)):
        if entry is not None and entry.oid != known.get(where):
            data = git.blob(top, entry.oid)
            if data is not None and patch.holds(data, original, broken):
                holding.add(where)
    path = shlex.quote(_pathspec(target))
    commands = {
        "index": _unstage(known, head.oid if head else None, "HEAD" in holding, target, path),
        "HEAD": f"git commit -m {shlex.quote('Put back ' + target)} -- {path}",
    }
    if STASH in holding:
        commands[STASH] = f"git stash {'drop' if _alone_in_stash(top, target) else 'show -p'} '{STASH}'"
    return [(place, command) for place, command in commands.items() if place in holding]


def _unstage(known: dict[str, str | None], head: str | None, head_holds: bool, target: str, path: str) -> str:
    """The command that gives the index back what it held, or, when HEAD must change too, what is on disk."""
    if head_holds:
        return f"git add -- {path}"
    if known.get("index") is None:
        return f"git rm -qf --cached -- {path}"
    if known.get("index") == head:
        return f"git restore --staged -- {path}"
    import shlex

    was = f"{known.get('index_mode')},{known.get('index')},{target}"
    return f"git update-index --cacheinfo {shlex.quote(was)}"


def _worded(
    workspace: Workspace, journal: Journal, attempt: Attempt, found: list[Leftover]
) -> list[Leftover]:
    """While the bug is in the working tree too, what takes the file from there comes after a reset."""
    if not found or not _still_in(
        workspace, journal.needed(attempt.original), journal.needed(attempt.broken), attempt
    ):
        return [(place, command) for place, command in found]
    from_disk = ("git add", "git commit")
    return [
        (place, f"lynx reset --yes && {command}" if command.startswith(from_disk) else command)
        for place, command in found
    ]


def _still_in(workspace: Workspace, original: bytes, broken: bytes, attempt: Attempt) -> bool:
    from lynx.repo import patch

    try:
        return patch.holds(place(workspace, attempt.target).read_bytes(), original, broken)
    except (OSError, Refused):
        return False


def _alone_in_stash(top: Path, target: str) -> bool:
    """Whether dropping the newest stash would lose nothing else: no other file differs from its base."""
    from lynx.repo import git

    base, kept = git.tree(top, "refs/stash^"), git.tree(top, "refs/stash")
    index = git.tree(top, "refs/stash^2")
    untracked = git.resolve(top, "refs/stash^3")
    return not untracked and all(
        {path for path in base | tree if base.get(path) != tree.get(path)} <= {target}
        for tree in (kept, index)
    )


def _pathspec(target: str) -> str:
    """The path from the top wherever the command is typed, and nothing in it a pattern."""
    return f":(top,literal){target}" if set(target) & set("*?[]\\:") else f":/{target}"


def _seen(workspace: Workspace) -> list[list[int]]:
    """What tells that git wrote something: its index, HEAD, the log of HEAD, the branch, the stash."""
    common = workspace.git_dir
    if (common / "commondir").is_file():
        common = Path(os.path.normpath(common / (common / "commondir").read_text().strip()))
    own = [workspace.git_dir / name for name in ("index", "HEAD", "logs/HEAD")]
    shared = ["refs/stash", "packed-refs", "reftable/tables.list"]
    with contextlib.suppress(OSError, ValueError):
        branch = (workspace.git_dir / "HEAD").read_text().removeprefix("ref: ").strip()
        shared += [branch] if branch.startswith("refs/heads/") and ".." not in branch else []
    marks = []
    for path in [*own, *(common / name for name in shared)]:
        try:
            status = path.stat()
            marks.append([status.st_ino, status.st_size, status.st_mtime_ns])
        except OSError:
            marks.append([])
    return marks
