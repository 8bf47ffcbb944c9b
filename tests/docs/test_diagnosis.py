"""Threshold rules fire where their tools say, and the page says what the record holds."""

from __future__ import annotations

import json
import math

import pytest

from benchmarks import diagnosis
from benchmarks.threshold_rules import AUTOTRAINER, SAGEMAKER, Recorded, swings
from lynx.truth.measures import Series

NAN = math.nan


def scalar(*values: float, every: int = 1) -> Series:
    return Series((), {step * every: (value,) for step, value in enumerate(values)})


def layered(*rows: tuple[float, ...]) -> Series:
    return Series(("first", "last"), dict(enumerate(rows)))


FALLING, POOR, GOOD = scalar(*(3.0 - 0.1 * n for n in range(21))), scalar(0.2, 0.3), scalar(0.5, 0.8)


@pytest.mark.parametrize(
    ("rule", "recorded", "fires"),
    [
        ("vanishing gradient", {"param_grad_norm": layered((1.0, 1e-8))}, True),
        ("vanishing gradient", {"param_grad_norm": layered((1.0, 1e-6))}, False),
        ("vanishing gradient", {"grad_norm": layered((0.0, 1.0))}, True),
        ("vanishing gradient", {"loss": FALLING}, None),
        ("exploding tensor", {"loss": scalar(1.0, math.inf)}, True),
        ("exploding tensor", {"loss": scalar(1e30)}, False),
        ("loss not decreasing", {"loss": FALLING}, False),
        ("loss not decreasing", {"loss": scalar(*[2.0] * 21)}, True),
        ("loss not decreasing", {"loss": scalar(2.0, NAN, every=10)}, True),
        ("loss not decreasing", {"loss": scalar(2.0, 3.0)}, None),
        ("overfit", {"loss": scalar(1.0, 1.0), "val_loss": scalar(1.2, 1.2)}, True),
        ("overfit", {"loss": scalar(1.0, 1.0), "val_loss": scalar(1.2, 1.0)}, False),
        ("overfit", {"loss": scalar(1.0)}, None),
        ("weight update ratio", {"update_ratio": layered((1e-9, 1e-2))}, True),
        ("weight update ratio", {"update_ratio": layered((1e-2, 1e-2))}, False),
    ],
)
def test_rules_of_sagemaker_debugger(rule: str, recorded: Recorded, fires: bool | None) -> None:
    assert SAGEMAKER[rule](recorded) is fires


@pytest.mark.parametrize(
    ("rule", "recorded", "fires"),
    [
        ("vanishing gradient", {"val_accuracy": POOR, "grad_norm": layered((1e-5, 1.0))}, True),
        ("vanishing gradient", {"val_accuracy": GOOD, "grad_norm": layered((1e-5, 1.0))}, False),
        ("vanishing gradient", {"val_accuracy": POOR, "grad_norm": layered((1e-5, 1e-3))}, False),
        ("vanishing gradient", {"grad_norm": layered((1e-5, 1.0))}, None),
        ("exploding gradient", {"val_accuracy": POOR, "grad_norm": layered((100.0, 1.0))}, True),
        ("exploding gradient", {"val_accuracy": GOOD, "grad_norm": layered((100.0, 1.0))}, False),
        ("exploding gradient", {"loss": scalar(1e6)}, True),
        ("exploding gradient", {"loss": scalar(1.0)}, None),
        ("slow convergence", {"val_accuracy": scalar(0.7, 0.705)}, True),
        ("slow convergence", {"train_accuracy": POOR}, False),
        ("oscillating", {"val_accuracy": scalar(0.6, 0.9, 0.7, 0.9, 0.7, 0.9)}, True),
        ("oscillating", {"val_accuracy": scalar(0.1, 0.5, 0.1, 0.5, 0.1, 0.5)}, False),
    ],
)
def test_rules_of_autotrainer(rule: str, recorded: Recorded, fires: bool | None) -> None:
    assert AUTOTRAINER[rule](recorded) is fires


def test_a_swing_is_a_maximum_well_above_a_minimum() -> None:
    assert swings([0.5, 0.9, 0.5, 0.9, 0.5]) == 1
    assert swings([0.5, 0.52, 0.51, 0.52, 0.5]) == 0


def test_the_page_is_what_the_record_says() -> None:
    record = json.loads(diagnosis.RECORD.read_text(encoding="utf-8"))
    assert diagnosis.PAGE.read_text(encoding="utf-8") == diagnosis.page(record)
    assert record
