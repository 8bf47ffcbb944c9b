"""A laboratory from the first question to its files."""

from __future__ import annotations

import json

import pytest

from lynx.content.catalog import data_dir
from lynx.content.reading.phases import load_phase
from lynx.errors import NotYet, Refused
from lynx.loop.session import Session
from lynx.mentor import told_before
from lynx.study import laboratory as lab
from lynx.study.results import LabReport
from lynx.truth.claims import Result, Verdict
from lynx.truth.judge import Reason

GUESSES = ["P1=4e26@90", "1e6", "P3=yes@50"]


def told_by_chapters(report: LabReport) -> list[str]:
    """Figures that answer a laboratory, in its sheet and in what is read before it."""
    phase = load_phase("10")
    one = phase.laboratory(report.reference.partition("/")[2])
    files = [chapter.file for chapter in phase.chapters]
    measured = {s.prediction.id: s.measured.median for s in report.scored}
    found = []
    for name in [*files[: files.index(one.read) + 1], one.file]:
        for path in data_dir("phases").glob(f"10/{name}.*.md"):
            language = path.suffixes[0][1:]
            told = told_before.in_chapter(one, report.reference, measured, path.read_text(), language)
            found += [f"{path.name}: {figure.written} tells {id_}" for id_, figure in told]
    return found


def test_it_does_not_run_before_every_prediction_is_there(session: Session) -> None:
    with pytest.raises(NotYet) as caught:
        lab.laboratory(session, "10/00")
    assert caught.value.exit_code == 1
    assert "P1, P2, P3" in str(caught.value)
    assert "lynx lab 10/00 --predict P1=NUMBER@70" in str(caught.value)
    asked = lab.questions(session, "10/00")
    some = lab.parse_answers(asked, ["P2=1e6"])
    with pytest.raises(NotYet, match="P1, P3"):
        lab.laboratory(session, "10/00", answers=some)
    # what was answered is kept
    assert [p.id for p in lab.questions(session, "10/00").predictions] == ["P1", "P3"]


def test_the_walk_is_run_scored_judged_and_written(session: Session) -> None:
    asked = lab.questions(session, "10/00")
    events: list[str] = []
    report = lab.laboratory(
        session,
        "10/00",
        lambda event: events.append(event.kind),
        answers=lab.parse_answers(asked, GUESSES),
        seeds=3,
    )
    assert report.first
    assert told_by_chapters(report) == []
    assert report.modules == "yours"
    assert {s.prediction.id: s.result for s in report.scored} == {
        "P1": Result.HIT,
        "P2": Result.HIT,
        "P3": Result.MISS,
    }
    # three seeds contradict none of them, and settle none
    found = [(j.verdict, j.reason, j.k, j.n) for j in report.judged]
    assert found == [(Verdict.UNDECIDED, Reason.NOT_CONTRADICTED, 3, 3)] * 3
    assert "step" in events
    folder = session.workspace.top / report.folder
    assert report.folder == "phase-10/lab/00-variance-walk"
    result = json.loads((folder / "result.json").read_text())
    about = json.loads((folder / "manifest.json").read_text())
    assert len(result["runs"]) == 9
    assert result["predictions"]["P1"]["result"] == "hit"
    assert about["seeds"] == [0, 1, 2]
    assert about["arguments"]["uniform"] == {
        "experiment": "variance_walk",
        "args": {"depth": 20, "width": 256, "init": "uniform"},
    }
    assert {"lynx", "versions", "hardware", "modules"} <= set(about)
    assert about["versions"]["numpy"]
    assert report.next == "lynx lab 10/01"


def test_a_second_run_asks_nothing_and_scores_nothing_new(session: Session) -> None:
    asked = lab.questions(session, "10/00")
    lab.laboratory(session, "10/00", answers=lab.parse_answers(asked, GUESSES), seeds=1)
    assert lab.questions(session, "10/00").predictions == ()
    again = lab.laboratory(session, "10/00", seeds=1, width=64)
    assert not again.first
    assert again.changed == {"width": 64}
    assert again.scored[0].written == "4e26"
    assert lab.done_laboratories(session, "10") == ("00",)
    same = lab.laboratory(session, "10/00", seeds=1, width=256)
    assert same.changed == {}


@pytest.mark.parametrize("given", [["P9=1"], ["P1=many"], ["P1=1@60"], ["P3=perhaps"], ["1", "2", "no", "4"]])
def test_an_answer_that_is_none_is_refused(session: Session, given: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        lab.parse_answers(lab.questions(session, "10/00"), given)
    assert caught.value.exit_code == 2


def test_bare_answers_go_to_the_questions_in_order(session: Session) -> None:
    found = lab.parse_answers(lab.questions(session, "10/00"), ["1e20", "2", "no"], sure=90)
    assert [(k, v["value"], v["confidence"]) for k, v in found.items()] == [
        ("P1", 1e20, 90),
        ("P2", 2.0, 90),
        ("P3", "no", 90),
    ]


@pytest.mark.parametrize("reference", ["10/09", "11/00", "ten", "10", "10/", "/00"])
def test_an_unknown_laboratory_is_refused_with_those_there_are(session: Session, reference: str) -> None:
    with pytest.raises(Refused) as caught:
        lab.questions(session, reference)
    assert "lynx" in caught.value.remedy.format(**caught.value.fields)


def test_an_argument_it_does_not_have_is_refused(session: Session) -> None:
    asked = lab.questions(session, "10/00")
    answers = lab.parse_answers(asked, GUESSES)
    with pytest.raises(Refused, match="--steps"):
        lab.laboratory(session, "10/00", answers=answers, steps=3)
    with pytest.raises(Refused, match="at least 1"):
        lab.laboratory(session, "10/00", width=0)


def test_a_module_that_crashes_gives_one_clear_message(session: Session) -> None:
    path = session.workspace.top / "src/minimodel/nn/linear.py"
    path.write_text(path.read_text().replace("return F.linear", "return F.lineal"))
    answers = lab.parse_answers(lab.questions(session, "10/00"), GUESSES)
    with pytest.raises(Refused) as caught:
        lab.laboratory(session, "10/00", answers=answers, seeds=1)
    assert caught.value.code == "run-crashed"
    assert "lineal" in str(caught.value)
    assert "lynx lab 10/00" in str(caught.value)


def test_a_running_break_lends_its_healthy_file(session: Session) -> None:
    """While a break holds a file broken, the laboratory measures it as it was."""
    top, journal = session.workspace.top, session.journal
    target = "src/minimodel/nn/linear.py"
    healthy = (top / target).read_bytes()
    broken = healthy.replace(b"return F.linear(x, self.weight, self.bias)", b"return x")
    assert broken != healthy
    journal.start(
        break_id="77", stage="fixing", blind=0, target=target, original=journal.put(healthy),
        broken=journal.put(broken), spec=journal.put(b""), folder=str(top), pack="lynx",
        notes="notes.md", heading="## 77", card={"title": {"en": "x"}, "hints": []},
    )  # fmt: skip
    (top / target).write_bytes(broken)
    answers = lab.parse_answers(lab.questions(session, "10/00"), GUESSES)
    report = lab.laboratory(session, "10/00", answers=answers, seeds=1)
    assert report.lent == target
    assert report.judged[0].verdict is not Verdict.REFUTED
    assert (top / target).read_bytes() == broken
