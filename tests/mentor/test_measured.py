"""What a check measured goes into proof.json, and into no other file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lynx.content.reading import proof
from lynx.content.reading.breaks import load_break
from lynx.errors import Refused
from lynx.mentor import measured
from lynx.store import trust
from lynx.view.nearby import nearby

FIGURES = {
    "date": "2026-11-22",
    "versions": {"python": "3.11.7", "numpy": "2.1.0"},
    "seeds": 10,
    "seconds": 4.25,
    "predictions": {"P1": {"median": 1e-7, "min": float("nan"), "max": float("inf")}},
    "claims": {"no-claim": {"verdict": "HOLDS", "k": 10, "n": 10, "median": 2.0}},
    "controls": {"clip": {"median": 0.5, "survived": ["steps", "on"]}},
    "chain": [["vanished", "grad_norm", "blocks.0", 60, 4e-3, 9e-11]],
}


def write(tmp_path: Path, page: str, script: str) -> Path:
    folder = tmp_path / "50-scaling"
    folder.mkdir()
    (folder / "break.yaml").write_bytes(page.encode())
    (folder / "experiment.py").write_text(script, encoding="utf-8")
    return folder


def test_the_figures_come_back_and_the_page_is_not_touched(tmp_path: Path, page: str, script: str) -> None:
    folder = write(tmp_path, page, script)
    measured.write(load_break(folder), FIGURES)
    assert (folder / "break.yaml").read_text(encoding="utf-8") == page
    read = load_break(folder)
    assert repr(read.measured) == repr(FIGURES)
    assert not read.stale
    once = (folder / proof.FILE).read_bytes()
    measured.write(read, FIGURES)
    assert (folder / proof.FILE).read_bytes() == once
    assert sorted(path.name for path in folder.iterdir()) == ["break.yaml", "experiment.py", proof.FILE]


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ("title: Forget", "title: Forgot", False),
        ("  - Compare the first", "  - Please compare the first", False),
        ("# A comment of the author's", "# Another comment", False),
        ("hit: 10", "hit: 9", True),
        ("lr: 5.0e-2", "lr: 4.0e-2", True),
        ("at_most: 0.5}, rises: {at_least: 1.3}", "at_most: 0.5}, rises: {at_least: 1.4}", True),
    ],
)
def test_words_are_not_what_a_proof_is_of(
    tmp_path: Path, page: str, script: str, old: str, new: str, stale: bool
) -> None:
    folder = write(tmp_path, page, script)
    measured.write(load_break(folder), FIGURES)
    assert old in page
    (folder / "break.yaml").write_text(page.replace(old, new), encoding="utf-8")
    assert load_break(folder).stale is stale


def test_the_experiment_is_part_of_what_a_proof_is_of(tmp_path: Path, page: str, script: str) -> None:
    folder = write(tmp_path, page, script)
    measured.write(load_break(folder), FIGURES)
    (folder / "es.yaml").write_text("title: Olvida centrar\n")
    assert not load_break(folder).stale
    (folder / "experiment.py").write_text(script + "\n# another\n")
    assert load_break(folder).stale


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b"[" * 100_000, b'{"schema": 2}', b'{"schema": 2, "of": "x", "claims": [1]}']
)
def test_a_proof_that_was_edited_by_hand_is_named(
    tmp_path: Path, page: str, script: str, data: bytes
) -> None:
    folder = write(tmp_path, page, script)
    (folder / proof.FILE).write_bytes(data)
    with pytest.raises(Refused) as caught:
        load_break(folder)
    assert f"{proof.FILE}:1" in str(caught.value)
    assert "check --write" in str(caught.value)


def test_a_page_that_changed_meanwhile_gets_no_proof(tmp_path: Path, page: str, script: str) -> None:
    folder = write(tmp_path, page, script)
    before = load_break(folder)
    (folder / "break.yaml").write_text(page.replace("budget: 30", "budget: 31"), encoding="utf-8")
    with pytest.raises(Refused, match="changed while it was being checked"):
        measured.write(before, FIGURES)
    assert not (folder / proof.FILE).exists()


def test_check_writes_ten_seeds_keeps_the_trust_and_fails_on_what_is_older(bench: Any, page: str) -> None:
    bench.write()
    trust.trust(bench.folder, bench.home)
    found = bench.check(quick=False, write=True)
    assert [p.line() for p in found.problems] == []
    assert found.written
    assert (bench.folder / "break.yaml").read_text(encoding="utf-8") == page
    figures = load_break(bench.folder).measured
    assert figures["seeds"] == 10
    assert figures["seconds"] > 0
    assert set(figures["predictions"]["P1"]) == {"median", "min", "max"}
    assert figures["predictions"]["P2"]["answer"] == "falls"
    assert figures["claims"]["nan-at-once"] | {"median": 0} == {
        "verdict": "REFUTED",
        "k": 0,
        "n": 10,
        "p": pytest.approx(1 / 1024, rel=1e-5),
        "median": 0,
    }
    assert figures["controls"]["small-steps"]["survived"] == ["steps"]
    assert figures["versions"]["numpy"]
    assert json.loads((bench.folder / proof.FILE).read_bytes())["of"] == load_break(bench.folder).hash
    assert trust.is_trusted(bench.folder, bench.home)
    from lynx.mentor.check import check
    from lynx.mentor.choosing import Chosen

    (bench.folder / "break.yaml").write_text(page.replace("budget: 30", "budget: 29"))
    (again,) = check([Chosen(bench.folder, "repository")], bench.options()).breaks
    (problem,) = again.problems
    assert problem.where == f"{bench.folder / proof.FILE}:1"
    assert "measured before the last change" in problem.what


def test_check_writes_where_claims_stop_holding_and_the_page_says_it(bench: Any, page: str) -> None:
    near = "neighbours: {short: {lr: 5.0e-4}, half: {batch: 16}}\nexperiment:"
    found = bench.check(page.replace("experiment:", near, 1), quick=False, write=True)
    assert [p.line() for p in found.problems] == []
    break_ = load_break(bench.folder)
    claims = {name: row["claims"] for name, row in break_.measured["neighbours"].items()}
    assert claims["short"]["runs-away"]["stops"]
    assert not claims["half"]["runs-away"]["stops"]
    assert claims["half"]["runs-away"]["n"] == 3
    lines = nearby(break_)
    assert any(line.startswith("At lr = 5e-4 it stops holding (0 of 3): With the bug the loss") for line in lines)
    assert not any("batch" in line for line in lines)


def test_a_break_with_problems_is_not_written_over(bench: Any, page: str) -> None:
    found = bench.check(page.replace("    verdict: REFUTED", "    verdict: HOLDS"), quick=False, write=True)
    assert not found.ok
    assert not found.written
    assert not (bench.folder / proof.FILE).exists()
