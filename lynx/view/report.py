"""`lynx report`: one self-contained page of a break or of all, to keep, print or hand in."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from lynx.content.licensed import told
from lynx.truth.claims import Result
from lynx.view.figures import measured_cell, with_range
from lynx.view.language import _, ngettext, number, text_of
from lynx.view.nearby import nearby
from lynx.view.pages import Column, fill, html, table, write_page
from lynx.view.pictures import svg
from lynx.view.pictures.plots import named, sketches_of
from lynx.view.quantities import quantity
from lynx.view.screens.debrief import said_by, source_names, sources, stale_text, value_text
from lynx.view.screens.ran import repeated, seeds_of
from lynx.view.verdicts import counted, mentors
from lynx.view.words import at_layer, word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lynx.loop.reporting import Chapter, Report
    from lynx.loop.results import ControlSeen, Judged, Replication, Scored
    from lynx.truth.symptoms import Symptom

SIGNS = {Result.HIT: "✓", Result.NEAR: "≈", Result.MISS: "✗", Result.UNMEASURED: "–"}


def write(report: Report, path: Path) -> None:
    """Write the page; complete before it stands under its name. Raises Refused when that cannot be done."""
    write_page(page(report), path, "lynx report --out FILE")


def page(report: Report) -> str:
    """The whole page, in the language in force; it asks nothing of the network."""
    title = _("Lynx · what {learner} predicted and measured").format(learner=report.learner)
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(report.made))
    n = len(report.chapters)
    facts = [day, ngettext("{n} attempt", "{n} attempts", n).format(n=n)]
    return fill(
        title=title,
        facts=" · ".join(facts),
        contents=_contents(report.chapters) if n > 1 else "",
        chapters="\n".join(_chapter(one, i) for i, one in enumerate(report.chapters, 1)),
        footer=_(
            "What stands under “measured” and “here” was measured on this machine; the rest is said by others."
        ),
    )


# -- a chapter -----------------------------------------------------------------------------------


def _title(chapter: Chapter) -> str:
    title = _("Break {id} · {title}").format(id=chapter.break_id, title=text_of(chapter.title))
    return f"{title} · {_('attempt {n}').format(n=chapter.number)}" if chapter.number > 1 else title


def _contents(chapters: Sequence[Chapter]) -> str:
    links = "".join(f'<li><a href="#c{i}">{html(_title(c))}</a></li>' for i, c in enumerate(chapters, 1))
    return f'<nav aria-label="{html(_("Contents"))}"><ol>{links}</ol></nav>'


def _chapter(chapter: Chapter, i: int) -> str:
    state = _("the answer was shown") if chapter.revealed else word(chapter.stage)
    facts = [time.strftime("%Y-%m-%d", time.localtime(chapter.started)), state]
    n = chapter.hints_opened
    facts.append(_("{n} of {of} hints").format(n=n, of=chapter.hints_of))
    parts = [
        f'<article id="c{i}" aria-labelledby="c{i}-title"><h2 id="c{i}-title">{html(_title(chapter))}</h2>'
    ]
    parts.append(f'<p class="facts">{html(" · ".join(facts))}</p><p>{html(text_of(chapter.symptom))}</p>')
    where = _("break {id}, attempt {n}").format(id=chapter.break_id, n=chapter.number)
    if chapter.observed:
        quote = f"<blockquote><p>{html(chapter.observed)}</p></blockquote>"
        parts.append(section(_("Seen before the score"), quote))
    if chapter.scored:
        parts.append(section(_("Predicted and measured"), _predicted(chapter, where)))
    parts.append(_charts(chapter, i))
    if chapter.chain:
        parts.append(
            section(
                _("What happened, in the order it happened"), _chain(chapter.chain, where, chapter.first_seed)
            )
        )
    if chapter.controls:
        parts.append(section(_("Ideas put to the test"), _controls(chapter, where)))
    if chapter.judged and chapter.hidden_cause is not None:
        near = nearby(chapter.judged_by) if chapter.judged_by else []
        who = "".join(f"<p>{html(line)}</p>" for line in [*near, *sources(chapter.sources)])
        parts.append(section(_("What is said about it"), _judged(chapter.judged, where) + who))
    if chapter.explanation:
        quote = f"<blockquote><p>{html(chapter.explanation)}</p></blockquote>"
        parts.append(section(_("Explained in one's own words"), quote))
    if chapter.hidden_cause is not None:
        parts.append(section(_("The hidden cause"), f"<p>{html(told(text_of(chapter.hidden_cause)))}</p>"))
    if chapter.fix:
        parts.append(section(_("The fix"), diff(chapter.fix, where)))
    return "".join(parts) + "</article>"


def _predicted(chapter: Chapter, where: str) -> str:
    return _scored(chapter.scored, where, chapter.replication, stale=chapter.stale)


def section(title: str, body: str) -> str:
    """A part of a chapter; nothing where it has no body."""
    return f"<section><h3>{html(title)}</h3>{body}</section>" if body else ""


def _charts(chapter: Chapter, i: int) -> str:
    runs = {run.variant: run for run in chapter.runs}
    drawn_by_you = sketches_of([(one.prediction, one.predicted) for one in chapter.scored], "loss")
    figures = [
        svg.over_steps(runs, "loss", f"c{i}-loss", named(chapter.level), drawn_by_you),
        svg.over_steps(runs, "val_accuracy", f"c{i}-accuracy"),
        svg.over_layers(runs, "grad_norm", f"c{i}-gradient", log=True, read=0),
        svg.over_layers(runs, "abs_cosine", f"c{i}-collapse", log=False, read=-1),
        svg.histogram(runs, f"c{i}-weights"),
    ]
    drawn = "".join(figure for figure in figures if figure)
    n = chapter.runs[0].seed if chapter.runs else 0
    seed = f'<p class="seeds">{html(_("The curves are those of seed {n}.").format(n=n))}</p>'
    return section(_("Pictures"), f'<div class="charts">{drawn}</div>{seed}' if drawn else "")


def _scored(
    scored: Sequence[Scored], where: str, replication: Replication | None = None, *, stale: bool = False
) -> str:
    sources = source_names(scored)
    head = [
        Column(_("prediction"), "n", unseen=True),
        Column(_("asked"), "ask"),
        *(Column(t, "n") for t in (_("predicted"), _("sure"), *sources, _("measured"), _("mentor"))),
        Column(_("result"), "n"),
    ]
    rows = []
    for one in scored:
        because = f'<p class="because">{html(_("because"))}: {html(one.because)}</p>' if one.because else ""
        sign = f'<span aria-hidden="true">{SIGNS[one.result]}</span>'
        rows.append(
            [
                html(one.prediction.id),
                html(text_of(one.ask)) + because,
                html(one.written),
                f"{one.confidence} %",
                *(html(value_text(one.says.get(name))) for name in sources),
                html(measured_cell(one.measured, one.answer)),
                html(with_range(value_text(one.mentor), one.mentor_range, "\n")),
                f'<span class="{one.result}">{sign} {html(word(one.result))}</span>',
            ]
        )
    own = scored[0].measured.seeds
    said = [seeds_of(len(own))] if replication is None else repeated(replication, scored, own)
    if stale:
        said.append(stale_text())
    seeds = "".join(f'<p class="seeds">{html(line)}</p>' for line in said)
    return (
        table(head, rows, _("{what}, {where}").format(what=_("Predicted and measured"), where=where)) + seeds
    )


def _chain(chain: Sequence[Symptom], where: str, seed: int | None = None) -> str:
    head = [
        Column(_("step"), unseen=True),
        Column(_("what"), "ask"),
        Column(_("healthy"), "n"),
        Column(_("broken"), "n"),
        Column(_("so it has"), unseen=True),
    ]
    rows = [
        [
            html(_("step {n}").format(n=one.step)),
            html(at_layer(one.metric, one.layer)),
            html(number(one.healthy)),
            html(number(one.broken)),
            html(word(one.name)),
        ]
        for one in chain
    ]
    drawn = table(head, rows, _("{what}, {where}").format(what=_("What happened"), where=where))
    return drawn if seed is None else f'{drawn}<p class="seeds">{html(_("seed {n}").format(n=seed))}</p>'


def _controls(chapter: Chapter, where: str) -> str:
    seen = [one for one in chapter.controls if one.here is not None]
    if not seen and chapter.hidden_cause is None:
        return ""
    shown: Sequence[ControlSeen] = chapter.controls if chapter.hidden_cause is not None else seen
    head = [
        Column(_("control")),
        Column(_("what changes"), "ask"),
        Column(_("here"), "n"),
        Column(_("mentor"), "n"),
        Column(_("still standing"), "n"),
    ]
    rows = [
        [
            html(one.name),
            html(f"{text_of(one.says)} {quantity(one.measure, one.own)}".strip()),
            html(with_range(number(one.here), one.here_range, "\n")),
            html(with_range(number(one.mentor), one.mentor_range, "\n")),
            html(", ".join(one.survived) or "–"),
        ]
        for one in shown
    ]
    named = sorted({name for one in shown for name in one.survived})
    ideas = "".join(
        f"<li><strong>{html(name)}</strong>: {html(text_of(chapter.rivals.get(name)))}</li>" for name in named
    )
    drawn = table(head, rows, _("{what}, {where}").format(what=_("Controls"), where=where))
    return drawn + (f"<ul>{ideas}</ul>" if ideas else "")


def _judged(judged: Sequence[Judged], where: str) -> str:
    head = [Column(_("statement")), *(Column(t, "n") for t in (_("says"), _("here"), _("mentor")))]
    rows = [
        [
            html(text_of(one.says)),
            html(said_by(one)),
            html(counted(one)),
            html(mentors(one)),
        ]
        for one in judged
    ]
    return table(head, rows, _("{what}, {where}").format(what=_("What is said about it"), where=where))


def diff(text: str, where: str, what: str = "") -> str:
    """A change, its lines told apart by more than colour."""
    lines = []
    for line in text.splitlines():
        kind = "" if re.match(r"\+\+\+|---", line) else {"+": "add", "-": "del"}.get(line[:1], "")
        lines.append(f'<span class="{kind}">{html(line)}</span>' if kind else html(line))
    name = html(_("{what}, {where}").format(what=what or _("The fix"), where=where))
    return f'<pre tabindex="0" role="region" aria-label="{name}"><code>{chr(10).join(lines)}</code></pre>'
