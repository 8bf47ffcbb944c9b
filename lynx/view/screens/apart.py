"""What tells two sides apart, over everything recorded: the largest separation first, or that nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.truth.apart import TRAINING
from lynx.view.figures import spread
from lynx.view.language import _, ngettext, number
from lynx.view.layout import Cell, Column, headline, paragraph, table
from lynx.view.words import at_layer, word

if TYPE_CHECKING:
    from lynx.truth.apart import Apart, Difference
    from lynx.view.look import Look

SHOWN = 3  # rows; the rest is in the output for other programs


def render(found: Difference, look: Look, other: str = "broken") -> RenderableType | None:
    """The rows, or the sentence that was measured; nothing where nothing was compared."""
    if not found.pairs:
        return None
    if not found.rows:
        return paragraph(undivided(found), look)
    n = ngettext("{n} seed", "{n} seeds", found.seeds).format(n=found.seeds)
    columns = [Column(_("from")), Column(wraps=True), Column(word("healthy")), Column(word(other)), Column()]
    shown = found.rows[:SHOWN]
    return Group(
        headline(_("What tells the two apart most"), n, look),
        table(columns, [_row(one) for one in shown], look),
    )


def _row(one: Apart) -> list[Cell]:
    peak = _("{what}, at step {step}").format(what=at_layer(one.metric, one.layer or ""), step=one.peak.step)
    return [
        (_("step {n}").format(n=one.first.step), "dim"),
        (peak, ""),
        (spread(one.peak.one), ""),
        (spread(one.peak.other), ""),
        (_("better!") if one.better and one.metric in TRAINING else "", "bold"),
    ]


def undivided(found: Difference) -> str:
    """That nothing tells the sides apart, as far as it was measured."""
    seeds = ngettext("{n} seed", "{n} seeds", found.seeds).format(n=found.seeds)
    if found.nothing:
        said = _(
            "Nothing that was recorded differs: all {pairs} pairs ({seeds}) lie within healthy seeds' own spread."
        )
        return said.format(pairs=number(found.pairs), seeds=seeds)
    told = _(
        "{seeds} do not tell the two apart; {k} of {pairs} recorded pairs differ by more than healthy seeds do."
    )
    parts = [told.format(seeds=seeds, k=found.outside, pairs=number(found.pairs))]
    if (odd := found.odd) is not None:
        most = _("Most of all {what} at step {step}, seed {seed}: {one} and {other}.")
        what = at_layer(odd.metric, odd.layer or "")
        values = {"one": number(odd.one), "other": number(odd.other)}
        parts.append(most.format(what=what, step=odd.step, seed=odd.seed, **values))
    return " ".join(parts)
