"""Every number on a page of any phase was computed, and the page says what the program says."""

from __future__ import annotations

import math

import pytest

from tests.phases.pages import PHASES, as_written, contains, declared_pages, figures, text_of, undeclared

IDS = sorted(path.parent.name for path in PHASES.glob("*/phase.yaml"))
PAGES = [(phase, page) for phase in IDS for page in declared_pages(phase)]
LANGUAGES = ("en", "es")


@pytest.mark.parametrize("phase", IDS)
def test_every_page_is_declared(phase: str) -> None:
    on_disk = {
        f"{path.parent.name}/{path.name.removesuffix('.en.md')}"
        for folder in ("theory", "lab")
        for path in (PHASES / phase / folder).glob("*.en.md")
    }
    assert set(declared_pages(phase)) == on_disk


@pytest.mark.parametrize(("phase", "page"), PAGES)
def test_each_written_form_is_the_computed_value(phase: str, page: str) -> None:
    wrong = []
    for item in declared_pages(phase)[page]["figures"]:
        value = figures(phase)[item["name"]]
        if "as" in item:  # a word: held to within five per cent of what it says
            right = math.isclose(value, item["as"], rel_tol=0.05)
        else:
            form = item["en"].replace("−", "-")
            right = as_written(value, form) == form and item["es"] == item["en"].replace(".", ",")
        if not right:
            wrong.append(f"{item['name']} is {value!r}, written {item['en']} and {item['es']}")
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("phase", "page"), PAGES)
def test_the_page_contains_what_is_declared(phase: str, page: str, language: str) -> None:
    text = text_of(phase, page, language)
    declared = declared_pages(phase)[page]["figures"] + declared_pages(phase)[page]["given"]
    assert [item[language] for item in declared if not contains(text, item[language])] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("phase", "page"), PAGES)
def test_the_page_contains_no_undeclared_number(phase: str, page: str, language: str) -> None:
    assert undeclared(text_of(phase, page, language), language, declared_pages(phase)[page]) == []


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
