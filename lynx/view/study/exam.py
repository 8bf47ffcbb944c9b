"""`lynx exam`: what may be looked at and answered, one instrument drawn, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.study.exam import Graded, Marked, Sitting
from lynx.study.papers import MIXED, SOUND, twin
from lynx.truth.measures import METRICS
from lynx.view.language import _, number, seconds, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table
from lynx.view.pictures.canvas import Curve, draw
from lynx.view.words import metric_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.content.exams import Cause, Panel
    from lynx.truth.measures import Run
    from lynx.view.look import Look

STEPS = (0, 1, 2, 3, 5, 10, 20, 30, 50, 70, 100)


def render(result: Sitting | Graded, look: Look) -> RenderableType:
    """The paper, one of its instruments, or how it went."""
    if isinstance(result, Graded):
        return _graded(result, look)
    command = f"lynx exam {result.paper.reference}"
    if result.look is not None:
        parts: list[RenderableType] = [panel(result, result.look, look), blank()]
    else:
        parts = [paper(result, look), blank()]
        parts.append(next_line([f"{command} --look {result.panels[0].metric}"], look, _("Look:")))
    answer = f"{command} --answer {result.left[:1] or 'A'}=CAUSE/PLACE@30|50|70|90"
    return Group(*parts, next_line([answer], look, _("Answer:")))


# -- the paper -------------------------------------------------------------------------------------


def paper(sitting: Sitting, look: Look) -> RenderableType:
    """What trains, the instruments, the answers that are offered, and those that were given."""
    one = sitting.paper
    return Group(
        headline(title(sitting), _("sitting {n}").format(n=sitting.number), look),
        paragraph(text_of(one.setup) or _mixed_setup(), look),
        blank(),
        headline(_("To look at"), "", look),
        table(
            [Column(), Column(), Column(wraps=True)],
            [[(str(i), "bold"), (p.metric, ""), (says(p), "dim")] for i, p in enumerate(sitting.panels, 1)],
            look,
        ),
        blank(),
        headline(_("What may be broken"), "", look),
        causes(sitting, look),
        blank(),
        headline(_("Where"), "", look),
        places(sitting, look),
        blank(),
        *given(sitting, look),
    )


def title(sitting: Sitting | Graded) -> str:
    """The exam's name."""
    one = sitting.paper
    if one.reference == MIXED:
        return _("Mixed exam")
    return f"{_('Exam {id}').format(id=one.reference)} · {text_of(one.title)}"


def _mixed_setup() -> str:
    return _(
        "Each run has the bug of a break that you have done, under a seed that you have not seen. Beside each is a "
        "sound run of the same program. Which break is it, and in which file is the bug?"
    )


def says(one: Panel) -> str:
    """What an instrument shows."""
    if one.says:
        return text_of(one.says)
    word = metric_word(one.metric)
    return _("{metric}, of the first layer").format(metric=word) if METRICS[one.metric].per_layer else word


def causes(sitting: Sitting, look: Look) -> RenderableType:
    """The answers to “what?”, numbered."""
    rows: list[list[Cell]] = [
        [(str(i), "bold"), (one.id, ""), (text_of(one.says), "")]
        for i, one in enumerate(sitting.paper.causes, 1)
    ]
    return table([Column(), Column(), Column(wraps=True)], rows, look)


def places(sitting: Sitting, look: Look) -> RenderableType:
    """The answers to “where?”, numbered."""
    rows: list[list[Cell]] = [
        [(str(i), "bold"), (name, ""), (text_of(said), "")]
        for i, (name, said) in enumerate(sitting.paper.places.items(), 1)
    ]
    return table([Column(), Column(), Column(wraps=True)], rows, look)


def given(sitting: Sitting, look: Look) -> list[RenderableType]:
    """The answers so far, one line a run."""
    rows: list[list[Cell]] = []
    for label in sitting.paper.labels:
        one = sitting.answers.get(label)
        said = f"{one.cause} · {one.place} · {one.sure} %" if one else _("not answered yet")
        rows.append([(label, "bold"), (said, "" if one else "dim")])
    return [table([Column(), Column(wraps=True)], rows, look)]


# -- an instrument ---------------------------------------------------------------------------------


def panel(sitting: Sitting, metric: str, look: Look) -> RenderableType:
    """One instrument: every run on one pair of axes, or, in a mixed exam, each beside its own sound run."""
    chosen = next(p for p in sitting.panels if p.metric == metric)
    mixed = sitting.paper.reference == MIXED
    labels = [x for x in sitting.paper.labels if sitting.only in (None, x)]
    if not mixed:
        names = [[SOUND, *labels]]
    else:
        names = [[twin(label, mixed=True), label] for label in labels]
    parts: list[RenderableType] = [headline(f"{metric} · {says(chosen)}", "", look)]
    for group in names:
        shown = {name: sitting.runs[name] for name in group if metric in sitting.runs[name].series}
        if shown:
            parts += [_picture(sitting, chosen, shown, look, 7 if mixed and len(names) > 1 else 12)]
            parts += [_figures(metric, shown, look)]
    return Group(*parts)


def _picture(
    sitting: Sitting, chosen: Panel, shown: dict[str, Run], look: Look, height: int
) -> RenderableType:
    order = [SOUND, *sitting.paper.labels]
    curves = [
        Curve(run_word(name), _points(run, chosen.metric), 0 if SOUND in name else order.index(name))
        for name, run in shown.items()
    ]
    level = None
    if sitting.paper.level and chosen.metric in sitting.paper.levelled:
        said, at = sitting.paper.level
        height_of = next((_points(run, at) for run in shown.values() if at in run.series), {})
        if height_of:
            value = next(iter(height_of.values()))
            level = (f"{text_of(said)} = {number(value)}", value)
    return draw(curves, look, log=chosen.log, height=height, x_title=_("steps"), reference=level)


def _figures(metric: str, shown: dict[str, Run], look: Look) -> RenderableType:
    recorded = sorted({step for run in shown.values() for step in run.series[metric].points})
    steps = [step for step in STEPS if step in recorded]
    if recorded[-1] not in steps:
        steps.append(recorded[-1])
    rows: list[list[Cell]] = [
        [
            (_("step {n}").format(n=step), "dim"),
            *((number(_points(run, metric).get(step)), "") for run in shown.values()),
        ]
        for step in steps
    ]
    return table([Column(), *(Column(run_word(name)) for name in shown)], rows, look)


def _points(run: Run, metric: str) -> dict[int, float]:
    return {step: values[0] for step, values in run.series[metric].points.items()}


def run_word(name: str) -> str:
    """A run's name on a screen: A, B, or that it is sound."""
    return name.replace(SOUND, _("sound"))


# -- how it went -----------------------------------------------------------------------------------


def _graded(result: Graded, look: Look) -> RenderableType:
    n = len(result.marked)
    head = _("{named} of {n} named, {located} of {n} located").format(
        named=result.named, located=result.located, n=n
    )
    score = _("Brier score {score}").format(score=number(result.brier))
    parts: list[RenderableType] = [
        headline(head, f"{score} · {seconds(result.seconds)}", look),
        paragraph(title(result), look, "dim"),
    ]
    for one in result.marked:
        parts += [blank(), *_marked(result, one, look)]
    if turned := _turned(result.marked):
        parts += [blank(), paragraph(turned, look, "bold")]
    return Group(
        *parts, blank(), next_line([f"lynx exam {result.paper.reference}", result.next], look, _("Next:"))
    )


def _marked(result: Graded, one: Marked, look: Look) -> list[RenderableType]:
    good, bad = _("hit"), _("miss")
    said = next(c for c in result.paper.causes if c.id == one.answer.cause)
    place = text_of(result.paper.places[one.cause.place]) or one.cause.place
    rows: list[list[Cell]] = [
        [(one.label, "bold"), (text_of(one.cause.says), "bold"), ("", "")],
        [("", ""), (_("you: {said}, {sure} %").format(said=text_of(said.says), sure=one.answer.sure), ""),
         (good if one.named else bad, "green" if one.named else "red")],
        [("", ""), (_("where: {place}").format(place=place), ""),
         (good if one.located else bad, "green" if one.located else "red")],
    ]  # fmt: skip
    parts: list[RenderableType] = [table([Column(), Column(wraps=True), Column()], rows, look)]
    if one.sign is not None:
        sign = _("First sign, at step {step}: {metric}, {here}; in the sound run {sound}.").format(
            metric=says(next(p for p in result.paper.panels if p.metric == one.sign.metric)),
            step=one.sign.step,
            here=number(one.sign.here),
            sound=number(one.sign.sound),
        )
        parts.append(paragraph(sign, look, indent=4))
    if one.cause.tells:
        parts.append(paragraph(text_of(one.cause.tells), look, "dim", indent=4))
    return parts


def _turned(marked: Sequence[Marked]) -> str:
    """Two runs of which each was taken for the other."""
    right: dict[str, Cause] = {one.label: one.cause for one in marked}
    for i, a in enumerate(marked):
        for b in marked[i + 1 :]:
            crossed = a.answer.cause == right[b.label].id and b.answer.cause == right[a.label].id
            if crossed and not a.named:
                return _("{a} and {b} were the other way round.").format(a=a.label, b=b.label)
    return ""
