"""From a break to jobs: which bytes and arguments each variant runs with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.repo import patch
from lynx.runs.types import Job, Script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.content.spec import Break, Variant
    from lynx.truth.measures import Run


def variants_needed(break_: Break) -> list[str]:
    """healthy and broken first, then what predictions and claims speak of; controls have their own command."""
    names = ["healthy", "broken"]
    measures = [p.measure for p in break_.predictions] + [c.measure for c in break_.claims]
    wanted = [m.variant for m in measures]
    wanted += [m.relative_to.variant for m in measures if m.relative_to and m.relative_to.variant]
    wanted += [c.compare.to for c in break_.claims if c.compare]
    for name in wanted:
        if name not in names and name != "yours" and name in break_.variants:
            names.append(name)
    return names


def job_of(
    break_: Break,
    variant: Variant,
    seed: int,
    original: bytes,
    broken: bytes,
    overrides: Mapping[str, Any] | None = None,
) -> Job:
    """The job of one variant under one seed, on the journalled bytes (plus the variant's own diff)."""
    source = original if variant.on == "healthy" else broken
    if variant.diff is not None:
        source = patch.apply(source, variant.diff, within=break_.within, target=break_.target).data
    # A variant that changes arguments alone, on healthy, may well do without the target: a baseline.
    alone = variant.on == "healthy" and variant.diff is None and variant.name != "healthy"
    return plain_job(break_, variant.name, seed, source, variant.args, overrides, must_read=not alone)


def plain_job(
    break_: Break,
    name: str,
    seed: int,
    source: bytes | None,
    args: Mapping[str, Any],
    overrides: Mapping[str, Any] | None,
    *,
    must_read: bool = True,
) -> Job:
    """A job with explicit bytes; None means the target as it is on disk."""
    script = script_of(break_)
    experiment = "" if script else break_.experiment.run
    if experiment.startswith("./"):
        experiment = str(break_.folder / experiment)
    merged = {**break_.experiment.args, **args, **(overrides or {})}
    return Job(
        variant=name,
        seed=seed,
        source=source,
        experiment=experiment,
        args=merged,
        script=script,
        must_read=must_read,
    )


def script_of(break_: Break) -> Script | None:
    """The program that a break trains with; None where its experiment is a function."""
    given = break_.experiment
    if given.script is None:
        return None
    return Script(
        path=given.script,
        argv=given.argv,
        steps=given.steps or Script.steps,
        clock=given.clock,
        prints={name: one["prints"] for name, one in given.metrics.items()},
        files=given.files,
        needs=break_.needs.files,
    )


def grouped(runs: Sequence[Run], seeds: Sequence[int]) -> list[dict[str, Run]]:
    """One mapping variant → run per seed, in the order of `seeds`."""
    return [{one.variant: one for one in runs if one.seed == seed} for seed in seeds]
