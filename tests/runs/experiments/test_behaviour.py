"""What is asked of a language model beside its loss, on models whose answers are known; and a run that records it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lynx.runs.experiments import behaviour
from lynx.runs.experiments.sequences import from_lots, paired
from lynx.runs.runner import Job, Setting, run_jobs
from lynx.truth.measures import Ended, Run

from ..conftest import STARTER

GPT = "src/tinylm/gpt.py"
SMALL = {"width": 8, "context": 12, "batch": 4, "steps": 3, "characters": 5_000, "validation": 500}


@pytest.fixture(scope="module", autouse=True)
def starter_on_the_path() -> Iterator[None]:
    sys.path.insert(0, str(STARTER / "src"))
    yield
    sys.path.remove(str(STARTER / "src"))


class Plain(nn.Module):
    """Logits from the last character alone, or from the mean of all so far; with `blocks` that number the places."""

    def __init__(self, kind: str, characters: int = 7) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.kind, self.context = kind, 12
        self.table = nn.Embedding(characters, characters)
        self.blocks = nn.ModuleList([nn.Identity(), nn.Identity()])

    def forward(self, codes: Tensor) -> Tensor:
        x = self.table(codes)
        if self.kind == "mean":
            x = x.cumsum(1) / torch.arange(1, codes.shape[1] + 1)[:, None]
        elif self.kind == "weighted":
            x = (x * torch.arange(codes.shape[1])[:, None]).cumsum(1)
        elif self.kind == "numbered":
            x = x + torch.arange(codes.shape[1])[:, None]
        for block in self.blocks:
            x = block(x)
        return x


def codes(texts: int = 40, length: int = 12) -> Tensor:
    return torch.randint(7, (texts, length), generator=torch.Generator().manual_seed(1))


def test_pulls_are_the_distance_of_softmax_from_the_target() -> None:
    logits = torch.tensor([[[2.0, 0.0], [0.0, 2.0]], [[9.0, 0.0], [1.0, 0.0]]], requires_grad=True)
    targets = torch.tensor([[0, 0], [0, 0]])
    kept = logits * 1.0
    kept.retain_grad()
    (3.0 * F.cross_entropy(kept.flatten(0, 1), targets.flatten())).backward()
    found = behaviour.pulls(kept, targets, loudness=3.0)
    away = {z: math.sqrt(2) / (1 + math.exp(z)) for z in (-2.0, 1.0, 2.0, 9.0)}
    assert found["wrong_pull"] == pytest.approx(away[-2.0], rel=1e-5)
    assert found["right_pull"] == pytest.approx((away[2.0] + away[9.0] + away[1.0]) / 3, rel=1e-5)
    assert found["saturated"] == 0.25
    assert "wrong_pull" not in behaviour.pulls(kept, kept.argmax(-1))


def test_order_matters_only_to_a_model_that_weighs_places() -> None:
    assert behaviour.order_dependence(Plain("last"), codes()) == 0
    assert behaviour.order_dependence(Plain("mean"), codes()) < 1e-6  # but for rounding
    assert behaviour.order_dependence(Plain("weighted"), codes()) > 0.2


def test_a_place_is_told_where_its_number_is_to_be_had() -> None:
    told = behaviour.place_told(Plain("numbered"), codes())
    assert list(told) == ["embedding", "blocks.0", "blocks.1"]
    assert all(value > 0.8 for value in told.values())
    assert all(value < 0.05 for value in behaviour.place_told(Plain("last"), codes()).values())


def test_what_it_takes_for_likeliest() -> None:
    model = Plain("last")
    with torch.no_grad():
        model.table.weight.copy_(torch.zeros(7, 7))
        model.table.weight[:, 3] = 1.0
    pairs = codes(), torch.full((40, 12), 3)
    assert behaviour.predicted(model, pairs) == {
        "val_accuracy": 1.0, "commonest_share": 1.0, "characters_predicted": 1.0
    }  # fmt: skip
    letters = from_lots(2_000, 0, 300)
    assert letters.rate == math.log(26)
    assert len(set(letters.train)) == 26
    inputs, targets = paired(torch.arange(50), 16)
    assert torch.equal(inputs.flatten(), torch.arange(48))
    assert torch.equal(targets, inputs + 1)


def last(run: Run, metric: str) -> float:
    points = run.series[metric].points
    return points[max(points)][0]


def test_what_a_run_records(starter: Setting) -> None:
    healthy = (starter.top / GPT).read_bytes()
    probabilities = healthy.replace(b"self.norm(x))\n", b"self.norm(x)).softmax(dim=-1)\n")
    assert probabilities != healthy
    logarithm = {"puts_out": "probabilities"}
    jobs = [
        Job("healthy", 0, None, "language_model", {**SMALL, "sampled": 4}),
        Job("broken", 0, probabilities, "language_model", {**SMALL, **logarithm}),
        Job("lots", 0, None, "language_model", {**SMALL, "language": "lots", "places": "none", "loudness": 2.0}),
    ]
    runs = run_jobs(replace(starter, target=GPT), jobs)
    for run in runs:
        assert run.ended is Ended.FINISHED, run.log_tail
        assert list(run.series["val_loss"].points) == [0, 3]
        assert last(run, "future_dependence") == 0
        assert last(run, "true_loss") == pytest.approx(last(run, "val_loss"), abs=1e-5)
        assert 0 <= last(run, "wrong_pull") <= math.sqrt(2)
        assert run.series["place_told"].layers == ("embedding", "blocks.0", "blocks.1")
    plain, logged, lots = runs
    for one, other in zip(*(run.series["loss"].points.values() for run in (plain, logged)), strict=True):
        assert one == pytest.approx(other, abs=1e-4)
    assert {"start_share", "start_share_greedy", "repeat_share", "known_words"} <= set(plain.series)
    assert last(lots, "entropy_rate") == math.log(26)
    assert last(plain, "params_without_grad") == 0
