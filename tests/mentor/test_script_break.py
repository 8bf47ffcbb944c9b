"""A break whose experiment is the repository's own program, from `break.yaml` to its verdicts."""

from __future__ import annotations

from typing import Any

from tests.mentor.conftest import git

EXPERIMENT = "experiment: {run: ./experiment.py, args: {steps: 40, lr: 5.0e-2, batch: 32}}\n"
SCRIPT = """experiment:
  script: train.py
  argv: ["--batch", "32"]
  steps: 40
  metrics: {loss: {prints: "loss ([0-9.e+infa-]+)"}}
"""
TRAIN = """
import argparse
import numpy as np
from scaling import standardise, widen

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--batch", type=int)
    args = parser.parse_args()
    table = np.loadtxt("data/houses.csv", delimiter=",")
    x, y = widen(standardise(table[:, :-1])), table[:, -1]
    weights = np.random.normal(0, 0.1, x.shape[1])
    while True:
        rows = np.random.randint(0, len(x), args.batch)
        error = x[rows] @ weights - y[rows]
        print("loss", float(np.mean(error**2)))
        open("checkpoint", "w").write(str(weights))
        weights -= args.lr * 2 * x[rows].T @ error / args.batch
"""


def test_a_program_without_an_optimiser_proves_a_break_by_the_figures_it_prints(
    foreign: Any, page: str
) -> None:
    (foreign.top / "train.py").write_text(TRAIN)
    git(foreign.top, "add", "train.py")  # what git does not hold, a learner's clone would lack
    assert EXPERIMENT in page
    found = foreign.check(page.replace(EXPERIMENT, SCRIPT))
    assert [p.line() for p in found.problems] == []
    assert {row.id: str(row.verdict) for row in found.claims}["runs-away"] == "HOLDS"
    (control,) = found.controls  # its smaller rate is an option of the program's
    assert control.survived == ("steps",)
    assert not (foreign.top / "checkpoint").exists()


def test_a_program_that_ends_too_early_says_how_far_it_got(foreign: Any, page: str) -> None:
    (foreign.top / "train.py").write_text(TRAIN.replace("while True:", "for _ in range(7):"))
    found = foreign.check(page.replace(EXPERIMENT, SCRIPT))
    told = [p.what for p in found.problems]
    assert any("'healthy' with seed 0 ended by itself after 7 of 40 steps" in what for what in told), told
