"""What the drill is compared with: the rule of chapter 04, and the measured table of the grid."""

from __future__ import annotations

import importlib.util
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from lynx.content.catalog import data_dir
from lynx.content.phases import holder_of
from lynx.errors import N_, Fault
from lynx.study.bench import read_json
from lynx.study.grid import OUTCOME_OF, REASON_OF, Cell, Outcome, Reason, cell_from_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import ModuleType

TABLE = "atlas.json"  # in the phase's folder


@cache
def phase_id() -> str:
    """The phase that the drill belongs to: the one that holds its table."""
    return holder_of(TABLE)


def phase_folder() -> Path:
    """Where that phase lies."""
    return data_dir("phases") / phase_id()


@cache
def module() -> ModuleType:
    """Chapter 04's `rule.py`. Raises Fault when it is missing."""
    path = phase_folder() / "theory" / "rule.py"
    spec = importlib.util.spec_from_file_location("lynx_phase_rule", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise Fault(N_("The rule {path} is missing."), code="rule-missing", path=path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def rule(cell: Cell) -> Outcome:
    """What chapter 04's rule says of a combination."""
    return Outcome(module().rule(**cell.knobs()))


def commonest(outcomes: Iterable[Outcome]) -> Outcome | None:
    """What somebody says who knows nothing but how often each outcome comes; None where none came."""
    counts = Counter(outcomes)
    return max(counts, key=lambda one: counts[one], default=None)


@cache
def _measured() -> Mapping[str, Any]:
    path = phase_folder() / TABLE
    data = read_json(path)
    if data is None:
        raise Fault(N_("The table {path} is missing."), code="table-missing", path=path)
    return data


@cache
def table() -> Mapping[Cell, tuple[Outcome, ...]]:
    """Combination -> its outcome under each seed, as Lynx measured the whole grid. Raises Fault when
    missing.
    """
    cells = _measured()["cells"].items()
    return {cell_from_key(key): tuple(OUTCOME_OF[x] for x in word) for key, word in cells}


@cache
def reasons() -> Mapping[Cell, tuple[Reason | None, ...]]:
    """Combination -> why it did not learn, under each seed under which it did not; else None."""
    cells = _measured()["reasons"].items()
    return {cell_from_key(key): tuple(REASON_OF[x] for x in word) for key, word in cells}


@cache
def stable() -> Mapping[Cell, Outcome]:
    """The combinations whose seeds all agree, and on what."""
    return {cell: found[0] for cell, found in table().items() if len(set(found)) == 1}


def shares(outcomes: Iterable[Outcome]) -> dict[Outcome, float]:
    """Outcome -> its share: the base rates of these."""
    counts = Counter(outcomes)
    return {one: counts[one] / max(counts.total(), 1) for one in Outcome}
