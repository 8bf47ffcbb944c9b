"""`lynx run`: what happened, in the order it happened, and each prediction beside it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.loop.stages import Stage
from lynx.truth.claims import Result
from lynx.view.changed import ENTROPY_RATE, rate_unknown, uncounted
from lynx.view.figures import measured_cell, measured_said, with_range
from lynx.view.language import _, drawn, ngettext, number
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table
from lynx.view.screens import apart
from lynx.view.words import at_layer, metric_word, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.loop.results import Glimpse, Ran, Replication, Scored
    from lynx.truth.claims import Value
    from lynx.truth.measures import Run
    from lynx.truth.symptoms import Symptom
    from lynx.view.look import Look

STYLES = {Result.HIT: "green", Result.NEAR: "cyan", Result.MISS: "red", Result.UNMEASURED: "dim"}
FIRM = 5  # seeds from which a figure is no longer provisional (docs/architecture.md#claims)


def render(result: Ran, look: Look) -> RenderableType:
    """The picture of the losses, the chain of symptoms, the table of predictions, the surprise."""
    from lynx.view.pictures import plots, sparks

    parts: list[RenderableType] = []
    if not result.looked:
        metrics = {name: one for s in result.scored for name, one in s.measured.own.items()}
        drawn_by_you = [(s.prediction, s.predicted) for s in result.scored]
        picture = plots.losses(result.runs, look, metrics=metrics, level=result.level, sketches=drawn_by_you)
        parts += [paragraph(_opening(result), look), blank(), picture, blank()]
    if (happened := _happened(result, look)) is not None:
        title = _("What happened, in the order it happened")
        parts += [headline(title, _("seed {n}").format(n=result.seeds[0]), look), happened, blank()]
    if result.difference is not None and (told := apart.render(result.difference, look)) is not None:
        parts.append(told)
    if not result.first and (known := _known_before(result.runs)):
        parts += [blank(), headline(_("Known before the first step"), "", look), _figures(known, look)]
        if (told := rate_unknown(result)) is not None:
            parts.append(paragraph(told, look))
    if (shapes := sparks.profiles(result.runs, look, result.own_profiles)) is not None:
        parts += [blank(), shapes]
    if result.observed:
        parts += [blank(), paragraph(_("You saw: {text}").format(text=result.observed), look)]
    if result.scored:
        title = (
            _("What your predictions ask about, in this run") if result.overrides else _("Your predictions")
        )
        parts += [blank(), headline(title, seeds_of(len(result.seeds)), look)]
        parts.append(scored_table(result.scored, look, scores=not result.overrides))
    if result.replication is not None:
        parts += [
            paragraph(line, look, "dim") for line in repeated(result.replication, result.scored, result.seeds)
        ]
    parts += [paragraph(line, look) for line in _remarks(result)]
    if result.pictures:
        parts.append(paragraph(_("Pictures: {paths}").format(paths=", ".join(result.pictures)), look))
    parts += [blank(), _next(result, look)]
    return Group(*parts)


def glimpse(seen: Glimpse, look: Look) -> RenderableType:
    """The first seed's curves, and the question that comes before the score."""
    from lynx.view.pictures import plots

    told = _("Seed {n}. Before the score: what did you see? One line, or Enter.").format(n=seen.seed)
    curves = plots.losses(seen.runs, look, metrics=seen.metrics, level=seen.level, sketches=seen.sketches)
    return Group(curves, blank(), paragraph(told, look, "bold"))


def seeds_of(n: int) -> str:
    """“3 seeds, provisional”: every figure says how many runs it rests on."""
    count = ngettext("{n} seed", "{n} seeds", n).format(n=n)
    return _("{count}, provisional").format(count=count) if n < FIRM else count


def repeated(found: Replication, scored: Sequence[Scored], seeds: Sequence[int]) -> list[str]:
    """Whose figures these are: a repetition on other seeds than the mentor's, and what comes out otherwise."""
    said = _("Seeds {seeds}: the mentor took {n} others, so this repeats what they measured.")
    lines = [said.format(seeds=", ".join(map(str, seeds)), n=found.mentor)]
    for one in scored:
        if one.prediction.id in found.predictions:
            told = _(
                "{id} comes out otherwise than it did there: here {here}; the mentor's {n} seeds {theirs}."
            )
            theirs = with_range(value_of(one.mentor), one.mentor_range)
            here = measured_said(one.measured, one.answer)
            lines.append(told.format(id=one.prediction.id, here=here, n=found.mentor, theirs=theirs))
    if not found.predictions and scored:
        lines[0] += " " + _("It agrees with them.")
    return lines


def value_of(value: Value | None) -> str:
    """What somebody else measured or says."""
    return drawn(value) if isinstance(value, Mapping) else number(value)


def result_text(scored: Scored) -> str:
    """“hit”, or “miss, 90 % sure”: a confident miss is the one worth a second look."""
    said = word(scored.result)
    if scored.result is Result.MISS:
        return _("{result}, {n} % sure").format(result=said, n=scored.confidence)
    return said


def scored_table(scored: Sequence[Scored], look: Look, *, scores: bool = True) -> RenderableType:
    """Each prediction: what was asked, what the learner wrote, what was measured, how it fared (if it `scores`)."""
    from lynx.view.language import text_of

    columns = [
        Column(),
        Column(wraps=True),
        Column(_("you")),
        Column(_("measured")),
        *([Column(_("result"))] if scores else []),
    ]
    rows: list[list[Cell]] = [
        [
            (one.prediction.id, "bold"),
            (text_of(one.ask), ""),
            (short(one.written), ""),
            (measured_cell(one.measured, one.answer), ""),
            *([(result_text(one), STYLES[one.result])] if scores else []),
        ]
        for one in scored
    ]
    return table(columns, rows, look)


def short(text: str, most: int = 14) -> str:
    """A cell's worth of what the learner wrote; the notes have it whole."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _opening(result: Ran) -> str:
    at = time.strftime("%H:%M:%S", time.localtime(result.locked_at))
    if result.first:
        return _("Predictions locked {time}.").format(time=at)
    if result.overrides:
        return uncounted(result)
    day = time.strftime("%Y-%m-%d", time.localtime(result.locked_at))
    return _("Run again. Your predictions are those locked on {day} at {time}.").format(day=day, time=at)


def _happened(result: Ran, look: Look) -> RenderableType | None:
    return chain_table(result.chain, look, _outcome(result.runs))


def chain_table(
    chain: Sequence[Symptom], look: Look, outcome: Sequence[list[Cell]] = ()
) -> RenderableType | None:
    """The symptoms in time order, healthy beside broken, and how it ended; None where there are none."""
    rows: list[list[Cell]] = [*(_symptom_row(symptom) for symptom in chain), *outcome]
    if not rows:
        return None
    if look.narrow:
        columns = [Column(), Column(wraps=True), Column(_("healthy")), Column(_("broken")), Column()]
        merged = [[*r[:1], (f"{r[1][0]} {r[4][0]}".strip(), ""), r[2], r[3], ("", "")] for r in rows]
        return table(columns, merged, look)
    columns = [Column(), Column(wraps=True), Column(_("healthy")), Column(_("broken")), Column()]
    return table(columns, rows, look)


def _known_before(runs: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    """What was recorded once, at step 0, and is no measure of training: the size of a text, its entropies."""
    series = runs["healthy"][0].series if runs.get("healthy") else {}
    once = {
        name: one.points[0][0] for name, one in series.items() if not one.layers and set(one.points) == {0}
    }
    return {name: value for name, value in once.items() if math.isfinite(value) or name == ENTROPY_RATE}


def _figures(known: Mapping[str, float], look: Look) -> RenderableType:
    whole = {name: int(value) if value.is_integer() else value for name, value in known.items()}
    rows: list[list[Cell]] = [
        [(metric_word(name), ""), (number(value) if math.isfinite(value) else _("unknown"), "")]
        for name, value in whole.items()
    ]
    return table([Column(wraps=True), Column("")], rows, look)


def _symptom_row(symptom: Symptom) -> list[Cell]:
    return [
        (_("step {n}").format(n=symptom.step), "dim"),
        (at_layer(symptom.metric, symptom.layer), ""),
        (number(symptom.healthy), ""),
        (number(symptom.broken), ""),
        (word(symptom.name), ""),
    ]


def _outcome(runs: Mapping[str, Sequence[Run]]) -> list[list[Cell]]:
    """How it ended: the last validation accuracy of the first seed's twins, where one was recorded."""
    ends = {}
    for variant in ("healthy", "broken", "yours"):
        series = runs[variant][0].series.get("val_accuracy") if runs.get(variant) else None
        if series and series.points:
            last = max(series.points)
            ends[variant] = (last, series.points[last][0])
    if "healthy" not in ends or "broken" not in ends:
        return []
    yours = _("yours {value}").format(value=number(ends["yours"][1])) if "yours" in ends else ""
    step, value = ends["healthy"]
    return [
        [
            (_("step {n}").format(n=step), "dim"),
            (metric_word("val_accuracy"), ""),
            (number(value), ""),
            (number(ends["broken"][1]), ""),
            (yours, ""),
        ]
    ]


def _remarks(result: Ran) -> list[str]:
    lines = []
    for one in result.scored:
        if one.edited is not None:
            edited = _("{id} now says “{now}” in the notes; “{locked}”, as locked, is what counts.")
            lines.append(edited.format(id=one.prediction.id, now=one.edited, locked=one.written))
    surprise = next((one for one in result.scored if one.prediction.id == result.surprise), None)
    if surprise is not None:
        said = _("The surprise to sit with: {id}. You said {you}, {n} % sure; measured: {measured}.")
        lines.append(
            said.format(
                id=surprise.prediction.id,
                you=surprise.written,
                n=surprise.confidence,
                measured=measured_said(surprise.measured, surprise.answer),
            )
        )
    return lines


def _next(result: Ran, look: Look) -> RenderableType:
    if result.stage is Stage.FIXING:
        if result.blind:  # the ideas would tell
            return next_line(["lynx show", "lynx hint", "lynx verify"], look, _("Find the line:"))
        lead = _("Find the line, or test an idea:")
        return next_line(["lynx control", "lynx hint", "lynx verify"], look, lead)
    if result.stage is Stage.EXPLAINING:
        return next_line(['lynx explain --text "…"'], look, _("Next:"))
    return next_line(["lynx show", "lynx list"], look, _("Next:"))
