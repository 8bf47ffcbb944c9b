"""Phase 10's pages: complete, in two languages, and fit for a terminal of 80 columns."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console
from rich.markdown import Markdown

from lynx.content.reading.phases import load_phase
from lynx.content.reading.texts import PHASE as PHASE_TEXTS
from lynx.content.reading.texts import places

PHASE = Path(__file__).parents[2] / "phases" / "10"
SPEC: dict[str, Any] = yaml.safe_load((PHASE / "phase.yaml").read_text("utf-8"))
READ = load_phase("10")
CHAPTERS = [chapter["file"] for chapter in SPEC["chapters"]]
LABORATORIES = [laboratory["file"] for laboratory in SPEC["laboratories"]]
LANGUAGES = ("en", "es")
FOLKLORE = {"en": "> Folklore:", "es": "> Folclore:"}


def text_of(page: str, language: str) -> str:
    return (PHASE / f"{page}.{language}.md").read_text("utf-8")


def code_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("    ")]


def prose_words(text: str) -> int:
    return sum(len(re.findall(r"\w+", line)) for line in text.splitlines() if not line.startswith("    "))


def test_every_text_of_the_spec_is_there_in_both_languages() -> None:
    own = places(SPEC, PHASE_TEXTS).texts
    spanish = places(yaml.safe_load((PHASE / "es.yaml").read_text("utf-8")), PHASE_TEXTS).texts
    assert len(own) > 50
    assert set(own) == set(spanish)


def test_chapters_and_laboratories_are_exactly_the_files() -> None:
    for folder, pages in (("theory", CHAPTERS), ("lab", LABORATORIES)):
        expected = {f"{page}.{language}.md" for page in pages for language in LANGUAGES}
        assert {f"{folder}/{path.name}" for path in (PHASE / folder).glob("*.md")} == expected


def test_ids_are_unique_and_in_order() -> None:
    for key in ("chapters", "laboratories"):
        ids = [item["id"] for item in SPEC[key]]
        assert ids == sorted(set(ids))
        assert all(item["file"].split("/")[1].startswith(item["id"]) for item in SPEC[key])
    assert len({item["id"] for item in SPEC["done"]}) == len(SPEC["done"])
    assert all(item["command"].split()[0] in {"lynx", "pytest"} for item in SPEC["done"])
    assert all(isinstance(book["year"], int) and book["authors"] for book in SPEC["reading"])


def test_each_laboratory_names_a_chapter() -> None:
    assert [laboratory["read"] for laboratory in SPEC["laboratories"]] == CHAPTERS[:4]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("item", SPEC["chapters"], ids=lambda item: str(item["file"]))
def test_the_heading_is_the_title(item: dict[str, Any], language: str) -> None:
    assert text_of(item["file"], language).splitlines()[0] == f"# {READ.chapter(item['id']).title[language]}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_is_short_and_marks_its_folklore(page: str, language: str) -> None:
    text = text_of(page, language)
    assert 600 <= prose_words(text) <= 1050
    assert FOLKLORE[language] in text


@pytest.mark.parametrize("page", CHAPTERS + LABORATORIES)
def test_the_two_languages_have_the_same_shape(page: str) -> None:
    def shape(language: str) -> list[int]:
        lines = text_of(page, language).splitlines()
        marks = (r"## ", r"- |\d\. ", FOLKLORE[language])
        return [sum(bool(re.match(mark, line)) for line in lines) for mark in marks]

    assert shape("en") == shape("es")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", LABORATORIES)
def test_a_sheet_asks_before_it_runs_and_names_its_command(page: str, language: str) -> None:
    text = text_of(page, language)
    command = f"    lynx lab 10/{page.split('/')[1][:2]}"
    ask = {"en": "## Predict first", "es": "## Antes, predice"}[language]
    expects = {"en": "## What the course expects", "es": "## Lo que espera el curso"}[language]
    assert text.index(expects) < text.index(ask) < text.index(command)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", CHAPTERS + LABORATORIES)
def test_it_reads_well_at_80_columns(page: str, language: str) -> None:
    text = text_of(page, language)
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert [line for line in code_lines(text) if len(line) > 78] == []
    screen = StringIO()
    Console(file=screen, width=80, no_color=True).print(Markdown(text))
    shown = [line.rstrip() for line in screen.getvalue().splitlines()]
    # A formula that is wrapped is a formula destroyed: each line of code arrives whole.
    for line in code_lines(text):
        assert any(line.strip() in seen for seen in shown)
