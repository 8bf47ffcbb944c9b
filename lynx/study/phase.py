"""A phase as a learner sees it: what there is, a chapter to read, and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.exams import exam_ids
from lynx.content.phases import Phase, phase_ids, split_reference
from lynx.content.reading.phases import load_phase
from lynx.loop.home import list_breaks
from lynx.study import checks, rules
from lynx.study.drill import LATELY, history
from lynx.study.laboratory import done_laboratories
from lynx.study.results import Checked, CheckItem, Page, PhaseView

if TYPE_CHECKING:
    from lynx.loop.session import Env, Session
    from lynx.loop.standing import Listed

READ = "read"  # the journal's event: a chapter was opened


def current(session: Session | None) -> str:
    """The phase that is meant where none is named: of the last break played, else the first there is."""
    known = phase_ids()
    last = session.journal.before() if session else None
    while session and last:
        if (name := f"{last.card.get('phase', 0):02d}") in known:
            return name
        last = session.journal.before(last.id)
    return known[0]


def phase(session: Session | None, id_: str, env: Env) -> PhaseView:
    """`lynx phase 10`: the whole phase, also for somebody without a workspace. Raises Refused for no such
    phase.
    """
    one = load_phase(id_)
    labs = done_laboratories(session, one.id) if session else ()
    counted = [a for a in history(session) if a.outcome is not None][-LATELY:] if session else []
    items = checks.items(session, one) if session else _unlooked(one)
    return PhaseView(
        phase=one,
        laboratories_done=labs,
        breaks=_breaks(session, one, env),
        drills=len(history(session)) if session else 0,
        drill_rate=sum(a.right for a in counted) / len(counted) if counted else None,
        items=items,
        next=_next(session, one, items),
        exam=one.id in exam_ids(),
    )


def read(session: Session | None, reference: str, language: str) -> Page:
    """`lynx read 10/03`: a chapter in `language`, else in English. Raises Refused for an unknown one."""
    phase_id, id_ = split_reference(reference)
    one = load_phase(phase_id)
    chapter = one.chapter(id_)
    ids = [c.id for c in one.chapters]
    at = ids.index(id_)
    if session is not None:
        session.journal.record(None, READ, {"page": f"{one.id}/{id_}"})
    return Page(
        reference=f"{one.id}/{id_}",
        title=chapter.title,
        markdown=one.page(chapter.file, language),
        minutes=chapter.minutes,
        before=f"{one.id}/{ids[at - 1]}" if at else None,
        next=_after(one, chapter.file, ids, at),
    )


def sheet(reference: str, language: str) -> Page:
    """`lynx lab 10/01 --sheet`: a laboratory's sheet. Raises Refused for an unknown one."""
    phase_id, id_ = split_reference(reference)
    one = load_phase(phase_id)
    lab = one.laboratory(id_)
    return Page(
        f"{one.id}/{id_}", lab.title, one.page(lab.file, language), 0, None, f"lynx lab {one.id}/{id_}"
    )


def check(session: Session, id_: str) -> Checked:
    """`lynx phase 10 --check`: the definition of done, the tests of the modules included."""
    one = load_phase(id_)
    return Checked(one.id, one.title, checks.items(session, one, run_tests=True), _onward(one.id))


def _onward(id_: str) -> str:
    """The phase behind this one; after the last, how the predictions fared."""
    later = [name for name in phase_ids() if name > id_]
    return f"lynx phase {later[0]}" if later else "lynx progress"


def _after(one: Phase, file: str, ids: list[str], at: int) -> str:
    """Behind a chapter comes the laboratory that belongs to it, else the next chapter; behind the last one the
    drill or the exam, where the phase has one, else its first break.
    """
    lab = next((x for x in one.laboratories if x.read == file), None)
    if lab is not None:
        return f"lynx lab {one.id}/{lab.id}"
    if at + 1 < len(ids):
        return f"lynx read {one.id}/{ids[at + 1]}"
    if one.id == rules.phase_id():
        return "lynx drill"
    if one.id in exam_ids():
        return f"lynx exam {one.id}"
    return f"lynx break {one.breaks[0]}" if one.breaks else f"lynx phase {one.id} --check"


def _breaks(session: Session | None, one: Phase, env: Env) -> tuple[Listed, ...]:
    found = {line.id: line for line in list_breaks(session, env) if line.pack in ("", "lynx")}
    return tuple(found[id_] for id_ in one.breaks if id_ in found)


def _next(session: Session | None, one: Phase, items: tuple[CheckItem, ...]) -> str:
    """The first chapter for whoever has begun nothing, else the first sentence that does not hold yet."""
    if session is None or not (session.journal.events(kind=READ) or any(item.ok for item in items)):
        return f"lynx read {one.id}/{one.chapters[0].id}"
    open_ = next((item for item in items if item.ok is False), None)
    return open_.command if open_ else f"lynx phase {one.id} --check"


def _unlooked(one: Phase) -> tuple[CheckItem, ...]:
    return tuple(CheckItem(d.id, d.says, None, (), d.command) for d in one.done)
