"""The hard cases of injection: a state of the world, and whether Lynx works in it or refuses, and how.

`python tests/repo/cases.py` plays them all and prints the table.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plant import BROKEN, ORIGINAL, TARGET, fill, git, make

Setup = Callable[
    [Path], Path | None
]  # given an empty place; returns the repository's top, or leaves it at place/repo


@dataclass(frozen=True)
class Case:
    """`code` None: it works; else the code of the refusal."""

    name: str
    setup: Setup
    code: str | None = None
    target: str = TARGET
    root: bool = False


def simple(
    change: Callable[[Path], object], *init: str, target: str = TARGET, data: bytes = ORIGINAL
) -> Setup:
    """A repository with one commit, and then `change`."""

    def setup(place: Path) -> Path:
        top = make(place / "repo", *init, target=target, data=data)
        change(top)
        return top

    return setup


def write(name: str, data: bytes = b"x = 1\n") -> Callable[[Path], object]:
    return lambda top: (top / name).write_bytes(data)


def both(*changes: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda top: [change(top) for change in changes]


def run(*arguments: str, check: bool = True) -> Callable[[Path], object]:
    return lambda top: git(top, *arguments, check=check)


def nothing(top: Path) -> None:
    """As it is."""


def edit_target(top: Path) -> None:
    (top / TARGET).write_bytes(ORIGINAL + b"\n# mine, not committed\n")


def conflict(kind: str, *, on_target: bool) -> Callable[[Path], object]:
    """A merge, rebase or cherry-pick stopped by a conflict."""

    def change(top: Path) -> None:
        name = TARGET if on_target else "README.md"
        base = (top / name).read_bytes()
        git(top, "switch", "-qc", "side")
        (top / name).write_bytes(base + b"# side\n")
        git(top, "commit", "-qam", "side")
        git(top, "switch", "-q", "main")
        (top / name).write_bytes(base + b"# main\n")
        git(top, "commit", "-qam", "main")
        git(top, *kind.split(), "side", check=False)

    return change


def unmerged_only(top: Path) -> None:
    conflict("merge", on_target=True)(top)
    (top / ".git/MERGE_HEAD").unlink()


def linked_worktree(place: Path) -> Path:
    top = make(place / "main")
    git(top, "worktree", "add", "-q", str(place / "linked"), "-b", "other")
    return place / "linked"


def inside_submodule(place: Path) -> Path:
    make(place / "origin")
    outer = make(place / "outer")
    git(outer, "submodule", "add", "-q", str(place / "origin"), "sub")
    return outer / "sub"


def crossing_submodule(*, initialised: bool) -> Setup:
    def setup(place: Path) -> Path:
        make(place / "origin")
        outer = make(place / "outer")
        git(outer, "submodule", "add", "-q", str(place / "origin"), "sub")
        git(outer, "commit", "-qm", "sub")
        if not initialised:
            git(outer, "submodule", "deinit", "-f", "sub")
            fill(outer / "sub")
        return outer

    return setup


def cloned(*options: str) -> Setup:
    def setup(place: Path) -> Path:
        origin = make(place / "origin")
        git(origin, "config", "uploadpack.allowFilter", "true")
        edit_target(origin)
        git(origin, "commit", "-qam", "two")
        git(place, "clone", "-q", *options, origin.as_uri(), "repo")
        return place / "repo"

    return setup


def bare(place: Path) -> Path:
    make(place / "origin")
    git(place, "clone", "-q", "--bare", str(place / "origin"), "repo")
    return place / "repo"


def no_repository(place: Path) -> Path:
    fill(place / "repo")
    return place / "repo"


def no_commit(place: Path) -> Path:
    top = place / "repo"
    top.mkdir()
    git(top, "init", "-q")
    fill(top)
    return top


def symlinked(to: str, *, name: str = TARGET) -> Callable[[Path], object]:
    def change(top: Path) -> None:
        link = top / name
        real = (top / to) if not to.startswith("../") else top.parent / to[3:]
        real.parent.mkdir(parents=True, exist_ok=True)
        if link.is_dir():
            link.rename(real)
        else:
            real.write_bytes(ORIGINAL)
            link.unlink()
        link.symlink_to(os.path.relpath(real, link.parent))

    return change


def special(kind: str) -> Callable[[Path], object]:
    def change(top: Path) -> None:
        path = top / TARGET
        path.unlink()
        if kind == "fifo":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind == "socket":
            here = Path.cwd()
            os.chdir(path.parent)  # a socket's name is short
            try:
                with socket.socket(socket.AF_UNIX) as made:
                    made.bind(path.name)
            finally:
                os.chdir(here)

    return change


def run_nothing(top: Path) -> None:
    """Every program a repository can name, each leaving a trace if it runs."""
    trap = top.parent / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{top.parent}/ran'\ncat\n")
    trap.chmod(0o755)
    (top / ".gitattributes").write_text("*.py filter=trap diff=trap merge=trap\n* text=auto\n")
    git(top, "add", ".gitattributes")
    git(top, "commit", "-qm", "attributes")
    for name in ("clean", "smudge", "process"):
        git(top, "config", f"filter.trap.{name}", str(trap))
    for name in (
        "core.fsmonitor",
        "core.sshCommand",
        "diff.trap.textconv",
        "core.pager",
        "core.editor",
        "diff.external",
    ):
        git(top, "config", name, str(trap))
    hooks = top / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in (
        "pre-commit",
        "post-checkout",
        "post-index-change",
        "fsmonitor-watchman",
        "reference-transaction",
    ):
        (hooks / hook).write_bytes(trap.read_bytes())
        (hooks / hook).chmod(0o755)
    (top / TARGET).touch()  # the index no longer knows its stat: `status` would now filter it


def as_hook(top: Path) -> None:
    """A hook of another repository exports these."""
    other = make(top.parent / "other")
    os.environ["GIT_DIR"] = str(other / ".git")
    os.environ["GIT_INDEX_FILE"] = str(other / ".git/index")
    os.environ["GIT_WORK_TREE"] = str(other)
    os.environ["GIT_CONFIG_COUNT"] = "1"
    os.environ["GIT_CONFIG_KEY_0"], os.environ["GIT_CONFIG_VALUE_0"] = "core.bare", "true"


def chown(name: str, owner: int = 12345) -> Callable[[Path], object]:
    def change(top: Path) -> None:
        for path in [top / name, *(top / name).rglob("*")] if name == "." else [top / name]:
            os.chown(path, owner, owner, follow_symlinks=False)

    return change


def mode(name: str, bits: int) -> Callable[[Path], object]:
    return lambda top: (top / name).chmod(bits)


LATIN = ORIGINAL.replace(b'"""Blocks."""', '"""Año."""'.encode("latin-1"))
DRIFTED = ORIGINAL.replace(b"return x + h", b"return h + x")
TWICE = ORIGINAL + ORIGINAL.split(b"\n\n\n")[2]
ODD = "src/- ñandú $HOME 'q\" [a]*/--blocks?.py"

CASES = [
    Case("plain", simple(nothing)),
    Case("staged change", simple(both(write("README.md"), run("add", "README.md")))),
    Case("staged target", simple(both(edit_target, run("add", "-A")))),
    Case("unstaged change", simple(write("README.md"))),
    Case("unstaged target", simple(edit_target)),
    Case(
        "staged and unstaged target",
        simple(both(edit_target, run("add", "-A"), write(TARGET, b"# more\n" + ORIGINAL))),
    ),
    Case("untracked files", simple(write("new.py"))),
    Case("untracked target", simple(both(run("rm", "-q", "--cached", TARGET), run("commit", "-qm", "gone")))),
    Case("ignored files", simple(both(write(".gitignore", b"*.log\n"), write("a.log")))),
    Case("ignored target", simple(both(write(".gitignore", b"src/\n"), run("rm", "-rq", "--cached", "src")))),
    Case("intent to add", simple(both(write("new.py"), run("add", "-N", "new.py")))),
    Case("detached HEAD", simple(run("checkout", "-q", "--detach"))),
    Case("no commit yet", no_commit),
    Case("renamed default branch", simple(run("branch", "-m", "trunk"))),
    Case("no identity", simple(lambda top: (Path(os.environ["HOME"]) / ".gitconfig").write_text(""))),
    Case("linked worktree", linked_worktree),
    Case("inside a submodule", inside_submodule),
    Case("target in a submodule", crossing_submodule(initialised=True), "in-submodule", "sub/" + TARGET),
    Case(
        "target in a removed submodule",
        crossing_submodule(initialised=False),
        "in-submodule",
        "sub/" + TARGET,
    ),
    Case(
        "target in a nested repository",
        simple(lambda top: make(top / "nest")),
        "in-submodule",
        "nest/" + TARGET,
    ),
    Case("bare", bare, "bare"),
    Case("core.bare set", simple(run("config", "core.bare", "true")), "odd-layout"),
    Case("core.worktree elsewhere", simple(run("config", "core.worktree", "../..")), "odd-layout"),
    Case("no repository", no_repository, "no-repository"),
    Case("index.lock present", simple(write(".git/index.lock", b""))),
    Case("variables of a hook", simple(as_hook)),
    Case(
        "autocrlf",
        simple(both(run("config", "core.autocrlf", "true"), write(TARGET, ORIGINAL.replace(b"\n", b"\r\n")))),
    ),
    Case("latin-1 with a cookie", simple(nothing, data=b"# coding: latin-1\n" + LATIN)),
    Case("latin-1 without", simple(nothing, data=LATIN), "undecodable"),
    Case("UTF-8 with BOM", simple(nothing, data=b"\xef\xbb\xbf" + ORIGINAL)),
    Case("no final newline", simple(nothing, data=ORIGINAL.rstrip(b"\n"))),
    Case("symlink inside", simple(symlinked("src/real.py")), "symlink"),
    Case("symlink out", simple(symlinked("../outside.py")), "symlink"),
    Case("symlink into .git", simple(symlinked(".git/real.py")), "symlink"),
    Case("folder is a symlink", simple(symlinked("code", name="src")), "symlink"),
    Case("read-only file", simple(mode(TARGET, 0o444)), "read-only"),
    Case("read-only folder", simple(mode("src/model", 0o555)), "read-only"),
    Case("hard link", simple(lambda top: os.link(top / TARGET, top / "twin.py")), "hard-link"),
    Case("mode 755", simple(mode(TARGET, 0o755))),
    Case("odd characters in the path", simple(nothing, target=ODD), target=ODD),
    Case("leading dash", simple(nothing, target="-rf.py"), target="-rf.py"),
    Case("merge under way", simple(conflict("merge", on_target=False)), "under-way"),
    Case("rebase under way", simple(conflict("rebase", on_target=False)), "under-way"),
    Case("cherry-pick under way", simple(conflict("cherry-pick", on_target=False)), "under-way"),
    Case("unmerged target", simple(unmerged_only), "unmerged"),
    Case("another owner", simple(chown(".")), "other-owner", root=True),
    Case("git directory of another owner", simple(chown(".git")), "other-owner", root=True),
    Case("sha256", simple(nothing, "--object-format=sha256")),
    Case("shallow clone", cloned("--depth=1")),
    Case("partial clone", cloned("--filter=blob:none")),
    Case("treeless clone", cloned("--filter=tree:0")),
    Case("sparse, target in", simple(run("sparse-checkout", "set", "src"))),
    Case("sparse, target out", simple(run("sparse-checkout", "set", "docs")), "target-missing"),
    Case(".git in the path", simple(nothing), "in-git-dir", ".git/config"),
    Case(".GIT in the path", simple(nothing), "in-git-dir", "src/.GiT/config"),
    Case(".git disguised", simple(nothing), "in-git-dir", "src/.g\u200cit/config"),
    Case("GIT~1", simple(nothing), "in-git-dir", "GIT~1/config"),
    Case("absolute path", simple(nothing), "bad-path", "/etc/passwd"),
    Case(".. in the path", simple(nothing), "bad-path", "../repo/" + TARGET),
    Case("control characters", simple(nothing), "bad-path", "src/\x1b[31m.py"),
    Case("5,000 characters", simple(nothing), "bad-path", "a/" * 2500 + "b"),
    Case("empty path", simple(nothing), "bad-path", ""),
    Case("programs in the configuration", simple(run_nothing)),
    Case("target missing", simple(lambda top: (top / TARGET).unlink()), "target-missing"),
    Case("target empty", simple(write(TARGET, b"")), "patch-missing"),
    Case("already broken", simple(nothing, data=BROKEN), "patch-already"),
    Case("ambiguous", simple(nothing, data=TWICE), "patch-ambiguous"),
    Case("drifted", simple(nothing, data=DRIFTED), "patch-missing"),
    Case("FIFO", simple(special("fifo")), "not-a-file"),
    Case("socket", simple(special("socket")), "not-a-file"),
    Case("folder", simple(special("folder")), "not-a-file"),
    Case("device", simple(nothing), "bad-path", "/dev/zero"),
]


def play(case: Case, place: Path) -> tuple[str, str]:
    """(outcome, message) of one case, for the table."""
    from plant import Planted

    from lynx.errors import LynxError

    try:
        with Planted(case.setup(place) or place / "repo", case.target) as planted:
            planted.break_in()
            planted.reset()
    except LynxError as error:
        return "refused", str(error).replace(str(place), "…")
    return "works", ""


def main() -> None:
    """Print the table."""
    import tempfile

    from plant import set_identity

    kept = dict(os.environ)
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            home.mkdir()
            os.environ.clear()
            os.environ.update(kept | {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"})
            set_identity(home)
            if case.root and os.geteuid() != 0:
                continue
            outcome, message = play(case, Path(folder))
            print(f"| {case.name} | {outcome} | {message} |")


if __name__ == "__main__":
    main()
