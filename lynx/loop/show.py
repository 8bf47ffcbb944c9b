"""`lynx show`: any series the last run recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_, Refused
from lynx.loop.bench import known_metrics
from lynx.loop.results import Shown
from lynx.loop.stages import Stage
from lynx.store import recordings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.loop.session import Session


def show(
    session: Session,
    metric: str | None = None,
    *,
    variant: str | None = None,
    layer: str | None = None,
    step: int | None = None,
) -> Shown:
    """Any series recorded by the last run (seed 0), or what there is to see when `metric` is None."""
    attempt = session.attempt("show")
    blind = attempt.blind and attempt.stage != Stage.DONE
    events = session.journal.events(attempt.id, "run")
    runs = recordings.unpack(session.journal.blob(events[-1].payload["series"]))
    available: dict[str, tuple[str, ...]] = {}
    for (
        one
    ) in runs:  # healthy first: where a variant has other layers (a baseline), the twins' are what is meant
        for name, recorded in one.series.items():
            available.setdefault(name, recorded.layers)
    if metric is None:
        return Shown(None, "", False, {}, None, None, available, blind)
    if metric not in available:
        raise Refused(
            N_("The last run recorded no “{metric}”."),
            code="unknown-metric",
            remedy=N_("Recorded: {metrics}"),
            metric=metric,
            metrics=", ".join(available),
        )
    series = {one.variant: one.series[metric] for one in runs if metric in one.series}
    if variant is not None and variant not in series:
        raise Refused(
            N_("No variant “{variant}” was run."),
            code="unknown-variant",
            remedy=N_("There are: {variants}"),
            variant=variant,
            variants=", ".join(series),
        )
    alike = series[variant].layers if variant else available[metric]
    series = {name: one for name, one in series.items() if one.layers == alike}
    if layer is not None:
        layer = _layer_name(layer, alike)
    known = known_metrics(session.break_of(attempt)).get(metric)
    return Shown(
        metric=metric,
        unit=known.unit if known else "",
        log=bool(known and known.log),
        series={k: v for k, v in series.items() if variant in (None, k)},
        layer=layer,
        step=step,
        available=available,
        blind=blind,
    )


def _layer_name(layer: str, names: Sequence[str]) -> str:
    if layer in names:
        return layer
    if layer.isdigit() and 1 <= int(layer) <= len(names):
        return names[int(layer) - 1]
    raise Refused(
        N_("There is no layer “{layer}” in it."),
        code="unknown-layer",
        remedy=N_("Count from 1 to {count}, or name one: {names}"),
        layer=layer,
        count=len(names),
        names=", ".join(names[:12]),
    )
