"""`lynx class --page`: the class as one page, to be projected: who stands where, what was believed, who is stuck."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lynx.view.language import _, ngettext, number, text_of
from lynx.view.pages import Column, fill, html, table
from lynx.view.teach import words

if TYPE_CHECKING:
    from lynx.teach.results import ClassView, Learner


def page(view: ClassView) -> str:
    """The whole page, in the language in force."""
    n = len(view.learners)
    day = max((one.day for one in view.learners), default=time.strftime("%Y-%m-%d"))
    facts = [day, ngettext("{n} learner", "{n} learners", n).format(n=n)]
    chapters = [
        _section(_("Believed and wrong, worst first"), _misses(view), words.lesson(view)),
        _section(_("Who stands where"), _matrix(view), words.unsealed(view)),
        _section(_("Stuck"), "".join(f"<li>{html(words.stuck(one))}</li>" for one in view.stuck), "", "ul"),
        _section(_("What the class's confidence tells"), _confidence(view), ""),
        _section(_("In doubt, and in no figure of this page"), _doubts(view), "", "ul"),
    ]
    return fill(
        title=_("Lynx · the class"),
        facts=" · ".join(facts),
        contents="",
        chapters="\n".join(filter(None, chapters)),
        footer=_(
            "Made from what was handed in; nothing was sent anywhere. Names are pseudonyms unless given."
        ),
    )


def _section(title: str, body: str, lead: str, tag: str = "") -> str:
    if not body:
        return ""
    body = f"<{tag}>{body}</{tag}>" if tag else body
    said = f"<p><strong>{html(lead)}</strong></p>" if lead else ""
    return f"<section><h2>{html(title)}</h2>{said}{body}</section>"


def _misses(view: ClassView) -> str:
    if not view.misses:
        return ""
    head = [
        Column(_("prediction")),
        Column(_("asked"), "ask"),
        *(Column(t, "n") for t in (_("wrong"), _("sure"), _("said"), _("measured"))),
    ]
    rows = [
        [
            html(f"{one.break_id} {one.prediction}"),
            html(text_of(one.ask)),
            html(_("{wrong} of {n}").format(wrong=one.wrong, n=one.of)),
            f"{round(one.confidence)} %",
            html(words.value(one.said)),
            html(words.value(one.measured)),
        ]
        for one in view.misses
    ]
    return table(head, rows, _("Believed and wrong, worst first"))


def _matrix(view: ClassView) -> str:
    head = [
        Column(_("learner")),
        *(Column(name, "n") for name in view.breaks),
        Column(_("hits"), "n"),
        Column("Brier", "n"),
    ]
    rows = []
    for one in view.learners:
        played = {break_.id: break_ for break_ in one.breaks}
        cells = []
        for name in view.breaks:
            break_ = played.get(name)
            if break_ is None:
                cells.append("–")
                continue
            kind = {"done": "hit", "revealed": "near"}.get(break_.stage, "")
            facts = [f"{break_.hints}/{break_.of}"] if break_.hints else []
            if break_.attempts > 1:
                facts.append(_("attempt {n}").format(n=break_.attempts))
            small = f'<br><span class="facts">{html(", ".join(facts))}</span>' if facts else ""
            cells.append(f'<span class="{kind}">{html(words.state(break_))}</span>{small}')
        rows.append([html(one.name.replace("-", "\u2011")), *cells, *_sums(one)])
    legend = html(_("The small figures are hints opened in the last attempt, of those there are."))
    return f'{table(head, rows, _("Who stands where"))}<p class="seeds">{legend}</p>'


def _sums(one: Learner) -> tuple[str, str]:
    counted = [break_ for break_ in one.breaks if break_.hit_rate is not None]
    n = sum(len(break_.answers) for break_ in counted)
    if not n:
        return "–", "–"
    rate = sum((break_.hit_rate or 0) * len(break_.answers) for break_ in counted) / n
    score = sum((break_.brier or 0) * len(break_.answers) for break_ in counted) / n
    return f"{round(100 * rate)} %", html(number(score))


def _confidence(view: ClassView) -> str:
    if view.parts is None:
        return ""
    rows = [
        [f"{one.confidence} %", str(one.n), "–" if one.rate is None else f"{round(100 * one.rate)} %"]
        for one in view.bins
    ]
    head = [Column(_("said to be sure"), "n"), Column(_("predictions"), "n"), Column(_("came true"), "n")]
    drawn = table(head, rows, _("What the class's confidence tells"))
    return f"{drawn}<p>{html(words.confidence(view.parts))}</p>"


def _doubts(view: ClassView) -> str:
    lines = [f"{one.name}: {words.faults(one)}" for one in view.learners if one.faults]
    lines += [words.unread(one) for one in view.unread]
    return "".join(f"<li>{html(line)}</li>" for line in lines)
