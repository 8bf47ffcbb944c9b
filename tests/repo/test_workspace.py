"""Which repository a command means, how one is made, and that one Lynx at a time works in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from plant import Planted, git, make

from lynx.errors import Refused
from lynx.repo import inject, workspace
from lynx.repo.workspace import NotAdopted, locate, slug
from tests.conftest import HANGS

STARTER = {
    "src/model/blocks.py": "x = 1\n",
    "README.md": "hello\n",
    ".gitignore": "*.log\n",
    "data/kept.log": "1\n",
}


@pytest.fixture
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "starter"
    for name, text in STARTER.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "src/__pycache__").mkdir()
    (folder / "src/__pycache__/m.pyc").write_bytes(b"")
    monkeypatch.setattr(workspace, "starter", lambda: folder)
    return folder


@pytest.mark.usefixtures("starter")
def test_create_makes_a_repository_with_one_commit(tmp_path: Path) -> None:
    made = workspace.create(tmp_path / "learners/ana", "Ana Pérez")
    assert (made.learner, made.shared, made.adopted) == ("ana-perez", False, False)
    assert git(made.top, "rev-list", "--count", "--all") == "1\n"
    assert git(made.top, "status", "--porcelain") == ""
    assert sorted(git(made.top, "ls-files").split()) == sorted(STARTER)
    assert made.notes_name(10) == "phase-10/notes/breaks.md"
    assert made.notes(10) == made.top / "phase-10/notes/breaks.md"
    assert [p.name for p in (tmp_path / "learners").iterdir()] == ["ana"]
    assert locate(made.top / "src", None, None, {}) == made


@pytest.mark.usefixtures("starter")
def test_create_needs_no_identity_and_runs_nothing_of_the_learners(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    trap.chmod(0o755)
    hooks = tmp_path / "templates/hooks"
    hooks.mkdir(parents=True)
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        (hooks / name).write_bytes(trap.read_bytes())
        (hooks / name).chmod(0o755)
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(
        f"[init]\n\ttemplateDir = {tmp_path}/templates\n[core]\n\thooksPath = {hooks}\n\tfsmonitor = {trap}\n"
        f"\tattributesFile = {tmp_path}/attributes\n\tautocrlf = true\n"
        f'[filter "trap"]\n\tclean = {trap}\n[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = {trap}\n'
    )
    (tmp_path / "attributes").write_text("* filter=trap\n")
    made = workspace.create(tmp_path / "w", "ana")
    assert not (tmp_path / "ran").exists()
    assert (made.top / "README.md").read_text() == STARTER["README.md"]


@pytest.mark.usefixtures("starter")
@pytest.mark.parametrize("held", ["file", "hidden", "link"])
def test_create_never_writes_into_a_folder_that_holds_anything(tmp_path: Path, held: str) -> None:
    folder = tmp_path / "w"
    if held == "link":
        (tmp_path / "real").mkdir()
        folder.symlink_to(tmp_path / "real")
    else:
        folder.mkdir()
        (folder / (".x" if held == "hidden" else "x")).write_text("mine")
    with pytest.raises(Refused) as caught:
        workspace.create(folder, "ana")
    assert caught.value.code == "folder-not-empty"
    assert not (folder / ".git").exists()


@pytest.mark.usefixtures("starter")
def test_create_in_an_empty_folder_and_after_a_kill(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    left = tmp_path / ".w.lynx-99999999"
    left.mkdir()
    (left / "half").write_text("made")
    assert workspace.create(tmp_path / "w", "ana").top == tmp_path / "w"
    assert not left.exists()


def test_nothing_anywhere(tmp_path: Path) -> None:
    assert locate(tmp_path, None, "ana", {}) is None


def test_a_strange_repository_is_left_alone(tmp_path: Path) -> None:
    top = make(tmp_path / "repo")
    with pytest.raises(NotAdopted) as caught:
        locate(top / "src", None, None, {})
    assert "lynx init --here" in caught.value.remedy
    assert locate(top, Path(), "ana", {}) is not None  # named, it is meant
    adopted = workspace.adopt(top / "src", "ana")
    assert (adopted.top, adopted.shared, adopted.adopted) == (top, True, True)
    assert adopted.notes_name(3) == "learners/ana/phase-03/notes/breaks.md"
    assert locate(top / "src", None, None, {}) == adopted
    bob = locate(top / "src", None, "Bob", {})
    assert bob
    assert bob.learner == "bob"
    assert git(top, "status", "--porcelain") == ""


def test_the_clone_of_lynx_holds_learners(tmp_path: Path) -> None:
    clone = make(tmp_path / "clone")
    for name in ("lynx/repo/workspace.py", "learners/starter/x"):
        (clone / name).parent.mkdir(parents=True)
        (clone / name).write_text("")
    assert locate(clone / "lynx", None, "ana", {}) is None


@pytest.mark.usefixtures("starter")
def test_learners_below(tmp_path: Path) -> None:
    ana = workspace.create(tmp_path / "learners/ana", "ana")
    assert locate(tmp_path, None, "ana", {}) == ana
    assert locate(tmp_path, None, None, {}) == ana  # the only one
    assert locate(tmp_path, None, "bob", {}) is None
    bob = workspace.create(tmp_path / "learners/bob", "bob")
    assert locate(tmp_path, None, "bob", {}) == bob
    assert locate(tmp_path, None, None, {"LOGNAME": "bob", "HOME": "/nonexistent"}) == bob
    assert locate(tmp_path, tmp_path / "learners/ana/src", None, {}) == ana


def test_a_linked_worktree_of_an_adopted_repository_is_adopted(tmp_path: Path) -> None:
    top = make(tmp_path / "repo")
    main = workspace.adopt(top, "ana")
    git(top, "worktree", "add", "-q", str(tmp_path / "linked"))
    linked = locate(tmp_path / "linked", None, None, {})
    assert linked
    assert linked.adopted
    assert linked.state_dir != main.state_dir


def test_learner_names(tmp_path: Path) -> None:
    env = {"HOME": os.environ["HOME"], "PATH": os.environ["PATH"], "LOGNAME": "root"}
    assert workspace.learner_name("Zoë O'Neil", env) == "zoe-o-neil"
    assert workspace.learner_name(None, env) == "ana-test"
    assert workspace.learner_name(None, env | {"HOME": str(tmp_path)}) == "root"
    assert workspace.learner_name(None, env | {"GIT_CONFIG": "/dev/null"}) == "ana-test"
    assert slug("../../etc") == "etc"
    assert slug("李") == "learner"
    assert slug("Starter") == "learner-starter"
    assert len(slug("x" * 500)) <= 60


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away takes root")
def test_a_workspace_of_another_owner_is_not_read(tmp_path: Path) -> None:
    top = make(tmp_path / "repo")
    workspace.adopt(top, "ana")
    for path in [top, *top.rglob("*")]:
        os.chown(path, 12345, 12345, follow_symlinks=False)
    with pytest.raises(Refused) as caught:
        locate(top, None, None, {})
    assert caught.value.code == "other-owner"


# -- one at a time -------------------------------------------------------------------------------------------


def test_twenty_starts_at_once(planted: Planted) -> None:
    """One winner and nineteen clear messages."""
    planted.journal.close()
    read, write = os.pipe()
    others, here = os.pipe()
    children = []
    for _ in range(20):
        child = os.fork()
        if child == 0:
            code = 9
            try:
                signal.alarm(HANGS)
                os.close(write)
                os.read(read, 1)  # all begin when the pipe closes
                try:
                    with Planted(planted.top) as mine, inject.lock(mine.space):
                        mine.break_in()
                        os.close(here)
                        os.read(others, 1)  # the winner stays until all the others have gone
                        code = 0
                except Refused as error:
                    code = 2 if error.code == "locked" and "process" in str(error) and error.remedy else 8
            finally:
                os._exit(code)
        children.append(child)
    os.close(here)
    os.close(read)
    os.close(write)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    assert codes == [0] + [2] * 19
    with Planted(planted.top) as after:
        assert len(after.journal.attempts()) == 1
        assert after.reset().outcome == "restored"


def test_a_kill_frees_the_lock(planted: Planted) -> None:
    child = os.fork()
    if child == 0:
        with inject.lock(planted.space):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    with inject.lock(planted.space), inject.lock(planted.space):
        pass
    with inject.lock(planted.space):
        pass


def test_another_lynx_in_the_middle_is_left_to_it(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    """`status` while another terminal exchanges: nothing is recovered under its hands."""
    monkeypatch.setattr(inject, "WAIT", 0.1)
    attempt = planted.start(b"a", b"b")
    planted.journal.begin_swap(
        attempt.id, planted.target, attempt.original, attempt.broken, "src/model/.lynx-0123456789ab.tmp"
    )
    code = (
        "import sys, time; from pathlib import Path; from lynx.repo import inject, workspace; "
        "w = workspace.locate(Path(sys.argv[1]), None, None, {})\n"
        "with inject.lock(w): print('locked', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(planted.top)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout
    assert other.stdout.readline() == "locked\n"
    assert inject.recover(planted.space, planted.journal) is None
    assert len(planted.journal.pending_swaps()) == 1
    other.communicate("")
    assert inject.recover(planted.space, planted.journal) == inject.Recovery(
        attempt.id, planted.target, "inject", "undone"
    )
    assert planted.journal.active() is None
