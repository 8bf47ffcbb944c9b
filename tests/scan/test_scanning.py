"""`lynx scan` on real repositories with real tests, each the smallest of its kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import program
from tests.conftest import clean_environ
from tests.scan.tiny import state, tiny

Scan = dict[str, Any]


def scan(folder: Path, home: Path, *words: str) -> program.Said:
    return program.run("scan", *words, cwd=folder, env=clean_environ(home))


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Scan, dict[str, Any]]:
    folder, home = tiny(tmp_path_factory.mktemp("tiny")), tmp_path_factory.mktemp("home")
    before = state(folder)
    said = scan(folder, home, "--json", "--jobs", "2")
    assert said.code == 1, said.out + said.err
    return folder, home, said.json, before


def by_scope(found: Scan, operator: str = "zero-grad-dropped") -> dict[str, Any]:
    return {one["scope"]: one for one in found["mutants"] if one["operator"] == operator}


def test_a_test_that_looks_catches_and_one_that_does_not_misses(scanned: Any) -> None:
    _, _, found, _ = scanned
    mutants = by_scope(found)
    assert mutants["step"]["state"] == "caught"
    assert "test_two_steps" in mutants["step"]["failed"]["test"]
    assert mutants["step"]["failed"]["where"].startswith("tests/test_train.py:")
    assert mutants["other"]["state"] == "missed"
    assert mutants["other"]["tests"] == 1
    assert found["healthy"]["passes"]
    assert found["healthy"]["tests"] == 5


def test_who_is_given_what_a_cache_holds_reaches_what_made_it(scanned: Any) -> None:
    """`trained` runs in the first of two tests; a change of it may show in the second alone."""
    mutants = by_scope(scanned[2])
    assert mutants["trained"]["tests"] == 2
    assert mutants["step"]["tests"] == 3


def test_nothing_in_the_repository_is_written(scanned: Any) -> None:
    folder, _, _, before = scanned
    assert state(folder) == before


def test_what_is_missed_is_told_first_with_its_diff(scanned: Any) -> None:
    first = scanned[2]["mutants"][0]
    assert first["number"] == 1
    assert first["state"] == "missed"
    assert first["diff"].startswith("--- a/train.py\n+++ b/train.py\n@@ ")
    assert [line[0] for line in first["diff"].splitlines()[3:] if line[0] != " "] == ["-", "+"]
    dropped = next(one for one in scanned[2]["mutants"] if "-    model.zero_grad()" in one["diff"])
    assert dropped["state"] == "missed"
    assert dropped["seen_by"]


def test_the_second_time_nothing_runs_again(scanned: Any) -> None:
    folder, home, found, _ = scanned
    again = scan(folder, home, "--json").json
    assert again["seconds"] == 0
    assert [(one["id"], one["state"]) for one in again["mutants"]] == [
        (one["id"], one["state"]) for one in found["mutants"]
    ]


def test_the_screen_names_the_file_the_bug_and_the_next_command(scanned: Any) -> None:
    folder, home, _, _ = scanned
    said = scan(folder, home)
    assert said.code == 1
    assert "train.py:" in said.out
    assert "zero_grad() dropped" in said.out
    assert "lynx scan show 1" in said.out


GROUNDS = {
    "nothing": ({"hello.py": "print('hello')\n"}, "nothing-to-scan"),
    "failing": ({"tests/test_more.py": "def test_it():\n    assert False\n"}, "tests-fail"),
    "without torch": ({"tests/test_more.py": "import no_such_torch\n"}, "package-missing"),
    "no tests": ({"tests/test_train.py": ""}, "nothing-to-judge-by"),
}


@pytest.mark.parametrize("name", GROUNDS)
def test_bad_ground_has_one_clear_word(name: str, tmp_path: Path) -> None:
    files, code = GROUNDS[name]
    folder = tmp_path / "there"
    if name == "nothing":
        folder.mkdir()
    else:
        tiny(folder)
    for path, text in files.items():
        (folder / path).write_text(text, encoding="utf-8")
    said = scan(folder, tmp_path / "home", "--json")
    assert said.code == 2, said.out
    assert said.json["error"]["code"] == code
    assert said.json["error"]["remedy"]


def test_a_file_with_a_syntax_error_is_named_and_the_rest_is_scanned(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "there")
    (folder / "half.py").write_text("import torch\noptimizer.zero_grad(\n", encoding="utf-8")
    said = scan(folder, tmp_path / "home", "--json")
    assert said.code == 1
    assert said.json["unread"][0]["file"] == "half.py"
    assert by_scope(said.json)["step"]["state"] == "caught"


def test_an_installed_copy_that_is_tested_instead_is_not_reached(tmp_path: Path) -> None:
    """The tests import a twin from elsewhere: nothing here is run by them, and nothing is called missed."""
    folder = tiny(tmp_path / "there")
    (folder / "tests/train.py").write_text((folder / "train.py").read_text(), encoding="utf-8")
    (folder / "tests/conftest.py").write_text("", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = tests\n", encoding="utf-8")
    found = json.loads(scan(folder, tmp_path / "home", "--json").out)
    assert {one["state"] for one in found["mutants"]} == {"not-reached"}
