"""An exam from the draw to the score: what is drawn stands nowhere before it is answered, and nothing is lost."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from lynx.content.exams import Exam, exam_ids, folder_of
from lynx.content.phases import ExamProof
from lynx.content.reading import exams as reading
from lynx.errors import Fault, LynxError, NotYet, Refused
from lynx.loop.session import Env, Session, open_session
from lynx.study import checks, exam, papers, progress
from lynx.study.exam import Answer, Sitting
from lynx.truth.measures import Ended, Run, Series
from lynx.truth.signs import first_sign

SMALL = {"width": "8", "batch": "4", "steps": "20", "warmup": "5"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Exam:
    """The shipped exam with trainings of an instant."""
    folder = tmp_path_factory.mktemp("exam")
    text = (folder_of("19") / "exam.yaml").read_text("utf-8")
    for name, value in SMALL.items():
        text = re.sub(rf"    {name}: \S+\n", f"    {name}: {value}\n", text)
    (folder / "exam.yaml").write_text(text, "utf-8")
    for name in ("es.yaml", "experiment.py"):
        (folder / name).write_bytes((folder_of("19") / name).read_bytes())
    return reading.load_exam("19", folder)


TRAIN = exam._trained


@pytest.fixture(scope="module")
def trained() -> dict[str, Run]:
    """The runs of one sitting by what is wrong in them, as soon as one has been trained."""
    return {}


@pytest.fixture(autouse=True)
def _small(small: Exam, trained: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """Small trainings, and of an exam of a phase only once: later draws name the same runs otherwise."""

    def once(paper: papers.Paper) -> list[Run]:
        if paper.reference == papers.MIXED:
            return TRAIN(paper)
        if not trained:
            runs = {run.variant: run for run in TRAIN(paper)}
            trained.update(
                {paper.cause(label).id: runs[label] for label in paper.labels}, sound=runs["sound"]
            )
        named = [replace(trained[paper.cause(label).id], variant=label) for label in paper.labels]
        return [trained["sound"], *named]

    monkeypatch.setattr(papers, "read_exam", lambda *_: small)
    monkeypatch.setattr(exam, "_trained", once)


def right(sitting: Sitting, label: str, sure: int = 70) -> Answer:
    cause = sitting.paper.cause(label)
    return Answer(cause.id, cause.place, sure)


def answered(session: Session, sitting: Sitting, order: str = "") -> Sitting:
    """Every run answered; `order` says whose right answer A, B, C get."""
    for label, whose in zip(sitting.paper.labels, order or sitting.paper.labels, strict=True):
        sitting = exam.answer(session, sitting, label, right(sitting, whose))
    return sitting


# -- the draw ----------------------------------------------------------------------------------------


def test_the_seed_decides_and_every_order_is_drawn(session: Session) -> None:
    drawn = [papers.draw(session, "19", seed).drawn for seed in range(60)]
    assert drawn == [papers.draw(session, "19", seed).drawn for seed in range(60)]
    assert set(drawn) == set(permutations(drawn[0]))
    jobs = papers.draw(session, "19", 7).work[0][1]
    assert [job.variant for job in jobs] == ["sound", "A", "B", "C"]
    assert {job.seed for job in jobs} == {1007}
    assert not {job.seed for job in jobs} & {*range(10), 100, 101, 102}


def test_a_sitting_waits_with_its_answers_until_the_last_one(session: Session) -> None:
    first = exam.sit(session, "19", seed=7)
    assert set(first.runs) == {"sound", "A", "B", "C"}
    exam.answer(session, first, "B", right(first, "B"))
    again = exam.sit(session, "19")
    assert again.paper.drawn == first.paper.drawn
    assert again.runs == first.runs
    assert again.left == "AC"
    changed = exam.answer(session, again, "B", Answer("unshifted", "data", 30))
    assert exam.sit(session, "19").answers == changed.answers == {"B": Answer("unshifted", "data", 30)}
    with pytest.raises(Refused, match="under way"):
        exam.sit(session, "19", seed=8)
    assert exam.waiting(session) == "19"


def test_an_interrupted_training_leaves_the_draw(session: Session) -> None:
    @contextmanager
    def interrupted() -> Iterator[None]:
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        exam.sit(session, "19", seed=11, training=interrupted)
    assert exam.sit(session, "19").paper.drawn == papers.draw(session, "19", 11).drawn


# -- nothing tells -----------------------------------------------------------------------------------


def words_on_disk(session: Session) -> str:
    """Every byte that Lynx keeps, compressed ones as they read: the journal, the cache, logs, the notes."""
    found = []
    for path in sorted(session.workspace.state_dir.rglob("*")):
        if path.is_file():
            found.append(path.read_bytes())
    for root in (
        os.environ.get("LYNX_HOME"),
        os.environ.get("XDG_STATE_HOME"),
        os.environ.get("XDG_DATA_HOME"),
    ):
        found += [p.read_bytes() for p in Path(root or os.devnull).rglob("*") if p.is_file()]
    found += [path.read_bytes() for path in session.workspace.top.glob("phase-*/**/*") if path.is_file()]
    with session.journal.transaction() as db:
        found += [zlib.decompress(data) for (data,) in db.execute("SELECT data FROM blobs")]
        for table in ("events", "facts", "attempts"):
            found += [repr(row).encode() for row in db.execute(f"SELECT * FROM {table}")]
    return b"\n".join(found).decode("utf-8", "replace")


def telling(paper: papers.Paper) -> list[str]:
    """What would name a fault: ids, sentences in both languages, the arguments that make it."""
    told = ["init_scale", "warmup", "sees"]
    for one in paper.causes:
        told += [one.id, *one.says.values(), *(one.tells or {}).values()]
    return [*told, *paper.places]


def test_nothing_on_the_disk_names_a_fault_before_it_is_answered(session: Session) -> None:
    sitting = exam.sit(session, "19", seed=7)
    common = {"weights", "update", "loss", "data"}  # words that stand in any journal
    names = [name for name in telling(sitting.paper) if name not in common]
    lying = words_on_disk(session)
    assert '"A"' in lying  # the runs are there
    assert [name for name in names if name in lying] == []
    exam.answer(session, sitting, "A", Answer("unshifted", "attention", 50))
    lying = words_on_disk(session)
    assert [name for name in names if name in lying] == [
        "unshifted",
        "attention",
    ]  # the learner's own words alone
    told = exam.grade(session, answered(session, sitting))
    lying = words_on_disk(session)
    assert all(one.cause.id in lying for one in told.marked)  # the search finds what is there


def test_the_recordings_hold_what_the_panels_show_and_no_more(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exam, "_trained", TRAIN)
    sitting = exam.sit(session, "19", seed=3)
    assert {run.seed for run in sitting.runs.values()} == {1003}
    shown = {panel.metric for panel in sitting.paper.panels} | {"entropy_rate"}
    for run in sitting.runs.values():
        assert set(run.series) == shown
        assert (run.log_tail, run.opened, run.log) == ("", (), "")


# -- the score ---------------------------------------------------------------------------------------


def test_three_of_three_is_told_kept_and_over(session: Session) -> None:
    told = exam.grade(session, answered(session, exam.sit(session, "19", seed=7)))
    assert (told.named, told.located, len(told.marked)) == (3, 3, 3)
    assert told.brier == pytest.approx(0.09)
    signs = {one.cause.id: one.sign for one in told.marked}
    assert (signs["large-init"].metric, signs["large-init"].step) == ("loss", 0)
    assert (signs["no-warm-up"].metric, signs["no-warm-up"].step) == ("rate", 0)
    following = exam.sit(session, "19", seed=8)
    assert following.number == 2
    assert following.left == "ABC"
    (score,) = progress.progress(session).exams
    assert (score.name, score.made, score.hits) == ("19 · 1", 3, 3)
    assert checks.examined(session, ExamProof("19", 2)).ok


def test_two_the_other_way_round_are_named_wrong_and_place_counts_for_itself(session: Session) -> None:
    sitting = exam.sit(session, "19", seed=7)
    assert checks.examined(session, ExamProof("19", 2)).ok is False
    crossed = answered(session, sitting, "BAC")
    told = exam.grade(session, crossed)
    assert [one.named for one in told.marked] == [False, False, True]
    third = exam.sit(session, "19", seed=9)
    half = Answer("unshifted", third.paper.cause("A").place, 90)
    told = exam.grade(session, exam.answer(session, answered(session, third), "A", half))
    assert (told.named, told.located) == (2, 3)
    assert exam.best(session, "19") == (2, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=no-warm-up/schedule@70", ("A", Answer("no-warm-up", "schedule", 70))),
        ("b=2/5@30", ("B", Answer("no-warm-up", "schedule", 30))),
        (" C = large / w @90", ("C", Answer("large-init", "weights", 90))),
    ],
)
def test_an_answer_is_written_by_names_numbers_or_beginnings(
    session: Session, small: Exam, text: str, said: tuple[str, Answer]
) -> None:
    sitting = Sitting(papers.draw(session, "19", 1), 1, {}, {})
    assert exam.parse_answer(sitting, text) == said


@pytest.mark.parametrize(
    "text",
    ["", "A", "A=no-warm-up", "A=no-warm-up@70", "A=1/1", "A=1/1@x", "D=1/1@70", "A=9/1@70", "A=1/9@70", "A=1/1@60",
     "A=no/1@70", "A=/@70"],
)  # fmt: skip
def test_what_is_no_answer_is_refused_and_loses_nothing(session: Session, text: str) -> None:
    sitting = exam.sit(session, "19", seed=1)
    exam.answer(session, sitting, "A", right(sitting, "A"))
    with pytest.raises(Refused) as refused:
        exam.answer(session, sitting, *exam.parse_answer(sitting, text))
    assert refused.value.remedy
    assert exam.sit(session, "19").answers == {"A": right(sitting, "A")}


def test_there_is_no_other_exam(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for name in ("10", "none"):
        with pytest.raises(LynxError) as refused:
            exam.sit(session, name)
        assert "lynx exam 19" in str(refused.value.fields.get("known", refused.value.remedy))


# -- mixed -------------------------------------------------------------------------------------------


def done(session: Session, *names: str) -> None:
    for name in names:
        session.journal.start(
            break_id=name, stage="done", blind=False, started=0.0, active=False, target="x", original="",
            broken="", spec="", folder="", pack="lynx", notes="", heading="", card={},
        )  # fmt: skip


def test_a_mixed_exam_draws_from_the_breaks_that_are_done(session: Session) -> None:
    done(session, "03", "12")
    with pytest.raises(NotYet, match="draws"):
        exam.sit(session, "mixed")
    done(session, "04")
    sitting = exam.sit(session, "mixed", seed=5)
    assert sorted(sitting.paper.drawn) == ["03", "04", "12"]
    assert len({papers.draw(session, "mixed", seed).drawn for seed in range(6)}) > 2
    assert sitting.panels
    for label in "ABC":
        assert sitting.runs[label].ended is sitting.sound(label).ended is Ended.FINISHED
        assert set(sitting.runs[label].series) & {p.metric for p in sitting.panels}  # each can be looked at
    done(session, "05")  # finished meanwhile: what was drawn stays
    assert exam.sit(session, "mixed").paper.drawn == sitting.paper.drawn
    told = exam.grade(session, answered(session, sitting))
    assert (told.named, told.located) == (3, 3)
    assert len(papers.draw(session, "mixed", 1).causes) == 4
    assert [one.name for one in progress.progress(session).exams] == ["mixed · 1"]


# -- the first sign ----------------------------------------------------------------------------------


def run_of(**series: list[float]) -> Run:
    return Run(
        "x", 0, Ended.FINISHED, {n: Series((), {i: (v,) for i, v in enumerate(s)}) for n, s in series.items()}
    )


@pytest.mark.parametrize(
    ("here", "step"),
    [
        ([1, 1, 1.6, 1.6], 2),
        ([1, 0.6, 0.6, 1], 1),
        ([1, 2, 1, 1], None),  # one odd batch
        ([1, 1, 1, 2], 3),
        ([1, float("nan"), float("nan"), 1], 1),
        ([1, 1.4, 1.4, 1.4], None),
        ([1, -1, -1, 1], 1),
    ],
)
def test_a_sign_is_a_factor_twice_in_a_row(here: list[float], step: int | None) -> None:
    found = first_sign(run_of(loss=[1.0] * 4), run_of(loss=here), ["loss"])
    assert (found and found.step) == step


def test_the_earliest_metric_wins_and_the_first_of_two() -> None:
    sound, other = (
        run_of(a=[1, 1, 1], b=[1, 1, 1], c=[1, 1, 1]),
        run_of(a=[1, 2, 2], b=[2, 2, 2], c=[2, 2, 2]),
    )
    assert first_sign(sound, other, ["a", "b", "c"]).metric == "b"
    assert first_sign(sound, other, ["c", "b"]).metric == "c"
    assert first_sign(sound, sound, ["a", "b", "c"]) is None


# -- the file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("id_", exam_ids())
def test_every_text_of_an_exam_has_its_spanish(id_: str) -> None:
    from lynx.content.reading import texts
    from lynx.content.reading.document import parse

    folder = folder_of(id_)
    keys = []
    for name in ("exam.yaml", "es.yaml"):
        document = parse((folder / name).read_bytes(), folder / name)
        assert document.root is not None
        keys.append(set(texts.places(document.root.plain(), texts.EXAM).texts))
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("place: weights", "place: nowhere", "nowhere"),
        ("runs: [large-init", "runs: [unshifted", "unshifted"),
        ("runs: [large-init", "runs: [nothing", "nothing"),
        ("title: Three", "titel: Three", "titel"),
    ],
)
def test_a_bad_exam_names_the_line(tmp_path: Path, before: str, after: str, named: str) -> None:
    text = (folder_of("19") / "exam.yaml").read_text("utf-8")
    assert before in text
    (tmp_path / "exam.yaml").write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(Fault) as fault:
        reading.load_exam("19", tmp_path)
    assert re.search(rf"exam.yaml:\d+: .*{named}", str(fault.value))


def test_what_the_words_say_of_the_signs_was_measured() -> None:
    """`tells` and the chapter speak of step 0, of thirty times, of fifty steps, of no NaN: `signs.json` has them."""
    told = json.loads((folder_of("19") / "signs.json").read_text("utf-8"))
    assert told["seeds"] == list(range(10))
    assert told["large-init"]["sign"] == [["loss", 0]] * 10
    assert told["no-warm-up"]["sign"] == [["rate", 0]] * 10
    assert min(step for _, step in told["sees-ahead"]["sign"]) > 50
    assert 25 < told["no-warm-up"]["update"]["0"] / told["sound"]["update"]["0"] < 35
    assert told["large-init"]["update"]["0"] < 0.05 * told["sound"]["update"]["0"]
    assert told["no-warm-up"]["spikes"] == 0
    assert told["no-warm-up"]["loss"]["30"] < told["sound"]["loss"]["30"]
    assert told["sees-ahead"]["val_loss"]["149"] < 0.316 < told["sound"]["val_loss"]["149"]
    assert told["sees-ahead"]["writing"]["149"] > told["sees-ahead"]["writing"]["30"]
    assert [told[name]["nan"] for name in ("large-init", "no-warm-up", "sees-ahead", "sound")] == [0] * 4


@pytest.mark.exhaustive
def test_the_signs_come_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.exam_signs import signs

    kept = json.loads((folder_of("19") / "signs.json").read_text("utf-8"))
    again = signs("19", [0, 1])
    for name in ("large-init", "no-warm-up", "sees-ahead"):
        assert again[name]["sign"] == kept[name]["sign"][:2]


def test_the_whole_of_it_in_a_session_opened_twice(session: Session) -> None:
    """What one command wrote, the next one reads: another process sees the same sitting."""
    sitting = exam.sit(session, "19", seed=2)
    exam.answer(session, sitting, "C", right(sitting, "C"))
    top = session.workspace.top
    session.journal.close()
    with open_session(Env(top, dict(os.environ))) as later:
        assert exam.sit(later, "19").answers == {"C": right(sitting, "C")}
