"""An exam as it is laid before one learner: which fault is A, which is B, and what is trained for it.

Drawn from a seed that the journal keeps; what was drawn stands nowhere until it is answered
(docs/architecture.md#exams).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

from lynx.content.catalog import data_dir
from lynx.content.exams import Cause, Panel
from lynx.content.reading.exams import load_exam
from lynx.errors import N_, NotYet
from lynx.repo import patch
from lynx.runs.interpreter import choose_interpreter
from lynx.runs.jobs import job_of
from lynx.runs.types import Job, Setting
from lynx.study.bench import shipped
from lynx.truth.measures import METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.content.spec import Break, Text
    from lynx.loop.session import Session

MIXED = "mixed"
LABELS = "ABCDEF"
AT_ONCE = 3  # runs of a mixed exam
SOUND = "sound"


@dataclass(frozen=True)
class Paper:
    """One exam, drawn: `drawn` has the cause of A, B, C …; `work` is what is trained, by what it is trained in."""

    reference: str
    title: Text
    setup: Text
    panels: tuple[Panel, ...]
    places: Mapping[str, Text]
    causes: tuple[Cause, ...]
    drawn: tuple[str, ...]
    work: tuple[tuple[Setting, tuple[Job, ...]], ...]
    level: tuple[Text, str] | None = None
    levelled: tuple[str, ...] = ()

    @property
    def labels(self) -> str:
        """A, B, C …"""
        return LABELS[: len(self.drawn)]

    def cause(self, label: str) -> Cause:
        """What is wrong in a run."""
        return next(one for one in self.causes if one.id == self.drawn[self.labels.index(label)])


def twin(label: str, *, mixed: bool) -> str:
    """The name of the sound run beside `label`: one for all, or in a mixed exam one for each."""
    return f"{label} {SOUND}" if mixed else SOUND


def draw(session: Session, reference: str, seed: int, among: int | None = None) -> Paper:
    """The exam of a phase, or a mixed one among the first so many breaks that were done.

    Raises Refused where there is no such exam, NotYet where too few breaks are done for a mixed one.
    """
    if reference == MIXED:
        return _mixed(session, seed, among)
    exam = load_exam(reference)
    drawn = list(exam.runs)
    Random(f"{reference} {seed}").shuffle(drawn)
    args = [dict(exam.args), *({**exam.args, **exam.cause(name).args} for name in drawn)]
    names = [SOUND, *LABELS[: len(drawn)]]
    jobs = tuple(
        Job(name, training_seed(seed), None, exam.experiment, given, must_read=False)
        for name, given in zip(names, args, strict=True)
    )
    return Paper(
        reference=exam.id,
        title=exam.title,
        setup=exam.setup,
        panels=exam.panels,
        places=exam.places,
        causes=exam.causes,
        drawn=tuple(drawn),
        work=((_setting(session), jobs),),
        level=exam.level,
        levelled=exam.levelled,
    )


def training_seed(seed: int) -> int:
    """None of the mentor's ten, and none of a learner's three."""
    return 1000 + seed % 1000


def done(session: Session) -> list[str]:
    """Lynx's own breaks that were repaired here, in the order in which they were finished first."""
    return session.journal.finished(("", "lynx"))


def _mixed(session: Session, seed: int, among: int | None) -> Paper:
    pool = [found for id_ in done(session)[:among] if (found := _playable(id_)) is not None]
    if len(pool) < AT_ONCE:
        raise NotYet(
            N_("A mixed exam draws {n} runs from the breaks that you have done; so far there are {done}."),
            code="too-few-breaks",
            remedy=N_("Finish another one: lynx break"),
            n=AT_ONCE,
            done=len(pool),
        )
    chosen = Random(f"{MIXED} {seed}").sample(pool, AT_ONCE)
    base = _setting(session)
    work = []
    for label, one in zip(LABELS, chosen, strict=False):
        original = (base.top / one.target).read_bytes()
        broken = patch.apply(original, one.diff, within=one.within, target=one.target).data
        setting = replace(base, pythonpath=one.pythonpath, target=one.target)
        jobs = tuple(
            replace(job_of(one, one.variants[variant], training_seed(seed), original, broken), variant=name)
            for variant, name in (("healthy", twin(label, mixed=True)), ("broken", label))
        )
        work.append((setting, jobs))
    return Paper(
        reference=MIXED,
        title={},
        setup={},
        panels=tuple(Panel(m.name, {}, m.log) for m in METRICS.values()),
        places={target: {} for target in sorted({one.target for one in pool})},
        causes=tuple(Cause(one.id, one.title, one.target) for one in sorted(pool, key=lambda b: b.id)),
        drawn=tuple(one.id for one in chosen),
        work=tuple(work),
    )


def _playable(id_: str) -> Break | None:
    """A break of Lynx's own whose bug is in the starter; None where it is no longer there."""
    from lynx.content.reading.breaks import load_break

    path = next(data_dir("breaks").glob(f"*/{id_}-*/break.yaml"), None)
    if path is None:
        return None
    one = load_break(path.parent)
    return one if one.base == "starter" and one.experiment.script is None else None


def _setting(session: Session) -> Setting:
    """The starter as it ships: whatever stands in the learner's own copy, the runs are those of the exam."""
    space, env = session.workspace, session.env
    return replace(
        shipped(env, space.state_dir).setting,
        top=data_dir("starter"),
        interpreter=choose_interpreter(space.top, env.python, env.environ),
        parallel=os.cpu_count() or 1,
    )
