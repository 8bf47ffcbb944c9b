"""No contradictions: the same quantity is the same number, under the same name, wherever it is told."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from lynx.loop.debrief import debrief
from lynx.loop.results import Debrief, Ran
from lynx.truth.measures import METRICS, median_of
from lynx.view import language, results
from lynx.view.figures import measured_cell
from lynx.view.look import Look
from lynx.view.quantities import quantity
from lynx.view.terminal import Terminal
from lynx.view.words import METRIC_WORDS, at_layer, metric_word, word
from tests.conftest import Lynx
from tests.loop.learner import BUG, OTHER_WORDS, Learner


class Cells(HTMLParser):
    """The text of every table row of a page, cell by cell."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open = False

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data: str) -> None:
        if self.open:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def told(stages: dict[str, Learner], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One set of runs with a control in it: what the verbs returned, and where it lies."""
    learner = stages["fixing"].copy(tmp_path_factory.mktemp("told") / "w")
    seeds = tuple(learner.events("run")[0].payload["seeds"])
    ran = learner.run(seeds)
    controlled = learner.control("negative-weight", "direct-path")
    learner.edit(BUG, OTHER_WORDS)
    assert learner.verify().verdict == "fixed"
    learner.explain()
    with learner.session() as session:
        attempt = session.active()
        assert attempt is not None
        whole = debrief(session, attempt, whole=True)
        short = debrief(session, attempt)
    return {"learner": learner, "ran": ran, "controlled": controlled, "whole": whole, "short": short, "seeds": seeds}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    language.use("en")


def drawn(result: object, lang: str) -> str:
    """A screen, 120 columns wide, in a language that is in force from here on."""
    outside = Terminal(io.StringIO(), io.StringIO(), io.StringIO(), {"COLUMNS": "120"}, lang)
    return outside.drawn(results.render(result, Look(120)))


def rows_of(text: str, start: str) -> str:
    """The table row that begins with a word, up to the next row."""
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f" {start} "))
    end = next((i for i in range(at + 1, len(lines)) if not lines[i].startswith("   ")), len(lines))
    return "\n".join(lines[at:end])


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_prediction_has_one_figure(told: dict[str, Any], lynx: Lynx, lang: str) -> None:
    ran: Ran = told["ran"]
    whole: Debrief = told["whole"]
    learner: Learner = told["learner"]
    run, explained = drawn(ran, lang), drawn(whole, lang)
    page = Cells()
    lynx("report", "--out", f"{lang}.html", "--lang", lang, cwd=learner.top)
    page.feed((learner.top / f"{lang}.html").read_text(encoding="utf-8"))
    json_ = {row["id"]: row for row in lynx("explain", "--json", cwd=learner.top).json["predictions"]}
    for first, later in zip(ran.scored, whole.scored, strict=True):
        name, said = first.prediction.id, measured_cell(first.measured, first.answer)
        assert first.measured.values == later.measured.values
        assert said == measured_cell(later.measured, later.answer)
        for line in said.splitlines():  # the median, and below it from where to where
            assert line.strip() in rows_of(run, name)
            assert line.strip() in rows_of(explained, name)
        (on_page,) = [row for row in page.rows if row[0] == name and len(row) > 4]
        assert said in on_page
        assert word(first.result) in on_page[-1]
        assert word(first.result) in rows_of(run, name)
        assert json_[name]["measured"] == pytest.approx(first.measured.median)
        noted = re.search(rf"### {name} .*?- measured: ([^\s,]+)", learner.text, flags=re.S)
        assert noted
        assert float(noted[1].replace("never", "inf")) == pytest.approx(first.measured.median, rel=0.01)


def test_what_show_says_of_each_seed_has_the_median_that_was_scored(told: dict[str, Any], lynx: Lynx) -> None:
    ran: Ran = told["ran"]
    checked = 0
    for one in ran.scored:
        measure = one.prediction.measure
        if measure.first_step or measure.relative_to or measure.rank or measure.layer is not None:
            continue
        values = []
        for seed in told["seeds"]:
            said = lynx("show", measure.metric, "--seed", str(seed), "--json", cwd=told["learner"].top).json
            points = said["series"][measure.variant]["points"]
            step = points[-1]["step"] if measure.step == "last" else measure.step
            values += [float(point["values"][0]) for point in points if point["step"] == step]
            assert (said["seed"], said["run"]) == (seed, 2)
        assert median_of(measure.metric, values) == pytest.approx(one.measured.median)
        checked += 1
    assert checked >= 2


@pytest.mark.parametrize("lang", ["en", "es"])
def test_symptoms_verdicts_and_controls_are_told_alike(told: dict[str, Any], lynx: Lynx, lang: str) -> None:
    ran: Ran = told["ran"]
    whole: Debrief = told["whole"]
    short = drawn(told["short"], lang)
    run, explained = drawn(ran, lang), drawn(whole, lang)
    control = " ".join(drawn(told["controlled"], lang).split())
    page = Cells()
    lynx("report", "--out", f"{lang}.html", "--lang", lang, cwd=told["learner"].top)
    page.feed((told["learner"].top / f"{lang}.html").read_text(encoding="utf-8"))
    assert ran.chain == whole.chain
    for one in ran.chain:
        facts = [at_layer(one.metric, one.layer), language.number(one.healthy), language.number(one.broken)]
        for fact in (*facts, word(one.name)):
            assert fact in run
            assert fact in explained
        assert any(facts == row[1:4] for row in page.rows)
    assert at_layer(ran.chain[0].metric, ran.chain[0].layer) in " ".join(short.split())
    for verdict in ran.judged:
        (same,) = [one for one in whole.judged if one.claim.id == verdict.claim.id]
        assert (same.verdict, same.k, same.n) == (verdict.verdict, verdict.k, verdict.n)
    seen = next(one for one in whole.controls if one.name == "negative-weight")
    measured = told["controlled"].measured
    said = quantity(seen.measure, seen.own)
    assert said == quantity(measured.measure, measured.own)
    assert seen.here == pytest.approx(measured.median)
    assert f"{said}: {language.number(measured.median)}" in control
    (on_page,) = [row for row in page.rows if row[0] == "negative-weight"]
    assert language.number(seen.here) in on_page
    assert said in on_page[1]


@pytest.mark.parametrize("lang", ["en", "es"])
def test_no_two_metrics_have_one_name(lang: str) -> None:
    language.use(lang)
    names = [*METRICS, *(name for name in METRIC_WORDS if name not in METRICS)]
    words = [metric_word(name) for name in names]
    assert len(set(words)) == len(words)
    own = {"gradient"}  # a break's own: its name must not be another's word
    assert not own & set(words)
