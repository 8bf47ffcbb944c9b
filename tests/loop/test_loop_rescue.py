"""Whatever becomes of the journal, the file comes back; a state that came along with a folder is only looked at."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.loop import begin, home, rescue
from lynx.repo import git
from lynx.store import originals, owner
from lynx.store.damage import Damaged
from lynx.store.journal import Journal
from tests.conftest import Lynx, clean_environ
from tests.loop.learner import ORIGINAL, TARGET, Learner

Harm = Callable[[Path], object]
GIT = ["git", "-c", "user.name=ana", "-c", "user.email=ana@localhost"]


def a_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    data[size * 2 : size * 3] = os.urandom(size)  # a page in the middle, as a bad block leaves it
    path.write_bytes(data)


def sql(statement: str) -> Harm:
    def harm(path: Path) -> None:
        with sqlite3.connect(path) as db:
            db.execute(statement)
        db.close()

    return harm


def another_database(path: Path) -> None:
    path.unlink()
    sql("CREATE TABLE recipes (name TEXT)")(path)


def another_journal(path: Path) -> None:
    path.unlink()
    shutil.rmtree(path.parent / "elsewhere", ignore_errors=True)
    with Journal.open(path.parent / "elsewhere") as journal:
        journal.record(None, "drill", {"outcome": None})
    (path.parent / "elsewhere/journal.db").rename(path)
    (path.parent / "elsewhere").rmdir()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "mine").write_text("mine")


def a_dead_link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent / "nothing")


def a_link_outside(path: Path) -> None:
    outside = path.parents[3] / "outside.db"
    path.rename(outside)
    path.symlink_to(outside)


HARMS: dict[str, Harm] = {
    "emptied": lambda path: path.write_bytes(b""),
    "deleted": lambda path: path.unlink(),
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "cut in its first page": lambda path: os.truncate(path, 100),
    "noise": lambda path: path.write_bytes(os.urandom(9000)),
    "another database": another_database,
    "another journal": another_journal,
    "a page": a_page,
    "a table dropped": sql("DROP TABLE events"),
    "attempts dropped": sql("DROP TABLE attempts"),
    "a blob missing": sql("DELETE FROM blobs WHERE sha = (SELECT original FROM attempts)"),
    "a blob damaged": sql("UPDATE blobs SET data = x'00' WHERE sha = (SELECT original FROM attempts)"),
    "attempts emptied": sql("DELETE FROM attempts"),
    "a folder": a_folder,
    "a dead link": a_dead_link,
    "a link outside": a_link_outside,
}


def status(learner: Learner) -> home.Status:
    return home.where(learner.env)


def reset(learner: Learner) -> rescue.Reset:
    """What `lynx reset --yes` does."""
    mended = rescue.mend(learner.env) if rescue.damage(learner.env) else None
    with learner.session() as session:
        return rescue.reset(session, mended=mended)


def outside(learner: Learner) -> dict[str, bytes]:
    """Every file of the working tree but the target."""
    return {
        p.relative_to(learner.top).as_posix(): p.read_bytes()
        for p in learner.top.rglob("*")
        if p.is_file() and ".git" not in p.parts and p != learner.target
    }


@pytest.mark.parametrize(
    "stage", ["predicting", pytest.param("fixing", marks=pytest.mark.exhaustive), "done"]
)
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.sampled(3)
def test_the_file_comes_back_without_the_journal(
    harm: str, stage: str, stages: dict[str, Learner], tmp_path: Path
) -> None:
    learner = stages[stage].copy(tmp_path / "w")
    there, before = learner.target.read_bytes(), outside(learner)
    HARMS[harm](learner.state_dir / "journal.db")
    said = status(learner)
    if harm != "a blob damaged":  # seen where it is read, and no light command reads it
        assert said.damage is not None
        assert said.next == "lynx reset --yes"
        assert (said.break_id, said.target) == ("03", TARGET)
        with pytest.raises(Damaged), learner.session():
            pass
        with pytest.raises(Damaged):
            begin.start(learner.env, "03")
    assert learner.target.read_bytes() == there
    given = reset(learner)
    assert given.mended is not None
    assert learner.target.read_bytes() == ORIGINAL
    if stage == "done":
        assert given.kept is not None
        assert Path(given.kept).read_bytes() == there
    assert outside(learner) == before
    assert originals.names(learner.state_dir) == []
    assert status(learner).damage is None
    learner.begin()
    assert learner.target.read_bytes() != ORIGINAL


def test_a_damaged_page_costs_a_record_and_not_the_rest(done: Learner) -> None:
    with done.session() as session:
        for number in range(200):  # so that the page in the middle is one of many
            session.journal.record(None, "drill", {"outcome": None, "filler": "x" * 200, "number": number})
        before = len(session.journal.events())
    with sqlite3.connect(done.state_dir / "journal.db") as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events_by_attempt'").fetchone()
    db.close()
    path = done.state_dir / "journal.db"
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(data)
    assert status(done).damage is not None
    given = reset(done)
    assert given.mended is not None
    assert given.mended.kept >= before
    with done.session() as session:
        assert len(session.journal.events()) >= before - 40  # a page of events at most
        assert [one.stage for one in session.journal.attempts()] == ["done"]


def test_status_says_what_is_there_and_the_others_what_to_do(predicting: Learner, lynx: Lynx) -> None:
    (predicting.state_dir / "journal.db").write_bytes(b"")
    said = lynx("status", cwd=predicting.top)
    assert said.code == 0
    assert "is empty" in said.out
    assert "lynx reset --yes" in said.out
    for verb in ("run", "hint", "break", "verify"):
        refused = lynx(verb, "--json", cwd=predicting.top)
        assert (refused.code, refused.json["error"]["code"]) == (2, "journal-damaged"), refused.out
        assert "lynx reset --yes" in refused.json["error"]["remedy"]
    assert lynx("reset", cwd=predicting.top).code == 2  # without a terminal nothing is asked
    given = lynx("reset", "--yes", "--json", cwd=predicting.top)
    assert (given.code, given.json["outcome"]) == (0, "restored")
    assert predicting.target.read_bytes() == ORIGINAL


def test_a_blind_break_without_its_journal_is_not_told(new: Learner) -> None:
    new.begin(blind=True)
    (new.state_dir / "journal.db").unlink()
    said = status(new)
    assert (said.break_id, said.target) == ("03", None)
    assert not any(b"stack" in bytes(path) for path in (new.state_dir / "originals").iterdir())
    assert b"current + step" not in next((new.state_dir / "originals").iterdir()).read_bytes()
    assert reset(new).target is None
    assert new.target.read_bytes() == ORIGINAL


def test_a_workspace_of_an_earlier_version_gets_its_original_beside(predicting: Learner) -> None:
    shutil.rmtree(predicting.state_dir / "originals")
    with predicting.session():
        pass
    (predicting.state_dir / "journal.db").unlink()
    assert reset(predicting).outcome == "restored"
    assert predicting.target.read_bytes() == ORIGINAL


@pytest.mark.parametrize("how", ["deleted", "emptied", "all of it", "replaced"])
def test_code_that_removes_the_journal_while_it_runs(fixing: Learner, how: str) -> None:
    path = fixing.state_dir / "journal.db"
    with fixing.session() as session:
        session.setting(session.break_of(session.attempt("run")))
        session.journal.record(None, "before", {})
        if how == "deleted":
            path.unlink()
        elif how == "emptied":
            path.write_bytes(b"")
        elif how == "all of it":
            shutil.rmtree(fixing.state_dir)
        else:
            path.unlink()
            path.write_bytes(b"mine now")
        session.journal.record(None, "after", {})
        assert session.attempt("run").break_id == "03"
    kinds = [event.kind for event in fixing.events("before") + fixing.events("after")]
    assert kinds == ["before", "after"]
    assert reset(fixing).outcome == "restored"
    assert fixing.target.read_bytes() == ORIGINAL


# -- a state from elsewhere --------------------------------------------------------------------------


@pytest.fixture
def moved_in(predicting: Learner, tmp_path: Path) -> Learner:
    """The same folder as another user has it: their key is another."""
    elsewhere = clean_environ(tmp_path / "other")
    (tmp_path / "other/data/lynx" / owner.KEY).write_bytes(b"z" * 64)
    return Learner(replace(predicting.env, environ=elsewhere))


def everything(top: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(p): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in top.rglob("*")
        if p.is_file() and p.name != "lock"
    }


def test_it_can_be_looked_at_and_nothing_is_written(moved_in: Learner) -> None:
    before = everything(moved_in.top)
    said = status(moved_in)
    assert (said.break_id, said.foreign, said.next) == ("03", True, "lynx adopt")
    with moved_in.session() as session:
        home.list_breaks(session)
        assert "### P1" in session.read_notes(session.active() or pytest.fail("none"))
    for verb in (moved_in.run, moved_in.verify, moved_in.begin, moved_in.explain, moved_in.reveal):
        with pytest.raises(Refused) as refused:
            verb()
        assert refused.value.code == "foreign-state"
        assert "lynx adopt" in refused.value.remedy
    assert everything(moved_in.top) == before


def test_its_file_is_given_back_with_the_diff_shown(moved_in: Learner) -> None:
    given = reset(moved_in)
    assert (given.outcome, moved_in.target.read_bytes()) == ("restored", ORIGINAL)
    assert "current + step" in given.diff


def test_a_file_that_does_not_hold_the_bug_is_left(moved_in: Learner) -> None:
    moved_in.target.write_bytes(b"mine\n")
    with pytest.raises(Refused) as refused:
        reset(moved_in)
    assert refused.value.code == "foreign-target"
    assert moved_in.target.read_bytes() == b"mine\n"


def test_taken_over_it_goes_on(moved_in: Learner) -> None:
    took = rescue.adopt(moved_in.env)
    assert (took.was_foreign, took.runnable, took.break_id) == (True, True, "03")
    assert not status(moved_in).foreign
    assert not rescue.adopt(moved_in.env).was_foreign
    moved_in.fill()
    with moved_in.session() as session:
        session.demand_runnable()
    assert moved_in.reset().outcome == "restored"


def test_a_break_of_its_own_is_not_run_after_taking_over(moved_in: Learner) -> None:
    with sqlite3.connect(moved_in.state_dir / "journal.db") as db:
        db.execute("UPDATE attempts SET spec = original")  # a spec that nobody here has
    db.close()
    assert not rescue.adopt(moved_in.env).runnable
    with moved_in.session() as session, pytest.raises(Refused) as refused:
        session.demand_runnable()
    assert refused.value.code == "foreign-break"
    assert moved_in.reset().outcome == "restored"


@pytest.mark.parametrize("column", ["target", "notes"])
@pytest.mark.parametrize("name", ["/etc/passwd", "../x.py", ".git/hooks/pre-commit", "out/x.py", "a\nb"])
def test_a_path_that_leads_out_is_never_used(
    moved_in: Learner, tmp_path: Path, column: str, name: str
) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "away/x.py").write_bytes(b"theirs")
    (moved_in.top / "out").symlink_to(tmp_path / "away")
    with sqlite3.connect(moved_in.state_dir / "journal.db") as db:
        db.execute(f"UPDATE attempts SET {column} = ?", (name,))
    db.close()
    status(moved_in)
    with pytest.raises(Refused):
        rescue.adopt(moved_in.env)
    if column == "target":
        with pytest.raises(Refused):
            reset(moved_in)
    assert not owner.owned(moved_in.state_dir, tmp_path / "other/data/lynx")
    assert (tmp_path / "away/x.py").read_bytes() == b"theirs"


@pytest.mark.parametrize(
    "temporary", ["README.md", "../x", "src/minimodel/.lynx-0123456789ab.tmp/../../../README.md", "/tmp/x"]
)
def test_a_swap_that_was_never_lynx_own_moves_nothing(predicting: Learner, temporary: str) -> None:
    """Even in a state of one's own."""
    with Journal.open(predicting.state_dir) as journal:
        one = journal.active()
        assert one
        journal.begin_swap(one.id, TARGET, one.original, one.broken, temporary)
    readme = (predicting.top / "README.md").read_bytes()
    with pytest.raises(Refused), predicting.session():
        pass
    assert (predicting.top / "README.md").read_bytes() == readme


@pytest.mark.parametrize("name", ["kept", "originals", "cache", "."])
def test_a_link_in_the_place_of_the_state_is_refused(predicting: Learner, tmp_path: Path, name: str) -> None:
    place = predicting.state_dir if name == "." else predicting.state_dir / name
    away = tmp_path / "away"
    if place.exists():
        place.rename(away)
    else:
        away.mkdir()
    place.symlink_to(away)
    with pytest.raises(Refused, match="is a link"):
        status(predicting)


def test_a_state_nobody_claimed_is_taken_over_only_when_nothing_is_under_way(
    stages: dict[str, Learner], tmp_path: Path
) -> None:
    for stage, foreign in (("predicting", True), ("new", False)):
        learner = stages[stage].copy(tmp_path / stage)
        shutil.rmtree(learner.state_dir / "cache", ignore_errors=True)
        (learner.state_dir / "owner").unlink()
        assert status(learner).foreign is foreign


def test_without_a_folder_for_the_key_no_break_begins(new: Learner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (new.state_dir / "owner").unlink()
    nowhere = replace(new.env, environ={**new.env.environ, "LYNX_HOME": str(tmp_path / "file")})
    with pytest.raises(Refused, match="LYNX_HOME"):
        begin.start(nowhere, "03")
    assert new.target.read_bytes() == ORIGINAL


def test_a_moved_repository_goes_on(predicting: Learner, tmp_path: Path) -> None:
    there = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 \xff"))
    shutil.move(predicting.top, there)
    learner = Learner(replace(predicting.env, cwd=there))
    assert status(learner).break_id == "03"
    learner.target.write_bytes(b"mine\n")
    given = learner.reset()
    assert given.kept is not None
    assert Path(given.kept).read_bytes() == b"mine\n"
    assert [event.payload["kept"] for event in learner.events("reset")] == [given.kept]


def test_the_key_is_for_nobody_else(tmp_path: Path) -> None:
    owner.claim(tmp_path / "state", tmp_path / "home")
    assert (tmp_path / "home" / owner.KEY).stat().st_mode & 0o777 == 0o600
    assert owner.owned(tmp_path / "state", tmp_path / "home")
    assert not owner.owned(tmp_path / "state", tmp_path / "other")
    (tmp_path / "home" / owner.KEY).write_bytes(b"")
    assert not owner.owned(tmp_path / "state", tmp_path / "home")
    owner.claim(tmp_path / "state", tmp_path / "home")
    assert owner.owned(tmp_path / "state", tmp_path / "home")


@pytest.mark.parametrize("committed", [False, True])
def test_giving_back_asks_git_only_where_it_has_written(
    committed: bool, stages: dict[str, Learner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = stages["predicting"].copy(tmp_path / "w")
    learner.reset()
    learner.begin()
    if committed:
        subprocess.run([*GIT, "commit", "-qam", "with the bug in it"], cwd=learner.top, check=True)
    asked: list[object] = []
    real = git._git
    monkeypatch.setattr(git, "_git", lambda *words, **more: (asked.append(words), real(*words, **more))[1])
    with learner.session() as session:
        given = rescue.reset(session)
    assert learner.target.read_bytes() == ORIGINAL
    assert bool(asked) is committed
    assert [where for where, _ in given.leftovers] == (["index", "HEAD"] if committed else [])


def test_a_branch_that_moves_without_the_index_is_seen(stages: dict[str, Learner], tmp_path: Path) -> None:
    learner = stages["predicting"].copy(tmp_path / "w")
    learner.reset()
    learner.begin()
    text = {"cwd": learner.top, "check": True, "capture_output": True, "text": True}
    subprocess.run([*GIT, "config", "core.logAllRefUpdates", "false"], **text)
    work = {**os.environ, "GIT_INDEX_FILE": str(tmp_path / "index")}
    subprocess.run([*GIT, "add", "-A"], env=work, **text)
    tree = subprocess.run([*GIT, "write-tree"], env=work, **text).stdout.strip()
    commit = subprocess.run([*GIT, "commit-tree", "-p", "HEAD", "-m", "bug", tree], **text).stdout.strip()
    subprocess.run([*GIT, "update-ref", "HEAD", commit], **text)
    with learner.session() as session:
        assert "HEAD" in [where for where, _ in rescue.reset(session).leftovers]
