"""The map: the same rows whoever does the work, and no work done twice."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.loop.session import Session
from lynx.study import atlas, rules
from lynx.study.grid import KNOBS, Outcome, Reason, grid
from lynx.study.results import Mapped
from lynx.study.rows import read_rows, table

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
    rows = read_rows(folder_of(session))
    file = folder_of(session) / "cells.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:10]) + lines[10][:12])  # killed in the middle of a line
    two = atlas.sweep(session, knobs=SMALL, seeds=2, processes=2)
    assert two.measured == 6
    assert two.cells == one.cells
    again = read_rows(folder_of(session))
    assert again.keys() == rows.keys()
    assert all(again[k] == rows[k] or math.isnan(rows[k][0]) for k in rows)
    assert atlas.sweep(session, knobs=SMALL, seeds=2).measured == 0


def test_a_sweep_says_why_one_does_not_learn_and_reads_rows_without_a_reason(session: Session) -> None:
    dead = {"depth": (10,), "activation": ("relu",), "init": ("small",), "norm": ("none",), "step": (0.01,)}
    found = atlas.sweep(session, knobs=dead, seeds=1, processes=1)
    plain = next(one for one in found.cells if not one.cell.residual)
    assert (plain.outcomes, plain.reasons) == ((Outcome.STUCK,), (Reason.GONE,))
    assert found.reasons == {Reason.GONE: 1}
    file = folder_of(session) / "cells.jsonl"
    older = [json.dumps(json.loads(line)[:3]) for line in file.read_text().splitlines()]
    file.write_text("\n".join(older) + "\n")
    again = atlas.sweep(session, knobs=dead, seeds=1, processes=1)
    assert (again.measured, again.reasons) == (0, {})
    assert [one.outcomes for one in again.cells] == [one.outcomes for one in found.cells]


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
    one = Mapped(
        grid()[0], (Outcome.TRAINS, Outcome.STUCK, Outcome.DIVERGES), (None, Reason.COLLAPSED, None)
    )
    other = Mapped(grid()[1], (Outcome.TRAINS,) * 3, (None,) * 3)
    found = table([one, other], {})
    assert found["cells"] == {grid()[0].key: "tnd", grid()[1].key: "ttt"}
    assert found["reasons"] == {grid()[0].key: ".c."}


def test_every_training_of_the_shipped_map_that_did_not_learn_has_its_reason() -> None:
    reasons = rules.reasons()
    for cell, outcomes in rules.table().items():
        whys = reasons.get(cell, (None,) * len(outcomes))
        assert [why is not None for why in whys] == [outcome is Outcome.STUCK for outcome in outcomes], cell


def test_the_reasons_survive_their_control() -> None:
    """Where the step was too short a longer one trains; where it was something else, it does not."""
    trains: dict[Reason, list[bool]] = {}
    for cell, whys in rules.reasons().items():
        longer = [rules.table()[replace(cell, step=step)] for step in KNOBS["step"] if step > cell.step]
        for seed, why in enumerate(whys):
            if longer and why is not None:
                trains.setdefault(why, []).append(any(found[seed] is Outcome.TRAINS for found in longer))
    share = {why: sum(found) / len(found) for why, found in trains.items()}
    assert share[Reason.SHORT] > 0.9
    assert share[Reason.GONE] < 0.05
    assert share[Reason.COLLAPSED] < 0.05


# -- the rule --------------------------------------------------------------------------------------


def test_the_written_rule_holds_its_score() -> None:
    """As high as when it was chosen (benchmarks/written_rule.py), and far above the commonest outcome."""
    stable = rules.stable()
    right = sum(rules.rule(cell) is outcome for cell, outcome in stable.items()) / len(stable)
    assert right >= 0.945
    shown = atlas.shipped()
    assert shown.rule_right == right
    assert shown.commonest is Outcome.TRAINS
    assert right > shown.commonest_right + 0.2


def test_each_line_of_the_rule_earns_its_place() -> None:
    """Without one of its lines the rule is right less often."""
    module, stable = rules.module(), rules.stable()

    def score(**without: object) -> int:
        kept = {name: getattr(module, name) for name in without}
        for name, instead in without.items():
            setattr(module, name, instead)
        try:
            return sum(rules.rule(cell) is outcome for cell, outcome in stable.items())
        finally:
            for name, own in kept.items():
                setattr(module, name, own)

    whole = score()
    assert whole > score(growth=lambda *_, **__: 1.0) + 150
    assert whole > score(too_deep=lambda *_: math.inf) + 100
    assert whole > score(offset_adds_up=lambda *_: False) + 15
