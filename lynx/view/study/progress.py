"""`lynx progress` and `lynx review`: how well predictions fare and how well confidence fits; what comes
back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.errors import N_
from lynx.study.grid import Outcome, Reason
from lynx.study.results import GuardScore, Review, ReviewItem, Score, SetScore, StudyProgress
from lynx.truth.spacing import EVERY, TIMES
from lynx.view.language import _, ngettext, number
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table
from lynx.view.pictures.canvas import Curve, draw
from lynx.view.study.words import cell_line, knob_word, outcome_word, reason_word

if TYPE_CHECKING:
    from lynx.truth.calibration import Decomposition
    from lynx.view.look import Look

SCHEDULE = N_(
    "Every miss comes back after {n} days, at the same distance each time: a drill until it was right {times} times "
    "in a row, a break until it was played without one. First come those you were surest of and least sure of. Some of "
    "what you got right comes back once."
)
REASONS_BAR = 20  # characters of a whole bar


def render(result: StudyProgress | Review, look: Look) -> RenderableType:
    """The progress, or what is due."""
    return _review(result, look) if isinstance(result, Review) else _progress(result, look)


def _progress(result: StudyProgress, look: Look) -> RenderableType:
    if not (result.drills.n or result.breaks or result.laboratories or result.exams or result.guards):
        return Group(
            paragraph(_("No predictions have been scored yet."), look),
            blank(),
            next_line(["lynx drill", "lynx break"], look, _("Next:")),
        )
    parts: list[RenderableType] = []
    if result.drills.n:
        parts += _drills(result, look)
    for title, rows, name in (
        (_("Breaks"), result.breaks, _("Break {id}")),
        (_("Laboratories"), result.laboratories, _("Laboratory {id}")),
        (_("Exams"), result.exams, _("Exam {id}")),
    ):
        if rows:
            parts += [
                headline(title, _("predictions made, hits, Brier score"), look),
                _sets(rows, name, look),
                blank(),
            ]
    if result.guards is not None:
        parts += [headline(_("Guards"), _("tests of yours, proved by lynx guard"), look)]
        parts += [*(paragraph(line, look) for line in _guards(result.guards)), blank()]
    if result.parts is not None:
        parts += [headline(_("What your confidence tells"), _predictions(result.parts.n), look)]
        parts += [_parts(result.parts, look), paragraph(_judged(result.parts), look, "dim")]
    if result.picture:
        parts.append(paragraph(_("Pictures: {paths}").format(paths=result.picture), look))
    parts.append(blank())
    lead = (
        ngettext("{n} thing is due.", "{n} things are due.", result.due).format(n=result.due)
        if result.due
        else ""
    )
    parts.append(next_line([result.next], look, f"{lead} {_('Next:')}".strip()))
    return Group(*parts)


def _guards(score: GuardScore) -> list[str]:
    """How many breaks that are done would not come back unseen."""
    said = ngettext(
        "{k} of {n} break that is done has a guard, {sharp} of them sharp.",
        "{k} of {n} breaks that are done have a guard, {sharp} of them sharp.",
        score.done,
    )
    lines = [said.format(k=score.guarded, n=score.done, sharp=score.sharp)]
    if score.lost:
        lost = _("Changed or gone since it was proved: the guard of {ids}. Prove it again with lynx guard.")
        lines.append(lost.format(ids=", ".join(score.lost)))
    return lines


def _drills(result: StudyProgress, look: Look) -> list[RenderableType]:
    who: list[list[Cell]] = [
        [(_("you"), "bold"), (_right(result.drills), "bold"), (number(result.drills.brier), "")],
        [(_("the written rule"), ""), (_right(result.rule), ""), ("", "")],
        [
            (_("always “{outcome}”, the commonest here").format(outcome=outcome_word(result.commonest)), ""),
            (_right(result.always), ""),
            ("", ""),
        ],
    ]
    said = ngettext("{n} drill", "{n} drills", result.drills.n).format(n=result.drills.n)
    skipped = _("{n} not counted").format(n=result.uncounted) if result.uncounted else ""
    parts: list[RenderableType] = [
        headline(said, skipped, look),
        table([Column(), Column(_("right")), Column("Brier")], who, look),
        *(paragraph(line, look, "dim") for line in _rates(result)),
        blank(),
    ]
    if len(result.periods) > 1:
        rate = {i * 10: p.hits / p.n for i, p in enumerate(result.periods, 1)}
        score = {i * 10: p.brier for i, p in enumerate(result.periods, 1)}
        curves = [Curve(_("share right"), rate, 0), Curve(_("Brier score"), score, 1)]
        parts += [
            draw(
                curves,
                look,
                title=_("ten drills at a time"),
                height=8,
                x_title=_("drills"),
                within=(0.0, 1.0),
            )
        ]
        parts.append(blank())
    parts += [headline(_("When you say how sure you are"), "", look), reliability(result, look), blank()]
    if result.misjudged:
        knobs: list[list[Cell]] = [
            [
                (knob_word(one.knob, one.value), ""),
                (_("{right} of {n} right").format(right=one.right, n=one.n), ""),
                (_("{n} sure and wrong").format(n=one.sure_and_wrong) if one.sure_and_wrong else "", "red"),
            ]
            for one in result.misjudged
        ]
        parts += [
            headline(_("What you misjudge most"), "", look),
            table([Column()] * 3, knobs, look),
            blank(),
        ]
    return parts


def _rates(result: StudyProgress) -> list[str]:
    """How often each outcome came, here and in the whole grid; and why some did not learn."""
    shares = ", ".join(
        _("{outcome} {here} % (grid: {grid} %)").format(
            outcome=outcome_word(one),
            here=round(100 * result.drawn[one] / result.drills.n),
            grid=round(100 * result.base_rates[one]),
        )
        for one in Outcome
    )
    lines = [_("Your drills came out as: {shares}").format(shares=shares)]
    if result.reasons:
        said = ", ".join(
            f"{reason_word(one)} {result.reasons[one]}" for one in Reason if one in result.reasons
        )
        lines.append(_("Why networks did not learn: {reasons}").format(reasons=said))
    return lines


def reliability(result: StudyProgress, look: Look) -> RenderableType:
    """For each confidence a bar of how often it came true; the mark is where it should end."""
    full, empty, mark = ("█", "·", "│") if look.encoding == "utf-8" else ("#", ".", "|")
    rows: list[list[Cell]] = []
    for one in result.bins:
        if one.rate is None:
            rows.append([(f"{one.confidence} %", ""), (empty * REASONS_BAR, "dim"), (_("never said"), "dim")])
            continue
        filled = round(one.rate * REASONS_BAR)
        bar = list(full * filled + empty * (REASONS_BAR - filled))
        bar[min(round(one.confidence / 100 * REASONS_BAR), REASONS_BAR) - 1] = mark
        told = _("right {k} of {n} times").format(k=one.hits, n=one.n)
        rows.append([(f"{one.confidence} %", ""), ("".join(bar), ""), (told, "")])
    return table([Column(right=True), Column(), Column()], rows, look)


def _predictions(n: int) -> str:
    return ngettext("{n} prediction", "{n} predictions", n).format(n=n)


def _parts(parts: Decomposition, look: Look) -> RenderableType:
    """Murphy's three parts, each with what it means; only a hit counts as right."""
    rows: list[list[Cell]] = [
        [
            (_("off the mark"), ""),
            (number(parts.reliability, 2), "bold"),
            (_("how far your percentages lie from how often they came true; 0 is best"), "dim"),
        ],
        [
            (_("tells hits from misses"), ""),
            (number(parts.resolution, 2), "bold"),
            (_("of {most} that could be told").format(most=number(parts.uncertainty, 2)), "dim"),
        ],
        [
            (_("Brier score"), ""),
            (number(parts.brier, 2), "bold"),
            (_("the first, less the second, plus what could be told; 0 is perfect"), "dim"),
        ],
    ]
    return table([Column(), Column(right=True), Column(wraps=True)], rows, look)


def _judged(parts: Decomposition) -> str:
    """Whether confidence tells more than the same percentages dealt out at random would."""
    chance = number(parts.by_chance, 2)
    if not parts.uncertainty:
        return _("Hits alone, or misses alone: there is nothing yet that confidence could tell apart.")
    if not parts.by_chance:
        return _("One percentage for everything tells no hit from a miss, whatever the score.")
    if parts.resolution > parts.by_chance:
        return _("Percentages dealt out at random would tell {chance} of it.").format(chance=chance)
    return _("Percentages dealt out at random would tell {chance}: so far, yours tell no more.").format(
        chance=chance
    )


def _right(score: Score) -> str:
    if not score.n:
        return "–"
    percent = round(100 * score.right / score.n)
    return _("{percent} %  ({right} of {n})").format(percent=percent, right=score.right, n=score.n)


def _sets(rows: tuple[SetScore, ...], name: str, look: Look) -> RenderableType:
    cells: list[list[Cell]] = [
        [
            (name.format(id=one.name), "bold"),
            (_("{hits} of {n} hit").format(hits=one.hits, n=one.made), ""),
            (number(one.brier), "dim"),
        ]
        for one in rows
    ]
    return table([Column(), Column(), Column()], cells, look)


def _review(result: Review, look: Look) -> RenderableType:
    if not result.items:
        parts: list[RenderableType] = [paragraph(_("Nothing is due today."), look)]
        if result.later:
            n = result.later
            later = ngettext("{n} thing comes back another day.", "{n} things come back another day.", n)
            parts.append(paragraph(later.format(n=n), look, "dim"))
        return Group(*parts, blank(), next_line([result.next], look, _("Next:")))
    rows: list[list[Cell]] = [[(_name(x), "bold"), (_why(x), ""), (x.command, "")] for x in result.items]
    return Group(
        headline(_("Due today"), _("every {n} days").format(n=EVERY), look),
        table([Column(), Column(wraps=True), Column()], rows, look),
        paragraph(_(SCHEDULE).format(n=EVERY, times=TIMES), look, "dim"),
        blank(),
        next_line([result.next], look, _("Next:")),
    )


def _name(item: ReviewItem) -> str:
    if item.kind == "break":
        return _("Break {id}").format(id=item.id)
    return _("Drill {n}").format(n=item.id)


def _why(item: ReviewItem) -> str:
    ago = ngettext("{n} day ago", "{n} days ago", item.days).format(n=item.days)
    if item.reason == "revealed":
        return _("{ago} you had the answer shown; now blind").format(ago=ago)
    if item.cell is None:
        return _("{ago} you were {sure} % sure and wrong; now blind").format(ago=ago, sure=item.confidence)
    cell = cell_line(item.cell)
    if item.reason == "hit":
        return _("{ago} you were {sure} % sure and right about {cell}").format(
            ago=ago, sure=item.confidence, cell=cell
        )
    return _("{ago} you were {sure} % sure and wrong about {cell}").format(
        ago=ago, sure=item.confidence, cell=cell
    )
