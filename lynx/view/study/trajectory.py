"""`lynx drill --curve`: a network to sketch the loss of, then the sketch, the rule's and what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.study.trajectory import ASKED, HIT, Sketched, Sketching, loss_at
from lynx.truth.claims import Result
from lynx.truth.measures import METRICS, median_of
from lynx.view.language import _, number
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table
from lynx.view.pictures.canvas import Curve, draw
from lynx.view.screens.predictions import form_of
from lynx.view.screens.ran import STYLES
from lynx.view.study.drill import network
from lynx.view.study.words import cell_line, outcome_word
from lynx.view.words import metric_word, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.view.look import Look

ANSWER = 'lynx drill --curve --answer "…" --sure 70'


def render(result: Sketched | Sketching, look: Look) -> RenderableType:
    """The question, or the answer measured."""
    if isinstance(result, Sketching):
        return Group(question(result, look), blank(), next_line([ANSWER], look, _("Answer:")))
    return _answered(result, look)


def question(asked: Sketching, look: Look) -> RenderableType:
    """The network, and at which steps its loss is asked."""
    hit = _("a hit: each point within a factor of {n}").format(n=number(HIT))
    return Group(
        headline(_("Drill · curve {n}").format(n=asked.number), "", look),
        blank(),
        *network(asked.cell, look),
        paragraph(_("How does its loss go? nan, where it is no number any more."), look, "bold"),
        paragraph(f"{form_of(asked.prediction)}; {hit}", look, "dim", indent=4),
    )


def _answered(result: Sketched, look: Look) -> RenderableType:
    hits = sum(one is Result.HIT for one in result.points.values())
    rule_hits = sum(one is Result.HIT for one in result.rule_points.values())
    n = len(ASKED)
    head = _("{k} of {n} points").format(k=hits, n=n)
    beside = _("the rule: {k} of {n}").format(k=rule_hits, n=n)
    you = result.scored.predicted
    drawn: Mapping[int, float] = you if isinstance(you, dict) else {}
    first = {step: v[0] for step, v in result.runs[0].series["loss"].points.items()}
    curves = [
        Curve(_("measured"), first, 0),
        Curve(_("your sketch"), drawn, 3),
        Curve(_("the rule"), result.rule, 4),
    ]
    log = max((v for v in first.values() if v == v), default=0.0) > 20
    rows = [_row(result, step, drawn) for step in ASKED]
    columns = [Column(), Column(_("you")), Column(_("the rule")), Column(_("measured")), Column(_("result"))]
    says = _("The rule of chapter 04 says: {outcome}. Its curve is the median of such networks.").format(
        outcome=outcome_word(result.rule_says)
    )
    mine, theirs, of = result.hits
    so_far = _("So far: you {k}, the rule {m} of {n} points.").format(k=mine, m=theirs, n=of)
    return Group(
        headline(head, beside, look, f"bold {STYLES[result.scored.result]}"),
        paragraph(cell_line(result.asked.cell), look, "dim"),
        blank(),
        draw(
            curves,
            look,
            title=metric_word("loss"),
            log=log,
            height=9,
            x_title=_("steps"),
            reference=None if log else (_("guessing"), result.guessing),
        ),
        blank(),
        table(columns, rows, look),
        paragraph(says, look),
        paragraph(so_far, look),
        blank(),
        next_line(["lynx drill --curve"], look, _("Next:")),
    )


def _row(result: Sketched, step: int, drawn: Mapping[int, float]) -> list[Cell]:
    values = [loss_at(one, step) for one in result.runs]
    ordered = sorted(values, key=lambda v: (v != v, v))
    middle = number(median_of("loss", values, METRICS))
    spread = (
        ""
        if ordered[0] == ordered[-1] or middle == "NaN"
        else f" ({number(ordered[0])} … {number(ordered[-1])})"
    )
    fared = result.points[step]
    return [
        (_("step {n}").format(n=step), "dim"),
        (number(drawn.get(step)), ""),
        (number(result.rule[step]), ""),
        (middle + spread, ""),
        (word(fared), STYLES[fared]),
    ]
