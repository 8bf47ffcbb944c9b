"""`lynx progress`: the predictions made, how many hit, and how well the confidence fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.language import _, ngettext, number, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table
from lynx.view.screens.ran import STYLES, measured_text, short
from lynx.view.words import word

if TYPE_CHECKING:
    from lynx.loop.results import Progress
    from lynx.view.look import Look


def render(result: Progress, look: Look) -> RenderableType:
    """One line a prediction, one a break, and the totals."""
    if not result.made:
        return Group(
            paragraph(_("No predictions have been scored yet."), look),
            blank(),
            next_line(["lynx"], look, _("Next:")),
        )
    parts: list[RenderableType] = [headline(_total(result), _brier(result.brier), look), blank()]
    columns = [
        Column(),
        Column(wraps=True),
        Column(_("sure")),
        Column(_("you")),
        Column(_("measured")),
        Column(),
    ]
    rows: list[list[Cell]] = [
        [
            (one.prediction.id, "bold"),
            (text_of(one.ask), ""),
            (f"{one.confidence} %", ""),
            (short(one.written), ""),
            (measured_text(one.measured, one.answer), ""),
            (word(one.result), STYLES[one.result]),
        ]
        for one in result.rows
    ]
    parts.append(table(columns, rows, look))
    if len(result.by_break) > 1:
        parts += [blank(), _breaks(result, look)]
    scale = _("Brier score: 0 is perfect, 0.25 is what “50 % sure” of everything gives; only a hit counts.")
    parts += [blank(), paragraph(scale.replace("0.25", number(0.25)), look, "dim")]
    parts.append(next_line(["lynx", "lynx list"], look, _("Next:")))
    return Group(*parts)


def _breaks(result: Progress, look: Look) -> RenderableType:
    rows: list[list[Cell]] = [
        [
            (_("Break {id}").format(id=name), "bold"),
            (_("{hits} of {n} hit").format(hits=hits, n=made), ""),
            (_("Brier {score}").format(score=number(score)), ""),
        ]
        for name, made, hits, score in result.by_break
    ]
    return table([Column(), Column(), Column()], rows, look)


def _total(result: Progress) -> str:
    made = ngettext("{n} prediction", "{n} predictions", result.made).format(n=result.made)
    return _("{made}, {hits} of them hit").format(made=made, hits=result.hits)


def _brier(score: float | None) -> str:
    return "" if score is None else _("Brier {score}").format(score=number(score))
