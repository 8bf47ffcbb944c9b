"""Break 01's experiment: the text's figures against sums over probabilities, and what a run records."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lynx.errors import Refused
from lynx.runs.runner import Job, Setting, run_jobs
from lynx.truth.measures import Ended, Run

TARGET = "src/tinylm/transformer.py"
LINE = b"        x = x + output\n"
SMALL = {"width": 16, "hidden": 16, "context": 16, "batch": 4, "steps": 3, "characters": 20_000}
ATTENTION = {f"{m}.{p}" for m in ("query", "key", "value", "out_proj") for p in ("weight", "bias")}


def runs(starter: Setting, *asked: dict[str, Any]) -> tuple[Run, ...]:
    """All in one child: each would import torch by itself."""
    jobs = [
        Job("healthy", one.pop("seed", 0), one.pop("source", None), "char_transformer", {**SMALL, **one})
        for one in map(dict, asked)
    ]
    return run_jobs(replace(starter, target=TARGET), jobs)


def all_finished(starter: Setting, *asked: dict[str, Any]) -> tuple[Run, ...]:
    found = runs(starter, *asked)
    for run in found:
        assert run.ended is Ended.FINISHED, run.log_tail
    return found


def finished(starter: Setting, **arguments: Any) -> Run:
    return all_finished(starter, arguments)[0]


def scalar(run: Run, metric: str, step: int = 0) -> float:
    return run.series[metric].points[step][0]


@pytest.fixture
def broken(starter: Setting) -> bytes:
    healthy = (starter.top / TARGET).read_bytes()
    return healthy.replace(LINE, b"", 1)


def test_what_it_records(starter: Setting) -> None:
    run = finished(starter)
    assert list(run.series["loss"].points) == [0, 1, 2]
    assert list(run.series["val_loss"].points) == [0, 3]
    assert scalar(run, "text_length") == 20_000
    assert 0 < scalar(run, "entropy_rate") < scalar(run, "conditional_entropy") < scalar(run, "char_entropy")
    assert scalar(run, "params_without_grad") == 0
    for step in (0, 3):
        excess = scalar(run, "val_loss", step) - scalar(run, "conditional_entropy")
        assert scalar(run, "excess_over_pair", step) == pytest.approx(excess)
        z = (scalar(run, "entropy_rate") - scalar(run, "val_loss", step)) / scalar(run, "val_error", step)
        assert scalar(run, "leak_z", step) == pytest.approx(z)
    assert scalar(run, "val_loss", 0) == pytest.approx(math.log(scalar(run, "vocabulary")), abs=0.5)


@pytest.mark.exhaustive
def test_the_same_seed_is_the_same_run_and_another_is_not(starter: Setting) -> None:
    one, same, other = all_finished(starter, {}, {}, {"seed": 1})
    assert one.series == same.series
    assert one.series["loss"] != other.series["loss"]


def test_the_figures_of_a_file_are_those_of_its_characters(starter: Setting, tmp_path: Path) -> None:
    """Independent letters of known probability: H(c) and H(c | the one before) are both their entropy."""
    chances = {"a": 0.5, "b": 0.25, "c": 0.125, "é": 0.125}
    letters = random.Random(0).choices(list(chances), list(chances.values()), k=60_000)
    path = tmp_path / "letters.txt"
    path.write_text("".join(letters), encoding="utf-8")
    run = finished(starter, text=str(path))
    entropy = -sum(p * math.log(p) for p in chances.values())
    assert scalar(run, "text_length") == 60_000
    assert scalar(run, "vocabulary") == 4
    assert scalar(run, "char_entropy") == pytest.approx(entropy, abs=0.01)
    assert scalar(run, "conditional_entropy") == pytest.approx(entropy, abs=0.01)
    assert math.isnan(scalar(run, "entropy_rate"))
    assert scalar(run, "replaced_share") == 0
    assert scalar(run, "leak_z", 3) < 0


def test_a_file_with_too_many_characters_keeps_the_frequent_ones(starter: Setting, tmp_path: Path) -> None:
    rare = "".join(chr(0x4E00 + i) for i in range(100))
    text = (rare + "hello world\r\n" * 2_000) * 2
    path = tmp_path / "rare.txt"
    path.write_text(text, encoding="utf-8", newline="")
    run = finished(starter, text=str(path))
    assert scalar(run, "vocabulary") == 65
    plain = text.replace("\r\n", "\n")
    kept = sorted(Counter(plain).values(), reverse=True)[:64]
    assert scalar(run, "replaced_share") == pytest.approx(1 - sum(kept) / len(plain))


def test_a_file_that_cannot_be_used_is_one_message(starter: Setting, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        runs(starter, {"text": str(tmp_path / "absent.txt")})
    assert caught.value.code == "text-missing"
    assert str(tmp_path / "absent.txt") in str(caught.value)


def test_without_the_line_attention_is_cut_off(starter: Setting, broken: bytes) -> None:
    run = finished(starter, source=broken)
    assert scalar(run, "params_without_grad") == 8
    missing = run.series["grad_missing"]
    assert {n for n, m in zip(missing.layers, missing.points[0], strict=True) if m} == ATTENTION
    change = dict(zip(run.series["weight_change"].layers, run.series["weight_change"].points[3], strict=True))
    assert change["query"] == change["key"] == change["value"] == change["out_proj"] == 0
    assert change["ff1"] > 0


@pytest.mark.exhaustive
def test_without_the_line_it_is_the_model_without_attention(starter: Setting, broken: bytes) -> None:
    bare = broken.replace(b"        output = self.out_proj(self.attend(x))\n", b"")
    assert bare != broken
    one, two = all_finished(starter, {"source": broken}, {"source": bare})
    assert one.series["loss"] == two.series["loss"]
    assert one.series["val_loss"] == two.series["val_loss"]


def test_looking_ahead_shows_as_a_leak(starter: Setting) -> None:
    """A mask that is off by one lets each place see the character it should predict."""
    healthy = (starter.top / TARGET).read_bytes()
    leaking = healthy.replace(b"torch.tril(torch.ones(context, context))", b"torch.ones(context, context)")
    assert leaking != healthy
    arguments = {"steps": 300, "width": 32, "batch": 16, "lr": 1e-2, "characters": 50_000}
    run, sound = all_finished(starter, {**arguments, "source": leaking}, arguments)
    assert scalar(run, "leak_z", 300) > 3
    assert scalar(sound, "leak_z", 300) < 3
