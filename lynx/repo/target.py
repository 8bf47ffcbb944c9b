"""Whether a file may be changed: every refusal, one clear line each (docs/architecture.md#injection)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from lynx.errors import N_, Refused
from lynx.repo.workspace import Workspace, demand_owner
from lynx.surroundings import cause

UNDER_WAY = {
    "MERGE_HEAD": ("merge", "git merge --continue", "git merge --abort"),
    "rebase-merge": ("rebase", "git rebase --continue", "git rebase --abort"),
    "rebase-apply": ("rebase", "git rebase --continue", "git rebase --abort"),
    "CHERRY_PICK_HEAD": ("cherry-pick", "git cherry-pick --continue", "git cherry-pick --abort"),
    "REVERT_HEAD": ("revert", "git revert --continue", "git revert --abort"),
}


def check_target(workspace: Workspace, target: str) -> None:
    """Raise Refused, with the remedy, unless a bug may be put into `target`. Changes nothing; runs git."""
    demand_owner(workspace.top, workspace.git_dir)
    _demand_quiet(workspace)
    path = plain_file(workspace, target)
    mode, folder_mode = path.stat().st_mode, path.parent.stat().st_mode
    for what, bits in ((target, mode), (str(Path(target).parent), folder_mode)):
        if not bits & stat.S_IWUSR or not os.access(workspace.top / what, os.W_OK):
            raise _refused(
                N_("{target} is read-only."),
                "read-only",
                N_("If it may change: chmod u+w {quoted}"),
                target=what,
            )
    _demand_merged(workspace, target)


def plain_file(workspace: Workspace, target: str) -> Path:
    """The absolute path of `target`. Raises Refused unless it is a plain file of this repository alone."""
    check_name(target)
    path = workspace.top
    parts = target.split("/")
    for part in parts[:-1]:
        path = path / part
        if path.is_symlink():
            raise _linked(path, workspace)
        if (path / ".git").exists() or (path / ".git").is_symlink():
            raise _refused(
                N_("{target} lies in {folder}, a repository of its own."),
                "in-submodule",
                N_("Go into it and run Lynx there: cd {quoted}"),
                target=target,
                folder=path.relative_to(workspace.top),
            )
    path = path / parts[-1]
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise _refused(
            N_("{target} is not there."),
            "target-missing",
            N_("Bring it back (git restore -- {quoted}; or git sparse-checkout add)."),
            target=target,
        ) from None
    except OSError as error:
        raise _refused(
            N_("{target} cannot be looked at: {error}."),
            "target-unreadable",
            N_("See its folder's permissions; nothing was changed."),
            target=target,
            error=cause(error),
        ) from error
    if stat.S_ISLNK(status.st_mode):
        raise _linked(path, workspace)
    if not stat.S_ISREG(status.st_mode):
        raise _refused(
            N_("{target} is no plain file."),
            "not-a-file",
            N_("A break changes a source file; nothing was changed."),
            target=target,
        )
    if status.st_nlink > 1:
        raise _refused(
            N_("{target} has {count} names (hard links); a swap would part them."),
            "hard-link",
            N_("Give it bytes of its own: cp -p {quoted} x && mv x {quoted}"),
            target=target,
            count=status.st_nlink,
        )
    if os.geteuid() != 0 and status.st_uid != os.geteuid():
        demand_owner(path)
    return path


def place(workspace: Workspace, name: str) -> Path:
    """The absolute path of a name that the journal holds. Raises Refused for one that leads out of the repository.

    Every name in the journal goes through here before anything is read, moved or written there: the journal may have
    come along with the folder.
    """
    check_name(name)
    path = workspace.top
    for part in name.split("/")[:-1]:
        path = path / part
        if path.is_symlink():
            raise _linked(path, workspace)
    return path / name.rpartition("/")[2]


def check_name(target: str) -> None:
    """Raise Refused unless `target` is a plain relative path in the repository and out of `.git`."""
    parts = target.split("/")
    shown = "".join(c if c.isprintable() else "?" for c in target[:100]) + ("…" if len(target) > 100 else "")
    if (
        not target
        or len(os.fsencode(target)) > 4000
        or any(len(os.fsencode(part)) > 255 for part in parts)
        or any(c < " " or "\x7f" <= c <= "\x9f" for c in target)
        or any(part in {"", ".", ".."} for part in parts)
    ):
        raise _refused(
            N_("“{target}” is no plain path inside the repository."),
            "bad-path",
            N_("Write it relative to the top, with / between the folders and no `..`."),
            target=shown,
        )
    if any(_is_git(part) for part in parts):
        raise _refused(
            N_("{target} lies in git's own folder."),
            "in-git-dir",
            N_("A break changes a source file; nothing was changed."),
            target=shown,
        )


def _is_git(part: str) -> bool:
    """`.git` in any case, and disguised as file systems accept it (CVE-2014-9390): ignorable marks, GIT~1."""
    if part.isascii():
        return part.casefold().split(":")[0].rstrip(" .") in {".git", "git~1"}
    import unicodedata

    plain = "".join(c for c in unicodedata.normalize("NFKC", part) if unicodedata.category(c) != "Cf")
    return plain.casefold().split(":")[0].rstrip(" .") in {".git", "git~1"}


def _demand_quiet(workspace: Workspace) -> None:
    for name, (what, go_on, drop) in UNDER_WAY.items():
        if (workspace.git_dir / name).exists():
            raise _refused(
                N_("A {what} is under way in this repository."),
                "under-way",
                N_("Finish it ({go_on}) or drop it ({drop}), then try again. Nothing was changed."),
                what=what,
                go_on=go_on,
                drop=drop,
            )


def _demand_merged(workspace: Workspace, target: str) -> None:
    """The index has no conflict at `target`, and no submodule on the way to it."""
    from lynx.repo import git

    top, git_dir = git.layout(workspace.top)
    if top is None or not git_dir.samefile(workspace.git_dir):
        raise _refused(
            N_("git keeps the files of {top} elsewhere (core.worktree or core.bare)."),
            "odd-layout",
            N_("Undo that in its configuration, or work in a plain clone."),
            top=workspace.top,
        )
    entries = git.index_entries(workspace.top, target)
    if any(entry.stage for entry in entries):
        raise unmerged(target)
    if any(entry.path == target for entry in entries):
        return  # what the index holds lies in no submodule: nothing can be listed below its entry
    # A submodule that was never initialised leaves no `.git` on disk, only its entry in the index.
    for folder in list(Path(target).parents)[:-1]:
        if git.resolve(workspace.top, f":{folder.as_posix()}"):
            raise _refused(
                N_("{target} lies in {folder}, a repository of its own."),
                "in-submodule",
                N_("Go into it and run Lynx there: cd {quoted}"),
                target=target,
                folder=folder.as_posix(),
            )


def unmerged(target: str) -> Refused:
    """The refusal for a target in conflict."""
    return _refused(
        N_("{target} is unmerged: a conflict in it is not resolved."),
        "unmerged",
        N_("Resolve it and `git add` it, or drop the merge; then try again. Nothing was changed."),
        target=target,
    )


def _linked(path: Path, workspace: Workspace) -> Refused:
    return _refused(
        N_("{link} is a symbolic link; Lynx changes plain files only."),
        "symlink",
        N_("Put a real file or folder there, or aim the break at what it points to. Nothing was changed."),
        link=path.relative_to(workspace.top),
    )


def _refused(message: str, code: str, remedy: str, **fields: object) -> Refused:
    import shlex

    named = fields.get("folder", fields.get("target", ""))
    return Refused(message, code=code, remedy=remedy, quoted=shlex.quote(str(named)), **fields)
