"""The first minutes: everything agrees on where to begin, and the demo is a real run that leaves nothing behind."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.conftest import Lynx

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_everything_agrees_on_where_to_begin(lynx: Lynx) -> None:
    alone, listed = lynx(), lynx("list")
    assert "Next:  lynx break 03   ·   lynx demo" in alone.out
    assert "Next:  lynx break 03" in listed.out
    start = README[README.index("## Start") : README.index("## A session")]
    assert re.findall(r"lynx break (\d+)", start) == ["03"]
    assert lynx("--json").json["next"] == "lynx break 03"


def test_the_demo_is_the_whole_loop_and_leaves_nothing_behind(lynx: Lynx, tmp_path: Path) -> None:
    lynx("--version")  # makes the home that a test gives its user
    before = set(tmp_path.rglob("*"))
    there = set(Path(tempfile.gettempdir()).glob("lynx-demo-*"))
    said = lynx("demo")
    assert said.code == 0
    typed = re.findall(r"^\$ lynx (\w+)", said.out, flags=re.M)
    assert typed == ["break", "run", "control", "hint", "verify", "explain"]
    assert "6.51e-16" in said.out  # measured in the run, and what everybody measures
    assert "50 of 50 random inputs agree" in said.out
    assert "Still standing: product." in said.out
    assert said.out.rstrip().endswith("lynx break 00")
    assert set(tmp_path.rglob("*")) == before
    assert set(Path(tempfile.gettempdir()).glob("lynx-demo-*")) <= there
