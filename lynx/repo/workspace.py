"""Which repository a command means, where its state and notes are, and how a workspace is made.

`locate` runs in every command and reads a few small files; it imports no git.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import lynx
from lynx.errors import N_, Refused
from lynx.store import files
from lynx.surroundings import cause
from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKER = "workspace.json"  # under <git dir>/lynx: made or adopted by Lynx, and for whom
NEVER_COPIED = shutil.ignore_patterns(
    "__pycache__",
    "*.pyc",
    ".pytest_cache",
    ".hypothesis",
    ".mypy_cache",
    ".ruff_cache",
    ".git",
    ".venv",
    "*.egg-info",
)


class NotAdopted(Refused):
    """A repository that nobody asked Lynx to work in."""


class Workspace(Value):
    """The learner's git repository, and where their notes are."""

    top: Path
    git_dir: Path  # this worktree's own
    learner: str  # slug
    shared: bool  # a repository Lynx did not make: notes go below learners/<name>
    adopted: bool  # `lynx init --here` was said

    @property
    def state_dir(self) -> Path:
        """Where the journal, the lock and kept files are."""
        return self.git_dir / "lynx"

    def notes_name(self, phase: int) -> str:
        """The notes file of a phase, relative to the top, posix."""
        name = f"phase-{phase:02d}/notes/breaks.md"
        return f"learners/{self.learner}/{name}" if self.shared else name

    def notes(self, phase: int) -> Path:
        """The notes file of a phase."""
        return self.top / self.notes_name(phase)


def locate(cwd: Path, repo: Path | None, learner: str | None, environ: Mapping[str, str]) -> Workspace | None:
    """The workspace a command means, or None when the first `lynx break` would make one.

    The order is in docs/architecture.md#workspaces. Raises NotAdopted inside a repository that is neither
    adopted nor Lynx's own clone, and Refused for a `--repo` that is no repository, for a bare one, and for
    one of another owner.
    """
    if repo is not None:
        top, git_dir = _demand_repository(cwd / repo)
        marked = _marker(git_dir)
        owner = marked["learner"] if marked else learner_name(learner, environ)
        return _workspace(top, git_dir, marked, learner, owner)
    around = find_repository(cwd)
    if around is not None and (marked := _marker(around[1])):
        return _workspace(*around, marked, learner, marked["learner"])
    base = home_of(cwd, around)
    found = _below(base, learner, environ)
    if found is not None or around is None or is_clone(around[0]):
        return found
    raise NotAdopted(
        N_("{top} is a repository that Lynx was not asked to work in."),
        code="not-adopted",
        remedy=N_("To use it: lynx init --here. For a workspace of your own: run Lynx outside of it."),
        top=around[0],
    )


def home_of(cwd: Path, around: tuple[Path, Path] | None) -> Path:
    """The folder above `learners/`: the top of Lynx's own clone from anywhere in it, else where we are."""
    return around[0] if around is not None and is_clone(around[0]) else cwd


def _below(base: Path, learner: str | None, environ: Mapping[str, str]) -> Workspace | None:
    """The workspace at `learners/<name>`; where there is none and one stands there alone, that one."""
    folder = base / "learners"
    if not folder.is_dir():
        return None
    there = sorted(path for path in folder.iterdir() if (path / ".git").exists())
    # With one there, no need to ask git for a name: that takes as long as the rest of a light command.
    alone = learner is None and len(there) <= 1
    candidates = there if alone else [folder / learner_name(learner, environ)]
    for path in candidates:
        if (path / ".git").exists():
            top, git_dir = _demand_repository(path)
            if marked := _marker(git_dir):
                return _workspace(top, git_dir, marked, learner, marked["learner"])
    return None


def _workspace(
    top: Path, git_dir: Path, marked: Mapping[str, str] | None, learner: str | None, owner: str
) -> Workspace:
    demand_owner(top, git_dir)
    made = bool(marked and marked["how"] == "made")
    name = slug(learner) if learner and not made else owner
    return Workspace(top, git_dir, name, shared=not made, adopted=bool(marked) and not made)


def is_clone(top: Path) -> bool:
    """Whether `top` is a clone of Lynx itself."""
    return (top / "lynx/repo/workspace.py").is_file() and (top / "learners/starter").is_dir()


def find_repository(start: Path) -> tuple[Path, Path] | None:
    """The top of the working tree around `start` and its git directory, or None. Refuses a bare one."""
    start = Path(os.path.abspath(start))  # noqa: PTH100 - `..` away, links as the learner wrote them
    for folder in (start, *start.parents):
        entry = folder / ".git"
        git_dir = _linked(entry) if entry.is_file() else entry
        if _is_git_dir(git_dir):
            return folder, git_dir
        if _is_git_dir(folder):
            raise Refused(
                N_("{folder} is a bare repository, or the inside of one: there are no files to work on."),
                code="bare",
                remedy=N_("Go to a working copy (git clone makes one), then try again."),
                folder=folder,
            )
    return None


def _is_git_dir(folder: Path) -> bool:
    head = folder / "HEAD"
    return (head.is_file() or head.is_symlink()) and (
        (folder / "commondir").is_file() or ((folder / "objects").is_dir() and (folder / "refs").is_dir())
    )


def _linked(entry: Path) -> Path:
    """What a `.git` file of a worktree or a submodule points to."""
    try:
        text = os.fsdecode(entry.read_bytes()[:5000])
    except OSError:
        return entry
    name = text.removeprefix("gitdir:").strip()
    return Path(os.path.normpath(entry.parent / name)) if text.startswith("gitdir:") else entry


def _demand_repository(path: Path) -> tuple[Path, Path]:
    found = find_repository(path) if path.is_dir() else None
    if found is None:
        raise Refused(
            N_("There is no git repository at {path}."),
            code="no-repository",
            remedy=N_("Name the folder of one: --repo PATH; or make one: lynx init"),
            path=path,
        )
    return found


def demand_owner(*paths: Path) -> None:
    """Raises Refused when one of them belongs to somebody else: their git directory may hold anything."""
    own = {os.geteuid()}
    if own == {0} and os.environ.get("SUDO_UID", "").isdigit():
        own.add(int(os.environ["SUDO_UID"]))  # as git decides it
    for path in paths:
        if path.exists() and path.stat().st_uid not in own:
            raise Refused(
                N_("{path} belongs to another user."),
                code="other-owner",
                remedy=N_("Work as that user, or in a clone of your own (git clone); nothing was changed."),
                path=path,
            )


def demand_own_state(workspace: Workspace) -> None:
    """Raises Refused when a link stands where Lynx keeps its state: it would be read and written elsewhere."""
    state = workspace.state_dir
    links = [state] if state.is_symlink() else []
    try:
        with os.scandir(state) as found:
            links += [Path(one.path) for one in found if one.is_symlink() and one.name != "journal.db"]
    except FileNotFoundError:
        return
    if links:
        import shlex

        raise Refused(
            N_("{path} is a link; Lynx keeps its state in plain files and folders."),
            code="state-link",
            remedy=N_(
                "Did this folder come from elsewhere? Remove the link: rm {quoted}. Nothing was touched."
            ),
            path=links[0],
            quoted=shlex.quote(str(links[0])),
        )


def _marker(git_dir: Path) -> Mapping[str, str] | None:
    """What Lynx wrote when it made or adopted the repository; a linked worktree asks its main one too."""
    places = [git_dir]
    if (git_dir / "commondir").is_file():
        places.append(Path(os.path.normpath(git_dir / (git_dir / "commondir").read_text().strip())))
    for place in places:
        try:
            read = json.loads((place / "lynx" / MARKER).read_bytes())
            return {"learner": slug(str(read["learner"])), "how": str(read["how"])}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _mark(git_dir: Path, learner: str, how: str) -> None:
    state = git_dir / "lynx"
    state.mkdir(exist_ok=True)
    said = {"schema": 1, "learner": learner, "how": how}
    files.write(state / MARKER, json.dumps(said).encode() + b"\n")
    files.sync(git_dir)


def adopt(top: Path, learner: str) -> Workspace:
    """Let Lynx work in the repository around `top`. Writes under the git directory alone; twice is once."""
    top, git_dir = _demand_repository(top)
    demand_owner(top, git_dir)
    from lynx.repo import git

    real_top, real_dir = git.layout(top)
    if real_top is None or not (real_top.samefile(top) and real_dir.samefile(git_dir)):
        raise Refused(
            N_("{top} is not where git keeps this repository's files."),
            code="odd-layout",
            remedy=N_("Undo core.worktree or core.bare in its configuration, or work in a plain clone."),
            top=top,
        )
    marked = _marker(git_dir)
    if marked is None or (marked["how"] == "adopted" and marked["learner"] != learner):
        try:
            _mark(git_dir, learner, "adopted")
        except OSError as error:
            raise _unwritable(git_dir, error) from error
        marked = _marker(git_dir)
    return _workspace(top, git_dir, marked, None, learner)


def starter() -> Path:
    """The starter workspace: in the wheel, or in the clone."""
    package = Path(lynx.__file__).resolve().parent
    packed = package / "_data" / "starter"
    return packed if packed.is_dir() else package.parent / "learners" / "starter"


def create(folder: Path, learner: str) -> Workspace:
    """Make a workspace from the starter: a git repository with one commit.

    It grows beside `folder` and is moved there whole, so that a kill leaves nothing half made. Refused when
    `folder` holds anything.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise Refused(
            N_("{folder} already holds something."),
            code="folder-not-empty",
            remedy=N_("Name an empty folder or a new one: lynx init DIR"),
            folder=folder,
        )
    from lynx.repo import git

    growing = folder.parent / f".{folder.name}.lynx-{os.getpid()}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left in folder.parent.glob(f".{folder.name}.lynx-*"):
            if not files.alive(left.name.rpartition("-")[2]):
                shutil.rmtree(left)
        shutil.copytree(starter(), growing, ignore=NEVER_COPIED)
        git.initialise(growing, "Start with Lynx")
        _mark(growing / ".git", slug(learner), "made")
        growing.rename(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(growing, ignore_errors=True)
    return Workspace(folder, folder / ".git", slug(learner), shared=False, adopted=False)


def _unwritable(path: Path, error: OSError) -> Refused:
    return Refused(
        N_("{path} cannot be written: {error}."),
        code="unwritable",
        remedy=N_("Choose a folder of your own with room on its disk."),
        path=path,
        error=cause(error),
    )


def learner_name(explicit: str | None, environ: Mapping[str, str]) -> str:
    """`--learner`, else git's `user.name`, else the login name; as a slug."""
    if explicit:
        return slug(explicit)
    login = environ.get("LOGNAME") or environ.get("USER") or ""
    if not login:
        import getpass  # where the environment has no name

        try:
            login = getpass.getuser()
        except (OSError, KeyError):
            login = ""
    from lynx.repo import git  # to ask for a name is rare

    return next((name for name in (slug(git.user_name(environ), ""), slug(login, "")) if name), "learner")


def slug(name: str, empty: str = "learner") -> str:
    """`Ana Pérez` as `ana-perez`: lower case, ASCII, safe in a path. `starter` is the template's own name."""
    if not name.isascii():
        import unicodedata

        name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = name.lower()
    words = "".join(char if char.isalnum() else "-" for char in plain).split("-")
    made = "-".join(word for word in words if word)[:60].strip("-")
    return "learner-starter" if made == "starter" else made or empty
