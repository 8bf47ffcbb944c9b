"""What a scan writes where it is asked to: SARIF, a page, a badge, a test, a reason."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests import program
from tests.conftest import clean_environ
from tests.scan.tiny import state, tiny

# of SARIF 2.1.0's schema (OASIS), what a result must have; the whole schema was tried by hand
LEVELS = {"none", "note", "warning", "error"}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Any]:
    folder, home = tiny(tmp_path_factory.mktemp("tiny")), tmp_path_factory.mktemp("home")
    out = ("--page", str(home / "p.html"), "--sarif", str(home / "s.json"), "--badge", str(home / "b.svg"))
    said = program.run("scan", "--json", *out, cwd=folder, env=clean_environ(home))
    return folder, home, said.json


def lynx(scanned: tuple[Path, Path, Any], *words: str) -> program.Said:
    folder, home, _ = scanned
    return program.run("scan", *words, cwd=folder, env=clean_environ(home))


def missed(scanned: tuple[Path, Path, Any], operator: str) -> str:
    return next(str(one["number"]) for one in scanned[2]["mutants"] if one["operator"] == operator)


def test_sarif_names_each_missed_one_by_file_and_line(scanned: Any) -> None:
    told = json.loads((scanned[1] / "s.json").read_text())
    assert told["version"] == "2.1.0"
    (run,) = told["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    want = [one for one in scanned[2]["mutants"] if one["state"] in ("missed", "undecided")]
    assert [one["partialFingerprints"]["lynxSite/v1"] for one in run["results"]] == [one["id"] for one in want]
    for one, mutant in zip(run["results"], want, strict=True):
        place = one["locations"][0]["physicalLocation"]
        assert rules[one["ruleIndex"]] == one["ruleId"] == mutant["operator"]
        assert one["level"] in LEVELS
        assert one["message"]["text"]
        assert place["artifactLocation"]["uri"] == mutant["file"]
        assert place["region"]["startLine"] == mutant["line"] >= 1


def test_the_page_and_the_badge_ask_nothing_of_the_network(scanned: Any) -> None:
    page = (scanned[1] / "p.html").read_text()
    badge = (scanned[1] / "b.svg").read_text()
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "zero_grad() dropped" in page
    n = sum(one["state"] == "missed" for one in scanned[2]["mutants"])
    assert f"{n} of {scanned[2]['judged']} missed" in badge


def test_one_is_shown_with_its_diff(scanned: Any) -> None:
    said = lynx(scanned, "show", missed(scanned, "zero-grad-dropped"))
    assert said.code == 0
    assert "-    model.zero_grad()" in said.out
    assert "gradients_are_cleared" in said.out
    assert lynx(scanned, "show", "999").code == 2


def test_the_missing_test_is_proved_and_written_and_overwrites_nothing(scanned: Any) -> None:
    folder = scanned[0]
    before = state(folder)
    said = lynx(scanned, "test", missed(scanned, "max-shift-dropped"), "--json")
    assert said.code == 0, said.out + said.err
    path = folder / said.json["path"]
    assert said.json["guard"] == "survives_large_inputs"
    assert said.json["failed"]["says"].startswith("AssertionError")
    again = lynx(scanned, "test", missed(scanned, "max-shift-dropped"), "--json").json["path"]
    assert again != said.json["path"]
    assert {name: file for name, file in state(folder).items() if name in before} == before
    path.unlink()
    (folder / again).unlink()


def test_what_cannot_be_called_gets_a_word_and_no_file(scanned: Any) -> None:
    before = state(scanned[0])
    said = lynx(scanned, "test", missed(scanned, "zero-grad-dropped"), "--json")
    assert said.code == 1
    assert said.json["error"]["code"] == "no-test-proved"
    assert state(scanned[0]) == before


def test_what_is_ignored_needs_a_reason_and_stays_ignored_when_lines_move(scanned: Any) -> None:
    folder, _, found = scanned
    number = missed(scanned, "zero-grad-dropped")
    assert lynx(scanned, "ignore", number).code == 2
    assert lynx(scanned, "ignore", number, "--because", "shown in class").code == 0
    (kept,) = json.loads((folder / ".lynx-scan.json").read_text())["ignore"]
    assert kept["because"] == "shown in class"
    train = folder / "train.py"
    train.write_text("# a line more\n" + train.read_text())
    again = lynx(scanned, "--json").json
    assert again["ignored"] == 1
    assert again["sites"] == found["sites"] - 1
    assert kept["id"] not in {one["id"] for one in again["mutants"]}
