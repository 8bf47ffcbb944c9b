"""`lynx hint`: one level at a time, the next after an attempt since the last; nothing else opens it."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from lynx.errors import NotYet
from lynx.loop import control, show
from tests.conftest import Lynx
from tests.loop.learner import BUG, LINE, WRONG, Learner

Act = Callable[[Learner], object]


def touched(learner: Learner) -> None:
    os.utime(learner.target)


def edited_and_put_back(learner: Learner) -> None:
    learner.edit(BUG, WRONG)
    learner.edit(WRONG, BUG)


def looked(learner: Learner) -> None:
    with learner.session() as session:
        show.show(session, "gradient")
        control.controls(session)
    learner.status()


def other_file(learner: Learner) -> None:
    (learner.top / "src/minimodel/mine.py").write_text("x = 1\n")


def noted(learner: Learner) -> None:
    learner.rewrite("- observed:\n", "- observed: it falls\n")


@pytest.mark.parametrize(
    "act",
    [
        lambda learner: learner.edit(BUG, WRONG),
        lambda learner: learner.target.write_text(learner.target.read_text() + "# a thought\n"),
        lambda learner: learner.control("steeper", "depth"),
    ],
    ids=["changed bytes", "a comment", "a control"],
)
def test_an_attempt_opens_the_next(fixing: Learner, act: Act) -> None:
    first = fixing.hint()
    assert (first.level, first.of, first.opened) == (1, 3, True)
    act(fixing)
    second = fixing.hint()
    assert (second.level, second.opened) == (2, True)
    assert second.text != first.text
    assert not fixing.hint().opened  # and only the next


def test_a_verify_of_a_changed_target_opens_the_next(fixing: Learner) -> None:
    fixing.edit(BUG, WRONG)
    fixing.hint()
    assert not fixing.hint().opened
    assert fixing.verify().verdict == "not-fixed"
    assert fixing.hint().level == 2


@pytest.mark.parametrize(
    "act",
    [
        lambda learner: None,
        lambda learner: learner.verify(),
        lambda learner: learner.run(),
        lambda learner: learner.hint(level=1),
        touched,
        edited_and_put_back,
        looked,
        other_file,
        noted,
    ],
    ids=[
        "nothing",
        "verify untouched",
        "run",
        "reread",
        "touched",
        "put back",
        "looked",
        "other file",
        "notes",
    ],
)
def test_nothing_else_opens_it(fixing: Learner, act: Act) -> None:
    first = fixing.hint()
    act(fixing)
    again = fixing.hint()
    assert (again.opened, again.level, again.text, again.open) == (False, 1, first.text, (first.text,))
    assert len(fixing.events("hint")) == 1


def test_time_alone_opens_nothing(fixing: Learner) -> None:
    fixing.hint()
    fixing.age(days=40)
    assert not fixing.hint().opened


def test_what_was_done_before_the_last_hint_does_not_count_twice(fixing: Learner) -> None:
    fixing.edit(BUG, WRONG)
    fixing.verify()
    fixing.hint()
    assert not fixing.hint().opened


@pytest.mark.parametrize("level", [0, 2, 3, 99])
def test_a_level_that_is_not_open_is_refused(fixing: Learner, level: int) -> None:
    fixing.hint()
    with pytest.raises(NotYet, match=f"Hint {level} is not open yet; 1 of 3 are"):
        fixing.hint(level=level)


def test_the_last_says_where_and_all_can_be_reread(fixing: Learner) -> None:
    texts = [fixing.hint(anyway=True).text for _ in range(3)]
    assert len({text["en"] for text in texts}) == 3
    assert "src/minimodel/stack.py" in texts[2]["en"]
    assert LINE.strip() not in "".join(text["en"] for text in texts[:2])
    more = fixing.hint(anyway=True)
    assert (more.level, more.text) == (3, texts[2])
    assert [fixing.hint(level=level).text for level in (1, 2, 3)] == texts
    assert len(fixing.events("hint")) == 3


def test_anyway_opens_and_is_recorded(fixing: Learner) -> None:
    fixing.hint()
    assert fixing.hint(anyway=True).level == 2
    assert [event.payload["anyway"] for event in fixing.events("hint")] == [False, True]
    fixing.edit(BUG, LINE)
    fixing.verify()
    assert fixing.explain().hints == 2


def test_a_new_attempt_begins_with_no_hints(fixing: Learner) -> None:
    fixing.hint()
    fixing.reset()
    fixing.begin()
    assert fixing.status().hints_shown == 0


def test_over_processes_with_their_exit_codes(fixing: Learner, lynx: Lynx) -> None:
    """What the first process opened, the next ones know."""

    def hint(*words: str) -> tuple[int, str]:
        said = lynx("hint", *words, cwd=fixing.top)
        return said.code, said.out + said.err

    opened, text = hint()
    assert (opened, "Hint 1 of 3" in text) == (0, True)
    closed, again = hint()
    assert (closed, "Hint 1 of 3" in again, "Hint 2 opens after" in again) == (1, True, True)
    assert hint("--level", "1")[0] == 0
    assert hint("--level", "2")[0] == 1
    code, second = hint("--anyway")
    assert (code, "Hint 2 of 3" in second) == (0, True)
    machine = lynx("hint", "--level", "2", "--json", cwd=fixing.top)
    assert (machine.code, machine.json["level"], machine.json["of"]) == (0, 2, 3)
    status = lynx("status", "--json", cwd=fixing.top)
    assert status.json["hints"] == {"shown": 2, "of": 3}


def test_before_the_run_there_are_none(predicting: Learner) -> None:
    with pytest.raises(NotYet, match="First predict"):
        predicting.hint(anyway=True)
    assert predicting.events("hint") == []
