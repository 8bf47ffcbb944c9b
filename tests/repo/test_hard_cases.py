"""Every hard case works or is refused in one line, and nothing but the target changes, ever."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cases import CASES, Case
from plant import Planted, snapshot, strays

from lynx.errors import ExitCode, Refused
from lynx.repo import inject


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hard_case(case: Case, tmp_path: Path) -> None:
    if case.root and os.geteuid() != 0:
        pytest.skip("another owner takes root to arrange")
    kept = dict(os.environ)
    place = tmp_path / "place"
    place.mkdir()
    try:
        top = case.setup(place) or place / "repo"
        if case.code is None:
            works(top, case.target)
        else:
            refuses(top, case)
    finally:
        os.environ.clear()
        os.environ.update(kept)
    assert not (place / "ran").exists(), "a program of the repository's configuration ran"
    assert not list(tmp_path.rglob(".lynx-*.tmp"))


def works(top: Path, target: str) -> None:
    with Planted(top, target) as planted:
        original, before = planted.now, snapshot(top, target)
        was = planted.path.stat()
        attempt = planted.break_in()
        broken, now = planted.now, planted.path.stat()
        assert broken != original
        assert inject.target_state(planted.space, attempt) == "untouched"
        assert snapshot(top, target) == before
        assert strays(top) == []
        assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)
        assert int(now.st_mtime) > int(was.st_mtime)
        assert inject.leftovers(planted.space, attempt) == []
        assert planted.reset().outcome == "restored"
        assert planted.now == original
        back = planted.path.stat()
        assert (back.st_mode, back.st_uid, back.st_gid) == (was.st_mode, was.st_uid, was.st_gid)
        assert int(back.st_mtime) > int(now.st_mtime)
        assert snapshot(top, target) == before
        assert strays(top) == []
        assert inject.leftovers(planted.space, attempt) == []


def refuses(top: Path, case: Case) -> None:
    before = snapshot(top)
    with pytest.raises(Refused) as caught, Planted(top, case.target) as planted:
        planted.break_in()
    assert caught.value.code == case.code
    assert caught.value.exit_code == ExitCode.REFUSED
    assert caught.value.remedy
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400
    assert snapshot(top) == before
    # Nothing of the refused attempt is left to trip over.
    if (top / ".git").is_dir() and case.code not in {"other-owner", "odd-layout"}:
        with Planted(top, case.target) as planted:
            assert planted.journal.active() is None
            assert planted.journal.pending_swaps() == []
            assert planted.journal.attempts() == []


def test_extended_attributes_stay(planted: Planted) -> None:
    try:
        os.setxattr(planted.path, "user.colour", b"blue")
    except (AttributeError, OSError):
        pytest.skip("no extended attributes here")
    planted.break_in()
    assert os.getxattr(planted.path, "user.colour") == b"blue"
    planted.reset()
    assert os.getxattr(planted.path, "user.colour") == b"blue"


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file to a group takes root")
def test_group_and_odd_mode_stay(planted: Planted) -> None:
    os.chown(planted.path, 0, 4321)
    planted.path.chmod(0o640)
    planted.break_in()
    status = planted.path.stat()
    assert (status.st_gid, stat.S_IMODE(status.st_mode)) == (4321, 0o640)


def test_stale_bytecode_goes_and_other_bytecode_stays(planted: Planted) -> None:
    import py_compile

    other = Path(py_compile.compile(str(planted.path.with_name("other.py"))) or "")
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH  # such a file runs whatever the source says
    stale = Path(py_compile.compile(str(planted.path), invalidation_mode=mode) or "")
    assert stale.is_file()
    planted.break_in()
    assert not stale.exists()
    assert other.is_file()


def test_a_same_size_bug_within_one_second_is_what_python_runs(tmp_path: Path) -> None:
    """The trap of mtime-matched bytecode: injected and restored within a second, sizes alike."""
    import subprocess
    import sys

    from plant import git, make

    top = make(tmp_path / "repo", target="m.py", data=b"def f():\n    return 1\n")
    git(top, "status")
    run = [sys.executable, "-c", "import m; print(m.f())"]
    with Planted(top, "m.py") as planted:
        says = [subprocess.run(run, cwd=top, capture_output=True, text=True, check=True).stdout]
        original, broken = planted.now, planted.now.replace(b"1", b"2")
        for before, after in [(original, broken), (broken, original)] * 2:
            attempt = planted.start(original, broken)
            inject.swap(planted.space, planted.journal, attempt.id, "m.py", before, after)
            says.append(subprocess.run(run, cwd=top, capture_output=True, text=True, check=True).stdout)
    assert says == ["1\n", "2\n", "1\n", "2\n", "1\n"]


def test_the_trap_would_have_sprung(tmp_path: Path) -> None:
    """The case "programs in the configuration" proves something: `git status` there does run one."""
    from cases import CASES
    from plant import git

    case = next(case for case in CASES if case.name == "programs in the configuration")
    place = tmp_path / "place"
    place.mkdir()
    top = case.setup(place)
    assert top
    assert not (place / "ran").exists()
    git(top, "status")
    assert (place / "ran").exists()
