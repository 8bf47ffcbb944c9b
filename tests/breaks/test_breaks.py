"""Every break that Lynx ships proves itself: without training here, the whole check on request."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from lynx.content.catalog import data_dir
from lynx.content.reading import promise
from lynx.content.reading.breaks import load_break
from lynx.content.spec import Break
from lynx.loop.control import beside
from lynx.mentor import licences, rules, versions
from lynx.mentor.check import Options, check
from lynx.mentor.choosing import Chosen
from lynx.runs.runner import Setting, examine
from lynx.truth import judge

FOLDERS = sorted(path.parent for path in data_dir("breaks").glob("*/*/break.yaml"))
BREAKS = [load_break(folder) for folder in FOLDERS]
IDS = [b.id for b in BREAKS]
STARTER = data_dir("starter")

each = pytest.mark.parametrize("break_", BREAKS, ids=IDS)


def healthy_bytes(break_: Break) -> bytes:
    return (STARTER / break_.target).read_bytes()


def test_they_are_played_one_after_the_other() -> None:
    following = {b.id: b.next for b in BREAKS}
    chain = ["03"]
    while (after := following[chain[-1]]) is not None:
        chain.append(after)
    assert chain == ["03", "00", "01", "02", *sorted(id_ for id_ in IDS if id_ >= "04")]


@each
def test_the_page_is_whole(break_: Break) -> None:
    assert [p.what for p in rules.page_problems(break_)] == []
    assert len(break_.hints) >= 3
    assert len(break_.wrong_fixes) >= 2
    assert len(break_.rivals) >= 2
    assert break_.controls
    for hint in break_.hints:
        for words in hint.values():
            assert 80 <= len(words.split()) <= 160
    assert all(control.says for control in break_.controls.values())
    assert any(p.says for p in break_.predictions) or not break_.sources


@each
def test_what_an_explanation_stands_on_is_there(break_: Break) -> None:
    assert [p.line() for p in licences.unlicensed(break_)] == []
    assert [p.line() for p in licences.unsupported(break_)] == []


@each
def test_english_and_spanish_say_the_same_numbers(break_: Break) -> None:
    """A figure that one language has and the other lacks is a slip of the pen."""

    def figures(words: str) -> list[str]:
        return sorted(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d)", ".", words)))

    for key, text in rules.texts(break_):
        assert figures(text["en"]) == figures(text["es"]), key


@each
def test_the_languages_that_are_promised_are_complete_and_fresh(break_: Break) -> None:
    promised = promise.promised(break_.folder)
    assert set(promised) == {"en", "es"}
    for language in set(promised) - {break_.language}:
        assert [p.line() for p in rules.untranslated(break_, language)] == []


@each
def test_a_control_runs_all_that_its_measure_reads(break_: Break) -> None:
    for name, control in break_.controls.items():
        runs = {name, *beside(control)}
        relative = control.measure.relative_to
        assert {control.measure.variant, relative.variant if relative else None} - {None} <= runs
        assert runs - {name} <= break_.variants.keys()


@each
def test_the_proof_is_of_the_break_as_it_is(break_: Break) -> None:
    assert break_.measured
    assert not break_.stale


@each
def test_the_chapters_are_there(break_: Break) -> None:
    for chapter in break_.read:
        for lang in ("en", "es"):
            path = data_dir("phases") / f"{break_.phase:02d}" / chapter
            assert path.with_name(f"{path.stem}.{lang}.md").is_file()


@each
def test_the_diff_and_every_fix_apply_and_no_hint_gives_them_away(break_: Break) -> None:
    healthy = healthy_bytes(break_)
    made = versions.make(break_, healthy)
    assert [p.what for p in made.problems] == []
    assert made.broken not in (None, healthy)
    assert len(made.fixes) == len(break_.wrong_fixes)
    assert [p.what for p in rules.hint_leaks(break_, healthy, made.broken)] == []


@pytest.mark.sampled(3)  # `lynx mentor check` asks it of each break that changed
@each
def test_the_oracle_takes_the_original_and_nothing_else_that_is_offered(
    break_: Break, tmp_path: Path
) -> None:
    if break_.oracle is None:
        assert break_.verify_by
        return
    healthy = healthy_bytes(break_)
    made = versions.make(break_, healthy)
    setting = Setting(
        top=STARTER,
        pythonpath=break_.pythonpath,
        target=break_.target,
        interpreter=Path(sys.executable),
        state_dir=tmp_path,
    )
    assert made.broken is not None
    wrong = [made.fixes[i] for i in sorted(made.fixes)]
    good, *bad = examine(
        setting, break_.oracle, healthy, [healthy, made.broken, *wrong], folder=break_.folder, processor=120
    )
    assert good.passed, good
    assert [report.passed for report in bad] == [False] * len(bad)


@each
def test_every_measured_verdict_is_the_declared_one(break_: Break) -> None:
    """`measured` is written by the check; a page edited afterwards would contradict it."""
    rows = break_.measured.get("claims", {})
    assert rows, f"not written yet: lynx mentor check {break_.id} --write"
    assert break_.measured["seeds"] == 10
    for claim in break_.claims:
        if claim.measure.variant != "yours":
            assert rows[claim.id]["verdict"] == str(claim.verdict)
    assert set(break_.measured["controls"]) == set(break_.controls)
    for name, row in break_.measured["controls"].items():
        left = judge.survivors(
            break_.controls[name].predicts,
            float(row["median"]),
            break_.controls[name].measure.metric,
            break_.metrics,
        )
        assert left.separates, name
        assert list(left.survived) == list(row["survived"])


@pytest.mark.exhaustive
@each
def test_the_whole_check_over_ten_seeds(break_: Break, tmp_path: Path) -> None:
    options = Options(
        environ={"LYNX_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]},
        cache_dir=tmp_path / "cache",
        seeds=10,
        jobs=2,
        known=IDS,
    )
    (found,) = check([Chosen(break_.folder, "lynx")], options).breaks
    assert [p.what for p in found.problems] == []
