"""`lynx verify`, `explain`, `reveal`: any correct fix passes, and the answer comes after the learner's own."""

from __future__ import annotations

import os
import time

import pytest

from lynx.errors import NotYet, Refused
from lynx.loop.stages import Stage
from tests.conftest import Lynx
from tests.loop.learner import BUG, LINE, ORIGINAL, OTHER_WORDS, WRONG, Learner


def verdicts(learner: Learner) -> list[str]:
    """What the journal remembers."""
    return [event.payload["verdict"] for event in learner.events("verify")]


# -- what does not pass ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "verdict", "says"),
    [
        (BUG, "untouched", ""),
        (WRONG, "not-fixed", ""),
        (LINE.replace("step", "step.detach()"), "not-fixed", ""),  # right forwards only
        (LINE.replace("step", "nothing"), "not-fixed", "NameError"),
        (BUG.replace("= step", "= = step"), "does-not-compile", "invalid syntax"),
        (BUG.replace("    current", "  current"), "does-not-compile", "indent"),
        (BUG.replace("step", "exit(0)"), "not-fixed", ""),  # leaving early is no proof
    ],
    ids=["untouched", "wrong", "wrong gradient", "crash", "syntax", "indentation", "exit"],
)
def test_what_does_not_pass(fixing: Learner, line: str, verdict: str, says: str) -> None:
    if line != BUG:
        fixing.edit(BUG, line)
    before = fixing.target.read_bytes()
    found = fixing.verify()
    assert (found.verdict, found.stage, found.same_as_reference) == (verdict, Stage.FIXING, False)
    assert says in found.error
    assert fixing.attempt().stage == Stage.FIXING
    assert verdicts(fixing) == [verdict]
    assert fixing.events("fixed") == []
    assert fixing.target.read_bytes() == before


def test_a_wrong_fix_is_told_in_figures_not_in_code(fixing: Learner) -> None:
    fixing.edit(BUG, WRONG)
    found = fixing.verify()
    assert found.failed == found.cases == 50
    assert (found.reason, found.other_files) == ("output", ())
    assert found.by is not None
    assert found.by > found.tolerance


@pytest.mark.exhaustive
def test_an_endless_loop_is_timed_out(fixing: Learner) -> None:
    fixing.edit(BUG, "            while True:\n                pass\n")
    assert fixing.verify().verdict == "timed-out"
    assert fixing.attempt().stage == Stage.FIXING


def test_a_target_that_is_gone_is_refused_naming_reset(fixing: Learner) -> None:
    fixing.target.unlink()
    with pytest.raises(Refused, match="lynx reset --yes"):
        fixing.verify()
    assert verdicts(fixing) == []


def test_exit_codes(fixing: Learner, lynx: Lynx) -> None:
    untouched = lynx("verify", "--json", cwd=fixing.top)
    assert (untouched.code, untouched.json["verdict"]) == (1, "untouched")
    fixing.edit(BUG, OTHER_WORDS)
    fixed = lynx("verify", "--json", cwd=fixing.top)
    assert (fixed.code, fixed.json["verdict"], fixed.json["same_as_reference"]) == (0, "fixed", False)
    assert fixed.json["oracle"] == {"cases": 50, "failed": 0}
    assert "lynx explain --text" in fixed.json["next"]


# -- what passes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "same"),
    [
        (LINE, True),
        (LINE.replace("\n", "  # the skip\n"), True),
        (OTHER_WORDS, False),
        ("            x = current\n            current = step\n            current = x + current\n", False),
    ],
    ids=["exactly", "with a comment", "the other way round", "in three lines"],
)
def test_any_correct_fix_passes(fixing: Learner, line: str, same: bool) -> None:
    fixing.edit(BUG, line)
    found = fixing.verify()
    assert (found.verdict, found.stage, found.same_as_reference) == ("fixed", Stage.EXPLAINING, same)
    assert (found.cases, found.failed) == (50, 0)
    assert fixing.attempt().stage == Stage.EXPLAINING
    assert [event.payload["same"] for event in fixing.events("fixed")] == [same]


def test_windows_line_endings_are_no_bug(fixing: Learner) -> None:
    fixing.target.write_bytes(ORIGINAL.replace(b"\n", b"\r\n"))
    assert fixing.verify().verdict == "fixed"


def test_breaking_it_again_takes_nothing_away(explaining: Learner) -> None:
    explaining.edit(OTHER_WORDS, WRONG)
    found = explaining.verify()
    assert (found.verdict, found.stage) == ("not-fixed", Stage.EXPLAINING)
    assert explaining.attempt().stage == Stage.EXPLAINING


@pytest.mark.parametrize("line", [OTHER_WORDS, LINE])
def test_done_stays_done(done: Learner, line: str) -> None:
    done.edit(OTHER_WORDS, line)
    assert (done.verify().stage, done.attempt().stage) == (Stage.DONE, Stage.DONE)


def test_other_files_changed_since_the_injection_are_named(fixing: Learner) -> None:
    later = time.time() + 5
    for name in ("src/minimodel/optim.py", "src/minitorch/mine.py", "notes.txt", "tests/test_mine.py"):
        path = fixing.top / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 1\n")
        os.utime(path, (later, later))
    assert fixing.verify().other_files == ("src/minimodel/optim.py", "src/minitorch/mine.py")


# -- the explanation ---------------------------------------------------------------------------------


def test_no_answer_before_the_fix(fixing: Learner, lynx: Lynx) -> None:
    early = lynx("explain", "--text", "because", cwd=fixing.top)
    assert early.code == 1
    assert "lynx verify" in early.err
    assert "- explanation" not in fixing.text
    with pytest.raises(NotYet):
        fixing.explain()
    assert fixing.events("explain") == []


def test_without_a_terminal_the_text_is_a_flag(explaining: Learner, lynx: Lynx) -> None:
    asked = lynx("explain", cwd=explaining.top)
    assert asked.code == 2
    assert "lynx explain --text" in asked.err
    with pytest.raises(Refused, match="empty"):
        explaining.explain(" \n")
    assert explaining.attempt().stage == Stage.EXPLAINING


def test_the_explanation_is_kept_and_then_everything_is_told(explaining: Learner) -> None:
    told = explaining.explain("The plus was gone:\nonly slopes were left.")
    assert explaining.text.count("- explanation: The plus was gone: only slopes were left.\n") == 1
    assert explaining.attempt().stage == Stage.DONE
    assert (told.revealed, told.explanation) == (False, "The plus was gone:\nonly slopes were left.")
    assert f"-{BUG}+{LINE}" in told.fix
    assert "replace what came in" in told.break_.hidden_cause["en"]
    assert [(one.prediction.id, one.predicted, one.says) for one in told.scored] == [
        ("P1", 2.5, {"explainer": 0.2314}),
        ("P2", 0.01, {"explainer": 0}),
        ("P3", 20.0, {"explainer": 20}),
        ("P4", 0.4, {"explainer": 0}),
    ]
    assert {one.claim.id: (one.k, one.n) for one in told.judged}["plain-always-prints-zero"] == (0, 3)


def test_the_debrief_holds_what_the_first_run_measured(explaining: Learner) -> None:
    first = explaining.events("run")[0].payload["predictions"]["P1"]["values"]
    explaining.run()
    told = explaining.explain()
    assert list(told.scored[0].measured.values) == first
    assert told.seeds == 3


# -- giving up ---------------------------------------------------------------------------------------


def test_reveal_asks_first(fixing: Learner, lynx: Lynx) -> None:
    asked = lynx("reveal", cwd=fixing.top)
    assert asked.code == 2
    assert "lynx reveal --yes" in asked.err
    assert LINE.strip() not in asked.out
    assert fixing.attempt().stage == Stage.FIXING


def test_reveal_shows_everything_is_recorded_and_comes_back(fixing: Learner, lynx: Lynx) -> None:
    told = lynx("reveal", "--yes", cwd=fixing.top)
    assert told.code == 0
    assert f"+{LINE}".rstrip() in told.out
    assert [event.payload for event in fixing.events("reveal")] == [{"stage": "fixing"}]
    assert fixing.attempt().stage == Stage.DONE
    assert BUG in fixing.target.read_text()  # it shows the fix, it does not make it
    assert fixing.state() == "revealed"
    assert fixing.status().due == ()
    fixing.age(days=7.01)
    assert [(one.kind, one.id, one.reason) for one in fixing.status().due] == [("break", "03", "revealed")]


def test_reveal_of_what_is_done_is_not_giving_up(done: Learner) -> None:
    told = done.reveal()
    assert not told.revealed
    assert done.events("reveal") == []
    assert done.state() == "done"
