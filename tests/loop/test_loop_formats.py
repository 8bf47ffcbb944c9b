"""A break that was under way before the format changed plays on, from the journal alone."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib

from lynx.content.catalog import data_dir
from lynx.loop.stages import Stage
from tests.content.format_1 import downgraded
from tests.loop.learner import BUG, LINE, ORIGINAL, Learner

FOLDER = next((data_dir("breaks") / "10").glob("03-*"))


def as_before(learner: Learner) -> Learner:
    """The workspace as a Lynx of the format before left it: the journalled spec is one file of format 1."""
    data = downgraded(FOLDER)
    name = hashlib.sha256(data).hexdigest()
    with sqlite3.connect(learner.state_dir / "journal.db") as db:
        db.execute("INSERT INTO blobs VALUES (?, ?)", (name, zlib.compress(data)))
        db.execute("UPDATE attempts SET spec = ?, folder = ?", (name, "/gone"))
    db.close()
    return learner


def test_it_is_predicted_run_hinted_fixed_and_explained(predicting: Learner) -> None:
    learner = as_before(predicting)
    learner.fill()
    ran = learner.run()
    assert [one.says for one in ran.scored][:2] == [{"course": 0.2314}, {"course": 0}]
    assert learner.hint().text["es"] == learner.attempt().card["hints"][0]["es"]
    learner.edit(BUG, LINE)
    assert learner.verify().verdict == "fixed"
    told = learner.explain()
    assert told.break_.sources["course"].what["en"]
    assert told.break_.measured["seeds"] == 10
    assert not told.break_.stale
    assert learner.attempt().stage == Stage.DONE


def test_it_is_given_back(predicting: Learner) -> None:
    learner = as_before(predicting)
    assert learner.reset().outcome == "restored"
    assert learner.target.read_bytes() == ORIGINAL


def test_what_is_journalled_today_holds_its_translations_and_its_proof(predicting: Learner) -> None:
    with predicting.session() as session:
        attempt = session.active()
        assert attempt is not None
        held = session.journal.blob(attempt.spec)
        assert set(json.loads(held)["translations"]) == {"es"}
        break_ = session.break_of(attempt)
    assert break_.title["es"]
    assert break_.measured["seeds"] == 10
