"""`lynx atlas 10`: where training fails and how, as panels of depth × initialisation per norm and
residual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from lynx.study.grid import KNOBS, Cell, Outcome, Reason
from lynx.view.language import _, number, seconds
from lynx.view.layout import blank, headline, next_line, paragraph
from lynx.view.study.words import SHORT, knob_word, outcome_word, reason_word

if TYPE_CHECKING:
    from lynx.study.results import Atlas
    from lynx.view.look import Look

LETTERS = {Outcome.DIVERGES: "D", Outcome.STUCK: "n", Outcome.TRAINS: "t", None: "?"}
COLOURS = {Outcome.DIVERGES: "red", Outcome.STUCK: "yellow", Outcome.TRAINS: "green", None: "dim"}


def render(result: Atlas, look: Look) -> RenderableType:
    """The panels of one activation, then what the whole map says."""
    steps = " · ".join(number(s) for s in KNOBS["step"])
    key = ", ".join(f"{LETTERS[o]} {outcome_word(o)}" for o in (*Outcome, None))
    parts: list[RenderableType] = [
        headline(
            _("The map: {activation}").format(activation=knob_word("activation", result.activation)),
            _size(result),
            look,
        ),
        paragraph(_("Each cell has a letter for each step size: {steps}").format(steps=steps), look, "dim"),
        paragraph(key, look, "dim"),
        blank(),
    ]
    parts += _panels(result, look)
    parts += [paragraph(line, look) for line in said(result)]
    if result.files:
        files = ", ".join(f"{result.folder}/{name}" for name in result.files)
        parts.append(paragraph(_("Written: {files}").format(files=files), look, "dim"))
    parts += [blank(), next_line([result.next], look, _("Next:"))]
    return Group(*parts)


def said(result: Atlas) -> list[str]:
    """What the map says, in sentences."""
    percent = {name: f"{round(100 * share)} %" for name, share in result.shares.items()}
    lines = [
        _(
            "Trains {t}, does not learn {n}, diverges {d}; {u} depend on the seed. "
            "Of the rest the rule is right in {r} %, and “{commonest}”, always, in {c} %."
        ).format(
            t=percent["trains"],
            n=percent["does-not-learn"],
            d=percent["diverges"],
            u=percent["unstable"],
            r=round(100 * result.rule_right),
            commonest=outcome_word(result.commonest),
            c=round(100 * result.commonest_right),
        )
    ]
    if result.reasons:
        why = ", ".join(
            f"{reason_word(one)} {result.reasons[one]}" for one in Reason if one in result.reasons
        )
        lines.append(_("Why trainings did not learn: {reasons}").format(reasons=why))
    trains, of = result.plain_deep
    if of:
        lines.append(
            _(
                "“No more than about twenty layers without residuals”: "
                "of {of} deeper combinations without one, {n} train."
            ).format(of=of, n=trains)
        )
    if result.measured:
        took = _("{n} trainings in {time} with {p} processes.").format(
            n=result.measured, time=seconds(result.seconds), p=result.processes
        )
        lines.append(took)
    return lines


def _size(result: Atlas) -> str:
    return _("{n} combinations, {s} seeds").format(n=len(result.cells), s=result.seeds)


def _panels(result: Atlas, look: Look) -> list[RenderableType]:
    found = {one.cell: one.outcome for one in result.cells}
    parts: list[RenderableType] = []
    for residual in KNOBS["residual"]:
        parts.append(look.text(knob_word("residual", residual), "bold"))
        for norms in _rows(look):
            parts += _row(found, residual, norms, result.activation, look)
        parts.append(blank())
    return parts


def _rows(look: Look) -> list[tuple[str, ...]]:
    """The norms that stand beside one another."""
    norms = tuple(KNOBS["norm"])
    each = max(1, (look.width - 7) // 19)
    return [norms[i : i + each] for i in range(0, len(norms), each)]


def _row(
    found: dict[Cell, Outcome | None], residual: bool, norms: tuple[str, ...], activation: str, look: Look
) -> list[RenderableType]:
    names = [_(SHORT[i])[:3].lower() for i in KNOBS["init"]]
    head = Text("       ")
    below = look.text(_("depth").ljust(7)[:7], "dim")
    for norm in norms:
        head.append_text(look.text(knob_word("norm", norm).ljust(19)))
        below.append_text(look.text("".join(name.ljust(4) for name in names) + "   ", "dim"))
    lines: list[RenderableType] = [head, below]
    for depth in KNOBS["depth"]:
        line = look.text(f"{depth:>5}  ")
        for norm in norms:
            for init in KNOBS["init"]:
                for step in KNOBS["step"]:
                    cell = Cell(depth, activation, init, norm, residual, step)
                    known = cell in found
                    outcome = found.get(cell)
                    line.append(LETTERS[outcome] if known else " ", COLOURS[outcome] if look.colour else "")
                line.append(" ")
            line.append("   ")
        lines.append(line)
    return lines
