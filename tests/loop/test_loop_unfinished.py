"""A run that says nothing is one clear message with the way out, and the learner stays where they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lynx.content.catalog import data_dir
from lynx.content.reading.breaks import load_break
from lynx.errors import Refused
from lynx.view import error as shown
from tests.loop.learner import TARGET, Learner


def first_control() -> tuple[str, str]:
    """The first control of break 03, and an idea that it is about."""
    (folder,) = data_dir("breaks").glob("*/03-*")
    name, card = next(iter(load_break(folder).controls.items()))
    return name, next(iter(card.predicts))


CONTROL = first_control()


def test_a_limit_names_the_option_that_raises_it(fixing: Learner) -> None:
    hurried = replace(fixing, env=replace(fixing.env, limit=0.01))
    with pytest.raises(Refused) as caught:
        hurried.run(layers=40_000, draws=1)  # no run of this attempt's, so nothing is known from before
    assert caught.value.code == "run-timed-out"
    assert "processor time" in str(caught.value)
    assert "lynx run --limit 1m" in str(caught.value)
    assert fixing.status().stage == "fixing"


def test_a_typo_in_an_argument_is_named_with_the_nearest(fixing: Learner) -> None:
    with pytest.raises(Refused) as caught:
        fixing.run(layrs=3)
    assert caught.value.code == "unknown-argument"
    assert "Did you mean layers?" in str(caught.value)


@pytest.mark.parametrize("how", ["run", "control"])
def test_what_was_imported_before_is_not_compared(
    how: str, fixing: Learner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = tmp_path / "start"
    start.mkdir()
    (start / "sitecustomize.py").write_text("import minimodel.stack\n")
    monkeypatch.setenv("PYTHONPATH", f"{start}:{fixing.top / 'src'}")
    asked = (lambda: fixing.run((7,))) if how == "run" else (lambda: fixing.control(*CONTROL))
    with pytest.raises(Refused) as caught:
        asked()
    assert caught.value.code == "run-imported-before"
    assert f"{TARGET} was imported before" in str(caught.value)


def test_a_crash_is_shown_with_its_log_here_and_in_json(fixing: Learner) -> None:
    with pytest.raises(Refused) as caught:
        fixing.run(weight="heavy")
    assert caught.value.code == "run-crashed"
    body = shown.to_json(caught.value)["error"]
    assert "stack.py" in body["log"]
    assert "runs/child" not in body["log"]
    assert Path(body["log_file"]).read_text().endswith(body["log"].splitlines()[-1] + "\n")
