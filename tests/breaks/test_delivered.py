"""Each shipped break's experiment reads its target, in every variant: none would be invalid for a learner."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.content.catalog import data_dir
from lynx.content.reading.breaks import load_break
from lynx.content.spec import Break
from lynx.mentor import versions
from lynx.runs.jobs import job_of
from lynx.runs.runner import Setting, run_jobs
from lynx.truth.measures import Ended

BREAKS = [load_break(path.parent) for path in sorted(data_dir("breaks").glob("*/*/break.yaml"))]
SMALL = {  # arguments that make a run short; what is imported does not depend on them
    "steps": 2,
    "epochs": 1,
    "layers": 3,
    "draws": 4,
}


@pytest.mark.sampled(3)  # `lynx mentor check` sees it of each break that changed
@pytest.mark.parametrize("break_", BREAKS, ids=[b.id for b in BREAKS])
def test_every_variant_reads_its_target(break_: Break, tmp_path: Path) -> None:
    top = data_dir("starter")
    setting = Setting(top, break_.pythonpath, break_.target, Path(sys.executable), tmp_path)
    healthy = (top / break_.target).read_bytes()
    made = versions.make(break_, healthy)
    assert made.broken is not None
    small = {name: value for name, value in SMALL.items() if name in break_.experiment.args}
    if break_.experiment.script:  # its arguments are options
        small = {"steps": SMALL["steps"]}
        break_ = replace(break_, experiment=replace(break_.experiment, **small))  # type: ignore[arg-type]
    assert small
    every = [*break_.variants.values(), *(control.variant for control in break_.controls.values())]
    seen: dict[str, object] = {}
    for one in every:  # controls that change arguments alone run the same bytes
        seen.setdefault(f"{one.on} {one.diff}", one)
    jobs = [job_of(break_, one, 0, healthy, made.broken, small) for one in seen.values()]  # type: ignore[arg-type]
    for run in run_jobs(setting, jobs):
        assert run.ended is Ended.FINISHED, run.log_tail
        assert run.invalid is None
        assert run.delivered, run.variant
