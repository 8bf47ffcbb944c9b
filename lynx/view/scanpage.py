"""A scan as files: one self-contained page with the curves, SARIF, a badge."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from lynx.scan.results import State
from lynx.view.data.sarif import sarif
from lynx.view.language import _, ngettext
from lynx.view.pages import Column, fill, html, table, write_page
from lynx.view.pictures import svg
from lynx.view.report import diff, section
from lynx.view.screens.mutant import state_text
from lynx.view.screens.scanned import counted, effect_text, healthy_line, sites_line
from lynx.view.words import word

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lynx.scan.results import Mutant, Scanned

MOST = 40  # mutants with a chapter of their own


def write(
    scanned: Scanned, *, page_: Path | None, sarif_: Path | None, badge_: Path | None
) -> tuple[Path, ...]:
    """Write what is asked for; the paths. Raises Refused for one that cannot be written."""
    wanted: list[tuple[Path | None, str, Callable[[], str]]] = [
        (page_, "--page", lambda: page(scanned)),
        (sarif_, "--sarif", lambda: json.dumps(sarif(scanned), indent=1, ensure_ascii=False) + "\n"),
        (badge_, "--badge", lambda: badge(scanned)),
    ]
    for path, option, make in wanted:
        if path is not None:
            write_page(make(), path, f"lynx scan {option} FILE")
    return tuple(path for path, _option, _make in wanted if path is not None)


def page(scanned: Scanned) -> str:
    """The whole page, in the language in force; it asks nothing of the network."""
    told = [one for one in scanned.mutants if one.state in (State.MISSED, State.UNDECIDED)]
    facts = [time.strftime("%Y-%m-%d %H:%M"), healthy_line(scanned.healthy), sites_line(scanned)]
    return fill(
        title=_("Lynx · what the tests of {name} would miss").format(name=scanned.top.name),
        facts=" · ".join(facts),
        contents="",
        chapters=_all(scanned) + "".join(_chapter(scanned, one) for one in told[:MOST]),
        footer=_(
            "Each row is a bug that was put in and run here; nothing was said of what was not measured."
        ),
    )


def _all(scanned: Scanned) -> str:
    head = [
        Column(_("number"), unseen=True),
        Column(_("where"), "n"),
        Column(_("what was done"), "ask"),
        Column(_("state"), "n"),
        Column(_("what it does"), "ask"),
        Column(_("seen by"), "ask"),
    ]
    rows = [
        [
            f'<a href="#m{one.number}">{one.number}</a>' if _has_chapter(one) else str(one.number),
            html(f"{one.file}:{one.line}"),
            html(_(one.says)),
            html(word(one.state)),
            html(effect_text(one.effect) if one.effect else "–"),
            html(", ".join(one.seen_by)),
        ]
        for one in scanned.mutants
    ]
    n = len(scanned.missed)
    title = ngettext(
        "{n} training bug that your tests would miss", "{n} training bugs that your tests would miss", n
    )
    counts = f"<p>{html(counted(scanned))}</p>"
    body = f"<h2>{html(title.format(n=n))}</h2>{counts}{table(head, rows, _('All mutants'))}"
    return f"<article>{body}</article>"


def _has_chapter(one: Mutant) -> bool:
    return one.state in (State.MISSED, State.UNDECIDED) and one.number <= MOST


def _chapter(scanned: Scanned, one: Mutant) -> str:
    name = f"{one.file}:{one.line}"
    parts = [
        f'<article id="m{one.number}"><h2>{one.number} · {html(_(one.says))}</h2><p class="facts">{html(name)}</p>',
        f"<p>{html(state_text(one))}</p>",
        diff(one.diff, name, _(one.says)),
        _charts(scanned, one),
    ]
    guards = ", ".join(one.seen_by)
    if guards:
        parts.append(f"<p>{html(_('The guards that would see it: {names}').format(names=guards))}</p>")
    return "".join(parts) + "</article>"


def _charts(scanned: Scanned, one: Mutant) -> str:
    """The first seed's loss and figure, healthy and with the bug."""
    sound = {run.seed: run for run in scanned.runs.get("", ())}
    broken = next((run for run in scanned.runs.get(one.id, ()) if run.seed in sound), None)
    if broken is None:
        return ""
    runs = {"healthy": sound[broken.seed], "broken": broken}
    metrics = dict.fromkeys(("loss", scanned.healthy.metric))
    drawn = "".join(svg.over_steps(runs, metric, f"m{one.number}-{metric}") for metric in metrics if metric)
    seed = f'<p class="seeds">{html(_("The curves are those of seed {n}.").format(n=broken.seed))}</p>'
    return section(_("Pictures"), f'<div class="charts">{drawn}</div>{seed}' if drawn else "")


def badge(scanned: Scanned) -> str:
    """A badge as SVG: how many bugs nothing would notice, of how many that were tried."""
    n = len(scanned.missed)
    right = _("{n} of {of} missed").format(n=n, of=scanned.judged)
    if not scanned.judged:
        right = _("nothing tried")
    colour = "#a4261d" if n else "#176339"
    left = "lynx scan"
    a, b = 6 * len(left) + 14, 6 * len(right) + 14
    text = 'font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" fill="#fff" text-anchor="middle"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{a + b}" height="20" role="img" '
        f'aria-label="{html(left)}: {html(right)}"><title>{html(left)}: {html(right)}</title>'
        f'<rect width="{a}" height="20" fill="#444"/><rect x="{a}" width="{b}" height="20" fill="{colour}"/>'
        f'<g {text}><text x="{a / 2}" y="14">{html(left)}</text>'
        f'<text x="{a + b / 2}" y="14">{html(right)}</text></g></svg>\n'
    )
