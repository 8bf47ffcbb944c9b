"""The measured block goes into break.yaml and touches nothing else of it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lynx.content.reading.breaks import load_break
from lynx.errors import Refused
from lynx.mentor import measured
from lynx.store import trust

FIGURES = {
    "date": "2026-11-22",
    "versions": {"python": "3.11.7", "numpy": "2.1.0"},
    "seeds": 10,
    "seconds": 4.25,
    "predictions": {"P1": {"median": 1e-7, "min": math.nan, "max": math.inf}},
    "claims": {"no-claim": {"verdict": "HOLDS", "k": 10, "n": 10, "median": 2.0}},
    "controls": {"clip": {"median": 0.5, "survived": ["steps", "on"]}},
    "chain": [["vanished", "grad_norm", "blocks.0", 60, 4e-3, 9e-11]],
}


@given(st.floats())
def test_every_number_comes_back(value: float) -> None:
    back = yaml.safe_load(measured.number(value))
    assert isinstance(back, float)
    wanted = value if not math.isfinite(value) else float(f"{value:.6g}")
    assert back == wanted or (math.isnan(back) and math.isnan(wanted))


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=3).filter(bool))
def test_every_name_and_text_comes_back(texts: dict[str, str]) -> None:
    found = yaml.safe_load(measured.block({"versions": texts}))
    assert found["measured"]["versions"] == texts


def test_a_block_reads_as_it_was_meant() -> None:
    found = yaml.safe_load(measured.block(FIGURES))["measured"]
    assert repr(found) == repr(FIGURES)


def write(tmp_path: Path, page: str, script: str) -> Path:
    folder = tmp_path / "50-scaling"
    folder.mkdir()
    (folder / "break.yaml").write_bytes(page.encode())
    (folder / "experiment.py").write_text(script, encoding="utf-8")
    return folder


TAIL = "# A word before the last key.\n\nnext:  'x1'   # spaces and quotes as the author likes them\n"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "measured: {}\n",
        "measured: {seeds: 3,\n  claims: {a: {k: 1}},\n}\n",
        "measured: # by hand\n  seeds: 3\n\n  # a comment inside\n  claims:\n    a: {k: 1}\n",
        "measured:\n  seeds: 3\n\n\n",
    ],
)
@pytest.mark.parametrize("after", ["", TAIL])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_rest_of_the_file_stays(
    tmp_path: Path, page: str, script: str, before: str, after: str, ending: str
) -> None:
    text = (page + before + after).replace("\n", ending)
    folder = write(tmp_path, text, script)
    measured.write(load_break(folder), FIGURES)
    now = (folder / "break.yaml").read_bytes().decode()
    block = measured.block(FIGURES).replace("\n", ending)
    assert now.replace(block, "") in (
        (page + after).replace("\n", ending),
        (page + before.replace(before.rstrip("\n"), "").removeprefix("\n") + after).replace("\n", ending),
    )
    assert repr(load_break(folder).measured) == repr(FIGURES)
    measured.write(load_break(folder), FIGURES)
    assert (folder / "break.yaml").read_bytes().decode() == now  # twice is once


def test_a_file_without_a_last_newline(tmp_path: Path, page: str, script: str) -> None:
    folder = write(tmp_path, page.rstrip("\n"), script)
    measured.write(load_break(folder), FIGURES)
    assert load_break(folder).measured["seeds"] == 10


def test_a_page_that_changed_meanwhile_is_left_alone(tmp_path: Path, page: str, script: str) -> None:
    folder = write(tmp_path, page, script)
    before = load_break(folder)
    changed = page.replace("budget: 30", "budget: 31")
    (folder / "break.yaml").write_text(changed, encoding="utf-8")
    with pytest.raises(Refused, match="changed while it was being checked"):
        measured.write(before, FIGURES)
    assert (folder / "break.yaml").read_text(encoding="utf-8") == changed


def test_check_writes_ten_seeds_and_keeps_the_trust(bench: Any, page: str) -> None:
    bench.write()
    trust.trust(bench.folder, bench.home)
    found = bench.check(quick=False, write=True)
    assert [p.line() for p in found.problems] == []
    assert found.written
    text = (bench.folder / "break.yaml").read_text(encoding="utf-8")
    assert text.startswith(page)
    figures = load_break(bench.folder).measured
    assert figures["seeds"] == 10
    assert figures["seconds"] > 0
    assert set(figures["predictions"]["P1"]) == {"median", "min", "max"}
    assert figures["predictions"]["P2"]["answer"] == "falls"
    assert figures["claims"]["nan-at-once"] | {"median": 0} == {
        "verdict": "REFUTED",
        "k": 0,
        "n": 10,
        "median": 0,
    }
    assert figures["controls"]["small-steps"]["survived"] == ["steps"]
    assert figures["versions"]["numpy"]
    assert trust.is_trusted(bench.folder, bench.home)


def test_a_break_with_problems_is_not_written_over(bench: Any, page: str) -> None:
    ill = page.replace("    verdict: REFUTED", "    verdict: HOLDS")
    found = bench.check(ill, quick=False, write=True)
    assert not found.ok
    assert not found.written
    assert (bench.folder / "break.yaml").read_text(encoding="utf-8") == ill
