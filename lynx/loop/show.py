"""`lynx show`: any series that the last run recorded, of any of its seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.words import listed, nearest, shown
from lynx.errors import N_, Refused
from lynx.loop.bench import known_metrics
from lynx.loop.results import Shown
from lynx.loop.stages import Stage
from lynx.store import recordings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lynx.loop.session import Session
    from lynx.store.journal import Event
    from lynx.truth.measures import Series

BINS = ("weight_change_hist",)  # what stands where layers do are the edges of bins


def show(
    session: Session,
    metric: str | None = None,
    *,
    variant: str | None = None,
    layer: str | None = None,
    step: int | None = None,
    seed: int | None = None,
) -> Shown:
    """Any series recorded by the last run, or what there is to see when `metric` is None; the first seed's unless
    another is named. Raises Refused for a seed, metric, variant, layer or step that it does not hold."""
    attempt = session.attempt("show")
    events = [e for e in session.journal.events(attempt.id) if e.kind in ("run", "try")]
    last = events[-1]
    seeds, blob = _seeds(last)
    chosen = seeds[0] if seed is None else seed
    if chosen not in blob:
        raise Refused(
            N_("The last run kept no seed {seed}."),
            code="unknown-seed",
            remedy=N_("It kept: {seeds}. More of them: lynx run --seeds 5"),
            seed=chosen,
            seeds=", ".join(str(s) for s in seeds),
        )
    runs = recordings.unpack(session.journal.blob(blob[chosen]))
    available: dict[str, tuple[str, ...]] = {}
    for one in runs:  # healthy first: where a variant has other layers, the twins' are what is meant
        for name, recorded in one.series.items():
            available.setdefault(name, recorded.layers)
    series: dict[str, Series] = {}
    if metric is not None:
        if metric not in available:
            _refuse(N_("The last run recorded no “{name}”."), "unknown-metric", metric, available)
        series = {one.variant: one.series[metric] for one in runs if metric in one.series}
        if variant is not None and variant not in series:
            _refuse(N_("No variant “{name}” was run."), "unknown-variant", variant, series)
        alike = series[variant].layers if variant else available[metric]
        series = {k: v for k, v in series.items() if v.layers == alike and variant in (None, k)}
        if layer is not None:
            layer = _layer_name(metric, layer, () if metric in BINS else alike)
        if step is not None:
            _demand_step(metric, step, series)
    known = known_metrics(session.break_of(attempt)).get(metric or "")
    return Shown(
        metric=metric,
        unit=known.unit if known else "",
        log=bool(known and known.log),
        series=series,
        layer=layer,
        step=step,
        available=available,
        run=len(events),
        at=last.time,
        seed=chosen,
        seeds=tuple(seeds),
        overrides=last.payload.get("set", {}),
        files=last.payload.get("files", {}),
        blind=attempt.blind and attempt.stage != Stage.DONE,
    )


def _seeds(run: Event) -> tuple[list[int], dict[int, str]]:
    """The seeds that a run kept, and where; an older journal kept the first alone."""
    blobs = [run.payload["series"], *run.payload.get("others", ())]
    kept = dict(zip(run.payload["seeds"], blobs, strict=False))
    return list(kept), kept


def _refuse(message: str, code: str, name: str, there: Iterable[str]) -> None:
    """Raises Refused for a name that is not there: with the one that was meant, where one is near."""
    guess = nearest(name, there)
    raise Refused(
        message,
        code=code,
        remedy=N_("Did you mean {guess}? There are: {names}") if guess else N_("There are: {names}"),
        name=shown(name),
        guess=guess or "",
        names=listed(there, most=40),
    )


def _layer_name(metric: str, layer: str, names: Sequence[str]) -> str:
    if layer in names:
        return layer
    if layer.isdigit() and 1 <= int(layer) <= len(names):
        return names[int(layer) - 1]
    if not names:
        raise Refused(
            N_("“{metric}” has no layers."),
            code="unknown-layer",
            remedy=N_("See it whole: lynx show {metric}"),
            metric=metric,
        )
    guess = nearest(layer, names)
    raise Refused(
        N_("There is no layer “{layer}” in it."),
        code="unknown-layer",
        remedy=N_("Did you mean {guess}? Count from 1 to {count}, or name one: {names}")
        if guess
        else N_("Count from 1 to {count}, or name one: {names}"),
        layer=shown(layer),
        guess=guess or "",
        count=len(names),
        names=listed(names, most=12),
    )


def _demand_step(metric: str, step: int, series: dict[str, Series]) -> None:
    recorded = sorted({at for one in series.values() for at in one.points})
    if step in recorded or not recorded:
        return
    raise Refused(
        N_("Nothing was recorded of “{metric}” at step {step}."),
        code="unknown-step",
        remedy=N_("The nearest recorded step: lynx show {metric} --step {near}"),
        metric=metric,
        step=step,
        near=min(recorded, key=lambda at: abs(at - step)),
    )
