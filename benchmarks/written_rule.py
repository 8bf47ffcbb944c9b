"""The written rule of chapter 04 beside other short rules, by cross-validation on the shipped atlas.

python benchmarks/written_rule.py        two minutes

Each rule's thresholds are fitted on nine tenths of the combinations whose seeds agree and scored on the rest, ten
times; and on five depths of six and scored on the sixth, which asks more: no neighbour of a scored combination was
seen. Trees (CART, Gini) get the same knobs and the same growth G.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lynx.study import rules
from lynx.study.grid import KNOBS, Cell, Outcome

D, N, T = Outcome.DIVERGES, Outcome.STUCK, Outcome.TRAINS
NEVER = 999
CHAPTER = rules.module()
Knobs = dict[str, Any]
Row = tuple[Cell, float, Outcome]  # a combination, G · step (0 behind a norm), what was measured
Fitted = Callable[[Cell, float], Outcome]


def rows() -> list[Row]:
    """Every combination with one outcome over its seeds."""
    return [(cell, growth(cell), outcome) for cell, outcome in rules.stable().items()]


def growth(cell: Cell) -> float:
    """G of the chapter; 1 behind a norm."""
    if cell.norm != "none":
        return 1.0
    return float(CHAPTER.growth(cell.depth, cell.activation, cell.init, cell.residual))


@dataclass(frozen=True)
class Family:
    """A written rule with open thresholds: what it says, and what each threshold may be."""

    says: Callable[[Cell, float, Knobs], Outcome]
    choices: Mapping[str, Sequence[float]]
    lines: int

    def fit(self, some: Sequence[Row]) -> Fitted:
        """The thresholds that are right most often, one after the other until none moves."""
        best = {name: values[len(values) // 2] for name, values in self.choices.items()}
        score, moved = -1, True
        while moved:
            moved = False
            for name, values in self.choices.items():
                for value in values:
                    tried = {**best, name: value}
                    right = sum(self.says(cell, g, tried) == found for cell, g, found in some)
                    if right > score:
                        score, best, moved = right, tried, True
        return lambda cell, g: self.says(cell, g, best)


def signal(cell: Cell, g: float, p: Knobs) -> Outcome | None:
    """Line 1: without a norm the factor compounds."""
    if cell.norm != "none":
        return None
    if g * cell.step > p["up"]:
        return D
    return N if g < p["down"] else None


def frozen(cell: Cell, p: Knobs) -> bool:
    """Two lines that the chapter had before: a norm, and a step that is short beside s."""
    short = cell.step / CHAPTER.variance_factor(cell.init, 64)
    return cell.norm != "none" and short < (p["frozen residual"] if cell.residual else p["frozen plain"])


def shattered(cell: Cell, p: Knobs) -> bool:
    """The chapter's third line before: one depth for all steps, but for tanh."""
    straight = cell.activation == "tanh" and cell.step < 0.01 and cell.init != "uniform"
    return not cell.residual and cell.depth >= p["deep"] and cell.activation != "none" and not straight


def deep(cell: Cell, p: Knobs) -> bool:
    """No residual: the longer the step, the fewer layers."""
    if cell.residual or (cell.activation == "none" and cell.step < 0.1):
        return False
    return bool(cell.depth >= p[f"deep {cell.step:g}"])


def offset(cell: Cell, p: Knobs) -> bool:
    """Residuals of one sign behind RMSNorm, which takes no mean away, and a short step."""
    fits = (
        cell.residual and cell.norm == "rms" and cell.activation in ("relu", "gelu") and cell.init != "small"
    )
    return bool(fits and cell.step < 0.01 and cell.depth >= p["offset"])


SIGNAL = {"up": (0.1, 0.3, 0.75, 1.5, 2, 3, 5, 10), "down": (0.001, 0.01, 0.02, 0.05, 0.1)}
DEPTHS = (10, 20, 30, 50, NEVER)
DEEP = {f"deep {step:g}": DEPTHS for step in KNOBS["step"]}
FROZEN = {"frozen plain": (1e-4, 2e-4, 4e-4), "frozen residual": (1e-4, 2e-4, 4e-4, 6e-4)}
FAMILIES = {
    "signal alone": Family(lambda c, g, p: signal(c, g, p) or T, SIGNAL, 2),
    "before, with the frozen lines": Family(
        lambda c, g, p: signal(c, g, p) or (N if frozen(c, p) or shattered(c, p) else T),
        {**SIGNAL, **FROZEN, "deep": DEPTHS},
        5,
    ),
    "before, without them": Family(
        lambda c, g, p: signal(c, g, p) or (N if shattered(c, p) else T), {**SIGNAL, "deep": DEPTHS}, 3
    ),
    "signal, depth by step": Family(
        lambda c, g, p: signal(c, g, p) or (N if deep(c, p) else T), {**SIGNAL, **DEEP}, 3
    ),
    "signal, depth by step, offset (the chapter's)": Family(
        lambda c, g, p: signal(c, g, p) or (N if deep(c, p) or offset(c, p) else T),
        {**SIGNAL, **DEEP, "offset": DEPTHS},
        4,
    ),
}


# -- trees -----------------------------------------------------------------------------------------


def features(cell: Cell, g: float) -> tuple[float, ...]:
    """What a tree may split on."""
    named = [
        float(getattr(cell, name) == value)
        for name in ("activation", "init", "norm", "residual")
        for value in KNOBS[name]
    ]
    s = CHAPTER.variance_factor(cell.init, 64)
    return (cell.depth, math.log(cell.step), math.log(g * cell.step), math.log(g), math.log(s), *named)


def tree(some: Sequence[Row], leaves: int) -> Fitted:
    """A tree of at most `leaves` leaves, the best split first."""
    data = [(features(cell, g), found) for cell, g, found in some]
    root: dict[str, Any] = {"rows": data, **best_split(data)}
    open_, count = [root], 1
    while count < leaves and open_:
        leaf = max(open_, key=lambda one: one["gain"])
        if leaf["gain"] <= 0:
            break
        open_.remove(leaf)
        sides: tuple[list[Any], list[Any]] = ([], [])
        for x, found in leaf["rows"]:
            sides[x[leaf["at"]] > leaf["cut"]].append((x, found))
        leaf["sides"] = [{"rows": side, **best_split(side)} for side in sides]
        open_ += leaf["sides"]
        count += 1

    def says(cell: Cell, g: float) -> Outcome:
        node, x = root, features(cell, g)
        while "sides" in node:
            node = node["sides"][x[node["at"]] > node["cut"]]
        return Counter(found for _, found in node["rows"]).most_common(1)[0][0]

    return says


def best_split(data: Sequence[tuple[tuple[float, ...], Outcome]]) -> dict[str, Any]:
    """The feature and the cut that lower n · Gini most."""
    best: dict[str, Any] = {"gain": 0.0}
    whole = Counter(found for _, found in data)
    for at in range(len(data[0][0]) if data else 0):
        ordered = sorted(data, key=lambda row: row[0][at])
        left: Counter[Outcome] = Counter()
        for i in range(len(ordered) - 1):
            left[ordered[i][1]] += 1
            here, there = ordered[i][0][at], ordered[i + 1][0][at]
            if here == there:
                continue
            gain = impurity(whole) - impurity(left) - impurity(whole - left)
            if gain > best["gain"] + 1e-9:
                best = {"gain": gain, "at": at, "cut": (here + there) / 2}
    return best


def impurity(counts: Counter[Outcome]) -> float:
    """n · Gini."""
    n = counts.total()
    return n - sum(c * c for c in counts.values()) / n if n else 0.0


# -- scores ----------------------------------------------------------------------------------------


def cross_validated(fit: Callable[[Sequence[Row]], Fitted], parts: Sequence[Sequence[Row]]) -> float:
    """The share that is right on each part, fitted on the others."""
    right = 0
    for held in parts:
        said = fit([row for part in parts if part is not held for row in part])
        right += sum(said(cell, g) == found for cell, g, found in held)
    return right / sum(map(len, parts))


def main() -> None:
    """Print the table."""
    known = rows()
    shuffled = list(known)
    Random(0).shuffle(shuffled)
    tenths = [shuffled[i::10] for i in range(10)]
    depths = [[row for row in known if row[0].depth == depth] for depth in KNOBS["depth"]]
    commonest = rules.commonest(found for _, _, found in known)
    print(
        f"{len(known)} combinations; always “{commonest}” {sum(f is commonest for *_, f in known) / len(known):.1%}"
    )
    print(f"the rule as it is written: {sum(rules.rule(c) == f for c, _, f in known) / len(known):.1%}")
    print(f"{'':47s} ten-fold   a depth left out")
    for name, family in FAMILIES.items():
        print(
            f"{name:47s} {cross_validated(family.fit, tenths):8.1%} {cross_validated(family.fit, depths):10.1%}"
        )
    for leaves in (4, 6, 8, 10):
        scores = [cross_validated(lambda some, n=leaves: tree(some, n), parts) for parts in (tenths, depths)]
        print(f"{f'a tree of {leaves} leaves':47s} {scores[0]:8.1%} {scores[1]:10.1%}", flush=True)


if __name__ == "__main__":
    main()
