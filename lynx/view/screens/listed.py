"""`lynx list`: every break by phase, with its state, the time it needs and what it teaches. Light."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.view.language import _, seconds, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, stack, table
from lynx.view.words import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from lynx.loop.standing import Listed
    from lynx.view.look import Look

STYLES = {"done": "green", "new": "", "revealed": "dim", "reset": "dim"}


def render(result: Sequence[Listed], look: Look) -> RenderableType:
    """Phase by phase, in the order in which to play them."""
    if not result:
        return paragraph(_("There are no breaks here."), look)
    parts: list[RenderableType] = []
    for phase in dict.fromkeys(line.phase for line in result):
        lines = [line for line in result if line.phase == phase]
        course = any(line.pack == "lynx" for line in lines)  # a pack's phases have no chapters here
        right = f"lynx phase {phase:02d}" if course else ""
        parts.append(headline(_("Phase {n}").format(n=phase), right, look))
        columns = [Column(), Column(), Column(wraps=True), Column(), Column()]
        parts += [table(columns, [_row(line) for line in lines], look), blank()]
    parts.append(next_line([_command(result)], look, _("Next:")))
    return stack(*parts)


def _row(line: Listed) -> list[Cell]:
    name = line.id
    if line.broken:
        return [(name, "bold"), ("", ""), (text_of(line.title), ""), (_("cannot be read"), "red"), ("", "")]
    needs = ", ".join(line.needs) or _("NumPy alone")
    about = [_("needs {what}").format(what=needs)]
    if line.teaches:
        about.insert(0, _("teaches {things}").format(things=", ".join(line.teaches)))
    return [
        (name, "bold"),
        (line.place, "dim"),
        (text_of(line.title) + "\n" + " · ".join(about), ""),
        (word(line.state), STYLES.get(line.state, "bold")),
        (_time(line), "dim"),
    ]


def _time(line: Listed) -> str:
    """What a run takes: here, where one has been timed; else what the break says."""
    if not line.seconds:
        return ""
    took = seconds(line.seconds)
    return _("{time} here").format(time=took) if line.here else took


def _command(lines: Sequence[Listed]) -> str:
    usable = [line for line in lines if not line.broken]
    under_way = [x for x in usable if x.state in ("predicting", "observing", "fixing", "explaining")]
    if under_way:
        return "lynx"
    fresh = next((x for x in usable if x.state == "new"), None)
    return f"lynx break {fresh.id}" if fresh else "lynx progress"
