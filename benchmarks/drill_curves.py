"""The trajectories of the written rule: how the loss went, by the median, where the rule says each outcome.

Writes phases/10/curves.json: for each outcome of the rule the loss at the steps that `lynx drill --curve` asks, over
combinations drawn at random (a fixed draw), one training each, with the quartiles; NaN is what diverged by then.

    python benchmarks/drill_curves.py [COMBINATIONS]
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from random import Random

TOP = Path(__file__).parent.parent
sys.path[:0] = [str(TOP), str(TOP / "learners" / "starter" / "src")]

import numpy as np  # noqa: E402

from lynx.runs.experiments import drill_net  # noqa: E402
from lynx.study import rules  # noqa: E402
from lynx.study.trajectory import ASKED, SEED  # noqa: E402


def losses(knobs: dict[str, object]) -> list[float]:
    """The loss at each step that is asked; NaN from where it is no number any more."""
    step = float(knobs.pop("step"))  # type: ignore[arg-type]
    cell = drill_net.Cell(**knobs, width=64, batch=64, seed=SEED)  # type: ignore[arg-type]
    found: dict[int, float] = {}
    with np.errstate(all="ignore"):
        for t, _, _, loss in cell.training(range(100), step):
            if not math.isfinite(loss):
                break
            found[t] = float(loss)
    return [found.get(at, math.nan) for at in ASKED]


def at(column: list[float], share: float) -> float | str:
    """The value below which that share of a sorted column lies, as JSON has it."""
    value = column[min(int(share * len(column)), len(column) - 1)]
    return float(f"{value:.3g}") if math.isfinite(value) else "nan"


def main(n: int) -> None:
    """Draw, train, and write the medians."""
    cells = Random(15).sample(sorted(rules.table()), n)
    by: dict[str, list[list[float]]] = {}
    for cell in cells:
        by.setdefault(rules.rule(cell).value, []).append(losses(cell.knobs()))
    table: dict[str, object] = {}
    for outcome, rows in sorted(by.items()):
        columns = [sorted(column, key=lambda v: (math.isnan(v), v)) for column in zip(*rows, strict=True)]
        shares = {"low": 0.25, "median": 0.5, "high": 0.75}
        quartiles = {name: [at(column, share) for column in columns] for name, share in shares.items()}
        table[outcome] = {"of": len(rows), **quartiles}
    path = TOP / "phases" / rules.phase_id() / "curves.json"
    data = {"steps": list(ASKED), "seed": SEED, "combinations": n, "curves": table}
    path.write_text(json.dumps(data, indent=1) + "\n")
    sys.stdout.write(path.read_text())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 240)
