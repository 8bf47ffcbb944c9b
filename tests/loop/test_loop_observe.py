"""`lynx run`: closed until the predictions are complete, then they are locked, once, and scored, once."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.cli.play import overrides_from
from lynx.errors import NotYet, Refused
from lynx.loop.bench import files_named
from lynx.loop.observe import PredictionsMissing
from lynx.loop.stages import Stage
from lynx.truth.claims import Result
from tests.conftest import Lynx
from tests.loop.learner import ANSWERS, BUG, NAMES, NOTES, OTHER_WORDS, Learner

COMPLETE = "- prediction: 0.01\n- confidence: 90\n- because: I think so\n"  # P2, as `fill` writes it


def problems(learner: Learner) -> set[tuple[str, int]]:
    """What keeps the run closed: prediction and line. Nothing was locked for it."""
    with pytest.raises(PredictionsMissing) as refused:
        learner.run()
    assert refused.value.exit_code == 1
    assert learner.attempt().stage == Stage.PREDICTING
    assert learner.events("locked") == learner.events("run") == []
    return {(problem.id, problem.line) for problem in refused.value.problems}


# -- the gate --------------------------------------------------------------------------------------


def test_an_empty_form_is_refused_line_by_line(predicting: Learner, lynx: Lynx) -> None:
    lines = [predicting.line_of(n, label) for n in NAMES for label in ("prediction", "confidence", "because")]
    refused = lynx("run", cwd=predicting.top)
    assert refused.code == 1
    named = [int(line) for line in re.findall(rf"{re.escape(NOTES)}:(\d+)", refused.out + refused.err)]
    assert named == lines
    machine = lynx("run", "--json", cwd=predicting.top)
    assert (machine.code, machine.json["error"]["code"]) == (1, "predictions-missing")
    assert predicting.events("locked") == []


@pytest.mark.parametrize("label", ["prediction", "confidence", "because"])
def test_each_of_the_three_is_needed(predicting: Learner, label: str) -> None:
    predicting.fill()
    line = predicting.line_of("P2", label)
    lines = predicting.text.splitlines(keepends=True)
    lines[line - 1] = f"- {label}:\n"
    predicting.notes.write_text("".join(lines))
    assert problems(predicting) == {("P2", line)}


@pytest.mark.parametrize(
    ("label", "written"),
    [("prediction", "a lot"), ("prediction", "1e"), ("confidence", "60"), ("confidence", "very")],
)
def test_what_cannot_be_read_is_named_with_its_line(predicting: Learner, label: str, written: str) -> None:
    predicting.fill()
    old = {"prediction": "0.01", "confidence": "90"}[label]
    predicting.rewrite(f"- {label}: {old}\n", f"- {label}: {written}\n")
    assert problems(predicting) == {("P2", predicting.line_of("P2", label))}


def test_a_block_removed_from_the_form_is_missed_until_break_writes_it_again(predicting: Learner) -> None:
    predicting.fill()
    start, end = predicting.text.index("### P2"), predicting.text.index("### P3")
    predicting.rewrite(predicting.text[start:end], "")
    assert {name for name, _ in problems(predicting)} == {"P2"}
    predicting.begin()
    predicting.rewrite("- prediction:\n- confidence:\n- because:\n", COMPLETE)
    assert predicting.run().first


def test_a_block_that_stands_twice_is_named(predicting: Learner) -> None:
    predicting.fill()
    start, end = predicting.text.index("### P2"), predicting.text.index("### P3")
    block = predicting.text[start:end]
    predicting.rewrite(block, block + block)
    second = predicting.text[: predicting.text.rindex("### P2")].count("\n") + 1
    assert problems(predicting) == {("P2", second)}


def test_of_two_forms_under_the_same_heading_the_first_counts(predicting: Learner) -> None:
    empty = predicting.text
    predicting.fill()
    predicting.notes.write_text(predicting.text + "\n" + empty)
    ran = predicting.run()
    assert [one.written for one in ran.scored] == [value for value, _ in ANSWERS.values()]
    assert predicting.text.count("- measured:") == len(NAMES)
    assert predicting.text.endswith(empty)


def test_a_form_that_was_removed_is_said_so(predicting: Learner) -> None:
    predicting.notes.unlink()
    assert {name for name, _ in problems(predicting)} == set(NAMES)


# -- locking ---------------------------------------------------------------------------------------


def test_the_predictions_are_locked_as_written_with_their_time(predicting: Learner) -> None:
    predicting.fill()
    before = time.time()
    ran = predicting.run()
    (event,) = predicting.events("locked")
    assert before <= event.time <= time.time()
    assert ran.locked_at == event.time
    answers = event.payload["answers"]
    assert {n: (a["written"], str(a["confidence"]), a["because"]) for n, a in answers.items()} == {
        name: (value, sure, "I think so") for name, (value, sure) in ANSWERS.items()
    }
    assert [answers[name]["value"] for name in NAMES] == [2.5, 0.01, 20.0, 0.4]


def test_the_first_run_scores_and_opens_the_fixing(predicting: Learner) -> None:
    predicting.fill()
    ran = predicting.run()
    assert (ran.first, ran.stage, predicting.attempt().stage) == (True, Stage.FIXING, Stage.FIXING)
    assert [one.result for one in ran.scored] == [Result.HIT, Result.MISS, Result.HIT, Result.HIT]
    assert ran.scored[0].measured.median == pytest.approx(2.57678, rel=1e-5)  # 1 + slope, fifty times
    assert ran.scored[1].measured.median == pytest.approx(6.51261e-16, rel=1e-5)
    assert ran.surprise == "P2"
    (event,) = predicting.events("run")
    assert (event.payload["first"], event.payload["seeds"]) == (True, [0])
    assert event.payload["predictions"]["P2"]["result"] == "miss"


@pytest.mark.parametrize(
    ("old", "new_"), [("- prediction: 0.01", "- prediction: 1e-15"), ("- confidence: 90", "- confidence: 50")]
)
def test_a_later_edit_is_shown_and_the_locked_one_counts(fixing: Learner, old: str, new_: str) -> None:
    fixing.rewrite(old, new_)
    ran = fixing.run()
    by_name = {one.prediction.id: one for one in ran.scored}
    assert [name for name in NAMES if by_name[name].edited is not None] == ["P2"]
    assert by_name["P2"].edited == ("1e-15" if "prediction" in old else "0.01")
    assert (by_name["P2"].predicted, by_name["P2"].confidence) == (0.01, 90)
    assert by_name["P2"].result is Result.MISS


def test_a_deleted_answer_still_counts_as_locked(fixing: Learner) -> None:
    fixing.notes.unlink()
    ran = fixing.run()
    assert [one.predicted for one in ran.scored] == [2.5, 0.01, 20.0, 0.4]
    assert all(one.edited is not None for one in ran.scored)


def test_a_second_run_neither_locks_nor_scores_again(fixing: Learner) -> None:
    first, text = fixing.run(), fixing.text
    assert not first.first
    assert fixing.text == text
    assert len(fixing.events("locked")) == 1
    assert [event.payload["first"] for event in fixing.events("run")] == [True, False]
    assert first.locked_at == fixing.events("locked")[0].time


def test_a_run_that_never_began_leaves_the_predictions_locked(predicting: Learner) -> None:
    predicting.fill()
    astray = Learner(replace(predicting.env, python="/nowhere/python"))
    with pytest.raises(Refused, match="nowhere"):
        astray.run()
    assert predicting.attempt().stage == Stage.OBSERVING
    assert predicting.status().next == "lynx run"
    with pytest.raises(NotYet, match="predictions are locked"):
        predicting.hint()
    predicting.rewrite("- prediction: 0.01", "- prediction: 1e-15")
    ran = predicting.run()
    assert ran.first
    assert (ran.scored[1].predicted, ran.scored[1].edited) == (0.01, "1e-15")
    assert len(predicting.events("locked")) == 1


def test_a_kill_right_after_the_locking_does_not_unlock(predicting: Learner) -> None:
    predicting.fill()
    predicting.run()
    with predicting.session() as session:  # the lock is written, the stage not yet
        session.journal.update(predicting.attempt().id, stage=Stage.PREDICTING)
    predicting.rewrite("- prediction: 0.01", "- prediction: 1e-15")
    assert predicting.run().scored[1].predicted == 0.01
    assert len(predicting.events("locked")) == 1


# -- seeds, settings, variants -----------------------------------------------------------------------


def test_the_first_run_takes_no_setting(predicting: Learner) -> None:
    predicting.fill()
    with pytest.raises(NotYet, match="no --set"):
        predicting.run(weight=0.25)
    assert predicting.events("locked") == []


def test_a_setting_changes_what_is_measured_and_is_not_remembered(fixing: Learner, lynx: Lynx) -> None:
    before = len(fixing.events("run")), fixing.text
    ran = lynx("run", "--seeds", "1", "--set", "weight=-0.5", "--json", cwd=fixing.top)
    assert ran.code == 0, ran.err
    measured = {one["id"]: one["measured"] for one in ran.json["predictions"]}
    assert measured["P1"] == pytest.approx(1.18125e-15, rel=1e-4)  # minus a half, and fifty factors of it
    assert (len(fixing.events("run")), fixing.text) == before
    assert (ran.json["set"], ran.json["surprise"]) == ({"weight": -0.5}, None)
    said = " ".join(lynx("run", "--seeds", "1", "--set", "weight=-0.5", cwd=fixing.top).out.split())
    assert "Run again with --set weight=-0.5. It scores nothing" in said
    assert "What your predictions ask about, in this run" in said
    assert "miss" not in said


def test_a_file_that_a_setting_names_is_kept_by_its_hash(
    fixing: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.txt").write_bytes(b"abc")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    path = str((tmp_path / "text.txt").resolve())
    for typed in ("text.txt", "./text.txt", "~/text.txt", path):
        assert overrides_from([f"text={typed}", "steps=3"]) == {"text": path, "steps": 3}
    (tmp_path / "english").mkdir()
    assert overrides_from(["language=english", "text=./english", "text2=absent.txt"]) == {
        "language": "english",  # a folder of that name is no file that anybody meant
        "text": str((tmp_path / "english").resolve()),
        "text2": "absent.txt",
    }
    assert files_named({"text": path, "steps": 3}) == {"text": hashlib.sha256(b"abc").hexdigest()}
    assert files_named({"text": str(tmp_path)}) == {}


@pytest.mark.parametrize("words", [("--set", "weight"), ("--set", "=3"), ("--seeds", "0")])
def test_a_setting_that_sets_nothing_is_refused(fixing: Learner, lynx: Lynx, words: tuple[str, ...]) -> None:
    assert lynx("run", *words, cwd=fixing.top).code == 2


def test_yours_joins_once_the_target_differs(fixing: Learner) -> None:
    assert "yours" not in fixing.run().runs
    fixing.edit(BUG, OTHER_WORDS)
    runs = fixing.run().runs
    assert runs["yours"][0].series["gradient"].points == runs["healthy"][0].series["gradient"].points
    assert runs["broken"][0].series["gradient"].points != runs["healthy"][0].series["gradient"].points


# -- the notes ---------------------------------------------------------------------------------------


def test_measured_and_observed_are_written_once_and_the_learners_words_stay(fixing: Learner) -> None:
    assert (fixing.text.count("- measured: "), fixing.text.count("- observed:\n")) == (len(NAMES), 1)
    fixing.rewrite("- observed:\n", "- observed: it starts at 1.4\n")
    text = fixing.text
    fixing.run()
    assert fixing.text == text
    block = text[text.index("### P2") : text.index("### P3")]
    assert "- because: I think so\n- measured: 6.51e-16 [miss; median of 3 seeds, provisional]\n" in block


def test_windows_line_endings_stay(predicting: Learner) -> None:
    predicting.fill()
    predicting.notes.write_bytes(predicting.notes.read_bytes().replace(b"\n", b"\r\n"))
    before = predicting.text.split("\r\n")
    predicting.run()
    written = predicting.notes.read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n")
    added = [line for line in predicting.text.split("\r\n") if line not in before]
    assert {line.split(":")[0] for line in added} == {"- measured", "- observed"}


def test_an_answer_over_two_lines_keeps_its_second_line(predicting: Learner) -> None:
    predicting.fill()
    predicting.rewrite(COMPLETE, COMPLETE[:-1] + "\n  and a second line\n")
    predicting.run()
    assert "- because: I think so\n  and a second line\n- measured: 6.51e-16" in predicting.text
    answers = predicting.events("locked")[0].payload["answers"]
    assert answers["P2"]["because"] == "I think so and a second line"


def test_over_a_process_seeds_are_as_many_as_asked_and_the_pictures_stand_beside_the_notes(
    predicting: Learner, lynx: Lynx
) -> None:
    predicting.fill()
    ran = lynx("run", "--seeds", "2", "--json", cwd=predicting.top)
    assert ran.code == 0
    assert {tuple(one["seeds"]) for one in ran.json["measures"]} == {(100, 101)}
    assert predicting.events("run")[-1].payload["seeds"] == [100, 101]
    assert ran.json["pictures"]
    for name in ran.json["pictures"]:
        assert (predicting.notes.parent / name).read_bytes().startswith(b"\x89PNG")
        assert predicting.text.count(f"]({name})") == 1
