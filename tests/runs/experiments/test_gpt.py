"""The experiment of the small GPT: what a run records, healthy and with a leak, and how it begins."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from lynx.runs.experiments.gpt import attention, groups, initialised
from lynx.runs.runner import Job, Setting, run_jobs
from lynx.truth.measures import METRICS, Ended, Run

from ..conftest import STARTER

TARGET = "src/tinylm/attention.py"
ROWS = b"scores.softmax(dim=-1)"
SMALL = {"width": 8, "context": 12, "batch": 4, "steps": 3, "characters": 5_000, "validation": 500}


@pytest.fixture(scope="module", autouse=True)
def starter_on_the_path() -> Iterator[None]:
    sys.path.insert(0, str(STARTER / "src"))
    yield
    sys.path.remove(str(STARTER / "src"))


def last(run: Run, metric: str) -> float:
    points = run.series[metric].points
    return points[max(points)][0]


def test_what_it_records_healthy_and_with_a_leak(starter: Setting) -> None:
    healthy_bytes = (starter.top / TARGET).read_bytes()
    assert healthy_bytes.count(ROWS) == 1
    leaking = healthy_bytes.replace(ROWS, b"scores.softmax(dim=-2)")
    jobs = [
        Job("healthy", 0, None, "gpt", SMALL),
        Job("broken", 0, leaking, "gpt", SMALL),
        Job("unknown", 0, None, "gpt", {**SMALL, "init": "lucky"}),
        Job("moved", 0, None, "gpt", {**SMALL, "scores_init": 0.5, "scores_rate": 0.5, "cut_off": False}),
    ]
    healthy, broken, unknown, moved = run_jobs(replace(starter, target=TARGET), jobs)
    for run in (healthy, broken):
        assert run.ended is Ended.FINISHED, run.log_tail
        assert list(run.series["loss"].points) == [0, 1, 2]
        assert list(run.series["val_loss"].points) == [0, 3]
        assert list(run.series["true_loss"].points) == [3]
        assert run.series["one_hot"].layers == ("blocks.0", "blocks.1")
        assert list(run.series["one_hot"].points) == [0, 1, 3]
        for metric in ("val_error", "leak_z", "entropy_rate", "conditional_entropy", "largest_weight"):
            assert math.isfinite(last(run, metric)), metric
    assert last(healthy, "future_dependence") == 0
    assert last(broken, "future_dependence") == 11
    assert last(healthy, "true_loss") == pytest.approx(last(healthy, "val_loss"), abs=1e-5)
    assert abs(last(broken, "true_loss") - last(broken, "val_loss")) > 1e-3
    assert not METRICS["future_dependence"].per_layer
    assert "true_loss" not in moved.series
    assert moved.series["loss"].points[0] != healthy.series["loss"].points[0]
    assert unknown.ended is Ended.CRASHED
    assert "default, small or unit" in unknown.log_tail


def model(width: int = 64) -> Any:
    from tinylm.gpt import GPT

    torch.manual_seed(0)
    return GPT(20, width=width, heads=1, layers=2, context=16)


def test_first_weights() -> None:
    plain, small, unit = model(), model(), model()
    initialised(plain, "default")
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), model().parameters(), strict=True))
    initialised(small, "small")
    for module in small.modules():
        if isinstance(module, (nn.Linear, nn.Embedding)):
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.15)
        if isinstance(module, nn.Linear):
            assert not module.bias.any()
        if isinstance(module, nn.LayerNorm):
            assert module.weight.eq(1).all()
    initialised(unit, "unit")
    x = torch.randn(500, 64)
    for part in (unit.blocks[0].attention.query, unit.blocks[1].attention.key):
        assert part(x).var().item() == pytest.approx(1.0, abs=0.1)
    assert torch.equal(unit.blocks[0].attention.value.weight, model().blocks[0].attention.value.weight)


def test_what_makes_the_scores_has_weights_and_a_rate_of_its_own() -> None:
    one, plain = model(), model()
    rest, scores = groups(one, 0.25, 0.1, 0.5)
    assert "lr" not in rest
    assert scores["lr"] == 0.05
    assert len(scores["params"]) == 2 * 2 * 2  # blocks, query and key, weight and bias
    assert len(rest["params"]) + 8 == len(list(one.parameters()))
    for name, weight in one.named_parameters():
        factor = 0.25 if "query" in name or "key" in name else 1.0
        assert torch.equal(weight, factor * plain.get_parameter(name)), name


def test_how_sharply_it_looks() -> None:
    found: dict[str, list[float]] = {}
    probe = SimpleNamespace(series=lambda name, layers, values: found.update({name: values}))
    one, codes = model(), torch.randint(20, (4, 16))
    for block in one.blocks:
        nn.init.zeros_(block.attention.query.weight)
        nn.init.zeros_(block.attention.query.bias)
    attention(probe, one, codes)  # every score is 0: place t takes 1/(t + 1) of each
    even = sum(1 / (t + 1) for t in range(8, 16)) / 8
    assert found["largest_weight"] == pytest.approx([even, even])
    assert found["one_hot"] == [0, 0]
    nn.init.normal_(one.blocks[0].attention.query.weight, std=1e3)
    attention(probe, one, codes)
    assert found["one_hot"][0] > 0.9
