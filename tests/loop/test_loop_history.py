"""However many attempts there were: the verbs ask the journal as often, and what they say is counted of all."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lynx.content.phases import BreakProof
from lynx.loop import home, reporting
from lynx.loop.kept_guards import KIND, kept_guards
from lynx.loop.session import Session
from lynx.scan import guarding
from lynx.store import private
from lynx.store.damage import Damaged
from lynx.study import checks, papers, phase, progress
from lynx.truth.spacing import TIMES
from tests.loop.learner import Learner

FEW, MANY = TIMES + 1, 40  # a break that was done so often comes back no more


def played_again(learner: Learner, times: int) -> Learner:
    """The one attempt that was played, so many times over, with all its events."""
    with sqlite3.connect(learner.state_dir / "journal.db") as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(attempts)")]
        model = dict(zip(names, db.execute("SELECT * FROM attempts").fetchone(), strict=True))
        events = db.execute("SELECT time, kind, payload FROM events WHERE attempt = ?", (model["id"],)).fetchall()
        for number in range(2, times + 1):
            row = {**model, "id": model["id"] + number, "number": number, "active": 0}
            places = ", ".join(f":{name}" for name in names)
            db.execute(f"INSERT INTO attempts ({', '.join(names)}) VALUES ({places})", row)
            db.executemany(
                "INSERT INTO events (attempt, time, kind, payload) VALUES (?, ?, ?, ?)",
                [(row["id"], *event) for event in events],
            )
    return learner


def asked(learner: Learner, verb: Callable[[Session], Any]) -> Counter[str]:
    """What a verb asks of the journal, each question with how often."""
    with learner.session() as session:
        verb(session)  # what is written down the first time is not asked again
        found: Counter[str] = Counter()
        session.journal._db.set_trace_callback(lambda query: found.update([query.partition("WHERE")[0]]))
        verb(session)
        session.journal._db.set_trace_callback(None)
    return found


VERBS: dict[str, Callable[[Session], Any]] = {
    "progress": progress.progress,
    "review": progress.review,
    "list": lambda session: home.list_breaks(session, session.env),
    "status": lambda session: home.status(session, session.env),
    "phase": lambda session: phase.phase(session, phase.current(session), session.env),
    "exam": papers.done,
    "guard": lambda session: guarding._attempt(session, "03"),
    "reset --all": lambda session: session.journal.before(),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_long_history_is_asked_for_no_more_often(verb: str, done: Learner, tmp_path: Path) -> None:
    few = asked(played_again(done.copy(tmp_path / "few"), FEW), VERBS[verb])
    many = asked(played_again(done.copy(tmp_path / "many"), MANY), VERBS[verb])
    assert few == many
    assert few.total() > 0


def test_a_page_of_all_reads_each_version_of_a_break_once(done: Learner) -> None:
    played_again(done, MANY)
    with done.session() as session:
        chapters = reporting.collect(session).chapters
        assert len(session._breaks) == 1
    assert [one.number for one in chapters] == list(range(1, MANY + 1))
    first, *others = ((one.scored, one.judged, one.fix) for one in chapters)
    assert all(one == first for one in others)


def test_progress_counts_every_attempt(done: Learner, tmp_path: Path) -> None:
    with done.session() as session:
        once = progress.progress(session)
    with played_again(done, MANY).session() as session:
        often = progress.progress(session)
    assert once.breaks
    assert once.parts
    assert often.parts
    assert [(one.name, MANY * one.made, MANY * one.hits, one.brier) for one in once.breaks] == [
        (one.name, one.made, one.hits, one.brier) for one in often.breaks
    ]
    assert often.parts.n == MANY * once.parts.n
    assert (often.parts.reliability, often.parts.resolution) == pytest.approx(
        (once.parts.reliability, once.parts.resolution)
    )


def test_only_a_first_run_counts(done: Learner) -> None:
    with done.session() as session:
        before = session.journal.scores(0, session.journal.runs()[1])
        (run,) = session.journal.events(kind="run")
        assert sum(times for *_, times in before) == len(run.payload["predictions"])
        session.journal.record(run.attempt, "run", {**run.payload, "first": False})
        assert session.journal.scores(0, session.journal.runs()[1]) == before


def test_of_a_long_history_only_what_is_new_is_counted(done: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(session: Session) -> tuple[list[tuple[int, int]], Any]:
        """Between which events was counted, and what is said."""
        asked: list[tuple[int, int]] = []
        real = session.journal.scores
        session.journal.scores = lambda after, upto: (asked.append((after, upto)), real(after, upto))[1]  # type: ignore[method-assign]
        found = progress.progress(session)
        del session.journal.scores
        return asked, (found.breaks, found.parts)

    played_again(done, MANY)
    with done.session() as session:
        journal = session.journal
        last = journal.runs()[1]
        short = told(session)
        assert short == told(session) == ([(0, last)], short[1])  # a short one is counted every time
        monkeypatch.setattr(progress, "LONG", MANY)
        assert told(session) == ([(0, last)], short[1])
        assert told(session) == ([(last, last)], short[1])
        run = journal.events(kind="run")[-1]
        new = journal.record(run.attempt, "run", run.payload).id
        asked, more = told(session)
        assert asked == [(last, new)]
        assert more[0][0].made == short[1][0][0].made // MANY * (MANY + 1)
        (kept,) = (private.folder(session.env.environ) / "scores").glob("*.json")
        whole = kept.read_bytes()
        for held in (b"", whole[:-3], whole.replace(b"hit", b"hut")):
            kept.write_bytes(held)
            assert told(session) == ([(0, new)], more)
        # another journal in the same place: as many runs, and the last of them at another time
        with journal.transaction() as db:
            db.execute("UPDATE events SET time = time + 1 WHERE id = ?", (new,))
        assert told(session)[0] == [(0, new)]


def test_a_record_that_is_no_json_is_damage(done: Learner) -> None:
    with sqlite3.connect(done.state_dir / "journal.db") as db:
        db.execute("UPDATE events SET payload = '{' WHERE kind = 'run'")
    with done.session() as session, pytest.raises(Damaged, match="lost some of its records"):
        progress.progress(session)


def test_breaks_are_told_in_the_order_in_which_they_were_finished_first(done: Learner) -> None:
    with done.session() as session:
        journal = session.journal
        model = journal.attempts()[0].as_dict()
        columns = {name: model[name] for name in model if name not in ("id", "number", "started", "active")}
        for name, pack, stage, kind in (
            ("04", "", "done", "reveal"), ("02", "lynx", "done", "hint"), ("05", "other", "done", "explain"),
            ("06", "lynx", "fixing", "run"), ("04", "lynx", "done", "explain"),
        ):  # fmt: skip
            made = journal.start(**{**columns, "break_id": name, "pack": pack, "stage": stage})
            journal.record(made.id, kind, {"first": False, "predictions": {}})
        # 02 tells no end; 04 counts as finished when it was revealed
        assert papers.done(session) == ["02", "03", "04"]


def test_a_break_that_was_revealed_and_then_done_is_repaired(done: Learner) -> None:
    proof = BreakProof("03")
    with done.session() as session:
        first = session.journal.attempts()[0]
        assert checks.repaired(session, proof).ok
        session.journal.record(first.id, "reveal", {})
        assert not checks.repaired(session, proof).ok
        model = {name: value for name, value in first.as_dict().items() if name not in ("id", "number")}
        again = session.journal.start(**{**model, "stage": "done"})
        assert session.journal.outcomes("03") == [(1, True, True), (2, True, False)]
        assert checks.repaired(session, proof).found[0].fields == {"n": again.number}


def test_the_phase_is_that_of_the_last_break_that_has_one(done: Learner) -> None:
    with done.session() as session:
        assert phase.current(session) == "10"
        model = session.journal.attempts()[0].as_dict()
        columns = {name: model[name] for name in model if name not in ("id", "number", "started", "active")}
        session.journal.start(**{**columns, "break_id": "x", "card": {"phase": 99}})
        assert phase.current(session) == "10"


def test_guards_are_told_by_the_break_they_are_for(done: Learner) -> None:
    with done.session() as session:
        number = session.journal.attempts()[0].id
        session.journal.record(number, KIND, {"files": {}, "verdict": "sharp"})
        session.journal.record(number, KIND, {"files": {"gone.py": "0"}, "verdict": "sharp"})
        (kept,) = kept_guards(session).items()
    assert (kept[0], kept[1].verdict, kept[1].kept) == ("03", "sharp", True)
