"""`lynx guard`: a test of the learner's own, held against sound code, the bug and every wrong fix."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lynx.content.catalog import data_dir
from lynx.content.phases import GuardProof
from lynx.content.reading.phases import load_phase
from lynx.errors import Fault, NotYet, Refused
from lynx.loop.kept_guards import kept_guards
from lynx.runs import suites
from lynx.scan.guarding import TIMES, Guarded, Outcome, _outcome, guard
from lynx.study.checks import guarded
from lynx.study.progress import progress
from lynx.truth.measures import Ended
from tests import program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.loop.learner import Learner

SHARP = """
import numpy as np
from minimodel.stack import ResidualStack, residual_gradient
from minitorch import Tensor


def test_every_layer_adds():
    for n in (1, 3, 10):
        x = Tensor(np.array(0.5), requires_grad=True)
        ResidualStack(n)(x).backward()
        assert abs(x.grad - residual_gradient(0.5, n, 0.5, 0.0)) < 1e-9
"""
BLUNT = """
from minimodel.stack import ResidualStack
from minitorch import Tensor
import numpy as np


def test_it_grows():
    assert ResidualStack(3)(Tensor(np.array([0.5]))).item() > 0.9
"""
OTHERS = {
    "flaky": ("import random\nimport minimodel.stack\n\n\ndef test_it():\n    assert random.random() < 0.5\n"),
    "crashes": "import minimodel.stack\n\n\ndef test_it():\n    minimodel.stack.nothing()\n",
    "caught": "import minimodel.stack\n\n\ndef test_it():\n    assert minimodel.stack is None\n",
    "unread": "def test_it():\n    assert 1\n",
    "slow": "import minimodel.stack\n\n\ndef test_it():\n    while True:\n        pass\n",
}


def prove(learner: Learner, text: str, name: str = "tests/test_guard.py", **env: float) -> Guarded:
    (learner.top / "tests/conftest.py").unlink(missing_ok=True)  # imports torch, which nothing here asks for
    (learner.top / name).write_text(text)
    with replace(learner, env=replace(learner.env, **env)).session() as session:
        return guard(session, [name])


def test_a_sharp_guard_passes_and_catches_all_and_counts_while_it_is_kept(done: Learner) -> None:
    before = done.target.read_bytes()
    found = prove(done, SHARP)
    assert found.verdict == "sharp"
    assert [row.outcome for row in found.rows] == [Outcome.PASSES] + [Outcome.CAUGHT] * 5
    bug = found.rows[1]
    assert (bug.where, bug.line) == ("tests/test_guard.py:11", SHARP.splitlines()[10].strip())
    assert (bug.failed, bug.runs) == (TIMES, TIMES)
    assert done.target.read_bytes() == before
    with done.session() as session:
        assert kept_guards(session)["03"].counts
        assert (score := progress(session).guards) is not None
        assert (score.done, score.guarded, score.sharp, score.lost) == (1, 1, 1, ())
        assert guarded(session, GuardProof("03", sharp=True)).ok
        assert not guarded(session, GuardProof("00")).ok
        (done.top / "tests/test_guard.py").write_text(BLUNT)
        assert not kept_guards(session)["03"].counts
        assert (score := progress(session).guards) is not None
        assert (score.guarded, score.lost) == (0, ("03",))
        assert not guarded(session, GuardProof("03")).ok


@pytest.mark.exhaustive
def test_a_blunt_guard_catches_the_bug_and_not_every_wrong_fix(done: Learner) -> None:
    found = prove(done, BLUNT)
    assert found.verdict == "catches"
    assert [row.right for row in found.rows] == [True, True, False, False, True, True]
    with done.session() as session:
        assert guarded(session, GuardProof("03")).ok
        assert not guarded(session, GuardProof("03", sharp=True)).ok


@pytest.mark.sampled(5)
@pytest.mark.parametrize("outcome", OTHERS)
def test_a_test_that_says_nothing_is_told_apart(outcome: str, done: Learner) -> None:
    found = prove(done, OTHERS[outcome], limit=2.0)
    (row,) = found.rows
    assert row.outcome.value == outcome
    assert found.verdict == ("misses" if outcome == "unread" else "fails-healthy")
    assert not found.done
    if outcome == "flaky":
        assert 0 < row.failed < row.runs


def test_what_one_run_shows() -> None:
    ran = suites.Tested(Ended.FINISHED, 0, {"t": 0.1}, delivered=True)

    def failed(says: str, **more: bool) -> suites.Tested:
        return replace(ran, code=1, failures=(suites.Failure("t", "tests/t.py:3", says, **{"crash": False, **more}),))

    assert _outcome(ran) is Outcome.PASSES
    assert _outcome(replace(ran, delivered=False)) is Outcome.UNREAD
    assert _outcome(failed("AssertionError: assert 1 == 2")) is Outcome.CAUGHT
    assert _outcome(failed("Failed: DID NOT RAISE")) is Outcome.CAUGHT
    assert _outcome(failed("AssertionError", crash=True)) is Outcome.CRASHES  # the code's own assert
    assert _outcome(failed("NameError: name 'x' is not defined")) is Outcome.CRASHES
    assert _outcome(failed("E   SyntaxError", collect=True)) is Outcome.CRASHES
    assert _outcome(replace(ran, ended=Ended.TIMED_OUT)) is Outcome.SLOW
    assert _outcome(suites.Tested(Ended.OUT_OF_MEMORY)) is Outcome.CRASHES


def test_a_phase_may_ask_for_a_guard_of_one_of_its_breaks(tmp_path: Path) -> None:
    folder = tmp_path / "10"
    shutil.copytree(data_dir("phases") / "10", folder)
    text = (folder / "phase.yaml").read_text()
    assert text.count('proof: {break: "00"}') == 1
    (folder / "phase.yaml").write_text(text.replace('{break: "00"}', '{guard: "00", sharp: true}'))
    assert GuardProof("00", sharp=True) in [item.proof for item in load_phase("10", folder).done]
    (folder / "phase.yaml").write_text(text.replace('{break: "00"}', '{guard: "99"}'))
    with pytest.raises(Fault, match="'99' is not in this phase"):
        load_phase("10", folder)


def test_it_opens_once_the_break_is_done(fixing: Learner) -> None:
    with pytest.raises(NotYet), fixing.session() as session:
        guard(session, ["tests/test_stack.py"])
    with pytest.raises(NotYet), fixing.session() as session:
        guard(session, ["tests/test_stack.py"], "3")


def test_a_test_must_be_there(done: Learner) -> None:
    for name in ("tests/nothing.py", "../elsewhere.py", ""):
        with pytest.raises(Refused, match="There is no test"), done.session() as session:
            guard(session, [name])


def test_without_a_break_that_is_done_there_is_nothing_to_guard(new: Learner) -> None:
    said = program.run("guard", "tests/test_stack.py", "--json", cwd=new.top, env=new.env.environ)
    assert said.code == 2
    assert said.json["error"]["code"] in ("no-break", "no-workspace")


@pytest.mark.exhaustive
def test_at_any_time_on_a_break_that_was_finished(done: Learner) -> None:
    done.reset()
    done.begin()
    (done.top / "tests/conftest.py").unlink()
    (done.top / "tests/test_guard.py").write_text(SHARP)
    with pytest.raises(NotYet), done.session() as session:
        guard(session, ["tests/test_guard.py"])
    said = program.run(
        "guard", "tests/test_guard.py", "--break", "03", "--json", cwd=done.top, env=done.env.environ
    )
    assert said.code == 0
    assert said.json["verdict"] == "sharp"
