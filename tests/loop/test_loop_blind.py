"""`--blind`: neither the screens nor the files tell what was changed, or where, until the break is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lynx.view.results import to_json
from tests.conftest import Lynx, Said
from tests.loop.learner import ANSWERS, BUG, LINE, OTHER_WORDS, TARGET, Learner

# the title, the target, its name, its class, the slug; what break 03 teaches is looked for in its own row of the list
SECRETS = (
    "Take the plus",
    TARGET,
    "stack.py",
    "ResidualStack",
    "gradient-test",
)


def tells(text: str) -> list[str]:
    """The secrets that stand in it."""
    return [secret for secret in SECRETS if secret.lower() in text.lower()]


def hidden(said: Said) -> Said:
    """What was said, once it gives nothing away."""
    assert tells(said.out + said.err) == []
    return said


@pytest.fixture(scope="module")
def begun(stages: dict[str, Learner], tmp_path_factory: pytest.TempPathFactory) -> Learner:
    """Break 03 begun blind."""
    learner = stages["new"].copy(tmp_path_factory.mktemp("blind") / "w")
    learner.begin(blind=True)
    return learner


@pytest.fixture(scope="module")
def run(begun: Learner, tmp_path_factory: pytest.TempPathFactory) -> Learner:
    """Break 03 predicted and run blind."""
    learner = begun.copy(tmp_path_factory.mktemp("run") / "w")
    learner.fill()
    learner.run()
    return learner


def test_the_secrets_are_what_a_seeing_break_shows(stages: dict[str, Learner], lynx: Lynx) -> None:
    seen = lynx("break", "03", "--json", cwd=stages["predicting"].top).out
    assert tells(seen) == [SECRETS[0], TARGET, "stack.py"]
    rows = lynx("list", "--json", cwd=stages["predicting"].top).json["breaks"]
    assert "chain-rule" in next(row for row in rows if row["id"] == "03")["teaches"]
    assert tells(stages["predicting"].text) == ["gradient-test"]


def test_the_start_tells_the_symptom_and_once_of_git_diff(new: Learner, lynx: Lynx) -> None:
    first = hidden(lynx("break", "03", "--blind", cwd=new.top))
    assert "backpropagation finds another number" in " ".join(first.out.split())
    assert first.out.count("git diff") == 1
    again = hidden(lynx("break", "03", "--blind", cwd=new.top))
    assert "git diff" not in again.out


def test_the_notes_are_headed_blind_and_ask_without_telling(begun: Learner) -> None:
    assert begun.text.startswith("## Break 03 · blind · ")
    assert tells(begun.text) == []
    assert "plus" not in begun.text


@pytest.mark.parametrize("words", [("status",), ("list",)], ids=lambda w: w[0])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["screen", "json"])
def test_before_the_run(begun: Learner, lynx: Lynx, words: tuple[str, ...], form: tuple[str, ...]) -> None:
    said = hidden(lynx(*words, *form, cwd=begun.top))
    assert said.code == 0
    if (*words, *form) == ("list", "--json"):
        assert next(row for row in said.json["breaks"] if row["id"] == "03")["teaches"] == []


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("break 03", 0),
        ("run --seeds 1", 0),
        ("show", 0),
        ("status --json", 0),
        ("list --json", 0),
        ("hint", 0),
        ("control", 1),
        ("control steeper --expect depth", 1),
        ("verify", 1),
        ("break 00", 2),
        ("reset", 2),
    ],
)
def test_before_it_is_fixed(run: Learner, tmp_path: Path, lynx: Lynx, line: str, code: int) -> None:
    learner = run.copy(tmp_path / "w")
    assert hidden(lynx(*line.split(), cwd=learner.top)).code == code
    assert tells(learner.text) == []
    assert tells(" ".join(path.name for path in learner.notes.parent.iterdir())) == []


def test_a_missing_target_is_not_named(run: Learner, tmp_path: Path, lynx: Lynx) -> None:
    learner = run.copy(tmp_path / "w")
    learner.target.unlink()
    refused = hidden(lynx("verify", cwd=learner.top))
    assert refused.code == 2
    assert "lynx reset --yes" in refused.err
    assert hidden(lynx("status", cwd=learner.top)).code == 0


def test_a_fix_that_waits_for_its_explanation_does_not_tell_the_cause(
    run: Learner, tmp_path: Path, lynx: Lynx
) -> None:
    learner = run.copy(tmp_path / "w")
    learner.edit(BUG, OTHER_WORDS)
    fixed = lynx("verify", "--json", cwd=learner.top)
    assert fixed.json["verdict"] == "fixed"
    assert set(tells(fixed.out)) <= {TARGET, "stack.py"}  # which the learner has found
    hidden(lynx("status", cwd=learner.top))
    hidden(lynx("list", cwd=learner.top))
    told = lynx("explain", "--text", "Nothing was added.", cwd=learner.top)
    assert told.code == 0
    assert LINE.strip() in told.out
    after = lynx("status", "--json", cwd=learner.top)
    assert (after.json["stage"], after.json["target"]) == ("done", TARGET)
    rows = lynx("list", "--json", cwd=learner.top).json["breaks"]
    assert next(row for row in rows if row["id"] == "03")["title"].startswith(SECRETS[0])


def test_given_back_it_still_tells_nothing(begun: Learner, tmp_path: Path, lynx: Lynx) -> None:
    learner = begun.copy(tmp_path / "w")
    other = begun.copy(tmp_path / "other")
    assert hidden(lynx("reset", "--yes", cwd=learner.top)).code == 0
    assert hidden(lynx("reset", "--yes", "--json", cwd=other.top)).json["target"] is None
    for line in ("status", "status --json", "list"):
        hidden(lynx(*line.split(), cwd=learner.top))
    rows = hidden(lynx("list", "--json", cwd=learner.top)).json["breaks"]
    row = next(row for row in rows if row["id"] == "03")
    assert (row["title"], row["teaches"]) == ("A gradient that does not arrive", [])
    again = hidden(lynx("break", "03", "--blind", "--json", cwd=learner.top))
    assert again.json["attempt"] == 2
    assert tells(learner.text) == []


def test_the_data_of_a_run_and_a_verify_tell_nothing(run: Learner, tmp_path: Path) -> None:
    learner = run.copy(tmp_path / "w")
    for result in (learner.run(), learner.verify(), learner.hint(), learner.begin()):
        assert tells(json.dumps(to_json(result))) == []


def test_it_is_scored_like_any_other(run: Learner) -> None:
    (event,) = run.events("run")
    assert event.payload["predictions"]["P2"]["result"] == "miss"
    assert set(event.payload["predictions"]) == set(ANSWERS)
