"""The command line's edges: one clear message each, the right exit code, JSON where it was asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import HANGS, Lynx, clean_environ


def test_a_wrong_command_is_exit_2_and_one_message(lynx: Lynx) -> None:
    said = lynx("frob")
    assert said.code == 2
    assert "frob" in said.err


@pytest.mark.parametrize(
    "words",
    [("frob", "--json"), ("break", "99", "--json"), ("hint", "--json"), ("status", "--lang", "xx", "--json")],
)
def test_errors_are_json_on_stdout_under_json(lynx: Lynx, words: tuple[str, ...]) -> None:
    said = lynx(*words)
    assert said.code == 2
    assert said.json["schema"] == 2
    assert set(said.json["error"]) >= {"code", "message", "remedy"}
    assert said.err == ""


@pytest.mark.parametrize(
    "words", [("status",), ("list",), ("phase", "10"), ("read", "10/00"), ("atlas",), ("pack", "list")]
)
def test_every_command_has_a_json_form(lynx: Lynx, words: tuple[str, ...]) -> None:
    said = lynx(*words, "--json")
    assert said.code == 0, said.out + said.err
    assert said.json["schema"] == 2


def test_piped_output_has_no_control_codes_and_fits(lynx: Lynx) -> None:
    for words in (("list",), ("phase", "10"), ("read", "10/03"), ("atlas",)):
        said = lynx(*words)
        assert "\x1b" not in said.out
        assert all(len(line) <= 80 for line in said.out.splitlines()), words


def test_ascii_where_there_is_no_utf_8(lynx: Lynx) -> None:
    for words in (("list",), ("list", "--lang", "es"), ("atlas",)):
        said = lynx(*words, PYTHONIOENCODING="ascii", LC_ALL="C")
        assert said.code == 0
        assert said.out.isascii()


def test_the_help_is_grouped_and_translated(lynx: Lynx) -> None:
    said = lynx("--help")
    for panel in ("Learn", "Study", "Mentor"):
        assert panel in said.out
    assert "Predice" in lynx("--help", "--lang", "es").out


@pytest.mark.parametrize("help_", ["--help", "-h"])
def test_the_list_of_commands_is_the_same_where_no_options_are_made(lynx: Lynx, help_: str) -> None:
    for before in ((), ("--lang", "es")):
        whole = lynx(*before, help_, "break")  # whose options would be asked for
        assert lynx(*before, help_).out == whole.out
        assert lynx(*before, help_).code == whole.code == 0


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    command = f"{sys.executable} -m lynx phase 10 | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=tmp_path,
        env=clean_environ(home),
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_lynx_own_mistake_is_exit_3_with_a_log(lynx: Lynx, tmp_path: Path) -> None:
    # a state that only a defect could leave: an attempt in a stage that there is not
    lynx("init", "work", "--learner", "ada")
    work = tmp_path / "work"
    assert lynx("break", "03", "--json", cwd=work).code == 0
    import sqlite3

    with sqlite3.connect(work / ".git/lynx/journal.db") as db:
        db.execute("UPDATE attempts SET stage = 'nowhere'")
    said = lynx("run", "--json", cwd=work)
    assert said.code == 3
    assert said.json["error"]["code"] == "fault"
    log = Path(said.json["error"]["message"] + said.json["error"]["remedy"])
    logs = list((tmp_path / "home/state/lynx").glob("fault-*.log"))
    assert len(logs) == 1
    assert logs[0].name in str(log)
    assert "ValueError" in logs[0].read_text()


def test_completion_offers_breaks_and_metrics(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()

    def complete(line: str) -> list[str]:
        environ = {
            **clean_environ(home),
            "_LYNX_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
        }
        done = subprocess.run(
            [sys.executable, "-m", "lynx"], cwd=tmp_path, env=environ, capture_output=True, text=True
        )
        return done.stdout.split()

    assert {"00", "03"} <= set(complete("lynx break "))
    assert "grad_norm" in complete("lynx show grad")
    assert "verify" in complete("lynx ver")


def test_a_newer_journal_is_refused_with_a_word_on_upgrading(lynx: Lynx, tmp_path: Path) -> None:
    lynx("init", "work", "--learner", "ada")
    import sqlite3

    with sqlite3.connect(tmp_path / "work/.git/lynx/journal.db") as db:
        db.execute("PRAGMA user_version = 99")
    said = lynx("status", "--json", cwd=tmp_path / "work")
    assert said.code == 2
    assert "Upgrade" in said.json["error"]["remedy"]


def test_two_terminals_at_once_corrupt_nothing(lynx: Lynx, tmp_path: Path) -> None:
    lynx("init", "work", "--learner", "ada")
    work = tmp_path / "work"
    assert lynx("break", "03", "--json", cwd=work).code == 0
    environ = clean_environ(tmp_path / "home")
    commands = (["status"], ["list"], ["verify"], ["hint"], ["status"], ["reset", "--yes"])
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "lynx", *words, "--json"],
            cwd=work,
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    for process in running:
        out, _ = process.communicate(timeout=HANGS)
        assert process.returncode in (0, 1, 2)
        assert json.loads(out)["schema"] == 2
    assert lynx("status", "--json", cwd=work).code == 0
    assert os.access(work / "src/minimodel/stack.py", os.R_OK)
