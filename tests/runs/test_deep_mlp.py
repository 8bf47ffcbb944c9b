"""Break 00's experiment on the starter, small: what it records, and that every argument does what it says."""

from __future__ import annotations

import math
from typing import Any

import pytest

from lynx.runs.runner import Setting, run_jobs
from lynx.truth.measures import Ended, Run

from .conftest import job

SMALL = {"depth": 4, "width": 16, "steps": 6}


def runs(setting: Setting, *arguments: dict[str, Any], source: bytes | None = None) -> tuple[Run, ...]:
    found = run_jobs(setting, [job("deep_mlp", source, **{**SMALL, **one}) for one in arguments])
    for run in found:
        assert run.ended is Ended.FINISHED, run.log_tail
    return found


def last(run: Run, metric: str = "loss") -> float:
    return list(run.series[metric].points.values())[-1][0]


def test_what_it_records(starter: Setting) -> None:
    (run,) = runs(starter, {})
    assert list(run.series["loss"].points) == list(range(6))
    assert run.series["grad_norm"].layers == ("blocks.0", "blocks.1", "blocks.2", "blocks.3")
    assert list(run.series["val_accuracy"].points) == [0, 6]
    assert 0 <= last(run, "train_accuracy") <= 1
    assert {"grad_cosine", "step_linearity", "stable_rank", "weight_change_hist"} <= set(run.series)
    assert run.series["loss"].points[0][0] == pytest.approx(math.log(5), abs=1.5)


def test_the_same_seed_is_the_same_run_and_another_is_not(starter: Setting) -> None:
    one, two = run_jobs(starter, [job("deep_mlp", **SMALL), job("deep_mlp", **SMALL)])
    (other,) = run_jobs(starter, [job("deep_mlp", seed=1, **SMALL)])
    assert one.series == two.series
    assert one.series["loss"] != other.series["loss"]


def test_healthy_and_broken_start_from_the_same_weights(starter: Setting, healthy: bytes) -> None:
    broken = healthy.replace(b"return x + h", b"return h")
    jobs = [job("deep_mlp", source, depth=0, steps=3) for source in (healthy, broken)]
    one, two = run_jobs(starter, jobs)
    assert (one.ended, two.ended) == (Ended.FINISHED, Ended.FINISHED), one.log_tail
    assert one.series["loss"] == two.series["loss"]  # without blocks the bug has no place
    deep_one, deep_two = run_jobs(starter, [job("deep_mlp", source, **SMALL) for source in (healthy, broken)])
    assert deep_one.series["loss"] != deep_two.series["loss"]


CHANGES: dict[str, dict[str, Any]] = {
    "lr": {"lr": 1e-3},
    "momentum": {"momentum": 0.0},
    "batch": {"batch": 16},
    "init": {"init": "xavier_normal"},
    "orthogonal": {"init": "orthogonal"},
    "layer norm": {"norm": "layer"},
    "batch norm": {"norm": "batch"},
    "clip": {"clip_norm": 0.1},
    "stop": {"stop_gradient_at": 3},
    "frozen": {"freeze_blocks": True},
    "warm-up": {"warmup": 5},
    "language": {"language": "english"},
    "split": {"split": "verb"},
    "double": {"dtype": "float64"},
    "later": {"later": 3, "lr_later": 1e-5},
    "adam": {"optimiser": "adam"},
    "adam without epsilon": {"optimiser": "adam", "eps": 1e-30, "lr": 3e-3},
    "mirrored": {"init": "mirrored"},
    "weighted branch": {"branch_weight": 0.5},
    "paced": {"paced_by": "replace"},
}


def test_every_argument_changes_the_run(starter: Setting) -> None:
    plain, *changed = runs(starter, {}, *CHANGES.values())
    for name, run in zip(CHANGES, changed, strict=True):
        assert run.series["loss"] != plain.series["loss"], name
        assert math.isfinite(last(run)), name


def test_a_stopped_gradient_leaves_the_blocks_below_without(starter: Setting) -> None:
    (run,) = runs(starter, {"stop_gradient_at": 3})
    norms = run.series["grad_norm"].points[0]
    assert norms[:2] == (0.0, 0.0)
    assert min(norms[2:]) > 0
    missing = zip(run.series["grad_missing"].layers, run.series["grad_missing"].points[0], strict=True)
    assert {n.split(".")[0] + n.split(".")[1] for n, m in missing if m} == {
        "embedweight",
        "embedbias",
        "blocks0",
        "blocks1",
    }


def test_frozen_blocks_do_not_move_and_clipping_shortens_the_step(starter: Setting) -> None:
    plain, frozen, clipped = runs(starter, {}, {"freeze_blocks": True}, {"clip_norm": 0.01, "momentum": 0.0})
    assert set(frozen.series["weight_change"].points[6]) == {0.0}
    assert max(clipped.series["weight_change"].points[6]) < min(plain.series["weight_change"].points[6]) / 10
    assert clipped.series["grad_norm"].points[0] == plain.series["grad_norm"].points[0]  # as it was before


def test_steps_are_as_long_as_the_twins(starter: Setting, healthy: bytes) -> None:
    """Without the skip and paced by the sum, the first step has the healthy length; by its own kind, its own."""
    broken = healthy.replace(b"return x + h", b"return h")
    sources = [(healthy, {}), (broken, {}), (broken, {"paced_by": "sum"}), (broken, {"paced_by": "replace"})]
    found = run_jobs(starter, [job("deep_mlp", source, **{**SMALL, **more}) for source, more in sources])
    sound, plain, paced, own = (run.series["step_length"].points[0][0] for run in found)
    assert plain != pytest.approx(sound, rel=1e-3)
    assert paced == pytest.approx(sound, rel=1e-6)
    assert own == pytest.approx(plain, rel=1e-6)
    assert last(found[3]) == pytest.approx(last(found[1]), rel=1e-3)
    assert last(found[2]) != pytest.approx(last(found[1]), rel=1e-3)


def test_the_first_step_changes_every_state_and_says_by_how_much(starter: Setting) -> None:
    (run,) = runs(starter, {"lr": 1e-4})
    (twice,) = runs(starter, {"lr": 2e-4})
    one, two = (r.series["state_change"].points[0] for r in (run, twice))
    assert run.series["state_change"].layers == run.series["grad_norm"].layers
    assert two == pytest.approx([2 * change for change in one], rel=0.05)  # a short step: twice as far
    assert list(run.series["state_change"].points) == list(run.series["step_length"].points) == [0]


def test_a_mirrored_start_has_no_scattered_gradient(starter: Setting, healthy: bytes) -> None:
    broken = healthy.replace(b"return x + h", b"return h")
    deep = {"depth": 30, "width": 32, "steps": 1}
    plain, mirrored = run_jobs(
        starter, [job("deep_mlp", broken, **deep, **more) for more in ({}, {"init": "mirrored"})]
    )
    assert mirrored.series["grad_cosine"].points[0][0] > 0.95
    assert plain.series["grad_cosine"].points[0][0] < 0.9


def test_a_weighted_branch_replaces_its_share_at_every_depth(starter: Setting) -> None:
    """x/√(1 + a²) + a·f: at a = 0 the blocks are not there; the stream neither grows nor shrinks with depth."""
    (none, some) = runs(starter, {"branch_weight": 0.0}, {"branch_weight": 0.5, "depth": 30, "steps": 1})
    variances = none.series["activation_var"].points[0]
    assert variances == pytest.approx([variances[0]] * 4, rel=1e-5)
    late = some.series["activation_var"].points[0][10:]
    assert max(late) < 2 * min(late)


@pytest.mark.parametrize(
    "wrong",
    [
        {"norm": "spectral"},
        {"init": "wishful"},
        {"stop_gradient_at": 9},
        {"optimiser": "lion"},
        {"paced_by": "heart"},
    ],
)
def test_names_that_are_not_there(wrong: dict[str, Any], starter: Setting) -> None:
    (run,) = run_jobs(starter, [job("deep_mlp", **SMALL, **wrong)])
    assert run.ended is Ended.CRASHED
    assert "ValueError" in run.log_tail


@pytest.mark.exhaustive
def test_break_00_at_full_size(starter: Setting, healthy: bytes) -> None:
    """Over five seeds: with the skip it trains, without it the loss settles at ln 5."""
    broken = healthy.replace(b"return x + h", b"return h")
    jobs = [job("deep_mlp", source, seed=seed) for seed in range(5) for source in (healthy, broken)]
    found = run_jobs(starter, jobs)
    good, bad = found[::2], found[1::2]
    assert sorted(last(run, "val_accuracy") for run in good)[2] >= 0.85
    for run in good:
        assert run.series["loss"].points[100][0] < 0.02 * run.series["loss"].points[0][0]
    for run in bad:
        assert run.series["loss"].points[199][0] == pytest.approx(math.log(5), abs=0.12)
        assert run.series["first_nan_step"].points[200] == (math.inf,)
        assert run.series["grad_norm"].points[0][0] > 1
        assert run.series["grad_norm"].points[99][0] < 1e-6
        assert run.series["abs_cosine"].points[10][-1] > 0.999
        assert run.series["grad_cosine"].points[0][0] < 0.6
