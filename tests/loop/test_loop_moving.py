"""Progress carried to another machine, and every break begun anew."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.loop import home, moving, repair, rescue
from lynx.store import parcel
from tests.loop.learner import BUG, OTHER_WORDS, WRONG, Learner, make


def carried(learner: Learner, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    with learner.session() as session:
        return moving.export(session, folder / moving.NAME).path


def test_a_break_under_way_goes_on_where_it_was_left(fixing: Learner, tmp_path: Path) -> None:
    fixing.hint()
    fixing.edit(BUG, WRONG)
    other = make(tmp_path / "other")
    done = moving.bring(other.env, carried(fixing, tmp_path / "stick"))
    assert (done.attempts, done.under_way, done.left) == (1, "03", "")
    assert other.target.read_bytes() == fixing.target.read_bytes()
    assert other.text == fixing.text
    assert other.status().hints_shown == 1
    other.edit(WRONG, OTHER_WORDS)
    assert other.verify().verdict == "fixed"
    assert other.explain().scored[0].written == "2,5"
    other.reset()
    assert BUG not in other.target.read_text()
    with other.session() as session:
        assert not session.journal.pending_swaps()


def test_twice_is_once_and_a_new_workspace_is_made(done: Learner, tmp_path: Path, lynx) -> None:  # type: ignore[no-untyped-def]
    file = carried(done, tmp_path / "stick")
    empty = tmp_path / "empty"
    empty.mkdir()
    env = replace(done.env, cwd=empty)
    first, again = moving.bring(env, file), moving.bring(env, file)
    assert (first.made, first.attempts, again.attempts, again.known, again.events) == (True, 1, 0, 1, 0)
    with home.perhaps(env) as session:
        assert session is not None
        assert {line.id: line.state for line in home.list_breaks(session)}["03"] == "done"


def test_what_is_here_already_stays(done: Learner, stages: dict[str, Learner], tmp_path: Path) -> None:
    file = carried(stages["fixing"].copy(tmp_path / "there"), tmp_path / "stick")
    before = done.target.read_bytes()
    brought = moving.bring(done.env, file)
    assert brought.left in ("", "drifted")
    other = make(tmp_path / "other")
    other.begin("03")
    busy = moving.bring(other.env, file)
    assert (busy.attempts, busy.under_way, busy.left) == (1, None, "busy")
    assert done.target.read_bytes() == before
    assert other.attempt().stage == "predicting"


@pytest.mark.parametrize("spoil", ["text", "cut", "other", "bytes", "path", "newer", "missing"])
def test_anything_else_is_refused_and_changes_nothing(
    stages: dict[str, Learner], new: Learner, tmp_path: Path, spoil: str
) -> None:
    file = carried(stages["fixing"].copy(tmp_path / "there"), tmp_path / "stick")
    said = json.loads(gzip.decompress(file.read_bytes()))
    if spoil == "path":
        said["attempts"][0]["target"] = "../outside.py"
    if spoil == "newer":
        said["schema"] = 9
    if spoil == "bytes":
        said["blobs"][said["attempts"][0]["spec"]] = "eA=="
    if spoil == "other":
        said = [1, 2]
    data = gzip.compress(json.dumps(said).encode())
    data = {"text": b"hello", "cut": file.read_bytes()[:-40]}.get(spoil, data)
    file.write_bytes(data) if spoil != "missing" else file.unlink()
    before = new.target.read_bytes()
    with pytest.raises(Refused) as caught:
        moving.bring(new.env, file)
    assert caught.value.remedy
    assert new.target.read_bytes() == before
    assert new.status().break_id is None


def test_every_break_can_be_new_again(done: Learner) -> None:
    with done.session() as session:
        given = rescue.reset(session, afresh=True)
    assert given.break_id == "03"
    assert given.kept  # the fix in other words
    assert done.state() == "new"
    assert done.begin().number == 2
    assert "· attempt 2" in done.text
    with done.session() as session:
        assert not home.due(session)
        assert len(session.journal.attempts()) == 2


def test_a_finished_break_can_be_played_and_told_again(done: Learner, lynx) -> None:  # type: ignore[no-untyped-def]
    short, whole = lynx("explain", cwd=done.top), lynx("explain", "--all", cwd=done.top)
    assert (short.code, whole.code) == (0, 0)
    assert "The plus was gone." in short.out
    assert "+ current = current + step" in short.out
    assert len(short.out.splitlines()) <= 24 < len(whole.out.splitlines())
    assert done.reset().kept
    assert done.begin().number == 2
    done.fill()
    done.run()
    done.edit(BUG, OTHER_WORDS)
    with done.session() as session:
        assert repair.verify(session).verdict == "fixed"


def test_a_parcel_is_the_same_after_the_journey(done: Learner, tmp_path: Path) -> None:
    packed = parcel.unpack(carried(done, tmp_path / "stick").read_bytes())
    assert parcel.unpack(parcel.pack(packed)) == packed
