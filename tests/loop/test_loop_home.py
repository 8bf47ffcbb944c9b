"""Where the learner is: the next command in each stage, the state of each break, and what comes back when."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynx.loop import home
from lynx.loop.stages import Stage
from lynx.truth.spacing import EVERY
from tests.conftest import Lynx
from tests.loop.learner import ANSWERS, BUG, LINE, NOTES, TARGET, Learner


@pytest.mark.parametrize(
    ("stage", "following"),
    [
        ("new", "lynx break 03"),
        ("predicting", "lynx run"),
        ("fixing", "lynx verify"),
        ("explaining", 'lynx explain --text "…"'),
        ("done", "lynx break 00"),  # which break 03 names as the next
    ],
)
def test_the_next_command(stage: str, following: str, stages: dict[str, Learner]) -> None:
    status = stages[stage].status()
    assert status.next == following
    assert status.stage == (None if stage == "new" else Stage(stage))
    assert status.break_id == (None if stage == "new" else "03")


def test_alone_and_status_say_the_same(stages: dict[str, Learner], lynx: Lynx) -> None:
    top = stages["fixing"].top
    alone, status = lynx(cwd=top), lynx("status", cwd=top)
    assert (alone.code, alone.out) == (0, status.out)
    machine = lynx("status", "--json", cwd=top).json
    assert {k: machine[k] for k in ("break", "stage", "target", "notes", "hints", "next")} == {
        "break": "03",
        "stage": "fixing",
        "target": TARGET,
        "notes": NOTES,
        "hints": {"shown": 0, "of": 3},
        "next": "lynx verify",
    }


def test_where_lynx_has_never_been_it_offers_the_first_break(tmp_path: Path, lynx: Lynx) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    said = lynx("status", "--json", cwd=empty)
    assert (said.code, said.json["break"], said.json["next"]) == (0, None, "lynx break 03")
    assert list(empty.iterdir()) == []  # looking makes nothing


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (lambda learner: None, "untouched"),
        (lambda learner: learner.edit(BUG, LINE), "original"),
        (lambda learner: learner.edit(BUG, "            current = 0\n"), "changed"),
        (lambda learner: learner.target.unlink(), "missing"),
    ],
    ids=["untouched", "original", "changed", "missing"],
)
def test_what_the_target_holds(fixing: Learner, change: object, state: str) -> None:
    assert callable(change)
    change(fixing)
    status = fixing.status()
    assert status.target_state == state
    assert status.next == ("lynx reset --yes" if state == "missing" else "lynx verify")


def test_what_was_kept_aside_is_named(fixing: Learner) -> None:
    fixing.target.write_text("mine = True\n")
    fixing.reset()
    fixing.begin()
    (kept,) = fixing.status().kept
    assert Path(kept).read_text() == "mine = True\n"


# -- the list ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["new", "predicting", "fixing", "explaining", "done"])
def test_the_list_says_where_each_break_stands(stage: str, stages: dict[str, Learner]) -> None:
    learner = stages[stage]
    with learner.session() as session:
        rows = {line.id: line.state for line in home.list_breaks(session)}
    assert rows.pop("03") == stage
    assert {"00", "01", "02"} < set(rows)
    assert set(rows.values()) == {"new"}


def test_the_list_says_what_each_break_needs_and_what_it_took_here(stages: dict[str, Learner]) -> None:
    learner = stages["fixing"]
    with learner.session() as session:
        rows = {line.id: line for line in home.list_breaks(session, needed=True)}
    assert {id_: rows[id_].needs for id_ in ("00", "01", "02", "03")} == {
        "00": (),
        "01": ("torch",),
        "02": ("torch",),
        "03": (),
    }
    assert [id_ for id_, line in rows.items() if line.here] == ["03"]
    assert rows["03"].seconds > 0
    assert rows["00"].place == "10/00"


@pytest.mark.parametrize("name", ["03", "10/03", "10/3", "gradient-test", "lynx:10/03"])
def test_a_break_is_begun_by_any_of_its_names(
    name: str, stages: dict[str, Learner], lynx: Lynx, tmp_path: Path
) -> None:
    """Resumed here: what it means is the same."""
    begun = lynx("break", name, "--json", cwd=stages["fixing"].top)
    assert (begun.code, begun.json["break"]) == (0, "03")
    report = lynx("report", name, "--out", str(tmp_path / "page.html"), "--json", cwd=stages["fixing"].top)
    assert (report.code, report.json["chapters"]) == (0, 1)


def test_given_back_revealed_and_done_in_the_list(predicting: Learner, lynx: Lynx) -> None:
    predicting.reset()
    assert predicting.state() == "reset"
    assert "given back" in lynx("list", cwd=predicting.top).out
    predicting.begin()
    assert predicting.state() == "predicting"
    predicting.reveal()
    assert predicting.state() == "revealed"


def test_done_stays_done_when_a_later_attempt_is_given_back(done: Learner) -> None:
    done.reset()
    assert done.state() == "done"
    done.begin()
    assert done.state() == "predicting"
    done.reset()
    assert done.state() == "done"


# -- what comes back ---------------------------------------------------------------------------------


def another_attempt(learner: Learner) -> None:
    """One more finished attempt at break 03, as the journal keeps it."""
    with learner.session() as session:
        before = session.journal.attempts("03")[-1]
        attempt = session.journal.start(
            break_id=before.break_id,
            stage="done",
            blind=0,
            target=before.target,
            original=before.original,
            broken=before.broken,
            spec=before.spec,
            folder=before.folder,
            pack=before.pack,
            notes=before.notes,
            heading=f"{before.heading} again",
            card=before.card,
        )
        session.journal.record(attempt.id, "explain", {"text": "again"})
        session.journal.update(attempt.id, active=0)


def due(learner: Learner) -> list[tuple[str, str, int | None]]:
    with learner.session() as session:
        return [(one.id, one.reason, one.confidence) for one in home.due(session)]


def test_a_miss_comes_back_after_a_week_until_it_was_played_without_one(done: Learner) -> None:
    assert due(done) == []
    done.age(EVERY - 0.01)
    assert due(done) == []
    done.age(0.02)
    assert due(done) == [("03", "miss", 90)]
    another_attempt(done)  # without a run, so without a miss
    done.age(400)
    assert due(done) == []


def test_what_is_due_is_said_at_home(done: Learner, lynx: Lynx) -> None:
    done.age(EVERY + 0.01)
    assert "Due: 03" in lynx("status", cwd=done.top).out


def test_a_miss_that_was_not_certain_comes_back_too(predicting: Learner) -> None:
    predicting.fill({**ANSWERS, "P2": ("0.01", "70")})
    assert [one.result for one in predicting.run().scored][1] == "miss"
    predicting.edit(BUG, LINE)
    predicting.verify()
    predicting.explain()
    predicting.age(100)
    assert due(predicting) == [("03", "miss", 70)]


def test_what_is_not_done_is_not_due(fixing: Learner) -> None:
    fixing.age(100)
    assert due(fixing) == []
    fixing.reset()
    fixing.age(100)
    assert due(fixing) == []
