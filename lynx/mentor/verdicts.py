"""What the runs say: claims and controls held against the page, each shortfall with its line."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lynx.errors import N_, LynxError
from lynx.mentor.evidence import FIRST, Evidence
from lynx.mentor.results import ClaimRow, ControlRow
from lynx.mentor.rules import from_error, problem
from lynx.truth import judge, stats
from lynx.truth.claims import Claim, Verdict, meets
from lynx.truth.measures import (
    METRICS,
    Measure,
    Metric,
    Run,
    median_of,
    metric_of,
    position,
    problems_of,
    value_of,
)

if TYPE_CHECKING:
    from lynx.content.spec import Break, Problem
    from lynx.truth.judge import Judgement

Seeds = Sequence[Mapping[str, Run]]


def metrics_of(break_: Break) -> Mapping[str, Metric]:
    """Lynx's metrics and the break's own."""
    return {**METRICS, **break_.metrics}


def variants_of(measure: Measure, *others: str) -> tuple[str, ...]:
    """The variants that must have run for `measure` to be read."""
    relative = measure.relative_to.variant if measure.relative_to else None
    return (measure.variant, *([relative] if relative else []), *others)


# -- measures that can be read ---------------------------------------------------------------------


def unreadable(evidence: Evidence) -> dict[str, tuple[Problem, ...]]:
    """Key -> why its measure cannot be read from the runs: nothing records it, its step or layer is not
    there.
    """
    break_ = evidence.break_
    found: dict[str, tuple[Problem, ...]] = {}
    for key, measure, others in _measures(break_):
        seeds = evidence.seeds_of(*variants_of(measure, *others))
        if not seeds:
            found[key] = ()  # a variant did not run to its end, which is said already
            continue
        errors = [error for name in (measure.variant, *others) for error in _reading(measure, name, seeds[0])]
        if errors:
            said = dict.fromkeys(str(error) for error in errors)
            first = {str(error): error for error in reversed(errors)}
            found[key] = tuple(from_error(break_, f"{key}.measure", first[text]) for text in said)
    return found


def _reading(measure: Measure, variant: str, runs: Mapping[str, Run]) -> tuple[LynxError, ...]:
    return problems_of(replace(measure, variant=variant), runs)


def _measures(break_: Break) -> Iterator[tuple[str, Measure, tuple[str, ...]]]:
    """Key, measure and the variants it is compared with, of everything but what is about `yours`."""
    for i, prediction in enumerate(break_.predictions):
        for measure in prediction.measures:
            yield f"predictions.{i}", measure, ()
    for i, claim in enumerate(break_.claims):
        if claim.measure.variant != "yours":
            yield f"claims.{i}", claim.measure, (claim.compare.to,) if claim.compare else ()
    for name, control in break_.controls.items():
        yield f"controls.{name}", control.measure, ()


# -- claims ------------------------------------------------------------------------------------------


def claims(
    evidence: Evidence, lost: Mapping[str, object], *, staged: bool
) -> tuple[list[ClaimRow], list[Problem]]:
    """Every claim's verdict over the seeds gathered so far, and a problem for each that is not as declared.

    `staged`: the first five seeds decide where they can, and all of them only where they cannot.
    """
    break_, metrics = evidence.break_, metrics_of(evidence.break_)
    judged: dict[int, Judgement] = {}
    problems: list[Problem] = []
    own = [
        (i, c)
        for i, c in enumerate(break_.claims)
        if c.measure.variant != "yours" and f"claims.{i}" not in lost
    ]
    healthy_ok = True
    for i, claim in sorted(own, key=lambda pair: not pair[1].healthy):  # the healthy leg's own come first
        seeds = evidence.seeds_of(*variants_of(claim.measure, *([claim.compare.to] if claim.compare else [])))
        try:
            found = (judge.judge_staged if staged else judge.judge)(
                claim, seeds, healthy_ok or claim.healthy, metrics
            )
        except LynxError as error:
            problems.append(from_error(break_, f"claims.{i}", error))
            continue
        judged[i] = found
        if claim.healthy and not _agrees(claim, found):
            healthy_ok = False
    for i, claim in own:
        if i in judged and not _agrees(claim, judged[i]):
            problems.append(_differs(break_, i, claim, judged[i], metrics))
    rows = [_row(claim, judged.get(i)) for i, claim in enumerate(break_.claims)]
    return rows, problems


def _agrees(claim: Claim, found: Judgement) -> bool:
    return judge.passes(claim, found) if claim.healthy else judge.agrees(claim.verdict, found)


def open_claims(evidence: Evidence, lost: Mapping[str, object]) -> list[str]:
    """The variants of the claims that the first five seeds leave open: what is a rate, and some comparisons."""
    found: list[str] = []
    metrics = metrics_of(evidence.break_)
    for i, claim in enumerate(evidence.break_.claims):
        if claim.measure.variant == "yours" or f"claims.{i}" in lost:
            continue
        names = variants_of(claim.measure, *([claim.compare.to] if claim.compare else []))
        try:
            first = judge.judge(claim, evidence.seeds_of(*names)[:FIRST], True, metrics)
        except LynxError:
            continue  # said by `claims`
        if judge.wants_more(claim, first):
            found += [name for name in names if name not in found]
    return found


def _row(claim: Claim, found: Judgement | None) -> ClaimRow:
    if found is None:
        return ClaimRow(
            claim.id,
            claim.verdict,
            None,
            0,
            0,
            None,
            None,
            None,
            None,
            False,
            claim.measure.variant == "yours",
        )
    return ClaimRow(
        id=claim.id,
        declared=claim.verdict,
        verdict=found.verdict,
        k=found.k,
        n=found.n,
        p=found.p,
        median=found.median,
        other=found.other,
        reason=found.reason,
        provisional=found.provisional,
        agrees=_agrees(claim, found),
    )


def _differs(break_: Break, i: int, claim: Claim, found: Judgement, metrics: Mapping[str, Metric]) -> Problem:
    fields: dict[str, object] = {
        "id": claim.id,
        "declared": claim.verdict,
        "verdict": found.verdict,
        "k": found.k,
        "n": found.n,
        "median": f"{found.median:.3g}",
        "other": "–" if found.other is None else f"{found.other:.3g}",
        "p": "–" if found.p is None else f"{found.p:.2g}",
    }
    key = f"claims.{i}.verdict"
    if claim.healthy:
        return problem(
            break_,
            key,
            N_("the healthy side is ill: '{id}' comes out {verdict} ({k} of {n} seeds, median {median})."),
            N_(
                "Make the healthy run sound first (steps, lr), or mend the claim; no comparison counts "
                "until then."
            ),
            **fields,
        )
    if found.verdict is Verdict.INVALID:
        return problem(
            break_,
            key,
            N_("'{id}' cannot be judged: the healthy side failed its own check."),
            N_("Mend the claim marked `healthy: true` first, or what makes it fail."),
            **fields,
        )
    if claim.compare and claim.verdict is Verdict.HOLDS and within_noise(claim, found, metrics):
        return problem(
            break_,
            key,
            N_(
                "'{id}' lies within the noise of healthy seeds: medians {median} and {other} differ by less"
                " than "
                "one standard deviation; measured {verdict} ({k} of {n} seeds)."
            ),
            N_(
                "Measure where the two differ, at another step or another metric, or set `verdict: "
                "{verdict}`."
            ),
            **fields,
        )
    template = N_("'{id}' is declared {declared}, measured {verdict} ({k} of {n} seeds, median {median}).")
    if found.reason in (judge.Reason.CONTRADICTED, judge.Reason.NOT_CONTRADICTED):
        template = N_("'{id}' is declared {declared}, and {k} of {n} seeds meet it (median {median}).")
        fields["verdict"] = Verdict.HOLDS if found.k else Verdict.REFUTED
    if claim.compare:
        template = N_(
            "'{id}' is declared {declared}, measured {verdict} ({k} of {n} seeds, median {median} against "
            "{other}, "
            "p = {p})."
        )
    return problem(
        break_,
        key,
        template,
        N_("Set `verdict: {verdict}`, or change the setting that makes it {declared}."),
        **fields,
    )


def within_noise(claim: Claim, found: Judgement, metrics: Mapping[str, Metric]) -> bool:
    """Whether the two medians of a comparison are less than one healthy standard deviation apart."""
    assert claim.compare is not None
    worse, scale = metric_of(claim.measure.metric, metrics).worse, claim.compare.scale
    sides = [[stats.place(v, worse, scale) for v in values] for values in (found.values, found.other_values)]
    here, there = (
        stats.place(v, worse, scale) for v in (found.median, found.other if found.other is not None else 0.0)
    )
    healthy = sides[0] if claim.measure.variant == "healthy" else sides[1]
    return abs(stats.gap(here, there)) < stats.spread(healthy)


# -- is there anything to see --------------------------------------------------------------------------


def nothing_to_see(evidence: Evidence, lost: Mapping[str, object]) -> list[Problem]:
    """A problem when no measure of the page differs between healthy and broken by more than healthy seeds do.

    A page that declares just that (a comparison with `direction: same` that HOLDS) may.
    """
    break_ = evidence.break_
    declared = any(
        c.compare and c.compare.direction == "same" and c.verdict is Verdict.HOLDS for c in break_.claims
    )
    seeds = evidence.seeds_of("healthy", "broken")
    if declared or not seeds:
        return []
    for key, measure, _ in _measures(break_):
        if key not in lost and measure.variant in ("healthy", "broken") and _visible(measure, seeds, break_):
            return []
    return [
        problem(
            break_,
            "predictions",
            N_(
                "the symptom lies within the noise of healthy seeds: nothing the page measures tells the "
                "bug apart."
            ),
            N_(
                "Ask about a measure that the bug changes, make the bug larger, or claim that nothing "
                "changes."
            ),
        )
    ]


def _visible(measure: Measure, seeds: Seeds, break_: Break) -> bool:
    metrics = metrics_of(break_)
    worse = metric_of(measure.metric, metrics).worse
    sides = []
    for variant in ("healthy", "broken"):
        mine = replace(measure, variant=variant)
        if any(problems_of(mine, runs) for runs in seeds):
            return False
        values = [value_of(mine, runs, metrics) for runs in seeds]
        places = tuple(stats.place(value, worse) for value in values)
        sides.append(stats.Group(places, stats.place(median_of(measure.metric, values, metrics), worse)))
    healthy, broken = sides
    unit = stats.spread(healthy.places)
    apart = stats.above(healthy, broken, 0.0, unit).found or stats.above(broken, healthy, 0.0, unit).found
    return apart and abs(stats.gap(healthy.median, broken.median)) >= unit


# -- controls ------------------------------------------------------------------------------------------


def controls(evidence: Evidence, lost: Mapping[str, object]) -> tuple[list[ControlRow], list[Problem]]:
    """Each control's outcome: as expected under every seed, and one rival standing where another fell."""
    break_, metrics = evidence.break_, metrics_of(evidence.break_)
    rows, problems = [], []
    for name, control in break_.controls.items():
        key = f"controls.{name}"
        seeds = evidence.seeds_of(*variants_of(control.measure))
        if key in lost or not seeds:
            continue
        metric = control.measure.metric
        values = [value_of(control.measure, runs, metrics) for runs in seeds]
        median = median_of(metric, values, metrics)
        k, n = sum(meets(control.expect, value, metric, metrics) for value in values), len(values)
        left = judge.survivors(control.predicts, median, metric, metrics)
        as_expected = k == n or (n < FIRST and k > 0)
        agrees = as_expected and left.separates
        ordered = sorted(values, key=functools.partial(position, worse=metric_of(metric, metrics).worse))
        between = (ordered[0], ordered[-1])
        rows.append(ControlRow(name, k, n, median, left.survived, left.ruled_out, agrees, between))
        fields: dict[str, object] = {"name": name, "k": k, "n": n, "median": f"{median:.3g}"}
        if not as_expected:
            problems.append(
                problem(
                    break_,
                    f"{key}.expect",
                    N_(
                        "control '{name}' comes out otherwise: as expected in {k} of {n} seeds, median "
                        "{median}."
                    ),
                    N_(
                        "Set `expect` to what is measured and see which rival that leaves, or change its "
                        "arguments."
                    ),
                    **fields,
                )
            )
        if not left.separates:
            template = (
                N_("control '{name}' separates nothing: at {median} every one of its rivals survives.")
                if left.survived
                else N_("control '{name}' separates nothing: at {median} none of its rivals survives.")
            )
            problems.append(
                problem(
                    break_,
                    f"{key}.predicts",
                    template,
                    N_("Give rivals whose expectations part at what is measured, or another measure."),
                    **fields,
                )
            )
    return rows, problems
