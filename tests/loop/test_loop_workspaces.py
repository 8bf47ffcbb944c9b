"""Which workspace a command means (docs/architecture.md#workspaces): made, adopted, named, or refused."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.content.catalog import data_dir
from lynx.errors import Refused
from lynx.loop import begin, home, rescue
from lynx.loop.session import Env, open_session
from tests.conftest import Lynx, clean_environ
from tests.loop.learner import ORIGINAL, TARGET, Learner


@pytest.fixture
def env(tmp_path: Path) -> Env:
    """Somebody called Ana Pérez, in a folder without anything."""
    here = tmp_path / "here"
    here.mkdir()
    return Env(here, clean_environ(tmp_path / "nobody"), learner="Ana Pérez")


@pytest.fixture
def foreign(env: Env) -> Path:
    """A repository of somebody's that happens to hold what break 03 breaks."""
    top = env.cwd / "theirs"
    shutil.copytree(data_dir("starter") / "src", top / "src", ignore=shutil.ignore_patterns("*.pyc"))
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=them", "-c", "user.email=t@example.org", "commit", "-qm", "theirs"],
    ):
        subprocess.run(["git", *words], cwd=top, env=dict(env.environ), check=True)
    return top


def names(top: Path) -> set[str]:
    """Every file of the working tree."""
    found = {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith(".git/")}


def test_init_makes_one_commit_ready_for_a_break(env: Env) -> None:
    made = begin.initialise(env, Path("work"), here=False)
    assert (made.made, made.workspace.learner) == (True, "ana-perez")
    commits = subprocess.run(
        ["git", "rev-list", "--count", "HEAD"], cwd=env.cwd / "work", capture_output=True, check=True
    )
    assert commits.stdout.strip() == b"1"
    inside = replace(env, cwd=env.cwd / "work")
    with open_session(inside) as session:
        assert home.status(session, inside).next == "lynx break 03"


def test_the_first_break_in_lynx_own_clone_makes_the_workspace_where_it_is_found_again(env: Env) -> None:
    clone = env.cwd / "lynx-clone"
    for name in ("lynx/repo/workspace.py", "learners/starter/x"):
        (clone / name).parent.mkdir(parents=True)
        (clone / name).write_text("")
    subprocess.run(["git", "init", "-q"], cwd=clone, env=dict(env.environ), check=True)
    below = replace(env, cwd=clone / "lynx" / "repo")
    made = begin.find_or_make(below)
    assert made.made
    assert made.workspace.top == clone / "learners" / "ana-perez"
    assert not begin.find_or_make(below).made


@pytest.mark.parametrize("held", ["file", ".hidden"])
def test_init_never_writes_into_a_folder_that_holds_something(tmp_path: Path, lynx: Lynx, held: str) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / held).write_text("mine")
    refused = lynx("init", "full", "--learner", "ana", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "folder-not-empty")
    assert names(folder) == {held}


def test_the_first_break_makes_a_workspace_below_learners_and_says_so(env: Env, lynx: Lynx) -> None:
    said = lynx("break", "03", "--learner", "Ana Pérez", cwd=env.cwd)
    assert said.code == 0
    assert "learners/ana-perez" in said.out + said.err
    assert TARGET in said.out
    top = env.cwd / "learners/ana-perez"
    assert (top / TARGET).read_bytes() != ORIGINAL
    assert (top / "phase-10/notes/breaks.md").is_file()
    # afterwards every command finds it from here, the name unsaid
    status = lynx("status", "--json", cwd=env.cwd)
    assert (status.code, status.json["break"]) == (0, "03")


def test_a_command_means_the_workspace_around_it(stages: dict[str, Learner]) -> None:
    top = stages["predicting"].top
    deep = replace(stages["predicting"].env, cwd=top / "src" / "minimodel")
    with home.perhaps(deep) as session:
        status = home.status(session, deep)
    assert status.break_id == "03"
    assert status.notes is not None
    assert Path(f"{status.prefix}{status.notes}") == stages["predicting"].notes  # to be opened from there


def test_repo_wins_over_where_one_stands(stages: dict[str, Learner]) -> None:
    elsewhere = stages["new"].env
    with home.perhaps(replace(elsewhere, repo=stages["predicting"].top)) as session:
        assert home.status(session, elsewhere).break_id == "03"
    with home.perhaps(elsewhere) as session:
        assert home.status(session, elsewhere).break_id is None


def test_repo_must_be_a_repository(env: Env) -> None:
    with pytest.raises(Refused, match="no git repository"):
        begin.start(replace(env, repo=Path()), "03")
    assert names(env.cwd) == set()


@pytest.mark.parametrize("words", [("break", "03"), ("status",), ("run",), ("list",)], ids=lambda w: w[0])
def test_inside_a_foreign_repository_is_exit_2_naming_init_here(
    foreign: Path, lynx: Lynx, words: tuple[str, ...]
) -> None:
    before = names(foreign)
    refused = lynx(*words, cwd=foreign / "src")
    assert refused.code == 2
    assert "lynx init --here" in refused.err
    assert names(foreign) == before
    assert not (foreign / ".git/lynx").exists()


def test_an_adopted_repository_holds_the_notes_below_the_learners_name(env: Env, foreign: Path) -> None:
    inside = replace(env, cwd=foreign)
    before = names(foreign)
    assert not begin.initialise(inside, None, here=True).made
    assert names(foreign) == before  # it wrote under the git directory alone
    started = begin.start(inside, "03")
    assert started.notes == "learners/ana-perez/phase-10/notes/breaks.md"
    assert names(foreign) - before == {started.notes}
    with open_session(inside) as session:
        rescue.reset(session, recreate=False)
    assert (foreign / TARGET).read_bytes() == ORIGINAL


def test_without_a_workspace_a_verb_says_how_to_begin(env: Env) -> None:
    with pytest.raises(Refused, match="lynx break makes one and starts"), open_session(env):
        pass
