"""What only Phase 10's pages have: closed forms, a backward pass by hand, and the rule of chapter 04."""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lynx.study import rules
from lynx.study.grid import Cell
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

# a combination that the chapter works out, and what it says; in bold, with the outcome behind, or beside such a one
EXAMPLES = {
    (20, "relu", "xavier", "none", False, 0.01): "does-not-learn",
    (20, "relu", "kaiming", "none", False, 0.01): "trains",
    (20, "relu", "kaiming", "none", True, 0.01): "diverges",
    (10, "relu", "xavier", "none", True, 0.01): "trains",
    (10, "relu", "xavier", "none", True, 0.1): "diverges",
    (20, "gelu", "kaiming", "rms", True, 0.001): "does-not-learn",
    (20, "gelu", "kaiming", "layer", True, 0.001): "trains",
    (20, "gelu", "kaiming", "rms", True, 0.01): "trains",
    (50, "gelu", "kaiming", "rms", False, 0.01): "does-not-learn",
}
BOLD = {
    "en": re.compile(r"\*\*(\d+) layers, (\w+), (\w+), ([\w ]+), (plain|residual), step ([\d.]+)\.\*\*([^*]+)"),
    "es": re.compile(r"\*\*(\d+) capas, (\w+), (\w+), ([\w ]+), (simple|residual), paso ([\d,]+)\.\*\*([^*]+)"),
}
NORMS = {"no norm": "none", "sin norma": "none", "RMSNorm": "rms", "LayerNorm": "layer"}
SAID = {
    "trains": "trains",
    "diverges": "diverges",
    "does not learn": "does-not-learn",
    "entrena": "trains",
    "diverge": "diverges",
    "no aprende": "does-not-learn",
}


def worked(language: str) -> dict[tuple[Any, ...], str]:
    """The examples in bold, with the first outcome that is said of each."""
    found = {}
    text = text_of("10", "theory/04-putting-it-together", language)
    for depth, activation, init, norm, way, step, behind in BOLD[language].findall(text):
        rest = " ".join(behind.split())
        words = sorted(SAID, key=lambda word: rest.index(word) if word in rest else len(rest))
        cell = (int(depth), activation.lower(), init.lower(), NORMS[norm], way == "residual")
        found[(*cell, float(step.replace(",", ".")))] = SAID[words[0]]
    return found


@pytest.mark.parametrize(("combination", "outcome"), EXAMPLES.items())
def test_a_worked_example_is_what_the_map_measured_and_the_rule_says(
    combination: tuple[Any, ...], outcome: str
) -> None:
    assert {one.value for one in rules.table()[Cell(*combination)]} == {outcome}
    assert load("rule").rule(*combination) == outcome


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chapters_worked_examples_are_these(language: str) -> None:
    found = worked(language)
    assert len(found) == 4
    assert found.items() <= EXAMPLES.items()


def test_the_thresholds_stand_in_the_chapter() -> None:
    source = (PHASE / "theory" / "rule.py").read_text("utf-8")
    for language in LANGUAGES:
        text = text_of("10", "theory/04-putting-it-together", language)
        for threshold in ("2", "0.02", "0.43", "0.1", "20", "30", "50", "10"):
            assert threshold in source
            assert contains(text, threshold if language == "en" else threshold.replace(".", ","))


@pytest.mark.parametrize(
    ("activation", "step", "layers"),
    [("relu", 0.1, 20), ("relu", 0.01, 30), ("tanh", 0.001, 50), ("none", 0.1, 20), ("none", 0.01, math.inf)],
)
def test_the_longer_the_step_the_fewer_layers(activation: str, step: float, layers: float) -> None:
    assert load("rule").too_deep(activation, step) == layers
