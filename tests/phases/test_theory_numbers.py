"""What only Phase 10's pages have: closed forms, a backward pass by hand, and the rule of chapter 04."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.phases.pages import contains, figures, text_of

PHASE = Path(__file__).parents[2] / "phases" / "10"
LANGUAGES = ("en", "es")


def load(name: str) -> ModuleType:
    """A module beside the chapters, under a name that does not shadow the standard library's `numbers`."""
    spec = importlib.util.spec_from_file_location(f"phase10_{name}", PHASE / "theory" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_figures_that_have_a_closed_form_agree_with_it() -> None:
    known = figures("10")
    numbers = load("numbers")
    # Gaussian quadrature against integrals known exactly: E[z²] = q, E[z⁴] = 3q², and E[cos z] = e^(−q/2).
    assert numbers.gaussian_mean(lambda z: z**2, 2.0) == pytest.approx(2.0, rel=1e-12)
    assert numbers.gaussian_mean(lambda z: z**4, 2.0) == pytest.approx(12.0, rel=1e-12)
    assert numbers.gaussian_mean(lambda z: numbers.np.cos(z), 2.0) == pytest.approx(math.exp(-1), rel=1e-12)
    # A linear activation has χ = 1, and 0.5 / 0.341 is π / (π − 1).
    one = numbers.np.ones_like
    assert numbers.chi(lambda z: 3 * z, lambda z: 3 * one(z), 2.0) == pytest.approx(1.0, rel=1e-12)
    assert known["relu.second_moment"] / known["relu.variance"] == pytest.approx(known["batchnorm.gain"])
    # Residual streams grow by the sum that the chapter gives, within what five draws of width 64 scatter.
    assert known["stream.measured.median"] == pytest.approx(known["stream.after50"], rel=0.1)


def test_the_hand_written_backward_pass_is_the_gradient() -> None:
    numbers = load("numbers")
    np = numbers.np
    x = np.random.default_rng(3).standard_normal((2, 6))
    direction = np.random.default_rng(4).standard_normal(x.shape)

    for shape in ("plain", "pre", "post"):
        gradient = numbers.stack_pass(x, shape=shape, seed=5, depth=3).input_grad

        def loss(t: float, shape: str = shape) -> float:
            return float(numbers.stack_pass(x + t * direction, shape=shape, seed=5, depth=3).value)

        slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
        assert float(np.sum(gradient * direction)) == pytest.approx(slope, rel=1e-6)


# --- the rule of chapter 04 --------------------------------------------------------------------------------

EXAMPLES = [  # (depth, activation, init, norm, residual, step) and what the chapter says
    ((12, "relu", "xavier", "none", False, 0.01), "vanishes"),
    ((12, "relu", "kaiming", "none", False, 0.01), "trains"),
    ((20, "relu", "kaiming", "none", True, 0.01), "diverges"),
    ((10, "relu", "xavier", "none", True, 0.01), "trains"),
    ((5, "gelu", "kaiming", "rms", True, 0.001), "vanishes"),
    ((5, "gelu", "uniform", "rms", True, 0.001), "vanishes"),
    ((5, "gelu", "uniform", "rms", False, 0.001), "vanishes"),
    ((5, "gelu", "small", "rms", True, 0.001), "trains"),
    ((50, "gelu", "kaiming", "rms", False, 0.01), "vanishes"),
    ((20, "tanh", "kaiming", "layer", False, 0.001), "trains"),
    ((20, "tanh", "uniform", "layer", False, 0.01), "vanishes"),
    ((30, "tanh", "small", "none", True, 0.1), "diverges"),
]


@pytest.mark.parametrize(("combination", "outcome"), EXAMPLES)
def test_the_rule_says_what_the_chapter_says(combination: tuple[Any, ...], outcome: str) -> None:
    assert load("rule").rule(*combination) == outcome


def test_the_thresholds_stand_in_the_chapter() -> None:
    source = (PHASE / "theory" / "rule.py").read_text("utf-8")
    for language in LANGUAGES:
        text = text_of("10", "theory/04-putting-it-together", language)
        for threshold in ("0.75", "0.02", "0.0002", "0.0006", "0.43"):
            assert threshold in source
            assert contains(text, threshold if language == "en" else threshold.replace(".", ","))
