"""`lynx list`: every break by phase, with its state, the time it needs and what it teaches. Light."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lynx.view.language import _, seconds, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, stack, table
from lynx.view.words import word

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

    from lynx.loop.standing import Listed
    from lynx.view.look import Look

STYLES = {"done": "green", "new": "", "revealed": "dim", "reset": "dim"}


def render(result: Sequence[Listed], look: Look) -> RenderableType:
    """Phase by phase, in the order in which to play them."""
    if not result:
        return paragraph(_("There are no breaks here."), look)
    parts: list[RenderableType] = []
    phases: dict[int, list[Listed]] = {}
    for line in result:
        phases.setdefault(line.phase, []).append(line)
    columns = [Column(), Column(), Column(wraps=True), Column(), Column()]
    row = _rows()
    for phase, lines in phases.items():
        course = any(line.pack == "lynx" for line in lines)  # a pack's phases have no chapters here
        right = f"lynx phase {phase:02d}" if course else ""
        parts.append(headline(_("Phase {n}").format(n=phase), right, look))
        parts += [table(columns, [row(line) for line in lines], look), blank()]
    parts.append(next_line([_command(result)], look, _("Next:")))
    return stack(*parts)


def _rows() -> Callable[[Listed], list[Cell]]:
    """What makes the row of a break: words that come again and again are looked up once."""
    alone, teaches = _("NumPy alone"), _("teaches {things}")
    needs = cache(lambda names: _("needs {what}").format(what=", ".join(names) or alone))
    state = cache(lambda name: (word(name), STYLES.get(name, "bold")))
    time = cache(lambda took, here: (_time(took, here=here), "dim"))

    def row(line: Listed) -> list[Cell]:
        if line.broken:
            no = (_("cannot be read"), "red")
            return [(line.id, "bold"), ("", ""), (text_of(line.title), ""), no, ("", "")]
        about = needs(line.needs)
        if line.teaches:
            about = f"{teaches.format(things=', '.join(line.teaches))} · {about}"
        what = (f"{text_of(line.title)}\n{about}", "")
        return [
            (line.id, "bold"),
            (line.place, "dim"),
            what,
            state(line.state),
            time(line.seconds, line.here),
        ]

    return row


def _time(took: float, *, here: bool) -> str:
    """What a run takes: here, where one has been timed; else what the break says."""
    if not took:
        return ""
    said = seconds(took)
    return _("{time} here").format(time=said) if here else said


def _command(lines: Sequence[Listed]) -> str:
    usable = [line for line in lines if not line.broken]
    under_way = [x for x in usable if x.state in ("predicting", "observing", "fixing", "explaining")]
    if under_way:
        return "lynx"
    fresh = next((x for x in usable if x.state == "new"), None)
    return f"lynx break {fresh.id}" if fresh else "lynx progress"
