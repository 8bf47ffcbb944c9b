"""When each fault of an exam shows first, over ten seeds: `python benchmarks/exam_signs.py 19` writes signs.json.

The file lies beside exam.yaml. The chapter's figures are read from it, and a test repeats some of its seeds.
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from lynx.content.catalog import data_dir
from lynx.content.exams import folder_of
from lynx.content.reading.exams import load_exam
from lynx.runs.runner import Job, Setting, run_jobs
from lynx.truth.measures import Run
from lynx.truth.signs import first_sign

SEEDS = range(10)
FILE = "signs.json"
SPIKE = 1.05  # times the first loss
AT = (0, 30, 50)  # steps whose values in the sound run are kept


def measured(reference: str, seeds: list[int]) -> list[dict[str, Run]]:
    """Every fault's runs and the sound ones, one a seed."""
    exam = load_exam(reference)
    variants = {"sound": {}, **{name: exam.cause(name).args for name in exam.runs}}
    jobs = [
        Job(name, seed, None, exam.experiment, {**exam.args, **args}, must_read=False)
        for seed in seeds
        for name, args in variants.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(
            top=data_dir("starter"),
            pythonpath=("src",),
            target="src/minimodel/__init__.py",
            interpreter=Path(sys.executable),
            state_dir=Path(folder),
            parallel=os.cpu_count() or 1,
        )
        runs = run_jobs(setting, jobs)
    return [{one.variant: one for one in runs if one.seed == seed} for seed in seeds]


def signs(reference: str, seeds: list[int]) -> dict[str, object]:
    """The first sign of every fault, seed by seed, and what the sound run shows meanwhile."""
    exam = load_exam(reference)
    metrics = [panel.metric for panel in exam.panels]
    rows = measured(reference, seeds)
    steps = (*AT, exam.args["steps"] - 1)
    told: dict[str, object] = {"exam": exam.id, "seeds": seeds}
    for name in ("sound", *exam.runs):
        found = [first_sign(row["sound"], row[name], metrics) for row in rows]
        losses = [[values[0] for values in row[name].series["loss"].points.values()] for row in rows]
        told[name] = {
            "sign": [None if one is None else [one.metric, one.step] for one in found],
            "nan": sum(any(math.isnan(value) for value in loss) for loss in losses),
            "spikes": sum(max(loss) > SPIKE * loss[0] for loss in losses),
            **{
                metric: {str(step): median(_value(row[name], metric, step) for row in rows) for step in steps}
                for metric in metrics
            },
        }
    return told


def _value(run: Run, metric: str, step: int) -> float:
    return run.series[metric].points[step][0]


if __name__ == "__main__":
    told = signs(sys.argv[1], list(SEEDS))
    path = folder_of(sys.argv[1]) / FILE
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(path)
