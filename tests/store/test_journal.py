"""What is written is there after a reopening, a kill and beside another process; what is not a journal is said so."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynx.errors import Refused
from lynx.store import tables
from lynx.store.damage import Damaged
from lynx.store.journal import Attempt, Journal, sha256
from lynx.store.tables import SCHEMA
from tests.conftest import HANGS, Lynx
from tests.loop.learner import make

ROOT = Path(__file__).parents[2]
COLUMNS = {
    "break_id": "03",
    "stage": "predicting",
    "blind": 1,
    "target": "src/é.py",
    "original": "a",
    "broken": "b",
    "spec": "c",
    "folder": "/x",
    "pack": "lynx",
    "notes": "n.md",
    "heading": "## Break 03",
    "card": {"hints": [{"en": "“look”", "es": "mira"}]},
}


def start(journal: Journal, **more: object) -> Attempt:
    return journal.start(**{**COLUMNS, **more})


def script(state_dir: Path, body: str) -> subprocess.Popen[str]:
    """A process with the journal open as `j`; it says "ready" and waits for a line before `body`."""
    head = (
        "import os, sys\nfrom pathlib import Path\nfrom lynx.store.journal import Journal\n"
        f"j = Journal.open(Path({str(state_dir)!r}))\nprint('ready', flush=True)\ninput()\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", head + body],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# -- every write survives ----------------------------------------------------------------------------


def test_it_is_made_where_there_was_nothing(tmp_path: Path) -> None:
    state = tmp_path / "git" / "lynx"
    assert not Journal.exists(state)
    Journal.open(state).close()
    assert Journal.exists(state)


def test_an_attempt_survives_reopening(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        made = start(journal)
    with Journal.open(tmp_path) as journal:
        assert journal.active() == journal.attempt(made.id) == made
        assert {k: v for k, v in asdict(made).items() if k in COLUMNS} == {**COLUMNS, "blind": True}
        assert (made.number, made.active) == (1, True)
        changed = journal.update(made.id, stage="done", active=0, card={"title": "ñ"})
    with Journal.open(tmp_path) as journal:
        assert journal.active() is None
        assert journal.attempts("03") == [changed]
        assert (changed.stage, changed.active, changed.card) == ("done", False, {"title": "ñ"})
        journal.forget(made.id)
    with Journal.open(tmp_path) as journal:
        assert journal.attempts() == []
        with pytest.raises(KeyError):
            journal.attempt(made.id)


def test_attempts_are_numbered_per_break_and_one_is_active(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        made = [start(journal, break_id=name) for name in ("03", "00", "03")]
        assert [one.number for one in made] == [1, 1, 2]
        assert [one.id for one in journal.attempts() if one.active] == [made[2].id]
        assert [one.id for one in journal.attempts("03")] == [made[0].id, made[2].id]


def test_events_survive_in_order(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        made = [
            journal.record(1, "hint", {"level": 1}),
            journal.record(None, "drill", {"right": True, "value": "nan"}),
            journal.record(1, "run", {"words": "más “allá” 🌱", "values": [1e-300, -0.0]}),
            journal.record(2, "hint", {"level": 2}),
        ]
    with Journal.open(tmp_path) as journal:
        assert journal.events() == made
        assert journal.events(1) == [made[0], made[2]]
        assert journal.events(kind="hint") == [made[0], made[3]]
        assert journal.events(1, "hint") == [made[0]]
    assert [one.time for one in made] == sorted(one.time for one in made)


def test_a_number_that_json_has_no_word_for_is_not_written(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        with pytest.raises(ValueError, match="JSON"):
            journal.record(1, "run", {"loss": float("nan")})
        assert journal.events() == []


def test_swaps_survive_until_they_end(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        attempt = start(journal)
        swap = journal.begin_swap(attempt.id, "a.py", "a", "b", ".lynx-1")
        other = journal.begin_swap(None, "b.py", "x", "y", ".lynx-2")
    with Journal.open(tmp_path) as journal:
        assert [(s.id, s.state, s.temporary) for s in journal.pending_swaps()] == [
            (swap, "pending", ".lynx-1"),
            (other, "pending", ".lynx-2"),
        ]
        assert not journal.injected(attempt.id)
        journal.end_swap(swap, "exchanged")
        journal.end_swap(other, "undone")
    with Journal.open(tmp_path) as journal:
        assert [(s.id, s.state) for s in journal.pending_swaps()] == [(swap, "exchanged")]
        assert journal.injected(attempt.id)
        journal.end_swap(swap, "done")
        assert journal.pending_swaps() == []
        assert journal.injected(attempt.id)


def test_facts_survive_and_the_last_one_counts(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        journal.set_fact("learner", "ana")
        journal.set_fact("learner", "ada")
    with Journal.open(tmp_path) as journal:
        assert (journal.fact("learner"), journal.fact("nobody")) == ("ada", None)


@settings(max_examples=30)
@given(data=st.binary(max_size=2000))
def test_blobs_are_exact_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("blobs")
    with Journal.open(folder) as journal:
        name = journal.put(data)
        assert journal.put(data) == name == sha256(data)
    with Journal.open(folder) as journal:
        assert journal.blob(name) == data


def test_a_blob_cannot_be_read_as_plain_text_in_the_git_directory(tmp_path: Path) -> None:
    secret = b"        return x + h  # the healthy line\n" * 20
    with Journal.open(tmp_path) as journal:
        journal.put(secret)
        with pytest.raises(KeyError):
            journal.blob(sha256(b"never kept"))
    assert b"return x + h" not in (tmp_path / "journal.db").read_bytes()


def test_what_was_written_survives_a_kill_at_once(tmp_path: Path) -> None:
    body = "j.record(1, 'hint', {'level': 1})\nname = j.put(b'bytes')\nj.set_fact('name', name)\n"
    killed = script(tmp_path, body + "import signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    killed.communicate("\n", timeout=HANGS)
    assert killed.returncode == -signal.SIGKILL
    with Journal.open(tmp_path) as journal:
        assert [one.payload for one in journal.events(1)] == [{"level": 1}]
        assert journal.blob(str(journal.fact("name"))) == b"bytes"


def test_a_transaction_that_a_kill_cut_short_never_happened(tmp_path: Path) -> None:
    body = (
        "import signal\nwith j.transaction() as db:\n"
        "    db.execute(\"INSERT INTO facts VALUES ('half', 'done')\")\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = script(tmp_path, body)
    killed.communicate("\n", timeout=HANGS)
    with Journal.open(tmp_path) as journal:
        assert journal.fact("half") is None
        journal.set_fact("half", "not in the way")
        assert journal.fact("half") == "not in the way"


def test_a_transaction_that_raises_never_happened(tmp_path: Path) -> None:
    def half(journal: Journal) -> None:
        with journal.transaction() as db:
            db.execute("INSERT INTO facts VALUES ('half', 'done')")
            raise RuntimeError

    with Journal.open(tmp_path) as journal:
        with pytest.raises(RuntimeError):
            half(journal)
        assert journal.fact("half") is None


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal, journal.transaction() as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (3,)  # EXTRA
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)  # which EXTRA is about


# -- two at once -------------------------------------------------------------------------------------


def test_two_processes_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    body = "for i in range(40):\n    j.record({n}, 'hint', {{'i': i}})\n    j.put(bytes([i]))\n    j.start(**{c!r})\n"
    both = [script(tmp_path, body.format(n=n, c=COLUMNS)) for n in (1, 2)]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"  # each has its connection open
    for one in both:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in both:
        assert one.wait(timeout=HANGS) == 0
        one.communicate()
    with Journal.open(tmp_path) as journal:
        for n in (1, 2):
            assert [event.payload["i"] for event in journal.events(n)] == list(range(40))
        assert all(journal.blob(sha256(bytes([i]))) == bytes([i]) for i in range(40))
        assert [attempt.number for attempt in journal.attempts("03")] == list(range(1, 81))
        assert sum(attempt.active for attempt in journal.attempts()) == 1


def test_two_connections_see_each_others_writes(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as one, Journal.open(tmp_path) as other:
        made = start(one)
        assert other.active() == made
        other.update(made.id, stage="done")
        found = one.active()
    assert found is not None
    assert found.stage == "done"


def test_two_that_create_it_at_once_both_can(tmp_path: Path) -> None:
    body = "j.record(1, 'x', {})\n"
    both = [script(tmp_path / "new", body) for _ in range(2)]
    for one in both:
        one.communicate("\n", timeout=HANGS)
    assert [one.returncode for one in both] == [0, 0]
    with Journal.open(tmp_path / "new") as journal:
        assert len(journal.events()) == 2


# -- what is not a journal of this Lynx --------------------------------------------------------------


def test_a_newer_journal_is_refused_with_a_word_on_upgrading(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "journal.db") as db:
        db.execute(f"PRAGMA user_version={SCHEMA + 1}")
    db.close()
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(Refused, match=r"newer Lynx \(format 2\).*Upgrade Lynx") as refused:
        Journal.open(tmp_path)
    assert refused.value.code == "journal-newer"
    assert (tmp_path / "journal.db").read_bytes() == before


@pytest.mark.parametrize("text", [b"not a database\n" * 100, b"SQLite format 3\x00" + bytes(1000)])
def test_a_file_that_is_no_database_is_one_clear_message(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "journal.db").write_bytes(text)
    with pytest.raises(Damaged, match=r"journal\.db is .*lynx reset --yes gives the file back"):
        Journal.open(tmp_path)
    assert (tmp_path / "journal.db").read_bytes() == text


def test_the_command_line_says_so_and_what_to_do(tmp_path: Path, lynx: Lynx) -> None:
    learner = make(tmp_path / "made")
    path = learner.state_dir / "journal.db"
    path.write_bytes(os.urandom(4096))
    status = lynx("status", "--json", cwd=learner.top)
    assert (status.code, status.json["damage"]["code"]) == (0, "journal-damaged")
    assert str(path) in status.json["damage"]["message"]
    assert status.json["next"] == "lynx reset --yes"
    refused = lynx("break", "03", "--json", cwd=learner.top)
    assert (refused.code, refused.json["error"]["code"]) == (2, "journal-damaged")


# -- many attempts -----------------------------------------------------------------------------------


INDEXES = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql > ''"


SMALL = ("SCAN g", "SCAN swaps USING INDEX swaps_pending")  # one row a break; those under way alone


def plans(journal: Journal, query: str, *values: object) -> list[str]:
    return [row[3] for row in journal._db.execute(f"EXPLAIN QUERY PLAN {query}", values)]


def test_no_question_of_a_light_command_reads_a_whole_table(tmp_path: Path) -> None:
    asked: list[str] = []
    with Journal.open(tmp_path) as journal:
        attempt = start(journal)
        journal._db.set_trace_callback(asked.append)
        (
            journal.active(),
            journal.pending_swaps(),
            journal.injected(attempt.id),
        )
        journal.events(attempt.id), journal.events(attempt.id, "hint"), journal.events(kind="drill")
        journal.standings(), journal.fact("x"), journal.attempt(1)
        journal._db.set_trace_callback(None)
        assert len(asked) == 9
        for query in asked:
            for step in plans(journal, query):
                assert not step.startswith("SCAN") or "COVERING INDEX" in step or step in SMALL, (
                    query,
                    step,
                )


def test_a_journal_of_an_older_lynx_gets_its_indexes_at_its_first_change(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        start(journal)
        names = [row[0] for row in journal._db.execute(INDEXES)]
        for name in names:
            journal._db.execute(f"DROP INDEX {name}")
    with Journal.open(tmp_path) as journal:
        assert journal.standings()[0].stage == COLUMNS["stage"]
        journal.record(1, "hint", {})
        there = [row[0] for row in journal._db.execute(INDEXES)]
    assert set(names) - {"events_by_attempt"} <= set(there)


def test_standings_count_what_attempts_say(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        for name, pack, stage, shown in (
            ("a", "x", "done", True), ("b", "x", "fixing", False), ("a", "x", "done", False), ("a", "y", "done", True),
            ("a", "x", "predicting", False),
        ):  # fmt: skip
            made = journal.start(**{**COLUMNS, "break_id": name, "pack": pack, "stage": stage})
            if shown:
                journal.record(made.id, "reveal", {})
        found = {(one.break_id, one.pack): one for one in journal.standings()}
        assert list(found) == [("a", "x"), ("b", "x"), ("a", "y")]
        one = found["a", "x"]
        assert (one.done, one.undisclosed, one.under_way, one.stage, one.active, one.finished) == (
            2, 1, True, "predicting", True, 3
        )  # fmt: skip
        assert (found["a", "y"].undisclosed, found["b", "x"].finished) == (0, None)
        assert [(one.break_id, one.pack) for one in journal.standings(after=3)] == [("a", "y"), ("a", "x")]


def test_a_large_journal_is_looked_through_once_and_again_when_it_changed(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        journal.put(os.urandom(1_500_000))
        (page,) = journal._db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'events_by_kind'"
        ).fetchone()
    assert tables.is_known_sound(tmp_path / "journal.db")
    with Journal.open(tmp_path) as journal:
        journal.record(None, "drill", {})
    assert tables.is_known_sound(tmp_path / "journal.db")
    data = bytearray((tmp_path / "journal.db").read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\x77" * 4096
    (tmp_path / "journal.db").write_bytes(data)
    with pytest.raises(Damaged):
        Journal.open(tmp_path)
