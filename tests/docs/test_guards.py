"""docs/guards.md is what `python -m benchmarks.guard_table --write` finds; operators name guards that were measured."""

from __future__ import annotations

import inspect
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from benchmarks import guard_checks, guard_table
from lynx.scan.operators import OPERATORS

if TYPE_CHECKING:
    from benchmarks.guard_table import Tried

SAMPLE = (guard_checks.LOSSES, guard_checks.BLOCKS, guard_checks.RESIDUAL)  # in the page's order


@pytest.fixture(scope="module")
def told() -> list[Tried]:
    return guard_table.read(guard_table.PAGE.read_text(encoding="utf-8"))


def test_a_part_of_the_table_is_what_is_found(told: list[Tried], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "minimodel", ModuleType("minimodel"))  # somebody else's copy, imported before
    assert guard_table.measured(SAMPLE, warm=False) == [one for one in told if one.subject in SAMPLE]


@pytest.mark.exhaustive
def test_the_whole_table_is_what_is_found(told: list[Tried]) -> None:
    assert guard_table.measured() == told


def test_the_tables_are_made_of_the_mutants(told: list[Tried]) -> None:
    text = guard_table.PAGE.read_text(encoding="utf-8")
    assert guard_table.written(text, told) == text


def test_each_operator_names_guards_that_were_seen_to_catch_it(told: list[Tried]) -> None:
    for name in {one.operator for one in told}:
        caught = {guard for one in told if one.operator == name for guard in one.caught}
        assert set(OPERATORS[name].guards) <= caught, name


def test_each_check_calls_the_guard_that_it_is_named_after() -> None:
    for checks in guard_checks.CHECKS.values():
        for guard, check in checks:
            assert set(re.findall(r"guards\.(\w+)\(", inspect.getsource(check))) == {guard}, check.__name__


def test_nearly_every_operator_is_in_the_table(told: list[Tried]) -> None:
    assert len({one.operator for one in told}) >= 50
