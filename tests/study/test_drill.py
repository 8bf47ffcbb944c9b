"""A drill from the question to its explanation, on a real training."""

from __future__ import annotations

import json
import time
from random import Random

import pytest

from lynx.errors import NotYet, Refused
from lynx.loop import home
from lynx.loop.session import Session
from lynx.study import drill, progress, rules
from lynx.study.grid import Cell, Outcome, Reason
from lynx.study.results import DrillQuestion

SOUND = Cell(5, "gelu", "kaiming", "rms", True, 0.01)
DEAD = Cell(10, "relu", "small", "none", False, 0.01)
HUGE = Cell(5, "none", "uniform", "none", True, 0.1)


def put(session: Session, cell: Cell, said: str, sure: int = 70, review_of: int | None = None):  # type: ignore[no-untyped-def]
    number = len(drill.history(session)) + 1
    return drill.answer(session, said, sure, asked=DrillQuestion(cell, number, review_of))


def long_ago(session: Session, days: float) -> None:
    """Move every drill into the past."""
    with session.journal.transaction() as db:
        db.execute("UPDATE events SET time = time - ? WHERE kind = 'drill'", (days * 86400,))


def test_a_question_waits_until_it_is_answered(session: Session) -> None:
    first = drill.question(session, random=Random(1))
    assert first.number == 1
    assert first.cell in rules.stable()
    assert drill.question(session, random=Random(2)) == first
    done = drill.answer(session, "trains", 50)
    assert done.question == first
    second = drill.question(session, random=Random(3))
    assert second.number == 2
    assert second.cell != first.cell


@pytest.mark.parametrize(
    ("cell", "outcome", "link"),
    [(SOUND, Outcome.TRAINS, "sound"), (DEAD, Outcome.STUCK, "died"), (HUGE, Outcome.DIVERGES, "swollen")],
)
def test_it_is_measured_and_explained_by_what_was_recorded(
    session: Session, cell: Cell, outcome: Outcome, link: str
) -> None:
    done = put(session, cell, outcome.value, 90)
    assert done.outcome is outcome
    assert done.outcomes == (outcome,) * len(drill.SEEDS)
    assert done.right
    assert done.links[0].name == link
    assert done.reason is (Reason.GONE if cell is DEAD else None)
    assert done.links[0].step == 0
    assert done.rule is rules.rule(cell)
    assert done.facts["chi"] == pytest.approx(1.0, rel=0.3)
    if cell is DEAD:  # 64 · 0.02² · ½ a layer
        assert done.facts["factor"] == pytest.approx(0.0128, rel=0.3)
    if cell is HUGE:  # 1 + 64/12 a layer
        assert done.facts["factor"] == pytest.approx(6.33, rel=0.2)


def test_a_miss_is_told_and_counted(session: Session) -> None:
    done = put(session, DEAD, "t", 90)
    assert done.right is False
    assert done.right_of_last == (0, 1)
    (kept,) = drill.history(session)
    assert (kept.answer, kept.outcome, kept.confidence) == (Outcome.TRAINS, Outcome.STUCK, 90)
    assert kept.reason is Reason.GONE


def test_drills_of_an_older_journal_keep_their_meaning(session: Session) -> None:
    """A drill and a waiting answer, as they were written when the outcome was called "vanishes"."""
    old = {
        "cell": DEAD.key,
        "number": 1,
        "review_of": None,
        "answer": "vanishes",
        "confidence": 90,
        "outcomes": ["vanishes", "vanishes"],
        "outcome": "vanishes",
        "right": True,
        "link": "died",
    }
    session.journal.record(None, drill.KIND, old)
    session.journal.record(
        None, drill.KIND, {**old, "number": 2, "answer": "trains", "right": False, "link": "overshot"}
    )
    session.journal.set_fact(
        drill.PENDING,
        json.dumps(
            {"cell": DEAD.key, "number": 3, "review_of": None, "answer": "vanishes", "confidence": 50}
        ),
    )
    first, second = drill.history(session)
    assert (first.answer, first.outcome, first.right, first.reason) == (
        Outcome.STUCK,
        Outcome.STUCK,
        True,
        Reason.GONE,
    )
    assert (second.right, second.reason) == (False, Reason.NONE)
    done = drill.answer(session, "trains", 90)  # the answer that was locked counts
    assert (done.question.number, done.answer, done.confidence, done.right) == (3, Outcome.STUCK, 50, True)
    found = progress.progress(session)
    assert (found.drills.n, found.drills.right) == (3, 2)
    assert found.reasons == {Reason.GONE: 2, Reason.NONE: 1}


def test_the_answer_is_locked_before_anything_is_measured(session: Session) -> None:
    asked = drill.question(session, random=Random(1))
    (session.workspace.top / "src/minimodel/optim.py").rename(session.workspace.top / "optim.gone")
    with pytest.raises(Refused):
        drill.answer(session, "diverges", 90)
    (session.workspace.top / "optim.gone").rename(session.workspace.top / "src/minimodel/optim.py")
    done = drill.answer(session, "trains", 50)
    assert done.question == asked
    assert (done.answer, done.confidence) == (Outcome.DIVERGES, 90)


@pytest.mark.parametrize("text", ["", "x", "explodes", "trainsx"])
def test_another_word_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        drill.parse_outcome(text)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("t", "trains"),
        ("d", "diverges"),
        ("does", "does-not-learn"),
        ("does-not-learn", "does-not-learn"),
        ("Does not learn", "does-not-learn"),
        ("n", "does-not-learn"),
        ("entrena", "trains"),
        ("diverge", "diverges"),
        ("no aprende", "does-not-learn"),
        ("vanishes", "does-not-learn"),  # its older name
    ],
)
def test_the_start_of_a_word_will_do_in_both_languages(text: str, outcome: str) -> None:
    assert drill.parse_outcome(text) == outcome


def test_another_confidence_is_refused_and_nothing_is_kept(session: Session) -> None:
    with pytest.raises(Refused, match="30, 50, 70 or 90"):
        drill.answer(session, "trains", 80)
    assert drill.history(session) == []


def test_a_miss_comes_back_as_a_neighbour_on_its_day(session: Session) -> None:
    put(session, DEAD, "trains", 90)
    with pytest.raises(NotYet):
        drill.question(session, review=True)
    assert home.due(session) == ()
    assert progress.review(session).later == 1
    long_ago(session, 7.01)
    (due,) = home.due(session)
    assert (due.kind, due.id, due.confidence) == ("drill", "1", 90)
    (item,) = progress.review(session).items
    assert (item.command, item.cell, item.days) == ("lynx drill --review", DEAD, 7)
    asked = drill.question(session, review=True, random=Random(1))
    assert asked.review_of == 1
    assert asked.cell in DEAD.neighbours()
    drill.answer(session, rules.stable()[asked.cell].value, 70)
    assert home.due(session) == ()
    assert progress.review(session).later == 1
    long_ago(session, 7.01)
    assert len(home.due(session)) == 1


def test_a_new_question_stays_when_a_review_is_asked_for(session: Session) -> None:
    put(session, DEAD, "trains", 90)
    long_ago(session, 8)
    plain = drill.question(session, random=Random(2))
    review = drill.question(session, review=True, random=Random(2))
    assert plain.review_of is None
    assert review.review_of == 1
    assert drill.question(session) == review  # it waits now


def test_progress_stands_beside_two_baselines(session: Session) -> None:
    began = time.time()
    put(session, SOUND, "trains", 90)
    put(session, DEAD, "trains", 90)
    put(session, HUGE, "diverges", 50)
    found = progress.progress(session)
    assert (found.drills.n, found.drills.right) == (3, 2)
    assert found.drills.brier == pytest.approx((0.01 + 0.81 + 0.25) / 3)
    assert found.always.right == 1  # each outcome came once
    assert found.drawn == {Outcome.TRAINS: 1, Outcome.STUCK: 1, Outcome.DIVERGES: 1}
    assert sum(found.base_rates.values()) == pytest.approx(1.0)
    assert found.base_rates[Outcome.TRAINS] > 0.6
    assert found.rule.right == sum(rules.rule(c) == rules.stable().get(c, None) for c in (SOUND, DEAD, HUGE))
    assert [(b.confidence, b.n, b.hits) for b in found.bins] == [(30, 0, 0), (50, 1, 1), (70, 0, 0), (90, 2, 1)]
    assert began <= found.periods[0].end <= time.time()


def test_always_is_the_commonest_of_the_same_drills(session: Session) -> None:
    for _ in range(2):
        put(session, DEAD, "trains", 70)
    put(session, SOUND, "trains", 70)
    found = progress.progress(session)
    assert found.commonest is Outcome.STUCK
    assert (found.always.right, found.always.n) == (2, 3)
    assert (found.drills.right, found.drills.n) == (1, 3)


def test_a_foreign_repository_drills_on_lynx_own_modules(session: Session) -> None:
    (session.workspace.top / "src/minimodel").rename(session.workspace.top / "gone")
    done = put(session, SOUND, "trains")
    assert done.modules == "lynx"
    assert done.outcome is Outcome.TRAINS
