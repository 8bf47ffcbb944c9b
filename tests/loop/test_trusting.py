"""A break from elsewhere: what would run is shown, none of the answer, and any change asks again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.content.catalog import data_dir
from lynx.errors import Refused
from lynx.store import trust
from tests.conftest import Lynx
from tests.loop.learner import Learner

HOSTILE_COMMENT = "# loads the built-in\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Break 03 as somebody else's: another id, and an experiment of its own beside it."""
    folder = tmp_path / "pack" / "93"
    shutil.copytree(data_dir("breaks") / "10" / "03-gradient-test", folder)
    spec = folder / "break.yaml"
    text = spec.read_text(encoding="utf-8").replace('id: "03"', 'id: "93"')
    spec.write_text(text.replace("run: scalar_stack", "run: ./experiment.py"), encoding="utf-8")
    (folder / "experiment.py").write_text(
        f"{HOSTILE_COMMENT}from lynx.runs.experiments.scalar_stack import scalar_stack as run\n"
    )
    return folder.parent


@pytest.fixture
def playing(new: Learner, pack: Path) -> Learner:
    """The break trusted, started, and its form filled in."""
    env = replace(new.env, packs=(pack,))
    trust.trust(pack / "93", trust.user_home(env.environ))
    learner = Learner(env)
    learner.begin("93")
    learner.fill()
    return learner


def touched(pack: Path) -> None:
    path = pack / "93" / "experiment.py"
    path.write_text(path.read_text() + "print('pulled')\n")


def test_the_screen_shows_every_call_and_file_and_nothing_of_the_answer(
    new: Learner, pack: Path, lynx: Lynx
) -> None:
    said = lynx("trust", "93", "--pack", str(pack), "--yes", cwd=new.top)
    assert HOSTILE_COMMENT.strip() in said.out
    assert "./experiment.py(layers=50, weight=0.5, bias=0.0, x=1.0, draws=400)" in " ".join(said.out.split())
    assert "minimodel.stack:" in said.out  # what the oracle calls
    for answer in ("current = step", "current = current + step", "hint"):
        assert answer not in said.out
    shown = lynx("trust", "93", "--pack", str(pack), "--yes", "--json", cwd=new.top).json
    assert "current = step" not in json.dumps(shown)
    asked = lynx("trust", "93", "--pack", str(pack), "--yes", "--show-answers", cwd=new.top)
    assert "current = step" in asked.out


def test_a_program_is_shown_as_it_is_called(new: Learner, pack: Path, lynx: Lynx) -> None:
    spec = pack / "93" / "break.yaml"
    text = spec.read_text(encoding="utf-8")
    told = "  script: train.py\n  argv: [--steps, '3 4']\n  steps: 60\n"
    lines = text.splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.startswith("experiment:"))
    end = next(n for n, line in enumerate(lines) if n > start and not line.startswith((" ", "#", "\n")))
    spec.write_text("".join([*lines[: start + 1], told, *lines[end:]]), encoding="utf-8")
    said = lynx("trust", "93", "--pack", str(pack), "--yes", cwd=new.top)
    assert "python train.py --steps '3 4'" in " ".join(said.out.split()), said.err


VERBS: dict[str, Callable[[Learner], object]] = {
    "break": lambda learner: learner.begin("93"),
    "run": lambda learner: learner.run(),
    "control": lambda learner: learner.control(*first_control(learner)),
    "verify": lambda learner: learner.verify(),
}


def first_control(learner: Learner) -> tuple[str, str]:
    with learner.session() as session:
        name, control = next(iter(session.break_of(session.attempt("status")).controls.items()))
    return name, next(iter(control.predicts))


@pytest.mark.parametrize("verb", VERBS)
def test_a_change_is_asked_about_at_every_verb_that_runs_it(playing: Learner, pack: Path, verb: str) -> None:
    before = playing.run() if verb in ("control", "verify") else None
    touched(pack)
    with pytest.raises(Refused) as caught:
        VERBS[verb](playing)
    assert caught.value.code == "untrusted"
    assert "changed since" in caught.value.message
    assert str(caught.value).endswith(f"lynx trust 93 --pack {pack}/93")
    assert bool(playing.events("locked")) == (before is not None)
    assert not playing.events("verify")
    trust.trust(pack / "93", trust.user_home(playing.env.environ))
    VERBS[verb](playing)


def test_what_runs_nothing_goes_on(playing: Learner, pack: Path) -> None:
    playing.run()
    touched(pack)
    assert playing.status().break_id == "93"
    assert playing.hint().level == 1
    assert playing.reset().outcome == "restored"
