"""Runs as bytes and back: what the journal and the cache keep of a run's series."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lynx.truth.measures import Ended, Run, Series

if TYPE_CHECKING:
    from collections.abc import Sequence


def pack(runs: Sequence[Run]) -> bytes:
    """Runs as JSON bytes; NaN and infinity survive (Python's JSON dialect)."""
    return json.dumps([_out(run) for run in runs], separators=(",", ":")).encode()


def unpack(data: bytes) -> tuple[Run, ...]:
    """The runs that `pack` wrote. Raises ValueError or KeyError when the bytes are something else."""
    return tuple(_in(raw) for raw in json.loads(data))


def _out(run: Run) -> dict[str, object]:
    return {
        "variant": run.variant,
        "seed": run.seed,
        "ended": run.ended,
        "seconds": run.seconds,
        "log_tail": run.log_tail,
        "series": {
            name: {"layers": series.layers, "points": [[s, v] for s, v in series.points.items()]}
            for name, series in run.series.items()
        },
    }


def _in(raw: dict[str, object]) -> Run:
    series = {}
    assert isinstance(raw["series"], dict)
    for name, one in raw["series"].items():
        points = {int(step): tuple(float(v) for v in values) for step, values in one["points"]}
        series[str(name)] = Series(tuple(one["layers"]), points)
    return Run(
        variant=str(raw["variant"]),
        seed=int(str(raw["seed"])),
        ended=Ended(str(raw["ended"])),
        series=series,
        seconds=float(str(raw["seconds"])),
        log_tail=str(raw["log_tail"]),
    )
