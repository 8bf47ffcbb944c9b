"""From what tells healthy from broken to three predictions and the claims, as YAML. Pure.

Sentences are left to the mentor, as texts in brackets that say what the number is. A hit is as wide as the draws of
three seeds among those measured are: the mentor's own median would hit in nine of ten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from lynx.truth import judge
from lynx.truth.claims import Claim, Compare, Expect, Source, Verdict
from lynx.truth.measures import METRICS, Measure, Metric, Relative, Run, Worse, metric_of, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.truth.apart import Apart, Pair

SHARE = 0.9  # of the draws of three seeds whose median must be a hit
FACTORS = (1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 1000)
MOST_CLAIMS = 4

Seeds = list["Mapping[str, Run]"]


@dataclass(frozen=True)
class Proposal:
    """A prediction or a claim: its YAML as plain values, and, of a claim, the verdict that the seeds gave it."""

    id: str
    values: Mapping[str, Any]
    verdict: Verdict | None = None


def measure_of(row: Apart, seeds: Seeds) -> dict[str, Any]:
    """Where a row was read off, as a measure of `broken` in YAML's terms."""
    measure: dict[str, Any] = {"metric": row.metric, "variant": "broken", "step": _step(row.peak, row, seeds)}
    if row.layer is not None:
        layers = seeds[0]["broken"].series[row.metric].layers
        named = len(set(layers)) == len(layers) and not row.layer.isdigit()
        measure["layer"] = row.layer if named else layers.index(row.layer) + 1
    return measure


def _step(pair: Pair, row: Apart, seeds: Seeds) -> int | str:
    steps = [max(runs["broken"].series[row.metric].points) for runs in seeds]
    return "last" if all(pair.step == step for step in steps) else pair.step


def name_of(row: Apart) -> str:
    """An id: the metric, and the end where the broken side lies."""
    return f"{row.metric.replace('_', '-')}-{'better' if row.better else 'worse'}"[:40]


# -- predictions ---------------------------------------------------------------------------------


def predictions(rows: Sequence[Apart], seeds: Seeds, metrics: Mapping[str, Metric]) -> list[Proposal]:
    """The first sign, the largest, and a surprise: what gets better, else what comes last."""
    picked: list[Apart] = []
    for row in (
        rows[:1],
        sorted(rows, key=lambda r: -r.peak.effect)[:1],
        [r for r in rows if r.better and r.metric in ("loss", "val_loss", "val_accuracy")],
        [r for r in rows if r.better],
        rows[::-1],
        rows,
    ):
        picked += [one for one in row if one not in picked][: max(0, 3 - len(picked))]
    return [
        Proposal(f"P{i}", _prediction(row, seeds, metrics, f"P{i}")) for i, row in enumerate(picked[:3], 1)
    ]


def _prediction(row: Apart, seeds: Seeds, metrics: Mapping[str, Metric], name: str) -> dict[str, Any]:
    measure = measure_of(row, seeds)
    ratio = {**measure, "relative_to": {"variant": "healthy"}}
    values = _values(ratio, seeds, metrics)
    if row.better and values is not None:
        worse = metric_of(row.metric, metrics).worse
        end: dict[str, Any] = {"at_most": 1} if worse is Worse.HIGH else {"at_least": 1}
        ask = f"<question: does the {row.metric} get better with the bug?>"
        return {"id": name, "ask": ask, "kind": "yesno", "measure": ratio, "expect": end}
    if values is not None and all(v > 0 and math.isfinite(v) for v in values):
        ask = f"<question: {row.metric} with the bug, as a multiple of without it>"
        return {
            "id": name, "ask": ask, "kind": "number", "measure": ratio, "scale": "log", "hit": _factor(values)
        }  # fmt: skip
    ask = f"<question: {row.metric} with the bug>"
    return {
        "id": name, "ask": ask, "kind": "number", "measure": measure, "scale": "linear",
        "hit": _difference(row.peak.other),
    }  # fmt: skip


def _values(measure: Mapping[str, Any], seeds: Seeds, metrics: Mapping[str, Metric]) -> list[float] | None:
    if any(
        value == 0 or not math.isfinite(value) for runs in seeds for value in [_base(measure, runs, metrics)]
    ):
        return None
    return [value_of(as_measure(measure), runs, metrics) for runs in seeds]


def _base(measure: Mapping[str, Any], runs: Mapping[str, Run], metrics: Mapping[str, Metric]) -> float:
    healthy = {**measure, "variant": "healthy"}
    healthy.pop("relative_to")
    return value_of(as_measure(healthy), runs, metrics)


def as_measure(measure: Mapping[str, Any]) -> Measure:
    """A measure in YAML's terms as the judge reads it."""
    relative = measure.get("relative_to")
    return Measure(
        metric=measure["metric"],
        variant=measure["variant"],
        step=measure["step"],
        layer=measure.get("layer"),
        relative_to=Relative(variant=relative["variant"]) if relative else None,
    )


def _factor(values: Sequence[float]) -> float:
    """The least round factor within which SHARE of the three-seed medians lie of the median of all."""
    middle = _median(values)
    far = sorted(math.exp(abs(math.log(_median(draw) / middle))) for draw in combinations(values, 3))
    wanted = far[math.ceil(SHARE * len(far)) - 1] if far else 1.0
    return next((factor for factor in FACTORS if factor >= wanted), FACTORS[-1])


def _difference(values: Sequence[float]) -> float:
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return 1.0
    width = max(finite) - min(finite)
    return float(f"{max(width, 0.1 * abs(_median(finite)), 1e-6):.1g}")


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


# -- claims --------------------------------------------------------------------------------------


def claims(rows: Sequence[Apart], seeds: Seeds, metrics: Mapping[str, Metric]) -> list[Proposal]:
    """What tells the two apart most, each as a comparison with the verdict that these seeds give it."""
    found = []
    for row in sorted(sorted(rows, key=lambda r: -r.peak.effect)[:MOST_CLAIMS], key=lambda r: r.first.step):
        measure = measure_of(row, seeds)
        above = _above(row)
        log = metric_of(row.metric, metrics).log and all(v > 0 for v in (*row.peak.one, *row.peak.other))
        compare: dict[str, Any] = {
            "to": "healthy", "direction": "above" if above else "below", "margin": _margin(row, above, log)
        }  # fmt: skip
        if log:
            compare["scale"] = "log"
        claim = Claim(
            name_of(row), Source.MEASURED, as_measure(measure), Verdict.HOLDS,
            compare=Compare(compare["to"], compare["direction"], compare["margin"], "log" if log else "linear"),
        )  # fmt: skip
        verdict = judge.judge(claim, seeds, True, metrics).verdict
        says = f"<claim: with the bug, {row.metric} lies {compare['direction']} that of the healthy code>"
        values = {
            "id": name_of(row), "says": says, "from": "measured", "measure": measure,
            "compare": compare, "verdict": verdict.value,
        }  # fmt: skip
        found.append(Proposal(name_of(row), values, verdict))
    return found


def healthy_claim(seeds: Seeds, metrics: Mapping[str, Metric]) -> Proposal | None:
    """That the healthy side trains, where its loss falls under every seed; without one nothing is compared."""
    if not all("loss" in runs["healthy"].series for runs in seeds):
        return None
    measure = Measure("loss", "healthy", "last", relative_to=Relative(step="first"))
    values = [value_of(measure, runs, metrics) for runs in seeds]
    if not all(value < 0.9 for value in values):
        return None
    expect = {"at_most": float(f"{min(0.95, 1.5 * max(values)):.1g}")}
    claim = Claim(
        "healthy-trains", Source.MEASURED, measure, Verdict.HOLDS, expect=Expect(at_most=expect["at_most"])
    )
    verdict = judge.judge(claim, seeds, True, metrics).verdict
    said = {
        "id": "healthy-trains", "says": "<claim: the healthy code trains>", "from": "measured",
        "measure": {"metric": "loss", "variant": "healthy", "step": "last", "relative_to": {"step": "first"}},
        "expect": expect, "healthy": True, "verdict": verdict.value,
    }  # fmt: skip
    return Proposal("healthy-trains", said, verdict)


def _above(row: Apart) -> bool:
    """Whether the broken side lies above; NaN lies beyond the worse end, which is where it is not better."""
    if any(math.isnan(v) for v in row.peak.other):
        return metric_of(row.metric, METRICS).worse is Worse.HIGH
    return min(row.peak.other) > max(row.peak.one)


def _margin(row: Apart, above: bool, log: bool) -> float:
    """Half of what lies between the nearest two runs, rounded down: a factor on a logarithmic scale."""
    high, low = (row.peak.other, row.peak.one) if above else (row.peak.one, row.peak.other)
    near, far = min(high, default=math.nan), max(low, default=math.nan)
    if not (math.isfinite(near) and math.isfinite(far)):
        return 1.0 if log else 0.0
    if log:
        return max(1.0, _down(math.sqrt(near / far)))
    return _down((near - far) / 2)


def _down(value: float) -> float:
    """Two figures, rounded towards 0."""
    if value <= 0 or not math.isfinite(value):
        return 0.0
    power = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.floor(value / power) * power:.2g}")
