"""`lynx mentor measure`: what tells healthy from broken, in the order in which it shows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.language import _, ngettext, number, seconds
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table
from lynx.view.screens.apart import undivided
from lynx.view.words import at_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.mentor.measure import Measuring, Told
    from lynx.view.look import Look


def render(result: Measuring, look: Look) -> RenderableType:
    """A line a metric, then what was or would be written."""
    each = ngettext("{n} seed each", "{n} seeds each", result.seeds).format(n=result.seeds)
    title = headline(_("What tells healthy from broken"), f"{each} · {seconds(result.seconds)}", look)
    if not result.rows:
        nothing = undivided(result.difference)
        advice = _("Record something that the bug changes, make the bug larger, or take more steps.")
        return Group(
            title,
            paragraph(nothing, look),
            paragraph(advice, look, "dim"),
            blank(),
            next_line(
                [f"lynx mentor measure {result.id} --seeds {2 * result.seeds}"],
                look,
                _("More seeds may tell:"),
            ),
        )
    columns = [
        Column(_("first")),
        Column(_("metric"), wraps=True),
        Column(_("healthy")),
        Column(_("broken")),
        Column(_("apart")),
    ]
    parts: list[RenderableType] = [
        title,
        table(columns, [_row(one, result.seeds) for one in result.rows], look),
        blank(),
    ]
    asked = ngettext("{n} prediction", "{n} predictions", len(result.predictions)).format(
        n=len(result.predictions)
    )
    claimed = ngettext("{n} claim with its verdict", "{n} claims with their verdicts", len(result.claims))
    what = f"{asked}, {claimed.format(n=len(result.claims))}"
    if result.written:
        said = _("Written into {path}: {what}; the sentences are yours.").format(path=result.path, what=what)
        return Group(
            *parts, paragraph(said, look), next_line([f"lynx mentor preview {result.id}"], look, _("Next:"))
        )
    said = _("It would write {what}; the sentences are yours.").format(what=what)
    return Group(
        *parts,
        paragraph(said, look),
        next_line([f"lynx mentor measure {result.id} --write"], look, _("Next:")),
    )


def _row(one: Told, n: int) -> list[Cell]:
    row = one.apart
    apart = _("exact") if row.exact else _("{k} of {n}").format(k=row.first.in_order, n=n)
    return [
        (_("step {n}").format(n=row.first.step), "dim"),
        (at_layer(row.metric, row.layer or ""), ""),
        (_spread(row.first.one), ""),
        (_spread(row.first.other), ""),
        (f"{apart}\n{_('better!')}" if row.better else apart, "bold" if row.better else ""),
    ]


def _spread(values: Sequence[float]) -> str:
    """The median with its range below, or the one number that all seeds give."""
    ordered = sorted(values, key=lambda v: (math.isnan(v), v))
    middle = number(ordered[len(ordered) // 2])
    if ordered[0] == ordered[-1] or (math.isnan(ordered[0]) and math.isnan(ordered[-1])):
        return middle
    return f"{middle}\n({number(ordered[0], 2)} … {number(ordered[-1], 2)})"
