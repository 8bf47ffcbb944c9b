"""Beginning, resuming and giving back: one break at a time, one form an attempt, every byte returned."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.loop import begin
from lynx.loop.stages import Stage
from tests.conftest import Lynx
from tests.loop.learner import BUG, LINE, NAMES, ORIGINAL, OTHER_WORDS, Learner


def test_a_break_is_the_one_line_and_an_empty_form(new: Learner) -> None:
    started = new.begin()
    assert (started.stage, started.number, started.resumed) == (Stage.PREDICTING, 1, False)
    assert new.target.read_text() == ORIGINAL.decode().replace(LINE, BUG)
    assert new.text.startswith("## Break 03 · gradient-test · ")
    assert [line.split()[1] for line in new.text.splitlines() if line.startswith("### ")] == list(NAMES)


def test_without_a_name_the_first_break_in_order_is_begun(new: Learner) -> None:
    assert begin.start(new.env).break_id == "03"


def test_resuming_changes_nothing_and_ends_in_0(predicting: Learner, lynx: Lynx) -> None:
    predicting.fill()
    before = predicting.text, predicting.target.read_bytes()
    again = lynx("break", "03", "--json", cwd=predicting.top)
    assert (again.code, again.json["resumed"], again.json["stage"]) == (0, True, "predicting")
    assert (predicting.text, predicting.target.read_bytes()) == before
    assert predicting.begin().resumed
    assert predicting.text == before[0]


@pytest.mark.parametrize("stage", ["fixing", "explaining"])
def test_a_break_is_resumed_where_it_was_left(stage: str, stages: dict[str, Learner], tmp_path: Path) -> None:
    learner = stages[stage].copy(tmp_path / "w")
    before = learner.text
    started = begin.start(learner.env)  # no name: the one under way
    assert (started.break_id, started.resumed, started.stage) == ("03", True, stage)
    assert learner.text == before


def test_another_break_is_refused_naming_reset(predicting: Learner, lynx: Lynx) -> None:
    before = predicting.text, predicting.target.read_bytes()
    other = lynx("break", "00", cwd=predicting.top)
    assert other.code == 2
    assert "03 is still under way" in other.err
    assert "lynx reset" in other.err
    assert (predicting.text, predicting.target.read_bytes()) == before
    assert predicting.attempt().break_id == "03"


def test_a_second_attempt_has_its_own_section(fixing: Learner) -> None:
    first = fixing.text
    fixing.reset()
    started = fixing.begin()
    assert started.number == 2
    assert fixing.text.startswith(first)
    form = fixing.text[len(first) :]
    assert form.split("\n### ")[0].strip().endswith(" · attempt 2")
    assert form.count("- prediction:\n") == len(NAMES)
    assert fixing.attempt().stage == Stage.PREDICTING


def test_what_was_deleted_of_the_form_comes_back_and_nothing_else(predicting: Learner) -> None:
    predicting.fill({"P1": ("2", "70")})
    start, end = predicting.text.index("### P2"), predicting.text.index("### P4")
    predicting.rewrite(predicting.text[start:end], "my own line\n\n")
    kept = predicting.text
    predicting.begin()
    assert [predicting.text.count(f"### {name} ") for name in NAMES] == [1, 1, 1, 1]
    now = iter(predicting.text.splitlines())
    assert all(line in now for line in kept.splitlines())  # each of them, in their order


def test_the_learners_own_notes_stay_byte_for_byte(new: Learner) -> None:
    own = "my notes\r\nwithout an end\x0c and latin-1: \xe9".encode("latin-1")
    new.notes.parent.mkdir(parents=True)
    new.notes.write_bytes(own)
    new.begin()
    written = new.notes.read_bytes()
    assert written.startswith(own + b"\r\n")  # as most of its lines end
    assert b"## Break 03" in written[len(own) :]


def test_a_fix_in_other_words_is_refused_with_the_advice(done: Learner, lynx: Lynx) -> None:
    before = done.target.read_bytes()
    refused = lynx("break", "03", "--json", cwd=done.top)
    assert (refused.code, refused.json["error"]["code"]) == (2, "holds-fix")
    assert "lynx reset --yes" in refused.json["error"]["remedy"]
    assert done.target.read_bytes() == before
    given = done.reset()
    assert given.kept is not None
    assert Path(given.kept).read_bytes() == before
    assert done.begin().number == 2


def test_a_fix_in_the_same_words_needs_no_reset(fixing: Learner) -> None:
    fixing.edit(BUG, LINE)
    fixing.verify()
    fixing.explain()
    assert fixing.begin().number == 2


@pytest.mark.parametrize("stage", ["predicting", "fixing", "explaining", "done"])
@pytest.mark.parametrize("own", [None, b"x = 1\r\n"], ids=["as left", "overwritten"])
def test_the_original_comes_back_in_every_stage(
    stage: str, own: bytes | None, stages: dict[str, Learner], tmp_path: Path
) -> None:
    learner = stages[stage].copy(tmp_path / "w")
    if own is not None:
        learner.target.write_bytes(own)
    mine = learner.target.read_bytes()
    given = learner.reset()
    assert learner.target.read_bytes() == ORIGINAL
    if own is None and stage in ("predicting", "fixing"):
        assert (given.outcome, given.kept) == ("restored", None)
    else:
        assert given.kept is not None
        assert Path(given.kept).read_bytes() == mine
    with learner.session() as session:
        assert session.active() is None
    with pytest.raises(Refused, match="nothing to give back"):
        learner.reset()


def test_a_removed_target_comes_back_when_asked(predicting: Learner, lynx: Lynx) -> None:
    predicting.target.unlink()
    assert predicting.status().next == "lynx reset --yes"
    back = lynx("reset", "--yes", "--json", cwd=predicting.top)
    assert (back.code, back.json["outcome"]) == (0, "recreated")
    assert predicting.target.read_bytes() == ORIGINAL


@pytest.mark.parametrize(
    ("old", "new_", "why"),
    [
        (LINE, "            current = np.add(current, step)\n", "reads otherwise where this break would change it"),
        ("class ResidualStack", "import nothing_there\n\n\nclass ResidualStack", "nothing_there"),
    ],
    ids=["the line is another", "the file cannot be imported"],
)
def test_what_cannot_be_broken_safely_is_left_alone(new: Learner, old: str, new_: str, why: str) -> None:
    new.edit(old, new_)
    before = new.target.read_bytes()
    with pytest.raises(Refused, match=why):
        new.begin()
    assert new.target.read_bytes() == before
    assert not new.notes.exists()
    with new.session() as session:
        assert session.journal.attempts() == []


def test_an_unknown_break_is_refused(new: Learner) -> None:
    with pytest.raises(Refused, match=r"no break '3x'.*lynx list"):
        new.begin("3x")


def test_the_bug_left_by_hand_is_not_broken_twice(fixing: Learner) -> None:
    fixing.reset()
    fixing.edit(LINE, BUG)
    with pytest.raises(Refused, match=r"already holds this bug, from attempt 1.*lynx reset"):
        fixing.begin()


def test_nothing_is_left_half_done_by_a_refusal(done: Learner) -> None:
    with pytest.raises(Refused):
        done.begin()
    assert done.attempt().number == 1
    assert OTHER_WORDS in done.target.read_text()
