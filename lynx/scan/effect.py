"""What a mutant does to the training, from paired runs: the same seed, healthy and with the bug. Pure.

Invariants come first, for the figure that a program gives itself is blind where the damage is greatest: a model that
sees the answer scores better. Then the figure, over pairs; the margin is one standard deviation of the healthy runs.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from lynx.scan.results import Effect, Kind
from lynx.truth.measures import METRICS, Worse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lynx.truth.measures import Run

Pair = tuple["Run", "Run"]  # healthy, mutant
SCREEN, DECIDE = 3, 5  # pairs that can say "the same, to the last bit", and that decide
LEAST = 0.01  # of the healthy figure: the margin where seeds make no difference
TAIL = 10  # the last tenth of a loss counts, where nothing better is printed
FIGURES = ("val_loss", "val_accuracy", "loss")


def figure_of(runs: Sequence[Run]) -> str:
    """The metric that the healthy runs are compared by; "" where they record none."""
    return next((name for name in FIGURES if runs and all(name in run.series for run in runs)), "")


def value(run: Run, metric: str) -> float:
    """One run's figure: the last that was recorded, of the training loss the mean of its last tenth."""
    series = run.series.get(metric)
    if series is None or not series.points:
        return math.nan
    numbers = [values[0] for values in series.points.values()]
    return statistics.fmean(numbers[-max(len(numbers) // TAIL, 1) :]) if metric == "loss" else numbers[-1]


def spread(healthy: Sequence[Run], metric: str) -> float:
    """One standard deviation of the healthy runs; a hundredth of their median where seeds make no difference."""
    numbers = [value(run, metric) for run in healthy]
    deviation = statistics.stdev(numbers) if len(numbers) > 1 else 0.0
    least = LEAST * abs(statistics.median(numbers)) if numbers else 0.0
    return deviation if deviation > 0 else least


def screened(pairs: Sequence[Pair]) -> Effect | None:
    """What the first pairs settle: nothing at all differs, or an invariant is broken in every one; else None."""
    if all(_same(healthy, mutant) for healthy, mutant in pairs):
        return Effect(Kind.NONE, "", len(pairs), len(pairs))
    return _broken(pairs)


def decided(pairs: Sequence[Pair], metric: str, margin: float) -> Effect:
    """The effect, over all pairs there are."""
    if (found := screened(pairs)) is not None:
        return found
    sign = -1.0 if METRICS[metric].worse is Worse.LOW else 1.0
    by = [_difference(value(m, metric), value(h, metric)) for h, m in pairs]
    worse, better = sum(sign * d > margin for d in by), sum(sign * d < -margin for d in by)
    n, none = len(by), sum(abs(d) <= margin for d in by)
    kinds = {Kind.WORSE: worse, Kind.BETTER: better, Kind.NONE: none}
    kind = next((kind for kind, k in kinds.items() if k == n), Kind.OPEN)
    return Effect(
        kind,
        metric,
        kinds.get(kind, max(worse, better)),
        n,
        by=statistics.median(by),
        low=min(by),
        high=max(by),
        margin=margin,
    )


def _difference(mutant: float, healthy: float) -> float:
    """NaN lies beyond the worse end."""
    return math.inf if math.isnan(mutant) and not math.isnan(healthy) else mutant - healthy


def _same(healthy: Run, mutant: Run) -> bool:
    """Whether every number that was recorded is the same, to the last bit."""
    return repr(_numbers(healthy)) == repr(_numbers(mutant))


def _numbers(run: Run) -> list[object]:
    return [(name, one.layers, list(one.points.items())) for name, one in sorted(run.series.items())]


# --- invariants -----------------------------------------------------------------------------------


def _broken(pairs: Sequence[Pair]) -> Effect | None:
    """The first invariant that every mutant's run breaks and no healthy one does."""
    for metric, found in INVARIANTS.items():
        seen = [found(healthy, mutant) for healthy, mutant in pairs]
        if all(where is not None for where in seen):
            return Effect(Kind.EXACT, metric, len(pairs), len(pairs), where=seen[0] or "")
    return None


def _more(metric: str) -> Callable[[Run, Run], str | None]:
    """A count that is zero in the healthy run, and not in the other."""

    def found(healthy: Run, mutant: Run) -> str | None:
        before, after = (_most(run, metric) for run in (healthy, mutant))
        if before is None or after is None or before > 0 or not after > 0:
            return None
        return f"{after:g}"

    return found


def _most(run: Run, metric: str) -> float | None:
    series = run.series.get(metric)
    return max((values[0] for values in series.points.values()), default=None) if series else None


def _without_gradient(healthy: Run, mutant: Run) -> str | None:
    """Parameters that get one in the healthy run, and never do in the other, or are none of its any more."""
    alive, dead = _alive(healthy), _alive(mutant)
    gone = sorted(alive - dead)
    return _named(gone) if alive and gone else None


def _alive(run: Run) -> set[str]:
    series = run.series.get("param_grad_norm")
    if series is None:
        return set()
    return {
        name
        for i, name in enumerate(series.layers)
        if any(len(values) > i and values[i] != 0 for values in series.points.values())
    }


def _still(healthy: Run, mutant: Run) -> str | None:
    """Layers that move in the healthy run, and never in the other."""
    moved = [_moved(run) for run in (healthy, mutant)]
    gone = sorted(name for name in moved[0] & _layers(mutant) if name not in moved[1])
    return _named(gone) if gone else None


def _moved(run: Run) -> set[str]:
    series = run.series.get("weight_change")
    if series is None:
        return set()
    last: tuple[float, ...] = next(reversed(list(series.points.values())), ())
    return {name for name, value in zip(series.layers, last, strict=False) if value != 0}


def _layers(run: Run) -> set[str]:
    series = run.series.get("weight_change")
    return set(series.layers) if series else set()


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" + {len(names) - 3}" if len(names) > 3 else "")


INVARIANTS: dict[str, Callable[[Run, Run], str | None]] = {
    "future_dependence": _more("future_dependence"),
    "params_without_grad": _without_gradient,
    "weight_change": _still,
    "asked_in_training": _more("asked_in_training"),
    "trained_in_evaluation": _more("trained_in_evaluation"),
}
