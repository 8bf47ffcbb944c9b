"""The figures that chapters 02 and 04 cite of the map that ships (`lynx atlas`), under the names of numbers.yaml."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from lynx.study import rules
from lynx.study.grid import KNOBS, Cell, Outcome, Reason

LEARNS = Outcome.TRAINS


def figures() -> dict[str, float]:
    """Shares in percent, counts, and what the controls of the rule and of the reasons show."""
    return {**_rates(), **_short_steps(), **_offset(), **_reasons()}


def _rates() -> dict[str, float]:
    stable = rules.stable()
    shares = rules.shares(stable.values())
    right = sum(rules.rule(cell) is outcome for cell, outcome in stable.items())
    return {
        "atlas.trains": 100 * shares[LEARNS],
        "atlas.stuck": 100 * shares[Outcome.STUCK],
        "atlas.diverges": 100 * shares[Outcome.DIVERGES],
        "atlas.rule": 100 * right / len(stable),
    }


def _short_steps() -> dict[str, float]:
    """Large weights behind a norm, at the shortest step."""
    found = [
        outcome
        for cell, outcomes in rules.table().items()
        if cell.norm != "none" and cell.init == "uniform" and cell.step == 0.001
        for outcome in outcomes
    ]
    return {"atlas.uniform_short.of": len(found), "atlas.uniform_short.train": found.count(LEARNS)}


def _offset() -> dict[str, float]:
    """Line 3 of the rule and its two controls: LayerNorm in place of RMSNorm, and ten times the step."""
    table, adds_up = rules.table(), rules.module().offset_adds_up
    cells = [
        cell
        for cell in table
        if cell.step == 0.001 and adds_up(cell.depth, cell.activation, cell.init, cell.norm, cell.residual)
    ]
    return {
        "atlas.offset.of": len(cells),
        "atlas.offset.layer_norm": sum(_learns(replace(cell, norm="layer")) for cell in cells),
        "atlas.offset.longer": sum(_learns(replace(cell, step=0.01)) for cell in cells),
    }


def _learns(cell: Cell) -> bool:
    return set(rules.table()[cell]) == {LEARNS}


def _reasons() -> dict[str, float]:
    """The control of the reasons: the same network under the same seed, at the longer steps of the grid."""
    learned: Counter[bool] = Counter()
    seen: Counter[bool] = Counter()
    for cell, whys in rules.reasons().items():
        longer = [rules.table()[replace(cell, step=step)] for step in KNOBS["step"] if step > cell.step]
        for seed, why in enumerate(whys):
            if longer and why is not None:
                seen[why is Reason.SHORT] += 1
                learned[why is Reason.SHORT] += any(outcomes[seed] is LEARNS for outcomes in longer)
    return {
        "atlas.short.of": seen[True],
        "atlas.short.train": learned[True],
        "atlas.other.of": seen[False],
        "atlas.other.train": learned[False],
    }
