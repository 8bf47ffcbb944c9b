"""`lynx drill`: a small picture of the network, then what came of it and the first link of why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.study import rules
from lynx.study.grid import DIVERGED, GUESSING, STEPS, TRAINED, WIDTH, Cell, Outcome
from lynx.study.results import Drilled, DrillQuestion
from lynx.view.language import _, number
from lynx.view.layout import Cell as TableCell
from lynx.view.layout import Column, blank, headline, next_line, paragraph, table
from lynx.view.study.words import cell_line, knob_word, link_sentence, outcome_word, reason_word

if TYPE_CHECKING:
    from lynx.view.look import Look

ANSWER = "lynx drill --answer trains|diverges|does-not-learn --sure 30|50|70|90"


def render(result: Drilled | DrillQuestion, look: Look) -> RenderableType:
    """The question, or the answer measured."""
    if isinstance(result, DrillQuestion):
        return Group(question(result, look), blank(), next_line([ANSWER], look, _("Answer:")))
    return _answered(result, look)


def question(asked: DrillQuestion, look: Look) -> RenderableType:
    """The network as a picture, its settings, and the question."""
    right = _("a neighbour of an earlier one") if asked.review_of else ""
    return Group(
        headline(_("Drill {n}").format(n=asked.number), right, look),
        blank(),
        *network(asked.cell, look),
        paragraph(
            _("Does it train, does it diverge, or does it not learn in {n} steps?").format(n=STEPS),
            look,
            "bold",
        ),
        table([Column(), Column(wraps=True)], _meanings(), look, indent=2),
        paragraph(base_rates(), look, "dim"),
    )


def network(cell: Cell, look: Look) -> list[RenderableType]:
    """A combination as a picture, with its settings."""
    setting = _("width {width}, batch 64, SGD with momentum 0.9, {steps} steps").format(
        width=WIDTH, steps=STEPS
    )
    rows: list[list[TableCell]] = [
        [(_("weights W"), "dim"), (knob_word("init", cell.init), "")],
        [(_("step size"), "dim"), (number(cell.step), "bold")],
        [(_("trained with"), "dim"), (setting.replace("0.9", number(0.9)), "")],
    ]
    return [
        *(look.text(line) for line in picture(cell, look)),
        blank(),
        table([Column(), Column(wraps=True)], rows, look, indent=2),
        blank(),
    ]


def _meanings() -> list[list[TableCell]]:
    """What each outcome means in numbers (chapter 04)."""
    low, high = number(TRAINED * GUESSING), number(DIVERGED * GUESSING)
    said = {
        Outcome.TRAINS: _("the loss ends at {low} or below (guessing costs {g})").format(
            low=low, g=number(GUESSING)
        ),
        Outcome.DIVERGES: _("the loss is NaN or infinite at some step, or ends above {high}").format(
            high=high
        ),
        Outcome.STUCK: _("anything between, whatever the reason; a longer training might learn"),
    }
    return [[(outcome_word(one), "bold"), (text, "dim")] for one, text in said.items()]


def base_rates() -> str:
    """How often each outcome comes in the whole grid, beside what the drill does with it."""
    shares = rules.shares(rules.stable().values())
    return _(
        "Of the whole grid {t} % train, {n} % do not learn, {d} % diverge; the drill asks the rare more often."
    ).format(
        t=round(100 * shares[Outcome.TRAINS]),
        n=round(100 * shares[Outcome.STUCK]),
        d=round(100 * shares[Outcome.DIVERGES]),
    )


def picture(cell: Cell, look: Look) -> list[str]:
    """The layer that is repeated, with its skip if it has one; two lines or one."""
    fine = look.encoding == "utf-8"
    dash, left, right, up = ("─", "┌", "┐", "┴") if fine else ("-", ".", ".", "'")
    parts = [] if cell.norm == "none" else [knob_word("norm", cell.norm)]
    parts += ["W"] if cell.activation == "none" else ["W", knob_word("activation", cell.activation)]
    body = f" {dash}{dash} ".join(parts)
    times = _("{n} times").format(n=cell.depth)
    if not cell.residual:
        return [f"  x {dash}{dash}{dash}{dash} {body} {dash}{dash}{dash}{dash}{dash} x    {times}"]
    span = dash * (len(body) + 5)
    return [
        f"      {left}{span}{right}",
        f"  x {dash}{dash}{up}{dash} {body} {dash}(+){dash} x    {times}",
    ]


def _answered(result: Drilled, look: Look) -> RenderableType:
    seeds = _("{k} of {n} seeds")
    n = len(result.outcomes)
    if result.outcome is None:
        counts = ", ".join(
            f"{outcome_word(o)} {result.outcomes.count(o)}" for o in dict.fromkeys(result.outcomes)
        )
        head = headline(
            _("It depends on the seed, so it does not count: {counts}.").format(counts=counts), "", look
        )
    else:
        word = outcome_word(result.outcome)
        said = _("Right: it {outcome}.") if result.right else _("Not this time: it {outcome}.")
        if result.outcome is Outcome.STUCK:
            said = _("Right: it does not learn.") if result.right else _("Not this time: it does not learn.")
        head = headline(
            said.format(outcome=word),
            seeds.format(k=n, n=n),
            look,
            "bold green" if result.right else "bold red",
        )
    parts: list[RenderableType] = [head]
    you = _("you: {answer}, {n} % sure").format(answer=outcome_word(result.answer), n=result.confidence)
    rule = _("the written rule: {answer}").format(answer=outcome_word(result.rule))
    parts += [
        paragraph(cell_line(result.question.cell), look, "dim"),
        paragraph(f"{you}   ·   {rule}", look),
        blank(),
    ]
    parts += _chain(result, look)
    parts += [_recorded(result, look), blank()]
    right, of = result.right_of_last
    score = _("{right} of the last {of} right").format(right=right, of=of) if of else ""
    parts.append(headline(score, f"{number(round(result.seconds, 1))} s", look, ""))
    if result.modules == "lynx":
        parts.append(
            paragraph(_("This repository has no minimodel: Lynx's own modules were trained."), look, "dim")
        )
    parts.append(next_line(["lynx drill", "lynx progress"], look, _("Next:")))
    return Group(*parts)


def _chain(result: Drilled, look: Look) -> list[RenderableType]:
    """The first link as a sentence, the ones after it as a short list."""
    if not result.links:
        return []
    first, rest = result.links[0], result.links[1:]
    lead = _("First, at step {n}:").format(n=first.step) if first.name not in ("sound", "unclear") else ""
    parts: list[RenderableType] = []
    if result.reason is not None:
        reason = _("The reason, kept apart: {reason}.").format(reason=reason_word(result.reason))
        parts.append(paragraph(reason, look))
    parts.append(paragraph(f"{lead} {link_sentence(first)}".strip(), look))
    for link in rest[:2]:
        said = _("Then, at step {n}:").format(n=link.step)
        parts.append(paragraph(f"{said} {link_sentence(link)}", look, "dim", indent=2))
    return [*parts, blank()]


def _recorded(result: Drilled, look: Look) -> RenderableType:
    """The numbers behind the sentence."""
    f = {name: number(value, 2) for name, value in result.facts.items()}
    last = result.question.cell.depth
    rows: list[list[TableCell]] = [
        [(_("variance, layer 1 → {n}").format(n=last), "dim"), (f"{f['var_first']} → {f['var_last']}", "")],
        [(_("χ a layer"), "dim"), (f["chi"], "")],
        [(_("samples alike, start → end"), "dim"), (f"{f['alike_start']} → {f['alike_end']}", "")],
        [(_("gradient, layer {n} → 1").format(n=last), "dim"), (f"{f['grad_last']} → {f['grad_first']}", "")],
        [
            (_("loss, start → end"), "dim"),
            (
                _("{start} → {end}   (guessing: {g})").format(
                    start=f["loss_start"], end=f["loss_end"], g=number(result.guessing)
                ),
                "",
            ),
        ],
    ]
    return table([Column(), Column()], rows, look, indent=2)
