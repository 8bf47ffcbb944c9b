"""The map: the same rows whoever does the work, and no work done twice."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.loop.session import Session
from lynx.study import atlas, rules
from lynx.study.grid import KNOBS, Outcome, grid
from lynx.study.results import Mapped

SMALL = {
    "depth": (2, 5),
    "activation": ("gelu",),
    "init": ("kaiming",),
    "norm": ("none",),
    "step": (0.01, 0.1),
}


def folder_of(session: Session) -> Path:
    return session.workspace.top / "phase-10/atlas"


def test_a_sweep_covers_its_grid_and_says_how_far_it_is(session: Session) -> None:
    told: list[atlas.Advance] = []
    found = atlas.sweep(session, tell=told.append, knobs=SMALL, seeds=2, processes=1)
    assert [one.cell for one in found.cells] == list(grid(SMALL))
    assert all(len(one.outcomes) == 2 for one in found.cells)
    assert (told[-1].done, told[-1].of, told[-1].left) == (16, 16, 0.0)
    assert found.measured == 16
    assert math.isclose(sum(found.shares.values()), 1.0)
    assert (folder_of(session) / "cells.jsonl").is_file()
    about = json.loads((folder_of(session) / "manifest.json").read_text())
    assert about["knobs"]["depth"] == [2, 5]
    assert about["modules"]["whose"] == "yours"


def test_it_goes_on_where_it_stopped_and_one_or_two_processes_agree(session: Session) -> None:
    one = atlas.sweep(session, knobs=SMALL, seeds=2, processes=1)
    rows = atlas.read_rows(folder_of(session))
    file = folder_of(session) / "cells.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:10]) + lines[10][:12])  # killed in the middle of a line
    two = atlas.sweep(session, knobs=SMALL, seeds=2, processes=2)
    assert two.measured == 6
    assert two.cells == one.cells
    again = atlas.read_rows(folder_of(session))
    assert again.keys() == rows.keys()
    assert all(again[k] == rows[k] or math.isnan(rows[k]) for k in rows)
    assert atlas.sweep(session, knobs=SMALL, seeds=2).measured == 0


def test_other_modules_begin_a_new_map(session: Session) -> None:
    tiny = {**SMALL, "depth": (2,), "step": (0.01,)}
    atlas.sweep(session, knobs=tiny, seeds=1)
    path = session.workspace.top / "src/minimodel/optim.py"
    path.write_text(path.read_text() + "\n# changed\n")
    assert atlas.sweep(session, knobs=tiny, seeds=1).measured == 2
    assert atlas.sweep(session, knobs=tiny, seeds=1, fresh=True).measured == 2


def test_a_dask_cluster_gives_the_same_rows(session: Session) -> None:
    distributed = pytest.importorskip("distributed")
    here = atlas.sweep(session, knobs=SMALL, seeds=1, processes=1)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        there = atlas.sweep(session, knobs=SMALL, seeds=1, scheduler=cluster.scheduler_address, fresh=True)
    assert there.measured == 8
    assert there.cells == here.cells


def test_a_scheduler_that_does_not_answer_is_refused(session: Session) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(Refused) as caught:
        atlas.sweep(session, knobs=SMALL, seeds=1, scheduler="tcp://127.0.0.1:9")
    assert caught.value.code == "no-scheduler"


def test_modules_that_crash_give_one_clear_message(session: Session) -> None:
    (session.workspace.top / "src/minimodel/optim.py").write_text("raise RuntimeError('mine')\n")
    with pytest.raises(Refused, match="mine"):
        atlas.sweep(session, knobs=SMALL, seeds=1)


# -- the map that ships ----------------------------------------------------------------------------


def test_the_shipped_map_covers_the_grid_with_all_outcomes() -> None:
    assert set(rules.table()) == set(grid())
    assert all(len(outcomes) == 3 for outcomes in rules.table().values())
    assert set(rules.stable().values()) == set(Outcome)
    shown = atlas.shipped()
    assert shown.of == math.prod(len(v) for v in KNOBS.values())
    stable = 1 - shown.shares["unstable"]
    assert stable > 0.85
    assert shown.rule_right > shown.shares["trains"] / stable  # better than saying "trains" to everything


def test_the_shipped_map_says_how_it_was_made() -> None:
    data = json.loads((rules.phase_folder() / rules.TABLE).read_text())
    about = data["manifest"]
    assert {"made", "versions", "hardware", "modules", "seeds", "knobs", "steps", "width"} <= set(about)


def test_the_table_reads_back() -> None:
    cells = [Mapped(grid()[0], (Outcome.TRAINS, Outcome.VANISHES, Outcome.DIVERGES))]
    assert atlas.table(cells, {})["cells"] == {grid()[0].key: "tvd"}
