"""The page about speed: no figure of its table is typed by hand."""

from __future__ import annotations

import re
import sys
from types import ModuleType

import pytest

from tests.docs.following import ROOT
from tests.docs.test_site import script


@pytest.fixture(scope="module")
def speed() -> ModuleType:
    return script(ROOT / "benchmarks" / "speed.py")


def test_the_table_is_what_stands_below_it_as_printed(speed: ModuleType) -> None:
    page = speed.PAGE.read_text(encoding="utf-8")
    printed = speed.blocks(page)
    assert printed
    assert set(printed) <= set(speed.SCRIPTS)
    assert speed.written(page, printed) == page, f"{sys.executable} benchmarks/speed.py --write"


def test_a_figure_that_was_measured_anew_changes_its_line_alone(speed: ModuleType) -> None:
    page = speed.PAGE.read_text(encoding="utf-8")
    printed = speed.blocks(page)
    printed["files"] = re.sub(r"[\d.]+ ×  \([\d.]+", "7.77 ×  (6.66", printed["files"])
    before, after = page.splitlines(), speed.written(page, printed).splitlines()
    changed = [line for line in after if line not in before]
    assert [line for line in changed if line.startswith("|")] == [
        line for line in after if "20,000 files / one" in line
    ]
    assert all("7.77" in line and "6.66" in line for line in changed)
