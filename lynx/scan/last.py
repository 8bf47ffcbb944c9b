"""The last scan of a repository, for the commands that speak of one of its mutants by number."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.runs.suites import Failure
from lynx.scan.results import Effect, Healthy, Kind, Mutant, Scanned, State
from lynx.truth.measures import Ended, Run, Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lynx.scan.kept import Kept

FILE = "last.json"
MOST_POINTS = 200  # of a curve: no eye could tell more
TOLD = frozenset((State.MISSED, State.UNDECIDED, State.NO_EFFECT))  # whose curves are kept


@dataclass(frozen=True)
class Last:
    """What it found, and with which options; `runs` (by mutant's id, "" for healthy) hold the curves that are drawn."""

    top: Path
    healthy: Healthy
    mutants: tuple[Mutant, ...]
    runs: Mapping[str, Sequence[Run]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def mutant(self, number: int) -> Mutant:
        """The mutant of a number. Raises Refused for one that there is not."""
        found = next((one for one in self.mutants if one.number == number), None)
        if found is None:
            raise Refused(
                N_("The last scan has no number {number}; it goes up to {most}."),
                code="no-mutant",
                remedy=N_("lynx scan lists them."),
                number=number,
                most=len(self.mutants),
            )
        return found


def keep(kept: Kept, scanned: Scanned, options: Mapping[str, Any]) -> None:
    """Keep a scan as the last."""
    told = {one.id for one in scanned.mutants if one.state in TOLD} | {""}
    figures = {"loss", scanned.healthy.metric}
    kept.store(
        FILE,
        {
            "healthy": asdict(scanned.healthy),
            "mutants": [asdict(one) for one in scanned.mutants],
            "runs": {
                name: [_run(run, figures) for run in runs]
                for name, runs in scanned.runs.items()
                if name in told
            },
            "options": dict(options),
        },
    )


def read(kept: Kept, top: Path) -> Last:
    """The last scan. Raises Refused where there was none."""
    told = kept.load(FILE)
    try:
        return Last(
            top=top,
            healthy=Healthy(**told["healthy"]),
            mutants=tuple(map(_mutant, told["mutants"])),
            runs={name: tuple(map(_as_run, runs)) for name, runs in told["runs"].items()},
            options=told["options"],
        )
    except (TypeError, KeyError, ValueError) as error:
        raise Refused(
            N_("This repository has not been scanned yet."),
            code="not-scanned",
            remedy=N_("Do that first: lynx scan"),
        ) from error


def _run(run: Run, figures: set[str]) -> dict[str, Any]:
    series = {}
    for name in figures & run.series.keys():
        points = [(step, values[0]) for step, values in run.series[name].points.items()]
        every = max(len(points) // MOST_POINTS, 1)
        thin = [*points[::every], *points[-1:]]
        series[name] = [[step for step, _ in thin], [value for _, value in thin]]
    return {"variant": run.variant, "seed": run.seed, "ended": run.ended.value, "series": series}


def _as_run(told: Mapping[str, Any]) -> Run:
    series = {
        name: Series((), {int(step): (float(value),) for step, value in zip(*points, strict=True)})
        for name, points in told["series"].items()
    }
    return Run(told["variant"], told["seed"], Ended(told["ended"]), series)


def _mutant(told: Mapping[str, Any]) -> Mutant:
    fields = dict(told)
    fields["state"] = State(fields["state"])
    if fields["failed"] is not None:
        fields["failed"] = Failure(**fields["failed"])
    if fields["effect"] is not None:
        fields["effect"] = Effect(**{**fields["effect"], "kind": Kind(fields["effect"]["kind"])})
    for name in ("seen_by", "seeds"):
        fields[name] = tuple(fields[name])
    return Mutant(**fields)
