"""Corners in which the loop once told too much, forgot, or said the wrong thing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lynx.errors import Refused
from tests.conftest import Lynx
from tests.loop.learner import BUG, LINE, TARGET, Learner


def test_a_blind_bug_in_the_index_names_no_file(new: Learner, lynx: Lynx) -> None:
    new.begin(blind=True)
    subprocess.run(["git", "add", "-A"], cwd=new.top, check=True)
    for words in (("status",), ("status", "--json")):
        said = lynx(*words, cwd=new.top)
        assert TARGET not in said.out
        assert "lynx reset --yes" in said.out


def test_a_blind_reset_keeps_aside_without_naming(new: Learner, lynx: Lynx) -> None:
    new.begin(blind=True)
    new.target.write_text("x = 1\n")
    said = lynx("reset", "--yes", "--json", cwd=new.top)
    assert "stack.py" not in said.out
    assert Path(said.json["kept"]).read_text() == "x = 1\n"  # under a name that does not tell either


@pytest.mark.parametrize("line", ["            current = np.add(current, step)\n", BUG])
def test_a_refused_blind_start_tells_nothing(new: Learner, line: str) -> None:
    new.edit(LINE, line)
    with pytest.raises(Refused) as refusal:
        new.begin(blind=True)
    told = f"{refusal.value.message} {refusal.value.remedy}"
    assert not [word for word in ("ResidualStack", "stack.py", "current", "step") if word in told]
    with pytest.raises(Refused, match=r"stack\.py|ResidualStack"):
        new.begin()


def test_a_blind_learner_is_sent_to_no_closed_door(new: Learner, lynx: Lynx) -> None:
    new.begin(blind=True)
    new.fill()
    assert "lynx control" not in lynx("run", "--seeds", "1", cwd=new.top).out
    for words in (("hint",), ("hint",), ("verify",), ("show",), ("show", "gradient")):
        assert "lynx control" not in lynx(*words, cwd=new.top).out, words
    new.target.write_text("def f(:\n")
    assert "stack.py" not in lynx("verify", cwd=new.top).out


def test_a_fix_edited_since_is_still_advised_to_reset(done: Learner) -> None:
    done.target.write_text(done.target.read_text() + "# my note\n")
    with pytest.raises(Refused, match="attempt 1") as refusal:
        done.begin()
    assert "lynx reset --yes" in str(refusal.value.remedy)


def test_a_reset_does_not_postpone_what_is_due(done: Learner) -> None:
    done.age(7.01)
    assert done.status().due
    done.reset()
    assert done.status().due


def test_a_later_attempt_given_back_does_not_forget_it(done: Learner) -> None:
    done.age(7.01)
    done.reset()
    done.begin()
    assert not [one for one in done.status().due if one.kind == "break"]  # it is under way
    done.reset()
    assert done.status().due


def test_how_sure_one_is_of_a_control_is_50_70_or_90(fixing: Learner, lynx: Lynx) -> None:
    said = lynx("control", "steeper", "--expect", "depth", "--sure", "42", cwd=fixing.top)
    assert (said.code, "30, 50, 70 or 90" in said.err) == (2, True)


def test_a_mistyped_break_makes_no_workspace(lynx: Lynx, tmp_path: Path) -> None:
    assert lynx("break", "99", "--learner", "ana").code == 2
    assert not (tmp_path / "learners").exists()


def test_a_run_without_the_target_names_the_way_back(fixing: Learner) -> None:
    fixing.target.unlink()
    for verb in (fixing.run, lambda: fixing.control("steeper", "depth")):
        with pytest.raises(Refused) as refusal:
            verb()
        assert "lynx reset --yes" in refusal.value.remedy


def test_the_lock_holds_a_hash_and_a_time(fixing: Learner) -> None:
    (locked,) = fixing.events("locked")
    assert len(locked.payload["sha256"]) == 64
    assert locked.time > 0


def test_a_reason_edited_after_the_lock_is_shown(fixing: Learner) -> None:
    fixing.rewrite("because: I think so", "because: I knew it")
    assert fixing.run().scored[0].edited is not None


def test_giving_back_over_an_edit_says_so_in_words(fixing: Learner, lynx: Lynx) -> None:
    fixing.target.write_text("x = 1\n")
    said = lynx("reset", "--yes", cwd=fixing.top)
    assert "is as it was before the break, byte for byte" in " ".join(said.out.split())
    assert "Your own version is kept" in said.out


def test_one_seed_is_called_by_its_name(predicting: Learner) -> None:
    predicting.fill()
    predicting.run((0,))
    assert "; seed 0, provisional]" in predicting.text


def test_a_journal_that_is_a_folder_is_one_clear_message(new: Learner, lynx: Lynx) -> None:
    path = new.state_dir / "journal.db"
    path.unlink()
    path.mkdir()
    said = lynx("break", "03", cwd=new.top)
    assert said.code == 2, said.err
    assert "journal" in said.err
