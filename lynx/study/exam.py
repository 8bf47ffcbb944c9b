"""`lynx exam`: runs with one fault each, to be named and located from their curves alone.

A sitting is a seed, the recorded curves and the answers given so far; it stays until every run is answered, over
restarts too. What was drawn follows from the seed and is written down by the last answer, not before.
"""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from lynx.content.exams import exam_ids
from lynx.errors import N_, Refused
from lynx.runs import runner
from lynx.store import recordings
from lynx.study import papers
from lynx.study.bench import demand_finished
from lynx.study.papers import MIXED, SOUND, Paper
from lynx.truth.calibration import CONFIDENCES, Forecast, brier
from lynx.truth.claims import Result
from lynx.truth.measures import Series
from lynx.truth.signs import first_sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from lynx.content.exams import Cause, Panel
    from lynx.loop.session import Session
    from lynx.truth.measures import Run
    from lynx.truth.signs import FirstSign

KIND = "exam"


@dataclass(frozen=True)
class Answer:
    """What a learner says of one run: ids of a cause and of a place, and how sure they are, in percent."""

    cause: str
    place: str
    sure: int


@dataclass(frozen=True)
class Sitting:
    """An exam under way: the paper, every run by its label (and the sound ones), the answers so far."""

    paper: Paper
    number: int  # the how-manieth sitting of this exam
    runs: Mapping[str, Run]
    answers: Mapping[str, Answer]
    look: str | None = None  # the metric that is to be shown
    only: str | None = None  # of this run

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The instruments that recorded something."""
        return tuple(
            p for p in self.paper.panels if any(p.metric in run.series for run in self.runs.values())
        )

    @property
    def left(self) -> str:
        """The labels that are not answered yet."""
        return "".join(label for label in self.paper.labels if label not in self.answers)

    def sound(self, label: str) -> Run:
        """The sound run beside `label`."""
        return self.runs[papers.twin(label, mixed=self.paper.reference == MIXED)]


@dataclass(frozen=True)
class Marked:
    """One run when the exam is over."""

    label: str
    answer: Answer
    cause: Cause
    sign: FirstSign | None

    @property
    def named(self) -> bool:
        """Whether the fault was named."""
        return self.answer.cause == self.cause.id

    @property
    def located(self) -> bool:
        """Whether its place was."""
        return self.answer.place == self.cause.place


@dataclass(frozen=True)
class Graded:
    """An exam that is over."""

    paper: Paper
    number: int
    marked: tuple[Marked, ...]
    brier: float | None
    seconds: float  # from the first look to the last answer
    next: str

    @property
    def named(self) -> int:
        """How many faults were named."""
        return sum(one.named for one in self.marked)

    @property
    def located(self) -> int:
        """How many were located."""
        return sum(one.located for one in self.marked)


def waiting(session: Session) -> str:
    """The exam that was begun last and is not over, else the first that there is."""
    begun = {one: fact for one in (*exam_ids(), MIXED) if (fact := _fact(session, one))}
    return max(begun, key=lambda one: begun[one]["began"], default=exam_ids()[0])


def sit(
    session: Session,
    reference: str,
    *,
    seed: int | None = None,
    training: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Sitting:
    """The sitting that waits, else a new one, drawn from `seed` or from one of this sitting's own; its runs trained.

    `training` is entered around what takes seconds. Raises Refused for an unknown exam, and for a seed while
    another sitting waits; NotYet as `papers.draw`.
    """
    reference = reference if reference == MIXED else reference.zfill(2)
    fact = _fact(session, reference)
    if fact and seed is not None and seed != fact["seed"]:
        raise Refused(
            N_("An exam is under way, and its runs are drawn already."),
            code="exam-under-way",
            remedy=N_("Answer it first: lynx exam {exam}"),
            exam=reference,
        )
    if not fact:
        chosen = SystemRandom().randrange(1_000_000) if seed is None else seed
        among = len(papers.done(session)) if reference == MIXED else None
        papers.draw(session, reference, chosen, among)  # refuses before anything is written
        fact = {"seed": chosen, "among": among, "number": len(_past(session, reference)) + 1}
        fact |= {"began": time.time(), "runs": "", "answers": {}}
        _keep(session, reference, fact)
    paper = papers.draw(session, reference, fact["seed"], fact["among"])
    if not fact["runs"]:
        with training():
            runs = _trained(paper)
        fact |= {"runs": session.journal.put(recordings.pack(runs)), "began": time.time()}
        _keep(session, reference, fact)
    kept = recordings.unpack(session.journal.blob(fact["runs"]))
    answers = {label: Answer(**one) for label, one in fact["answers"].items()}
    return Sitting(paper, fact["number"], {run.variant: run for run in kept}, answers)


def answer(session: Session, sitting: Sitting, label: str, said: Answer) -> Sitting:
    """Write one answer down, or change it. Raises Refused for a run, cause, place or confidence there is not."""
    paper = sitting.paper
    _demand(label, paper.labels, N_("There is no run “{name}”."))
    _demand(said.cause, [one.id for one in paper.causes], N_("“{name}” is no cause that is offered."))
    _demand(said.place, list(paper.places), N_("“{name}” is no place that is offered."))
    if said.sure not in CONFIDENCES:
        raise Refused(
            N_("How sure you are is 30, 50, 70 or 90, in percent."), code="bad-confidence", remedy="@70"
        )
    answers = {**sitting.answers, label: said}
    fact = _fact(session, paper.reference) or {}
    fact["answers"] = {name: vars(one) for name, one in sorted(answers.items())}
    _keep(session, paper.reference, fact)
    return replace(sitting, answers=answers)


def grade(session: Session, sitting: Sitting) -> Graded:
    """Every run is answered: what was broken in each, and its first sign. It is written down, and the sitting ends."""
    paper = sitting.paper
    metrics = [panel.metric for panel in sitting.panels]
    fact = _fact(session, paper.reference) or {}
    marked = tuple(
        Marked(
            label,
            sitting.answers[label],
            paper.cause(label),
            first_sign(sitting.sound(label), sitting.runs[label], metrics),
        )
        for label in paper.labels
    )
    now = time.time()
    told = Graded(
        paper=paper,
        number=sitting.number,
        marked=marked,
        brier=brier([_forecast(one.answer.sure, one.named, now) for one in marked]),
        seconds=now - fact.get("began", now),
        next="lynx progress",
    )
    session.journal.record(
        None,
        KIND,
        {
            "exam": paper.reference,
            "number": sitting.number,
            "seed": fact.get("seed"),
            "seconds": told.seconds,
            "runs": [
                {
                    "label": one.label,
                    "answer": vars(one.answer),
                    "cause": one.cause.id,
                    "place": one.cause.place,
                    "named": one.named,
                    "located": one.located,
                }
                for one in marked
            ],
        },
    )
    session.journal.set_fact(_name(paper.reference), "")
    return told


def parse_answer(sitting: Sitting, text: str) -> tuple[str, Answer]:
    """`A=no-warm-up/schedule@70`: label, cause, place, confidence; names may be numbers or their beginnings.

    Raises Refused for anything else.
    """
    label, equals, rest = text.partition("=")
    named, at, sure = rest.rpartition("@")
    cause, stroke, place = named.partition("/")
    if not (equals and at and stroke and sure.strip().isdigit()):
        raise Refused(
            N_("“{text}” is no answer."),
            code="bad-answer",
            remedy=N_("An answer is RUN=CAUSE/PLACE@30|50|70|90, such as {example}."),
            text=text,
            example=example(sitting),
        )
    causes = [one.id for one in sitting.paper.causes]
    found = pick(cause, causes) or cause.strip(), pick(place, list(sitting.paper.places)) or place.strip()
    return label.strip().upper(), Answer(*found, int(sure))


def example(sitting: Sitting) -> str:
    """An answer as it is written, right or wrong by chance alone."""
    paper = sitting.paper
    return f"A={paper.causes[-1].id}/{next(iter(paper.places))}@50"


def pick(text: str, among: Sequence[str]) -> str | None:
    """One of the names by itself, its number from 1, or a beginning that only it has; else None."""
    word = text.strip().casefold()
    whole = [name for name in among if name.casefold() == word]
    numbered = [among[int(word) - 1]] if word.isdecimal() and 1 <= int(word) <= len(among) else []
    begun = [name for name in among if word and name.casefold().startswith(word)]
    found = whole or numbered or begun
    return found[0] if len(found) == 1 else None


def forecasts(session: Session) -> dict[str, list[Forecast]]:
    """What was said in every exam that is over, by exam and number."""
    return {
        f"{e.payload['exam']} · {e.payload['number']}": [
            _forecast(int(one["answer"]["sure"]), one["named"], e.time) for one in e.payload["runs"]
        ]
        for e in session.journal.events(kind=KIND)
    }


def best(session: Session, reference: str) -> tuple[int, int] | None:
    """The most faults that were named in one sitting of an exam, and of how many; None before the first."""
    past = _past(session, reference)
    return max(((sum(one["named"] for one in e["runs"]), len(e["runs"])) for e in past), default=None)


def _past(session: Session, reference: str) -> list[Mapping[str, Any]]:
    return [e.payload for e in session.journal.events(kind=KIND) if e.payload["exam"] == reference]


def _trained(paper: Paper) -> list[Run]:
    """All runs of a paper, with nothing but what its panels show: what else a run leaves could name its fault."""
    wanted = {panel.metric for panel in paper.panels} | ({paper.level[1]} if paper.level else set())
    kept = []
    for setting, jobs in paper.work:
        runs = runner.run_jobs(setting, jobs)
        demand_finished(runs, f"lynx exam {paper.reference}")
        for run in runs:
            series = {name: _scalar(one) for name, one in run.series.items() if name in wanted}
            kept.append(replace(run, series=series, log_tail="", opened=(), log=""))
    return sorted(kept, key=lambda run: (run.variant != SOUND, run.variant))


def _scalar(series: Series) -> Series:
    """A series as a panel shows it: of one that has a value a layer, the first layer's."""
    if not series.layers:
        return series
    return Series((), {step: values[:1] for step, values in series.points.items() if values})


def _forecast(sure: int, named: bool, at: float) -> Forecast:
    return Forecast(sure, Result.HIT if named else Result.MISS, at)


def _demand(name: str, among: Sequence[str], template: str) -> None:
    if name not in among:
        raise Refused(
            template, code="bad-answer", remedy=N_("There are: {known}."), name=name, known=", ".join(among)
        )


def _name(reference: str) -> str:
    return f"exam:{reference}"


def _fact(session: Session, reference: str) -> dict[str, Any] | None:
    text = session.journal.fact(_name(reference))
    return dict(json.loads(text)) if text else None


def _keep(session: Session, reference: str, fact: Mapping[str, Any]) -> None:
    session.journal.set_fact(_name(reference), json.dumps(fact))
