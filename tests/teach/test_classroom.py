"""`lynx class`: hand-ins, workspaces and notes side by side, each believed as far as it goes."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.loop.env import Env
from lynx.teach import classroom, hand_in, seals
from lynx.teach.results import ClassView
from lynx.view.teach import page, sheet
from tests.conftest import Lynx
from tests.loop.learner import make
from tests.teach import many


def seen(folder: Path) -> ClassView:
    return classroom.classroom(Env(folder, {"HOME": str(folder), "LYNX_HOME": str(folder / "none")}), [folder])


def faults(view: ClassView) -> dict[str, tuple[str, ...]]:
    return {one.name: one.faults for one in view.learners}


def test_thirty_hand_ins(tmp_path: Path) -> None:
    many.a_class(tmp_path / "h")
    view = seen(tmp_path / "h")
    assert len(view.learners) == 30
    assert view.ok
    first = view.misses[0]
    assert first.prediction == "P3"  # the made-up class believes one thing that is wrong
    assert (first.said, first.measured) == ("1e-06", "0.045")
    assert first.weight == max(one.weight for one in view.misses)
    assert all(one.ask for one in view.misses)  # the questions of breaks that are known here
    assert all(one.days >= classroom.DAYS or one.why == "tries" for one in view.stuck)
    rows = list(csv.DictReader(io.StringIO(sheet.sheet(view))))
    assert len(rows) == sum(len(one.breaks) for one in view.learners)
    told = page.page(view)
    assert all(one.name.replace("-", "\u2011") in told for one in view.learners)


def test_what_is_in_doubt_is_shown_and_counts_in_nothing(tmp_path: Path) -> None:
    sound = many.learner(1, name="Ada")
    many.write(tmp_path, sound)
    edited = many.write(tmp_path, many.learner(2, name="Bob"))
    edited.write_text(edited.read_text().replace('"result": "miss"', '"result": "hit"', 1))
    many.write(tmp_path, seals.sealed(replace(sound, name="Cem")))  # somebody else's work under one's own name
    (tmp_path / "hand-in-dan.json").write_text("{")
    (tmp_path / "package.json").write_text('{"name": "x"}')  # somebody else's file
    view = seen(tmp_path)
    found = faults(view)
    assert found["Bob"] == ("edited",)
    assert found["Ada"] == found["Cem"] == ("copied",)
    assert [(one.path.name, one.why) for one in view.unread] == [("hand-in-dan.json", "damaged")]
    assert not view.misses
    assert view.parts is None


def test_of_one_work_the_last_counts_and_nothing_may_be_taken_back(tmp_path: Path) -> None:
    whole = many.learner(5, breaks=3, skill=0.9)
    earlier = seals.sealed(replace(whole, entries=whole.entries[:6], day="2026-11-20"))
    many.write(tmp_path / "week-1", earlier)
    many.write(tmp_path / "week-2", whole)
    view = seen(tmp_path)
    assert faults(view) == {whole.name: ()}
    assert len(view.learners[0].breaks) == 3
    rewritten = seals.sealed(replace(whole, entries=whole.entries[:2] + whole.entries[3:]))
    many.write(tmp_path / "week-2", rewritten, f"hand-in-{whole.name}.json")
    assert "taken-back" in faults(seen(tmp_path))[whole.name]


def test_a_name_given_later_is_the_same_learner(tmp_path: Path) -> None:
    first = many.learner(7)
    many.write(tmp_path, first)
    many.write(tmp_path, seals.sealed(replace(first, name="Ada", chosen=True)))
    assert faults(seen(tmp_path)) == {"Ada": ()}


def test_names_cannot_run_in_a_spreadsheet_or_on_the_page(tmp_path: Path) -> None:
    many.write(tmp_path, many.learner(1, name='=cmd|"/c calc"'), "hand-in-a.json")
    many.write(tmp_path, many.learner(2, name="<script>alert(1)</script>"), "hand-in-b.json")
    view = seen(tmp_path)
    assert '\r\n"\'=cmd' in sheet.sheet(view)
    assert "<script>alert" not in page.page(view)


def test_nothing_there_is_one_word(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No hand-in"):
        seen(tmp_path)
    with pytest.raises(Refused, match="cannot be read"):
        classroom.classroom(Env(tmp_path, {"HOME": str(tmp_path)}), [Path("missing")])


def test_a_learner_hands_in_what_happened(tmp_path: Path) -> None:
    learner = make(tmp_path / "learner")
    learner.begin()
    learner.fill()
    learner.run()
    learner.hint()
    with learner.session() as session:
        plain = hand_in.hand_in(session, tmp_path / "h" / "a.json", "", words=False)
        open_ = hand_in.hand_in(session, tmp_path / "w" / "a.json", "Ada", words=True)
    assert "I think so" not in plain.path.read_text()
    assert "I think so" in open_.path.read_text()
    played = seen(tmp_path / "h").learners[0].breaks[0]
    assert (played.id, played.stage, played.hints, played.attempts) == ("03", "fixing", 1, 1)
    assert faults(seen(tmp_path / "w")) == {"Ada": ()}
    by_workspace = seen(learner.top).learners[0]
    assert by_workspace.breaks[0].answers == played.answers
    before = (learner.state_dir / "journal.db").read_bytes()
    seen(learner.top)
    assert (learner.state_dir / "journal.db").read_bytes() == before

    # a clone has notes alone: the journal is never pushed
    clone = tmp_path / "clones" / "bea" / "phase-10" / "notes"
    clone.mkdir(parents=True)
    (clone / "breaks.md").write_bytes(learner.notes.read_bytes())
    noted = seen(tmp_path / "clones").learners[0]
    assert (noted.name, noted.source, noted.breaks[0].hit_rate) == ("bea", "notes", played.hit_rate)

    # changed by hand: the journal's own chain does not fit any more, and the file says so
    with sqlite3.connect(learner.state_dir / "journal.db") as db:
        db.execute("""UPDATE events SET payload = replace(payload, '"miss"', '"hit"') WHERE kind = 'run'""")
    db.close()
    with learner.session() as session:
        assert not hand_in.hand_in(session, tmp_path / "f.json", "", words=False).untouched


def test_the_commands(lynx: Lynx, tmp_path: Path) -> None:
    many.a_class(tmp_path / "h", 12)
    said = lynx("class", "h", "--page", "out/class.html", "--csv", "out/class.csv")
    assert said.code == 0, said.err
    assert "12 learners" in said.out
    assert "Next lesson: start from" in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    listed = lynx("class", "h", "--json").json
    assert {"learners", "misses", "stuck"} <= set(listed)
    assert {"id", "stage", "attempts", "hints", "hit_rate", "brier"} <= set(listed["learners"][0]["breaks"][0])
    assert (tmp_path / "out" / "class.html").read_text().startswith("<!DOCTYPE html>")
    spanish = lynx("class", "h", "--lang", "es")
    assert "12 estudiantes" in spanish.out
    assert "se midió 0,045" in " ".join(spanish.out.split())
    bad = many.write(tmp_path / "h", many.learner(99, name="Eve"))
    bad.write_text(bad.read_text().replace('"hit"', '"miss"', 1))
    told = lynx("class", "h")
    assert (told.code, "edited after it was handed in" in told.out) == (1, True)
    assert lynx("hand-in").code == 2
    assert json.loads(lynx("class", "nowhere", "--json").out)["error"]["code"] == "class-unreadable"
