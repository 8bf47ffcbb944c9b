"""No value that is asked stands in what is read before the question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from lynx.content.catalog import data_dir
from lynx.content.reading.breaks import load_break
from lynx.mentor import told_before
from lynx.truth.claims import Kind, Prediction
from lynx.truth.measures import Measure

SPECS = sorted(data_dir("breaks").glob("*/*/break.yaml"))
SHARE = Prediction("P1", Kind.NUMBER, Measure("val_accuracy", "healthy"), "linear", 0.1)
LOSS = Prediction("P2", Kind.NUMBER, Measure("val_loss", "broken"), "log", 10)
COUNT = Prediction("P3", Kind.NUMBER, Measure("params_without_grad", "broken"), "linear", 0.5)
MEASURED = {"P1": 0.94, "P2": 2.01, "P3": 8.0}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It used to reach nine right out of ten.", ["P1"]),
        ("Antes acertaba nueve de cada diez.", ["P1"]),
        ("It was right 95 % of the time.", ["P1"]),
        ("Se queda en 2,0 nats.", ["P2"]),
        ("It stops at 2.0 nats, with a rate of 0.01.", ["P2"]),
        ("8 of 20 get none", ["P3"]),
        ("8 parameters get none", ["P3"]),
        ("50 blocks, 200 steps, a batch of 64, chance is 0.2", []),
        ("una red de ocho unidades", []),
        ("It falls from 12.5 to 3.0e26", []),
    ],
)
def test_a_figure_that_would_be_a_hit_tells(text: str, told: list[str]) -> None:
    found = told_before.leaks([SHARE, LOSS, COUNT], MEASURED, {}, [0.01, 64.0], text, "en")
    assert list(dict.fromkeys(id_ for id_, _ in found)) == told


def test_what_the_question_itself_gives_may_be_said() -> None:
    asks = {"P1": {"en": "How many are right (the best model reaches 0.95)?"}}
    assert not list(told_before.leaks([SHARE], MEASURED, asks, [], "It used to reach 95 %", "en"))


def test_a_chapter_that_sends_its_reader_to_the_laboratory_first_may_tell() -> None:
    class Lab:
        trained = ()
        predictions = (LOSS,)
        asks: ClassVar[dict[str, dict[str, str]]] = {}

    told = "It ends at 2.0."
    assert told_before.in_chapter(Lab(), "10/00", MEASURED, told, "en")  # type: ignore[arg-type]
    assert told_before.in_chapter(Lab(), "10/00", MEASURED, f"{told} Now: lynx lab 10/00", "en")  # type: ignore[arg-type]
    assert not told_before.in_chapter(Lab(), "10/00", MEASURED, f"First: lynx lab 10/00\n{told}", "en")  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.parent.name)
def test_the_breaks_that_ship_tell_nothing(spec: Path) -> None:
    break_ = load_break(spec.parent, pack="lynx")
    assert [problem.line() for problem in told_before.in_break(break_)] == []
    number = next((p for p in break_.predictions if p.kind is Kind.NUMBER and p.scale == "log"), None)
    if number is None:
        return
    median = told_before._medians(break_)[number.id]
    symptom = {"en": f"It used to be {median:.3g}, exactly."}
    telling = replace(break_, texts={**break_.texts, "symptom": symptom})
    assert [p.fields["id"] for p in told_before.in_break(telling)][:1] == [number.id]
