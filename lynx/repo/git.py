"""The only door to git. The learner's repository is read, never written, and nothing in it is run.

`status` and `diff` run the filters a repository configures, so only `rev-parse`, `ls-files`, `ls-tree` and
`cat-file` are used on it. `initialise` alone commits, in a folder that Lynx has made.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.surroundings import caused
from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Named by `git rev-parse --local-env-vars`; a hook exports some of them, and they would redirect every read.
# Asked of git as well, once, because a newer git may know more.
LOCAL_VARIABLES = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
    "GIT_INTERNAL_SUPER_PREFIX",
]

READING = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone would fetch, through a program that its configuration names …
    "GIT_ALLOW_PROTOCOL": "none",  # … and this stops it where git is too old for the line above
}

SECONDS = 60


class GitFailed(Refused):
    """Git itself said no; its first line is in the message."""


class Entry(Value):
    """One entry of the index or of a tree; `stage` is 0 unless the path is unmerged."""

    mode: str
    oid: str
    stage: int
    path: str


@cache
def _local_variables() -> frozenset[str]:
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "--local-env-vars"],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _missing(error) from error
    return frozenset(LOCAL_VARIABLES) | frozenset(asked.stdout.split())


def _forget_local_variables() -> None:
    """Drop what a hook exported, before GitPython is imported: it hands `os.environ` on."""
    for name in list(os.environ):
        if name in _local_variables() or re.match(r"GIT_CONFIG_(KEY|VALUE)_\d+$", name):
            del os.environ[name]


def _missing(error: BaseException) -> Refused:
    system = error if isinstance(error, OSError) else error.__cause__
    if isinstance(system, OSError) and system.errno != errno.ENOENT and (true := caused(system)):
        return true  # git is there: the machine has no descriptor or memory left to start it
    return Refused(
        N_("git cannot be run: {error}."),
        code="no-git",
        remedy=N_("Install git and see that it is on the PATH."),
        error=error,
    )


def _git(folder: Path, *arguments: str, env: Mapping[str, str] = READING) -> tuple[int, bytes, str]:
    """Run git in `folder`; exit status, output, messages."""
    _forget_local_variables()
    os.environ.setdefault("GIT_PYTHON_REFRESH", "raise")
    try:
        import git  # 80 ms; light commands must not pay for it
    except ImportError as error:
        raise _missing(error) from error
    # Git() re-expands `$VAR` in a working folder it is given, so the folder goes in with -C.
    command = ["git", "-C", str(folder), "--literal-pathspecs", "-c", "core.fsmonitor=false", *arguments]
    try:
        status, output, messages = git.Git().execute(
            command,
            with_extended_output=True,
            with_exceptions=False,
            stdout_as_string=False,
            strip_newline_in_stdout=False,
            shell=False,
            env=dict(env),
        )
    except git.exc.GitCommandNotFound as error:
        raise _missing(error) from error
    data = output if isinstance(output, bytes) else str(output or "").encode()
    return status, data, str(messages)


def _read(top: Path, *arguments: str) -> bytes:
    """Output of a reading command. Raises GitFailed."""
    status, output, messages = _git(top, *arguments)
    if status:
        raise _failed(top, messages)
    return output


def _failed(folder: Path, messages: str) -> GitFailed:
    said = next((line for line in messages.splitlines() if line.strip()), "no message")
    return GitFailed(
        N_("git cannot read {folder}: {said}."),
        code="git-failed",
        remedy=N_("See what `git status` says there; Lynx changed nothing."),
        folder=folder,
        said=said.removeprefix("fatal: ").rstrip("."),
    )


def layout(folder: Path) -> tuple[Path | None, Path]:
    """The top of the working tree, None for a bare repository, and this worktree's git directory."""
    asked = ("--is-bare-repository", "--absolute-git-dir", "--show-toplevel")
    status, output, _ = _git(folder, "rev-parse", *asked)
    said = output.removesuffix(b"\n").split(b"\n")
    if status == 0 and len(said) == len(asked):
        bare, git_dir, top = said
    else:  # there is no top (bare, or inside the git directory), or a line break in a name: one by one
        bare, git_dir = (_read(folder, "rev-parse", one).removesuffix(b"\n") for one in asked[:2])
        status, output, _ = _git(folder, "rev-parse", asked[2])
        top = b"" if status else output.removesuffix(b"\n")
    return (Path(os.fsdecode(top)) if bare != b"true" and top else None), Path(os.fsdecode(git_dir))


def index_entries(top: Path, *paths: str) -> list[Entry]:
    """The index's entries for these paths, and for what lies below them; empty when untracked."""
    return _entries(_read(top, "ls-files", "-s", "-z", "--", *paths), r"(\d+) (\w+) (\d)\t(.*)")


def files(top: Path) -> list[str]:
    """What git lists in the working tree: tracked, and untracked but not ignored."""
    output = _read(top, "ls-files", "-z", "-c", "-o", "--exclude-standard")
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def tree_entry(top: Path, revision: str, path: str) -> Entry | None:
    """What a commit holds at `path`; None when it holds nothing, or there is no such commit."""
    status, output, _ = _git(top, "ls-tree", "-z", "--full-tree", revision, "--", path)
    found = [] if status else _entries(output, r"(\d+) \w+ (\w+)()\t(.*)")
    return next((entry for entry in found if entry.path == path), None)


def tree(top: Path, revision: str) -> dict[str, str]:
    """Path -> object name of everything in a commit."""
    output = _read(top, "ls-tree", "-r", "-z", "--full-tree", revision, "--")
    return {entry.path: entry.oid for entry in _entries(output, r"(\d+) \w+ (\w+)()\t(.*)")}


def _entries(output: bytes, pattern: str) -> list[Entry]:
    found = []
    for record in output.split(b"\0"):
        match = re.match(pattern, os.fsdecode(record), re.DOTALL)
        if match:
            found.append(Entry(match[1], match[2], int(match[3] or 0), match[4]))
    return found


def resolve(top: Path, revision: str) -> str | None:
    """The object a revision names, or None."""
    status, output, _ = _git(top, "rev-parse", "-q", "--verify", "--end-of-options", revision)
    return None if status else output.decode("ascii", "replace").strip()


def resolve_each(top: Path, *revisions: str) -> list[str | None]:
    """As `resolve`, of several; one process as far as they can be resolved, and one more after each that cannot."""
    if any(not re.fullmatch(r"[\w./:-]+", one) or ".." in one for one in revisions):  # ^@ and .. mean several
        return [resolve(top, one) for one in revisions]
    found: list[str | None] = []
    while left := revisions[len(found) :]:
        _, output, _ = _git(top, "rev-parse", *left, "--")
        said = [
            line for line in output.decode("ascii", "replace").split() if re.fullmatch("[0-9a-f]{40,}", line)
        ]
        found += said
        found += [None] if len(said) < len(left) else []
    return found


def blob(top: Path, oid: str) -> bytes | None:
    """A blob's bytes; None when it is not here (a partial clone)."""
    status, output, _ = _git(top, "cat-file", "blob", oid)
    return None if status else output


def user_name(environ: Mapping[str, str]) -> str:
    """`user.name` of git's configuration, or an empty string; no GitPython, because light commands ask."""
    env = {name: value for name, value in environ.items() if name not in LOCAL_VARIABLES}
    try:
        asked = subprocess.run(
            ["git", "config", "--get", "user.name"],
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=env,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.decode("utf-8", "replace").strip()


def initialise(folder: Path, message: str) -> None:
    """Make `folder`, whose files Lynx has just written, a repository with one commit."""
    # What the learner configured for all repositories (templates with hooks, signing, filters) stays out.
    quiet: Sequence[str] = (
        *("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false", "-c", "core.autocrlf=false"),
        *("-c", "core.attributesFile=/dev/null", "-c", "gc.auto=0", "-c", "advice.defaultBranchName=false"),
    )
    names = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _LYNX.items()}
    for arguments in (
        ("init", "-q", "--template="),
        ("add", "--force", "--all", "--", "."),
        ("commit", "-q", "--no-verify", "-m", message),
    ):
        status, _, messages = _git(folder, *quiet, *arguments, env=names)
        if status:
            raise _failed(folder, messages)


_LYNX = {"NAME": "Lynx", "EMAIL": "lynx@localhost"}
