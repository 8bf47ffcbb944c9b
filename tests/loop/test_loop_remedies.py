"""A refusal names a remedy that works: pasted into a shell as it is shown, it ends the trouble."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.conftest import clean_environ
from tests.loop.learner import BUG, LINE, OTHER_WORDS, TARGET, WRONG, Learner


@dataclass(frozen=True)
class Trouble:
    """A stage, what is done to the workspace, what is typed there, what is pasted, and what works after it."""

    stage: str
    make: Callable[[Learner], object]
    typed: str
    pasted: str
    then: str = ""
    code: int = 2


def nothing(_learner: Learner) -> None:
    return None


def read_only(learner: Learner) -> None:
    learner.target.chmod(0o444)


def linked(learner: Learner) -> None:
    os.link(learner.target, learner.top / "other.py")


def merging(learner: Learner) -> None:
    here = {"cwd": learner.top, "env": learner.env.environ, "check": True, "capture_output": True}
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["checkout", "-q", "-b", "side"], ["commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run([*git, *words], **here)  # type: ignore[call-overload]
    subprocess.run([*git, "checkout", "-q", "-"], **here)  # type: ignore[call-overload]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "two"], **here)  # type: ignore[call-overload]
    subprocess.run([*git, "merge", "--no-commit", "--no-ff", "side"], **here)  # type: ignore[call-overload]


def somebody_elses(learner: Learner) -> None:
    (learner.state_dir / "owner").unlink()


def emptied(learner: Learner) -> None:
    (learner.state_dir / "journal.db").write_bytes(b"")


FRESH = "lynx init ../break-03 && cd ../break-03 && lynx break 03"
TROUBLES = {
    "one's own fix in other words": Trouble("new", lambda w: w.edit(LINE, OTHER_WORDS), "lynx break 03", FRESH),
    "the bug is in already": Trouble("new", lambda w: w.edit(LINE, BUG), "lynx break 03", FRESH),
    "one's own fix from an attempt": Trouble("done", nothing, "lynx break 03", "lynx reset --yes", "lynx break 03"),
    "another one is under way": Trouble("predicting", nothing, "lynx break 00", "lynx reset --yes"),
    "read-only": Trouble("new", read_only, "lynx break 03", "chmod u+w src/minimodel/stack.py", "lynx break 03"),
    "two names": Trouble(
        "new", linked, "lynx break 03", f"cp -p {TARGET} x && mv x {TARGET}", "lynx break 03"
    ),
    "a merge": Trouble("new", merging, "lynx break 03", "git merge --abort", "lynx break 03"),
    "no flag": Trouble("predicting", nothing, "lynx reset", "lynx reset --yes"),
    "no flag for all": Trouble("predicting", nothing, "lynx reset --all", "lynx reset --all --yes"),
    "no expectation": Trouble(
        "fixing",
        nothing,
        "lynx control negative-weight",
        "lynx control negative-weight --expect direct-path --sure 70",
    ),
    "a step": Trouble("fixing", nothing, "lynx show gradient --step 99", "lynx show gradient --step 50"),
    "a layer": Trouble("fixing", nothing, "lynx show gradient --layer 1", "lynx show gradient"),
    "no file": Trouble("fixing", lambda w: w.target.unlink(), "lynx verify", "lynx reset --yes", "lynx break 03"),
    "no explanation": Trouble("explaining", nothing, "lynx explain", 'lynx explain --text "…"', "lynx explain"),
    "not fixed any more": Trouble(
        "fixing", lambda w: w.edit(BUG, WRONG), "lynx explain", "lynx verify", code=1
    ),
    "nothing under way": Trouble("new", nothing, "lynx hint", "lynx break"),
    "nothing to give back": Trouble("new", nothing, "lynx reset", "lynx break"),
    "nothing to report": Trouble("new", nothing, "lynx export", "lynx break"),
    "somebody else's": Trouble("predicting", somebody_elses, "lynx run", "lynx adopt", "lynx setup"),
    "a journal": Trouble("fixing", emptied, "lynx hint", "lynx reset --yes", "lynx break 03"),
    "a hint that is closed": Trouble(
        "fixing", lambda w: w.hint(), "lynx hint", "lynx hint --anyway", code=1
    ),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", TROUBLES)
def test_what_a_refusal_says_to_do_can_be_pasted_and_helps(
    stages: dict[str, Learner], tmp_path: Path, name: str
) -> None:
    trouble = TROUBLES[name]
    learner = stages[trouble.stage].copy(tmp_path / "a course" / "w")  # with a blank in its path
    trouble.make(learner)
    refused = typed(learner, trouble.typed, tmp_path)
    assert refused.returncode == trouble.code, refused.stdout + refused.stderr
    said = refused.stdout + refused.stderr
    assert trouble.pasted in said  # whole, on one line of eighty columns
    assert "current + step" not in said  # what the line should be is the answer
    helped = typed(learner, trouble.pasted, tmp_path)
    assert helped.returncode == (1 if name == "not fixed any more" else 0), helped.stdout + helped.stderr
    if trouble.then:
        after = typed(learner, trouble.then, tmp_path)
        assert after.returncode == 0, after.stdout + after.stderr


def test_the_wrong_folder_names_the_right_one_quoted(stages: dict[str, Learner], tmp_path: Path) -> None:
    learner = stages["new"].copy(tmp_path / "a course" / "w")
    learner.begin()
    lost = tmp_path / "lost"
    lost.mkdir()
    refused = typed(Learner(replace(learner.env, cwd=lost)), "lynx run", tmp_path)
    assert refused.returncode == 2
    command = f"cd '{learner.top}'"
    assert command in refused.stderr
    there = typed(Learner(replace(learner.env, cwd=lost)), f"{command} && lynx status", tmp_path)
    assert "Break 03" in there.stdout


def typed(learner: Learner, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line as a shell takes it, in the workspace; `lynx` is this one."""
    shims = folder / "shims"
    shims.mkdir(exist_ok=True)
    (shims / "lynx").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lynx "$@"\n')
    (shims / "lynx").chmod(0o755)
    house = str(Path(__file__).parents[2])
    home = Path(learner.env.environ["HOME"])
    env = clean_environ(home, PYTHONPATH=house, COLUMNS="80")
    env["PATH"] = f"{shims}:{env['PATH']}"
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False}
    return subprocess.run(["sh", "-c", line], cwd=learner.top, env=env, **quiet)  # type: ignore[call-overload]
