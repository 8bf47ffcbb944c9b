"""`lynx lab 10/01`: what it asks first, then curves, predictions and what held of the course's
expectations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.study.results import LabQuestions, LabReport
from lynx.truth.measures import metric_of, position
from lynx.view.figures import with_range
from lynx.view.language import _, never, seconds, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, table
from lynx.view.pictures.canvas import Curve, draw
from lynx.view.screens.predictions import form_of
from lynx.view.screens.ran import scored_table, seeds_of
from lynx.view.verdicts import style_of, verdict_word
from lynx.view.words import metric_word, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.content.phases import Picture
    from lynx.loop.results import Judged
    from lynx.truth.measures import Run
    from lynx.view.look import Look


def render(result: LabReport | LabQuestions, look: Look) -> RenderableType:
    """The questions, or the report."""
    return _asked(result, look) if isinstance(result, LabQuestions) else _report(result, look)


def _asked(asked: LabQuestions, look: Look) -> RenderableType:
    rows: list[list[Cell]] = [
        [(p.id, "bold"), (text_of(asked.asks[p.id]), ""), (form_of(p), "dim")] for p in asked.predictions
    ]
    return Group(
        headline(text_of(asked.title), asked.reference, look),
        paragraph(_("Predict first:"), look),
        table([Column(), Column(wraps=True), Column(wraps=True)], rows, look),
        blank(),
        next_line([asked.example], look, _("Answer:")),
    )


def _report(result: LabReport, look: Look) -> RenderableType:
    parts: list[RenderableType] = [headline(text_of(result.title), seeds_of(len(result.seeds)), look)]
    notes = _notes(result)
    parts += [paragraph(line, look, "dim") for line in notes]
    for picture in result.pictures[:2]:
        drawn = _picture(result.runs, picture, look)
        if drawn is not None:
            parts += [blank(), drawn]
    if result.scored:
        parts += [blank(), headline(_("Your predictions"), "", look), scored_table(result.scored, look)]
    parts += [
        blank(),
        headline(_("What the course expects"), _("measured here"), look),
        _claims(result.judged, look),
    ]
    files = ", ".join(f"{result.folder}/{name}" for name in result.files)
    parts += [blank(), paragraph(_("Written: {files}").format(files=files), look, "dim")]
    parts.append(next_line([result.next], look, _("Next:")))
    return Group(*parts)


def _notes(result: LabReport) -> list[str]:
    notes = [_("took {time}").format(time=seconds(result.seconds))]
    if result.changed:
        what = ", ".join(f"{name} {value}" for name, value in result.changed.items())
        notes.append(_("Other settings than the sheet's: {what}").format(what=what))
    if result.modules == "lynx":
        notes.append(_("This repository has no minimodel: Lynx's own modules were trained."))
    if result.lent:
        notes.append(_("A break is under way: {path} was used as it was before it.").format(path=result.lent))
    return notes


def _claims(judged: Sequence[Judged], look: Look) -> RenderableType:
    rows: list[list[Cell]] = [
        [
            (text_of(one.says), ""),
            (measured_of(one), ""),
            (verdict_word(one.verdict, one.reason), style_of(one.verdict, one.reason)),
            (_("{k} of {n}").format(k=one.k, n=one.n), "dim"),
        ]
        for one in judged
    ]
    return table([Column(wraps=True), Column(_("median")), Column(), Column(_("seeds"))], rows, look)


def measured_of(one: Judged) -> str:
    """The claim's measure, median over seeds, with its range."""
    first = one.claim.measure.first_step is not None
    worse = metric_of(one.claim.measure.metric).worse
    ordered = sorted(one.values, key=lambda value: position(value, worse))
    between = (ordered[0], ordered[-1]) if ordered else None
    return with_range(never(one.median, first), between, "\n", first_step=first)


def _picture(runs: Mapping[str, Sequence[Run]], picture: Picture, look: Look) -> RenderableType | None:
    """One metric of the first seed, a curve a variant."""
    curves = [
        Curve(word(name), points, i) for i, (name, points) in enumerate(curves_of(runs, picture).items())
    ]
    if not curves:
        return None
    layers = picture.across == "layers"
    title = metric_name(picture)
    if layers and picture.metric == "activation_var":
        curves += [Curve("n·σ²", points, len(curves)) for points in expected_walk(runs)[:1]]
    return draw(
        curves,
        look,
        title=title,
        log=picture.log,
        height=11,
        x_title=_("layers") if layers else _("rounds") if picture.metric == "norm_ratio" else _("steps"),
    )


def metric_name(picture: Picture) -> str:
    """What a picture shows."""
    if picture.metric == "norm_ratio":
        return _("time, forward and backward")
    what = metric_word(picture.metric)
    return _("{metric} at layer {n}").format(metric=what, n=picture.layer) if picture.layer else what


def curves_of(
    runs: Mapping[str, Sequence[Run]], picture: Picture, seed: int = 0
) -> dict[str, dict[int, float]]:
    """Variant -> x -> value, of one seed (by its place)."""
    if picture.metric == "norm_ratio":
        return _clock(runs, seed)
    found: dict[str, dict[int, float]] = {}
    for name, many in runs.items():
        series = many[seed].series.get(picture.metric) if seed < len(many) else None
        if series is None or not series.points:
            continue
        if picture.across == "layers":
            step = picture.step if picture.step is not None else 0
            step = step if step in series.points else min(series.points)
            first = 0 if series.layers[:1] == ("layer 0",) else 1
            found[name] = dict(enumerate(series.points[step], first))
        else:
            at = (picture.layer or 1) - 1
            found[name] = {step: values[at] for step, values in series.points.items() if at < len(values)}
    return found


def _clock(runs: Mapping[str, Sequence[Run]], seed: int) -> dict[str, dict[int, float]]:
    """Laboratory 02's clock: both norms, and LayerNorm against itself; the last point is their median."""
    found: dict[str, dict[int, float]] = {}
    names = {"norm_ratio": "RMSNorm ÷ LayerNorm", "same_ratio": "LayerNorm ÷ LayerNorm"}
    for many in runs.values():
        for metric, name in names.items():
            series = many[seed].series.get(metric) if seed < len(many) else None
            if series is not None and series.points:
                found[name] = {s: v[0] for s, v in series.points.items() if s != max(series.points)}
    return found


def expected_walk(runs: Mapping[str, Sequence[Run]]) -> list[dict[int, float]]:
    """The line n·σ² of laboratory 00, one a variant that recorded it."""
    found = []
    for many in runs.values():
        series = many[0].series.get("predicted_var") if many else None
        if series is not None and series.points:
            found.append(dict(enumerate(series.points[min(series.points)])))
    return found
