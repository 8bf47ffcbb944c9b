"""A fix is trained once before it counts; the machine's troubles are no verdict. On break 03."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from lynx.errors import ExitCode, NotYet, Refused
from lynx.loop import repair
from lynx.loop.stages import Stage
from lynx.loop.training import departure
from lynx.truth.measures import Ended, Run, Series
from tests.conftest import Lynx
from tests.loop.learner import BUG, OTHER_WORDS, Learner

GATE = "            current = step + current if {gate} else step\n"

# Right at every question, wrong in a training: what the gate asks, and what goes to the top of the file.
WHERE = {
    "a frame that answers": (
        "'_answer' in {f.function for f in inspect.stack(0)}",
        "import inspect",
    ),
    "no Lynx anywhere": ("'lynx' not in sys.modules", "import sys"),
    "an empty argv": ("sys.argv[0] == ''", "import sys"),
    "a thread that is not the main one": (
        "threading.current_thread() is not threading.main_thread()",
        "import threading",
    ),
    "more than one thread allowed": ("os.environ.get('OMP_NUM_THREADS') != '1'", "import os"),
}


def gated(learner: Learner, gate: str, head: str) -> None:
    learner.edit(BUG, GATE.format(gate=gate))
    text = learner.target.read_text()
    first = text.index("\nfrom __future__") + 1
    line = text.index("\n", first) + 1
    learner.target.write_text(text[:line] + "\n" + head + "\n" + text[line:])


SAMPLE = ("no Lynx anywhere", "more than one thread allowed")


@pytest.mark.parametrize(
    "where", [w if w in SAMPLE else pytest.param(w, marks=pytest.mark.exhaustive) for w in WHERE]
)
def test_code_that_asks_where_it_runs_is_not_fixed(where: str, fixing: Learner) -> None:
    gated(fixing, *WHERE[where])
    found = fixing.verify()
    assert (found.verdict, found.reason, found.stage) == ("not-fixed", "training", Stage.FIXING)
    assert found.trained is not None
    assert found.trained.outcome == "departs"
    assert found.trained.healthy != found.trained.yours
    assert fixing.attempt().stage == Stage.FIXING
    assert fixing.events("fixed") == []
    assert [event.payload["reason"] for event in fixing.events("verify")] == ["training"]


def test_the_training_is_said_in_words_and_in_json(fixing: Learner, lynx: Lynx) -> None:
    gated(fixing, *WHERE["an empty argv"])
    plain = lynx("verify", cwd=fixing.top)
    assert plain.code == ExitCode.NOT_YET
    assert "trained once" in " ".join(plain.out.split())
    assert "the sound code's is" in " ".join(plain.out.split())
    said = lynx("verify", "--json", cwd=fixing.top)
    assert (said.json["verdict"], said.json["reason"]) == ("not-fixed", "training")
    assert said.json["trained"]["outcome"] == "departs"
    spanish = lynx("verify", "--lang", "es", cwd=fixing.top)
    assert "con una semilla aparte" in " ".join(spanish.out.split())


def test_a_right_fix_in_other_words_trains_as_the_sound_code_does(explaining: Learner) -> None:
    found = explaining.verify()
    assert found.trained is not None
    assert found.trained.outcome == "agrees"
    assert explaining.events("fixed")[-1].payload["trained"] == "agrees"


def test_the_original_is_not_trained_again(fixing: Learner) -> None:
    fixing.edit(BUG, "            current = current + step  # the skip\n")
    found = fixing.verify()
    assert found.trained is not None
    assert (found.verdict, found.trained.outcome) == ("fixed", "same")


def test_a_training_that_crashes_is_no_fix_and_its_own_error_is_shown(fixing: Learner) -> None:
    gated(fixing, "'lynx' not in sys.modules or 1 / 0", "import sys")
    found = fixing.verify()
    assert (found.verdict, found.reason) == ("not-fixed", "training")
    assert found.trained is not None
    assert found.trained.outcome == "broke-off"
    assert "ZeroDivisionError" in found.error


def test_a_training_that_the_machine_stops_leaves_the_verdict(fixing: Learner) -> None:
    gated(fixing, "'lynx' not in sys.modules or os.kill(os.getpid(), 9)", "import os, sys")
    found = fixing.verify()
    assert found.trained is not None
    assert (found.verdict, found.trained.outcome, found.trained.cause) == ("fixed", "not-made", "killed")
    assert found.trained.said is not None


def test_who_leaves_before_the_training_is_through_finds_it_made_at_the_explanation(fixing: Learner) -> None:
    gated(fixing, *WHERE["no Lynx anywhere"])
    with fixing.session() as session:
        examined = repair.begin_verify(session)
        assert examined.verified.verdict == "fixed"
        left = repair.settle(session, examined, wait=False)
    assert (left.verdict, left.stage) == ("fixed", Stage.EXPLAINING)
    with pytest.raises(NotYet, match="not fixed yet"):
        fixing.explain()
    assert fixing.attempt().stage == Stage.FIXING
    fixing.edit(GATE.format(gate=WHERE["no Lynx anywhere"][0]), OTHER_WORDS)
    assert fixing.verify().verdict == "fixed"
    assert not fixing.explain().revealed


# -- steps ---------------------------------------------------------------------------------------


def run(loss: list[float], name: str = "loss") -> Run:
    return Run("", 100, Ended.FINISHED, {name: Series((), {i: (v,) for i, v in enumerate(loss)})})


FALLING = [2.0 * 0.9**i for i in range(60)]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (lambda i, v: v, None),
        (lambda i, v: v * (1 + 1e-6 * 1.2**i), None),  # rounding creeps
        (lambda i, v: v * (1.01 if i == 1 else 1), 1),
        (lambda i, v: v * (1.5 if i >= 40 else 1), 40),  # a leap
        (lambda i, v: v * (1.02 if i >= 40 else 1), None),  # which may be rounding
        (lambda i, v: float("nan") if i == 2 else v, 2),
    ],
    ids=["equal", "creeping", "at once", "later", "a little later", "nan"],
)
def test_where_two_runs_part(change: Callable[[int, float], float], at: int | None) -> None:
    found = departure(run(FALLING), run([change(i, v) for i, v in enumerate(FALLING)]))
    assert (None if found is None else found[1]) == at


def test_shares_and_counts_are_not_held_to_rounding() -> None:
    assert departure(run([0.5, 0.6], "val_accuracy"), run([0.52, 0.6], "val_accuracy")) is None
    assert departure(run([0.5, 0.6], "energy"), run([0.52, 0.6], "energy")) is not None
    assert departure(run([0.5]), run([])) is not None


# -- the machine ---------------------------------------------------------------------------------

PRINTS = "            while True:\n                print('again and again ' * 4096)\n"
KILLS = "            import os, signal\n            os.kill(os.getpid(), signal.SIGTERM)\n"
HOARDS = "            step.hoard = bytearray(1 << 60)\n            current = step + current\n"


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (PRINTS, "examination-printed-too-much", "printed more"),
        (KILLS, "examination-killed", "SIGTERM"),
        (HOARDS, "examination-out-of-memory", "memory"),
    ],
    ids=["prints", "kills", "hoards"],
)
def test_what_is_no_verdict_is_refused_with_its_cause(
    line: str, code: str, words: str, fixing: Learner
) -> None:
    fixing.edit(BUG, line)
    with pytest.raises(Refused, match=words) as caught:
        fixing.verify()
    assert (caught.value.code, caught.value.exit_code) == (code, ExitCode.REFUSED)
    assert "lynx verify" in str(caught.value)
    assert fixing.events("verify") == []


def test_few_descriptors_make_no_right_fix_a_wrong_one(fixing: Learner) -> None:
    fixing.edit(BUG, OTHER_WORDS)
    said = set()
    for allowed in (10, 12, 14):
        command = f"ulimit -n {allowed}; exec {sys.executable} -m lynx verify"
        done = subprocess.run(
            ["bash", "-c", command], cwd=fixing.top, env=dict(fixing.env.environ), capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        text = " ".join((done.stdout + done.stderr).split())
        assert "Not yet" not in text
        assert "Traceback" not in text
        assert done.returncode in (ExitCode.DONE, ExitCode.REFUSED), text
        said.add("ulimit -n 1024" in text or done.returncode == ExitCode.DONE)
    assert said == {True}
