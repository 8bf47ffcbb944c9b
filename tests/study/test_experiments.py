"""The drill's network and the laboratories, on the starter's modules, through a real child process."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

from lynx.loop.session import Session
from lynx.runs.runner import Job, run_jobs
from lynx.study.bench import bench
from lynx.study.drill import losses
from lynx.study.grid import Cell, outcome_of_losses, outcome_of_tail
from lynx.truth.measures import Ended, Run

KNOBS = {"depth": 5, "activation": "gelu", "init": "kaiming", "norm": "rms", "residual": True, "step": 0.01}


def train(session: Session, experiment: str, *settings: Mapping[str, Any], seed: int = 0) -> list[Run]:
    where = bench(session)
    jobs = [Job(str(i), seed, None, experiment, args) for i, args in enumerate(settings)]
    runs = run_jobs(where.setting, jobs)
    assert [run.ended for run in runs] == [Ended.FINISHED] * len(runs), runs[0].log_tail
    return list(runs)


def test_instruments_change_nothing_and_cells_agree_with_single_runs(session: Session) -> None:
    cells = [{**KNOBS, "seed": s} for s in (0, 1)] + [{**KNOBS, "residual": False, "depth": 20, "seed": 0}]
    (many,) = train(session, "drill_cells", {"cells": cells})
    (one,) = train(session, "drill_net", KNOBS)
    tail = sorted(losses(one)[-10:])
    assert many.series["tail"].points[0][0] == pytest.approx((tail[4] + tail[5]) / 2, rel=1e-6)
    assert many.series["first"].points[0][0] == losses(one)[0]
    assert outcome_of_losses(losses(one)) is outcome_of_tail(many.series["tail"].points[0][0])


def test_the_network_is_what_the_chapter_says(session: Session) -> None:
    """Variance per layer without a norm, χ and the outcome of cases that can be worked out by hand."""
    plain = {**KNOBS, "depth": 10, "activation": "none", "norm": "none", "residual": False, "step": 0.001}
    small, xavier, kaiming, relu, tanh, residual = train(
        session,
        "drill_net",
        {**plain, "init": "small"},
        {**plain, "init": "xavier"},
        {**plain, "init": "kaiming"},
        {**plain, "init": "kaiming", "activation": "relu"},
        {**plain, "init": "xavier", "activation": "tanh"},
        {**plain, "init": "kaiming", "residual": True},
    )

    def factor(run: Run) -> float:
        variances = run.series["pre_activation_var"].points[0]
        return (variances[-1] / variances[0]) ** (1 / (len(variances) - 1))

    # n·σ² of ten random 64 × 64 matrices scatters by a few per cent a layer
    assert factor(small) == pytest.approx(0.0256, rel=0.25)
    assert factor(xavier) == pytest.approx(1.0, rel=0.25)
    assert factor(kaiming) == pytest.approx(2.0, rel=0.25)
    assert factor(relu) == pytest.approx(1.0, rel=0.3)
    assert factor(residual) == pytest.approx(3.0, rel=0.25)  # 1 + n·σ²
    # the input of the first layer has variance 1, so its pre-activation has n·σ²
    assert kaiming.series["pre_activation_var"].points[0][0] == pytest.approx(2.0, rel=0.3)
    # χ of a linear layer is 1 exactly; of ReLU 1 up to how symmetric the sample is
    assert kaiming.series["chi"].points[0] == pytest.approx([1.0] * 10)
    assert relu.series["chi"].points[0][0] == pytest.approx(1.0, rel=0.2)
    # tanh at q = 1: 1.18 (chapter 03)
    assert tanh.series["chi"].points[0][0] == pytest.approx(1.18, rel=0.15)


def test_it_stops_where_the_loss_is_no_longer_finite(session: Session) -> None:
    bad = {**KNOBS, "depth": 20, "init": "uniform", "norm": "none", "activation": "relu", "step": 0.1}
    net, cells = train(session, "drill_net", bad) + train(
        session, "drill_cells", {"cells": [{**bad, "seed": 0}]}
    )
    assert not math.isfinite(losses(net)[-1])
    assert len(losses(net)) < 100
    assert math.isnan(cells.series["tail"].points[0][0])


def test_a_knob_that_is_not_there_is_named(session: Session) -> None:
    (run,) = run_jobs(
        bench(session).setting, [Job("x", 0, None, "drill_net", {**KNOBS, "activation": "swish"})]
    )
    assert run.ended is Ended.CRASHED
    assert "'swish' is none of none, relu, gelu, tanh" in run.log_tail


def test_every_knob_of_the_grid_trains(session: Session) -> None:
    cells = [
        Cell(2, "none", "small", "none", False, 0.01),
        Cell(2, "relu", "uniform", "layer", True, 0.01),
        Cell(2, "gelu", "xavier", "rms", False, 0.01),
        Cell(2, "tanh", "kaiming", "rms", True, 0.01),
    ]
    (run,) = train(session, "drill_cells", {"cells": [{**c.knobs(), "seed": 0} for c in cells], "steps": 5})
    assert len(run.series["tail"].points) == 4
    # at 5 classes nobody who knows nothing is far from ln 5 when the head is small
    assert all(math.isfinite(v[0]) for v in run.series["first"].points.values())


def test_the_walk_follows_the_formula_better_when_wider(session: Session) -> None:
    narrow, wide = train(
        session, "variance_walk", {"init": "kaiming", "width": 32}, {"init": "kaiming", "width": 256}
    )
    for run, tolerance in ((narrow, 0.5), (wide, 0.06)):
        assert run.series["growth"].points[0][0] == pytest.approx(2.0, rel=tolerance)
    assert wide.series["activation_var"].layers[0] == "layer 0"
    assert len(wide.series["activation_var"].points[0]) == 21


def test_the_relu_network_is_blind_without_signal_and_learns_with_it(session: Session) -> None:
    small = {"width": 64, "depth": 6, "steps": 60}
    kaiming, xavier = train(
        session,
        "relu_mlp",
        {**small, "init": "kaiming", "lr": 0.01},
        {**small, "init": "xavier", "lr": 0.001},
    )
    assert losses(kaiming)[-1] < 0.5 * losses(kaiming)[0]
    assert losses(xavier)[-1] > 0.9 * math.log(2) > 0.5
    assert len(kaiming.series["dead_units"].points[60]) == 6
    assert all(0 <= share <= 1 for share in kaiming.series["dead_units"].points[60])


def test_the_clock_times_both_norms_and_itself(session: Session) -> None:
    (run,) = train(session, "norm_timing", {"width": 16, "batch": 4, "rounds": 3, "repeats": 3})
    last = {name: series.points[max(series.points)][0] for name, series in run.series.items()}
    assert last["norm_ratio_low"] <= last["norm_ratio"] <= last["norm_ratio_high"]
    assert last["norm_beyond"] == pytest.approx(last["norm_ratio_high"] - last["same_ratio_low"])
    assert last["layer_us"] > 0
    assert last["rms_us"] > 0


def test_the_blocks_differ_in_the_skip_alone(session: Session) -> None:
    small = {"depth": 8, "width": 32, "steps": 4}
    with_, without = train(session, "fifty_blocks", {**small, "residual": True}, {**small, "residual": False})
    for run in (with_, without):
        assert len(run.series["grad_norm"].points[0]) == 8
    # the same weights behind the same norm: the first branch puts out the same, plus x or not
    first = [run.series["activation_var"].points[0][0] for run in (with_, without)]
    assert first[0] > first[1] > 0
