"""Every number on a page of Phase 10 was computed, and the page says what the program says."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from lynx.study import rules
from lynx.study.grid import Cell
from tests.conftest import HANGS

PHASE = Path(__file__).parents[2] / "phases" / "10"
PAGES: dict[str, Any] = yaml.safe_load((PHASE / "theory" / "numbers.yaml").read_text("utf-8"))["pages"]
LANGUAGES = ("en", "es")
# A number with a decimal mark or an exponent, in either language's writing.
DECIMAL = re.compile(r"(?<![\w.,])[-−]?\d+(?:[.,]\d+(?:e[+-]?\d+)?|e[+-]?\d+)(?![\w])")


def load(name: str) -> ModuleType:
    """A module beside the chapters, under a name that does not shadow the standard library's `numbers`."""
    spec = importlib.util.spec_from_file_location(f"phase10_{name}", PHASE / "theory" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# One BLAS thread: on a busy machine two of them spin for each other, and take ten times as long.
CHILD = """
import importlib.util, json, sys
found = {}
for name in ("numbers", "rule", "of_the_map"):
    spec = importlib.util.spec_from_file_location(f"phase10_{name}", f"{sys.argv[1]}/{name}.py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    new = module.figures()
    assert not set(found) & set(new)
    found.update(new)
print(json.dumps(found))
"""


@cache
def figures() -> dict[str, float]:
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(PHASE / "theory")],
        env=one_thread,
        capture_output=True,
        text=True,
        check=True,
        timeout=HANGS,
    )
    found: dict[str, float] = json.loads(child.stdout)
    return found


def as_written(value: float, form: str) -> str:
    """`value`, rounded to as many digits as `form` (English writing) shows."""
    mantissa, exponent_mark, _ = form.replace("−", "-").partition("e")
    digits = len(mantissa.partition(".")[2])
    if not exponent_mark:
        return f"{value:.{digits}f}"
    head, _, tail = f"{value:.{digits}e}".partition("e")
    return f"{head}e{int(tail)}"


def unsigned(form: str) -> str:
    return form.lstrip("-−")


def text_of(page: str, language: str) -> str:
    return (PHASE / f"{page}.{language}.md").read_text("utf-8")


def undeclared(text: str, language: str, declared: dict[str, Any]) -> list[str]:
    allowed = {unsigned(item[language]) for item in declared["figures"] + declared["given"]}
    return [token for token in DECIMAL.findall(text) if unsigned(token) not in allowed]


def contains(text: str, form: str) -> bool:
    return re.search(rf"(?<![\w.,]){re.escape(form)}(?![\w]|[.,]\d)", text) is not None


def test_every_page_is_declared() -> None:
    on_disk = {
        f"{path.parent.name}/{path.name.removesuffix('.en.md')}"
        for folder in ("theory", "lab")
        for path in (PHASE / folder).glob("*.en.md")
    }
    assert set(PAGES) == on_disk


@pytest.mark.parametrize("page", PAGES)
def test_each_written_form_is_the_computed_value(page: str) -> None:
    wrong = []
    for item in PAGES[page]["figures"]:
        value = figures()[item["name"]]
        if "as" in item:  # a word: held to within five per cent of what it says
            right = math.isclose(value, item["as"], rel_tol=0.05)
        else:
            form = item["en"].replace("−", "-")
            right = as_written(value, form) == form and item["es"] == item["en"].replace(".", ",")
        if not right:
            wrong.append(f"{item['name']} is {value!r}, written {item['en']} and {item['es']}")
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_the_page_contains_what_is_declared(page: str, language: str) -> None:
    text = text_of(page, language)
    declared = PAGES[page]["figures"] + PAGES[page]["given"]
    assert [item[language] for item in declared if not contains(text, item[language])] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_the_page_contains_no_undeclared_number(page: str, language: str) -> None:
    assert undeclared(text_of(page, language), language, PAGES[page]) == []


def test_an_undeclared_number_and_the_other_decimal_mark_are_seen() -> None:
    declared = {"figures": [{"en": "0.5", "es": "0,5"}], "given": []}
    assert undeclared("0.5 and −0.5, then 3.25 and 1e-4.", "en", declared) == ["3.25", "1e-4"]
    assert undeclared("0,5 y luego 0.5.", "es", declared) == ["0.5"]


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (21.333, "21.3", "21.3"),
        (3.8122e26, "3.8e26", "3.8e26"),
        (4.59e-10, "4.6e-10", "4.6e-10"),
        (93.2, "93", "93"),
    ],
)
def test_rounding_follows_the_written_form(value: float, form: str, expected: str) -> None:
    assert as_written(value, form) == expected


def test_the_figures_that_have_a_closed_form_agree_with_it() -> None:
    known = figures()
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
    text = text_of("theory/04-putting-it-together", language)
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
        text = text_of("theory/04-putting-it-together", language)
        for threshold in ("2", "0.02", "0.43", "0.1", "20", "30", "50", "10"):
            assert threshold in source
            assert contains(text, threshold if language == "en" else threshold.replace(".", ","))


@pytest.mark.parametrize(
    ("activation", "step", "layers"),
    [("relu", 0.1, 20), ("relu", 0.01, 30), ("tanh", 0.001, 50), ("none", 0.1, 20), ("none", 0.01, math.inf)],
)
def test_the_longer_the_step_the_fewer_layers(activation: str, step: float, layers: float) -> None:
    assert load("rule").too_deep(activation, step) == layers
