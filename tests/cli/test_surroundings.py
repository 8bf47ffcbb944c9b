"""What the surroundings do to a command is said as that: exit 2, the true cause, what to do; never a traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lynx.errors import Word
from lynx.surroundings import CAUSES, cause, caused
from tests.conftest import clean_environ
from tests.loop.learner import Learner, make


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Learner:
    learner = make(tmp_path_factory.mktemp("surroundings"))
    learner.begin()
    return learner


def shell(work: Learner, line: str, cwd: Path | None = None, **more: str) -> tuple[int, str]:
    """A line of the shell in which `lynx` is the command; exit code, and what came on both outputs."""
    done = subprocess.run(
        ["bash", "-c", line.replace("lynx", f"'{sys.executable}' -m lynx")],
        cwd=cwd or work.top,
        env={**work.env.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **more},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    return done.returncode, said


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("lynx status >&-", 2, "output is closed"),
        ("lynx status --json >&-", 2, "output is closed"),
        ("lynx status >&- 2>&- <&-", 2, ""),
        ("lynx status >/dev/full", 2, "output cannot be written"),
        ("lynx status --json >/dev/full", 2, "output cannot be written"),
        ("lynx --help >/dev/full", 2, "no room left"),
        ("lynx --version >/dev/full", 2, "no room left"),
        ("lynx status >/dev/full 2>/dev/full", 2, ""),
        ("lynx nonsense 2>/dev/full", 2, ""),
        ("lynx status 2>&-", 0, "Break 03"),
        ("lynx status <&-", 0, "Break 03"),
        ("lynx list | head -1; exit ${PIPESTATUS[0]}", 0, "Phase"),
        ("env -u TERM LINES=1 COLUMNS=1 lynx status", 0, "Break 03"),
        ("LINES=0 COLUMNS=-5 TERM= lynx list", 0, "03"),
        ("mkdir gone && cd gone && rmdir ../gone && lynx status", 2, "folder you stand in is gone"),
        ("mkdir gone && cd gone && rmdir ../gone && lynx break 03 --json", 2, "no-working-folder"),
        ("mkdir gone && cd gone && rmdir ../gone && lynx --lang xx status", 2, "does not speak"),
        ("ulimit -n 5; lynx reset --yes", 2, "no more files"),
    ],
)
def test_a_line_of_the_shell(work: Learner, line: str, code: int, words: str) -> None:
    there = work.target.read_bytes()
    ended, said = shell(work, line)
    assert (ended, words in " ".join(said.split())) == (code, True), said
    assert work.target.read_bytes() == there


def test_a_full_output_does_not_undo_what_was_done(tmp_path: Path) -> None:
    learner = make(tmp_path)
    assert shell(learner, "lynx break 03 >/dev/full")[0] == 2
    assert learner.status().break_id == "03"


def test_no_log_can_be_written(work: Learner, tmp_path: Path) -> None:
    """A fault of Lynx's own in a world in which nothing can be written."""
    nowhere = str(tmp_path / "file/none")
    code = (
        f"import sys, tempfile, lynx.loop.home as h\ntempfile.tempdir = {nowhere!r}  # else it finds /tmp\n"
        "def where(env): raise KeyError('x')\n"
        "h.where = where\nfrom lynx.cli.app import main\nsys.argv = ['lynx', 'status']\nmain()\n"
    )
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=work.top,
        env={**clean_environ(tmp_path / "h"), "HOME": nowhere, "XDG_STATE_HOME": nowhere, "TMPDIR": nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "own mistake" in done.stderr
    assert ".log" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", CAUSES)
def test_every_cause_has_its_words(number: int) -> None:
    error = OSError(number, os.strerror(number), "/a/file")
    if isinstance(error, BrokenPipeError):
        return
    said = caused(error)
    assert said is not None
    assert str(said).startswith("/a/file: ")
    assert isinstance(cause(error), Word)


def test_causes_that_come_in_other_clothes() -> None:
    assert "memory" in str(caused(MemoryError()))
    assert "memory" in str(caused(ImportError("libx.so: failed to map segment from shared object")))
    assert caused(ImportError("No module named x")) is None
    assert caused(KeyError("x")) is None
    assert "TMPDIR" in str(
        caused(FileNotFoundError(errno.ENOENT, "No usable temporary directory found in []"))
    )
    import shutil

    assert (
        cause(shutil.Error([("a", "b", "[Errno 28] No space left on device: 'b'")]))
        == CAUSES[errno.ENOSPC][0]
    )


def test_the_clock_may_jump(tmp_path: Path) -> None:
    """Times in the journal from years ahead, and from 1970: nothing is ordered by them."""
    learner = make(tmp_path)
    learner.begin()
    learner.age(-40 * 365)
    learner.status()
    learner.age(80 * 365)
    os.utime(learner.target, (0, 0))
    assert learner.status().break_id == "03"
    assert learner.reset().outcome == "restored"
    assert learner.begin().number == 2
