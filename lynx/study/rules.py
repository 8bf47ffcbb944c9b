"""What the drill is compared with: the rule of chapter 04, and the measured table of the grid."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import TYPE_CHECKING, cast

from lynx.content.catalog import data_dir
from lynx.content.phases import holder_of
from lynx.errors import N_, Fault
from lynx.study.bench import read_json
from lynx.study.grid import Cell, Outcome, cell_from_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TABLE = "atlas.json"  # in the phase's folder
LETTERS = {"d": Outcome.DIVERGES, "v": Outcome.VANISHES, "t": Outcome.TRAINS}
LETTER_OF = {outcome: letter for letter, outcome in LETTERS.items()}


@cache
def phase_id() -> str:
    """The phase that the drill belongs to: the one that holds its table."""
    return holder_of(TABLE)


def phase_folder() -> Path:
    """Where that phase lies."""
    return data_dir("phases") / phase_id()


@cache
def _rule() -> Callable[..., str]:
    path = phase_folder() / "theory" / "rule.py"
    spec = importlib.util.spec_from_file_location("lynx_phase_rule", path)
    if spec is None or spec.loader is None:
        raise Fault(N_("The rule {path} is missing."), code="rule-missing", path=path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Callable[..., str]", module.rule)


def rule(cell: Cell) -> Outcome:
    """What chapter 04's rule says of a combination."""
    return Outcome(_rule()(**cell.knobs()))


def always(_cell: Cell) -> Outcome:
    """The baseline of somebody who says "trains" to everything."""
    return Outcome.TRAINS


@cache
def table() -> Mapping[Cell, tuple[Outcome, ...]]:
    """Combination -> its outcome under each seed, as Lynx measured the whole grid. Raises Fault when
    missing.
    """
    path = phase_folder() / TABLE
    data = read_json(path)
    if data is None:
        raise Fault(N_("The table {path} is missing."), code="table-missing", path=path)
    return {cell_from_key(key): tuple(LETTERS[x] for x in word) for key, word in data["cells"].items()}


@cache
def stable() -> Mapping[Cell, Outcome]:
    """The combinations whose seeds all agree, and on what."""
    return {cell: found[0] for cell, found in table().items() if len(set(found)) == 1}
