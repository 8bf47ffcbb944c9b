"""`lynx break`: the bug is in, the form is written, what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.loop.stages import NEXT, Stage
from lynx.view.language import _, ngettext, seconds, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, stack, table
from lynx.view.lines import cells
from lynx.view.screens.predictions import question
from lynx.view.screens.reset import recovered

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.loop.results import Started
    from lynx.view.look import Look


def render(result: Started, look: Look) -> RenderableType:
    """The announcement: which break, what changed, where to predict, how long the run takes."""
    parts: list[RenderableType] = []
    if result.made:
        made = _("A workspace for you, with its own git repository: {path}")
        parts += [paragraph(made.format(path=result.workspace), look), blank()]
    if result.recovered:
        parts += [paragraph(recovered(result.recovered), look), blank()]
    parts += [headline(title_of(result), _("phase {n}").format(n=result.phase), look), blank()]
    if result.resumed:
        parts += [paragraph(_("You are in the middle of this break."), look), blank()]
    parts += [paragraph(_story(result), look), blank()]
    parts.append(_table(_rows(result), look))
    if result.blind and not result.resumed:
        spoiler = _(
            "Blind: what changed, and where, is yours to find. `git diff` would tell; try without it."
        )
        parts += [blank(), paragraph(spoiler, look)]
    if result.stage is Stage.PREDICTING and not result.asking:
        parts += [
            blank(),
            *_questions(result, look),
            blank(),
            next_line([NEXT[result.stage]], look, _("Then:")),
        ]
    return stack(*parts)


def _questions(result: Started, look: Look) -> list[RenderableType]:
    """What the notes ask, for who answers there: the form says neither what a hit is nor what options mean."""
    return [question(p, text_of(result.asks[p.id]), look) for p in result.predictions]


def title_of(result: Started) -> str:
    """“Break 00 · its title”, and which attempt it is from the second on."""
    title = _("Break {id} · {title}").format(id=result.break_id, title=text_of(result.title))
    if result.number > 1:
        title += " · " + _("attempt {n}").format(n=result.number)
    return title


def _story(result: Started) -> str:
    if result.blind:
        return text_of(result.symptom)
    if result.setup:
        return text_of(result.setup)
    return _(
        "One file in your copy has changed, as the title says. Before anything runs: what do you expect?"
    )


def _about(result: Started) -> str:
    """How long the run takes: on this machine where that is known, else where the break was proved."""
    if result.here is None:
        return _("{time} where it was measured").format(time=seconds(result.seconds))
    low, high = seconds(result.here[0]), seconds(result.here[1])
    return (
        _("about {time} here").format(time=low)
        if low == high
        else _("{low} to {high} here").format(low=low, high=high)
    )


def _table(rows: list[list[Cell]], look: Look) -> RenderableType:
    """Three columns; where a long path leaves no room for the third, it stands below the second."""
    if max(sum(cells(look.plain(text)) for text, _style in row) for row in rows) + 12 <= look.prose:
        return table([Column(), Column(), Column(wraps=True)], rows, look, indent=2)
    below = [[row[0], ("\n".join(text for text, _style in row[1:] if text), "")] for row in rows]
    return table([Column(), Column(wraps=True)], below, look, indent=2)


def _rows(result: Started) -> list[list[Cell]]:
    target = result.prefix + result.target if result.target else _("one file")
    rows: list[list[Cell]] = [
        [(_("changed"), "dim"), (target, ""), (_("(undo any time: lynx reset)"), "dim")]
    ]
    n = len(result.predictions)
    count = ngettext("{n} prediction", "{n} predictions", n).format(n=n)
    if result.stage is Stage.PREDICTING:
        rows.append([(_("predict"), "dim"), (result.prefix + result.notes, ""), (count, "")])
        about = _about(result)
        rows.append([(_("then"), "dim"), (NEXT[result.stage], "bold"), (about, "")])
    else:
        rows.append([(_("notes"), "dim"), (result.prefix + result.notes, ""), ("", "")])
        rows.append([(_("next"), "dim"), (NEXT[result.stage], "bold"), ("", "")])
    return rows
