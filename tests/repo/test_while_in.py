"""What a learner may do while a bug is in, and what giving the file back makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from plant import BROKEN, ORIGINAL, TARGET, Planted, git, make

from lynx.errors import Refused
from lynx.repo import inject, workspace
from lynx.store.journal import Journal

MINE = ORIGINAL + b"\n# mine, not committed\n"


def do(command: str, top: Path) -> None:
    """Run one of the commands that Lynx shows, as the learner would, without the `lynx reset` before it."""
    subprocess.run(
        command.removeprefix("lynx reset --yes && "), shell=True, cwd=top, check=True, capture_output=True
    )


def leftovers(planted: Planted) -> dict[str, str]:
    attempt = planted.journal.attempts()[-1]
    found = inject.leftovers_if_changed(planted.space, planted.journal, attempt)
    assert found == inject.leftovers(planted.space, attempt)
    return dict(found)


def test_nothing_done(planted: Planted) -> None:
    attempt = planted.break_in()
    assert inject.target_state(planted.space, attempt) is inject.TargetState.UNTOUCHED
    assert leftovers(planted) == {}
    assert planted.reset() == inject.Restored("restored")
    assert planted.now == ORIGINAL
    assert inject.restore(planted.space, planted.journal, attempt) == inject.Restored("already")


def test_edited_further_is_kept_aside(planted: Planted) -> None:
    attempt = planted.break_in()
    edited = BROKEN.replace(b"return h\n", b"return h + x\n")
    planted.path.write_bytes(edited)
    assert inject.target_state(planted.space, attempt) == "changed"
    restored = planted.reset()
    assert restored.outcome == "replaced"
    assert restored.kept_aside is not None
    assert restored.kept_aside.read_bytes() == edited
    assert inject.kept(planted.space) == [str(restored.kept_aside)]
    assert planted.now == ORIGINAL


def test_a_formatter_ran(planted: Planted) -> None:
    planted.break_in()
    planted.path.write_bytes(BROKEN.replace(b"    ", b"\t"))
    restored = planted.reset()
    assert restored.kept_aside is not None
    assert b"\t" in restored.kept_aside.read_bytes()
    assert planted.now == ORIGINAL


def test_removed_comes_back_only_on_request(planted: Planted) -> None:
    planted.path.chmod(0o755)
    attempt = planted.break_in()
    planted.path.unlink()
    assert inject.target_state(planted.space, attempt) == "missing"
    assert inject.restore(planted.space, planted.journal, attempt).outcome == "missing"
    assert not planted.path.exists()
    assert planted.reset(recreate=True).outcome == "recreated"
    assert planted.now == ORIGINAL
    assert planted.path.stat().st_mode & 0o777 == 0o755


def test_its_folder_removed_too(planted: Planted) -> None:
    planted.break_in()
    shutil.rmtree(planted.top / "src")
    assert planted.reset(recreate=True).outcome == "recreated"
    assert planted.now == ORIGINAL


def test_stashed_and_popped(planted: Planted) -> None:
    attempt = planted.break_in()
    git(planted.top, "stash", "-q")
    assert inject.target_state(planted.space, attempt) == "original"
    found = leftovers(planted)
    assert found == {"stash@{0}": "git stash drop 'stash@{0}'"}
    assert inject.restore(planted.space, planted.journal, attempt).outcome == "already"
    git(planted.top, "stash", "pop", "-q")
    assert inject.target_state(planted.space, attempt) == "untouched"
    assert planted.reset().outcome == "restored"
    assert leftovers(planted) == {}


def test_a_stash_with_other_work_is_not_dropped(planted: Planted) -> None:
    planted.break_in()
    (planted.top / "README.md").write_bytes(b"other work\n")
    git(planted.top, "stash", "-q")
    assert leftovers(planted) == {"stash@{0}": "git stash show -p 'stash@{0}'"}


def test_an_old_stash_is_none_of_our_business(planted: Planted) -> None:
    planted.path.write_bytes(BROKEN)
    git(planted.top, "stash", "-q")
    planted.break_in()
    assert leftovers(planted) == {}
    (planted.top / "README.md").write_bytes(b"x")
    git(planted.top, "add", "README.md")
    assert leftovers(planted) == {}


def test_reset_hard_loses_nothing_that_lynx_saw(planted: Planted) -> None:
    planted.path.write_bytes(MINE)  # uncommitted work in the target itself
    attempt = planted.break_in()
    git(planted.top, "reset", "-q", "--hard")
    assert planted.now == ORIGINAL
    assert inject.target_state(planted.space, attempt) == "changed"
    restored = planted.reset()
    assert (restored.outcome, planted.now) == ("replaced", MINE)
    assert restored.kept_aside is not None
    assert restored.kept_aside.read_bytes() == ORIGINAL


def test_staged(planted: Planted) -> None:
    planted.break_in()
    git(planted.top, "add", "-A")
    assert leftovers(planted) == {"index": f"git restore --staged -- :/{TARGET}"}
    planted.reset()
    do(leftovers(planted)["index"], planted.top)
    assert leftovers(planted) == {}
    assert git(planted.top, "status", "--porcelain", "--", TARGET) == ""


def test_staged_over_staged_work(planted: Planted) -> None:
    planted.path.write_bytes(MINE)
    git(planted.top, "add", TARGET)
    planted.path.write_bytes(MINE + b"# and unstaged\n")
    before = git(planted.top, "ls-files", "-s")
    planted.break_in()
    git(planted.top, "add", "-A")
    planted.reset()
    do(leftovers(planted)["index"], planted.top)
    assert git(planted.top, "ls-files", "-s") == before
    assert planted.now == MINE + b"# and unstaged\n"


def test_staged_untracked(tmp_path: Path) -> None:
    top = tmp_path / "repo"
    top.mkdir()
    git(top, "init", "-q")
    (top / "m.py").write_bytes(ORIGINAL)
    with Planted(top, "m.py") as planted:
        planted.break_in()
        git(top, "add", "-A")
        assert leftovers(planted) == {"index": "git rm -qf --cached -- :/m.py"}
        planted.reset()
        do(leftovers(planted)["index"], top)
        assert git(top, "status", "--porcelain") == "?? m.py\n"


@pytest.mark.parametrize("edited", [False, True])
def test_committed(planted: Planted, edited: bool) -> None:
    planted.break_in()
    if edited:  # the bug and something else
        planted.path.write_bytes(b"import math\n" + BROKEN + b"# note\n")
    git(planted.top, "commit", "-qam", "with the bug")
    found = leftovers(planted)
    assert list(found) == ["index", "HEAD"]
    assert all(command.startswith("lynx reset --yes && git ") for command in found.values())
    planted.reset()
    assert planted.now == ORIGINAL
    for command in leftovers(planted).values():
        assert not command.startswith("lynx")
        do(command, planted.top)
    assert leftovers(planted) == {}
    assert git(planted.top, "show", f"HEAD:{TARGET}").encode() == ORIGINAL


def test_the_commands_work_from_any_folder_and_for_any_name(tmp_path: Path) -> None:
    target = "src/a [b]*/ñ 'q\" $HOME.py"
    make(tmp_path / "repo", target=target)
    with Planted(tmp_path / "repo", target) as planted:
        planted.break_in()
        git(planted.top, "commit", "-qam", "with the bug")
        planted.reset()
        for command in leftovers(planted).values():
            do(command, planted.top / "src")
        assert leftovers(planted) == {}


@pytest.mark.parametrize("crlf", [False, True])
def test_the_bug_in_head_is_seen_through_converted_endings(planted: Planted, crlf: bool) -> None:
    git(planted.top, "config", "core.autocrlf", "true" if crlf else "input")
    planted.path.write_bytes(ORIGINAL.replace(b"\n", b"\r\n"))
    planted.break_in()
    git(planted.top, "commit", "-qam", "with the bug")
    assert "HEAD" in leftovers(planted)


def test_another_branch_has_another_version(planted: Planted) -> None:
    git(planted.top, "switch", "-qc", "other")
    theirs = ORIGINAL.replace(b"Blocks", b"Other blocks")
    planted.path.write_bytes(theirs)
    git(planted.top, "commit", "-qam", "other")
    git(planted.top, "switch", "-q", "main")
    planted.break_in()
    git(planted.top, "switch", "-q", "--discard-changes", "other")
    restored = planted.reset()
    assert restored.outcome == "gone"
    assert planted.now == theirs  # main's version has no business on this branch …
    kept = inject.kept(planted.space)
    assert [Path(path).read_bytes() for path in kept] == [ORIGINAL]  # … and is not lost


def test_another_branch_with_the_same_version(planted: Planted) -> None:
    planted.break_in()
    git(planted.top, "switch", "-qc", "other")
    assert planted.reset().outcome == "restored"
    assert planted.now == ORIGINAL


def test_a_conflict_arose_in_the_target(planted: Planted) -> None:
    planted.break_in()
    git(planted.top, "commit", "-qam", "with the bug")
    git(planted.top, "switch", "-qc", "other", "HEAD~1")
    planted.path.write_bytes(ORIGINAL.replace(b"x + h", b"x + 2 * h"))
    git(planted.top, "commit", "-qam", "other")
    git(planted.top, "merge", "-q", "main", check=False)
    marked = planted.now
    with pytest.raises(Refused) as caught:
        planted.reset()
    assert caught.value.code == "unmerged"
    assert planted.now == marked


@pytest.mark.parametrize("how", ["symlink", "folder", "hard link", "fifo"])
def test_no_plain_file_any_more(planted: Planted, how: str) -> None:
    attempt = planted.break_in()
    aside = planted.top / "aside.py"
    if how == "hard link":
        os.link(planted.path, aside)
    else:
        planted.path.rename(aside)
        {"symlink": lambda: planted.path.symlink_to(aside), "folder": planted.path.mkdir}.get(
            how, lambda: os.mkfifo(planted.path)
        )()
    state = inject.target_state(planted.space, attempt)
    assert state == ("untouched" if how == "hard link" else "unreadable")
    with pytest.raises(Refused):
        planted.reset()
    assert aside.read_bytes() == BROKEN


def test_copied_and_moved(planted: Planted, tmp_path: Path) -> None:
    planted.break_in()
    shutil.copytree(planted.top, tmp_path / "copy")
    with Planted(tmp_path / "copy") as copy:
        assert copy.reset().outcome == "restored"
        assert copy.now == ORIGINAL
    assert planted.now == BROKEN  # the first one is untouched
    planted.journal.close()
    planted.top.rename(tmp_path / "moved")
    with Planted(tmp_path / "moved") as moved:
        assert moved.reset().outcome == "restored"
        assert moved.now == ORIGINAL


def test_a_newer_lynx_wrote_the_journal(planted: Planted) -> None:
    import sqlite3

    planted.break_in()
    planted.journal.close()
    with sqlite3.connect(planted.space.state_dir / "journal.db") as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(Refused) as caught:
        Journal.open(planted.space.state_dir)
    assert caught.value.code == "journal-newer"
    assert planted.now == BROKEN


def test_nothing_leaks(planted: Planted, tmp_path: Path) -> None:
    """Neither in plain files, nor through a push or a clone; and a collection of garbage breaks nothing."""
    refs = git(planted.top, "for-each-ref")
    planted.break_in()
    assert git(planted.top, "for-each-ref") == refs
    for path in planted.top.rglob("*"):
        if path.is_file() and ".git/lynx" in path.as_posix():
            assert b"return x + h" not in path.read_bytes(), path
    git(tmp_path, "init", "-q", "--bare", "there")
    git(planted.top, "push", "-q", "--mirror", str(tmp_path / "there"))
    git(tmp_path, "clone", "-q", planted.top.as_uri(), "clone")
    for copy in ("there", "clone"):
        assert [p for p in (tmp_path / copy).rglob("*lynx*") if p.name != "lynx"] == []
        assert not (tmp_path / copy / "lynx").exists()
        assert not (tmp_path / copy / ".git/lynx").exists()
    git(planted.top, "gc", "-q", "--prune=now")
    git(planted.top, "fsck", "--strict")
    assert planted.reset().outcome == "restored"
    assert planted.now == ORIGINAL


def test_status_asks_git_only_when_git_wrote(planted: Planted) -> None:
    """The light commands call this; importing git costs them 80 ms."""
    planted.break_in()
    code = (
        "import sys; from pathlib import Path; from lynx.repo import inject, workspace; "
        "from lynx.store.journal import Journal; "
        f"w = workspace.locate(Path({str(planted.top)!r}), None, None, {{}}); "
        "j = Journal.open(w.state_dir); a = j.active(); inject.recover(w, j); inject.target_state(w, a); "
        "inject.leftovers_if_changed(w, j, a); "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'git', 'numpy', 'ctypes'}))"
    )

    def imported() -> str:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert imported() == "[]"
    git(planted.top, "add", "-A")
    assert "git" in imported()
    assert imported() == "[]"


def test_kept_aside_keeps_the_same_bytes_once(planted: Planted) -> None:
    first = inject.kept_aside(planted.space, b"bytes", "blocks.py")
    assert inject.kept_aside(planted.space, b"bytes", "blocks.py") == first
    assert inject.kept_aside(planted.space, b"other", "blocks.py") != first
    assert len(inject.kept(planted.space)) == 2
    assert workspace.locate(planted.top, None, None, {}) == planted.space
