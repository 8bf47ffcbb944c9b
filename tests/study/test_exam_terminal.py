"""An exam as a learner sits it: at a real terminal of 80 columns, interrupted, gone on with by pipe, scored."""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from lynx.loop import begin
from lynx.loop.session import Env, open_session
from lynx.study import exam, papers
from lynx.truth.measures import Ended, Run, Series
from tests import program
from tests.conftest import clean_environ
from tests.study.test_exam import telling, words_on_disk
from tests.test_terminal import COLUMNS, spawn

SEED = 7
METRICS = ("loss", "gradient", "rate", "update", "val_loss", "writing")
LEAVE = {"en": "q: another time", "es": "q: otro día"}
FACTOR = {"large-init": 30.0, "no-warm-up": 1.0, "sees-ahead": 0.1}


def recorded(paper: papers.Paper) -> list[Run]:
    """Curves for a paper's runs."""
    return curves({label: paper.cause(label).id for label in paper.labels})


def curves(causes: dict[str, str]) -> list[Run]:
    """Curves as the exam's own, made by a formula: what is tried here is the sitting, not the training."""

    def run(name: str, factor: float, rate: float) -> Run:
        curve = {step: (factor * (1 + 2.6 * math.exp(-step / 40)),) for step in range(0, 150, 5)}
        series = {metric: Series((), curve) for metric in METRICS}
        series["rate"] = Series((), {step: (0.01 if step >= 30 else rate,) for step in curve})
        series["entropy_rate"] = Series((), {0: (0.316,)})
        return Run(name, 1007, Ended.FINISHED, series)

    rows = [run("sound", 1.0, 3e-4)]
    for label, cause in causes.items():
        rows.append(run(label, FACTOR[cause], 0.01 if cause == "no-warm-up" else 3e-4))
    return rows


@pytest.fixture
def sat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """A workspace in which an exam waits, and what is wrong in A, B and C."""
    home = tmp_path / "home"
    home.mkdir()
    environ = clean_environ(home)
    top = tmp_path / "ana"
    begin.initialise(Env(tmp_path, environ, learner="ana"), top, here=False)
    (top / "home").symlink_to(home)  # `spawn` looks for it where it stands
    monkeypatch.setattr(exam, "_trained", recorded)
    with open_session(Env(top, environ)) as session:
        drawn = exam.sit(session, "19", seed=SEED).paper.drawn
    return top, " ".join(drawn)


def test_look_answer_leave_go_on_hand_in(sat: tuple[Path, str]) -> None:
    top, drawn = sat
    right = dict(zip("ABC", drawn.split(), strict=True))
    place = {"large-init": "weights", "no-warm-up": "schedule", "sees-ahead": "attention"}
    environ = clean_environ(top / "home")

    screen = spawn(top, "exam", "19")
    screen.until("q: another time")
    screen.child.sendline("1")
    seen = screen.until("q: another time")
    assert "entropy rate of the text" not in seen  # a level of other panels
    assert "step 100" in seen
    screen.child.sendline("val_loss")
    assert "entropy rate of the text = 0.316" in screen.until("q: another time")
    screen.child.sendline("zzz")  # what is nothing shows the paper again
    screen.until("q: another time")
    screen.child.sendline("b")
    screen.until("wants logits")
    screen.child.sendline("99")
    screen.until("its number or its name")
    screen.child.sendline(right["B"])
    screen.until("optimiser, weight decay")
    screen.child.sendline(place[right["B"]])
    screen.until("90 › ")
    screen.child.sendline("90")
    screen.until(f"{right['B']} · {place[right['B']]} · 90 %")
    screen.until("q: another time")
    screen.child.sendline("a")
    screen.until("wants logits")
    screen.interrupt()  # in the middle of an answer
    assert screen.child.exitstatus == 130
    assert all(len(line) <= COLUMNS for line in screen.text().splitlines())

    with open_session(Env(top, environ)) as session:
        paper = papers.draw(session, "19", SEED)
        lying = words_on_disk(session)
    own = {right["B"], place[right["B"]], "weights", "update", "loss", "data"}
    assert [name for name in telling(paper) if name in lying and not any(name in one for one in own)] == []

    asked = program.run("exam", "--json", cwd=top, env=environ)  # the one that waits
    assert asked.code == 1  # not yet: something is answered, and not everything
    assert asked.json["left"] == ["A", "C"]
    assert asked.json["answered"]["B"] == {"cause": right["B"], "place": place[right["B"]], "sure": 90}
    looked = program.run("exam", "19", "--look", "rate", "--run", "C", "--json", cwd=top, env=environ)
    assert looked.code == 0
    assert set(looked.json["series"]) == {"sound", "C"}
    wrong = program.run("exam", "19", "--answer", "A=nothing", cwd=top, env=environ)
    assert wrong.code == 2
    assert "RUN=CAUSE/PLACE" in wrong.err
    text = f"A={right['C']}/{place[right['A']]}@50"
    part = program.run("exam", "19", "--answer", text, "--lang", "es", cwd=top, env=environ)
    assert part.code == 1
    assert "sin contestar" in part.out
    last = program.run(
        "exam", "19", "--answer", f"C={right['A']}/{place[right['C']]}@50", "--json", cwd=top, env=environ
    )
    assert last.code == 0
    assert (last.json["named"], last.json["located"], last.json["of"]) == (1, 3, 3)
    assert program.run("progress", "--json", cwd=top, env=environ).json["exams"][0]["hits"] == 1
    phase = program.run("phase", "19", "--json", cwd=top, env=environ)
    assert phase.json["done"][0]["ok"] is False


@pytest.mark.parametrize("lang", ["en", "es"])
def test_handed_in_at_the_terminal(sat: tuple[Path, str], lang: str) -> None:
    top, drawn = sat
    screen = spawn(top, "exam", "19", lang=lang, NO_COLOR="1")
    for label, cause in zip("ABC", [drawn.split()[i] for i in (0, 2, 1)], strict=True):
        screen.until(LEAVE[lang])
        screen.child.sendline(label)
        screen.until({"en": "wants logits", "es": "quiere logits"}[lang])
        screen.child.sendline(cause)
        screen.until({"en": "optimiser, weight decay", "es": "optimizador, decaimiento"}[lang])
        screen.child.sendline("1")
        screen.until("90 › ")
        screen.child.sendline("70")
    screen.until(LEAVE[lang])
    screen.child.sendline("")
    seen = screen.end()
    assert {"en": "1 of 3 named", "es": "1 de 3 nombrados"}[lang] in seen
    assert {"en": "B and C were the other way round.", "es": "B y C estaban al revés."}[lang] in seen
    assert {"en": "First sign, at step 0", "es": "Primera señal, en el paso 0"}[lang] in seen
    assert "\x1b[3" not in screen.raw  # no colour
    assert screen.child.exitstatus == 0


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_shipped_exam_trains_and_has_its_signs(tmp_path: Path, seed: int) -> None:
    environ = {**clean_environ(tmp_path), "LYNX_HOME": str(tmp_path / "lynx")}
    assert program.run("init", str(tmp_path / "ws"), "--learner", "ada", cwd=tmp_path, env=environ).code == 0
    top = tmp_path / "ws"
    assert program.run("exam", "19", "--seed", str(seed), cwd=top, env=environ).code == 0
    with open_session(Env(top, {**os.environ, **environ})) as session:
        sitting = exam.sit(session, "19")
        told = {
            one.id: exam.first_sign(sitting.sound(label), sitting.runs[label], METRICS)
            for label in "ABC"
            for one in [sitting.paper.cause(label)]
        }
    assert told["large-init"].step == told["no-warm-up"].step == 0
    assert told["sees-ahead"].step > 50
