"""Why a measure cannot be read from a run: each reason as an error with its remedy."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 8  # names listed in one message; a network has hundreds of parameters


def variant_missing(variant: str, known: Sequence[str]) -> Refused:
    """The measure is about a variant that did not run."""
    return Refused(
        N_("The variant “{variant}” was not run."),
        code="variant-missing",
        remedy=N_("There are: {names}"),
        variant=variant,
        names=some(known, variant),
    )


def unfinished(variant: str, seed: int, ended: str) -> Refused:
    """The run did not reach its end, so nothing is said about it."""
    return Refused(
        N_("The run of “{variant}” with seed {seed} did not finish ({ended}), so it was not measured."),
        code="run-unfinished",
        remedy=N_("Look at the end of its output, mend what it names, then run again."),
        variant=variant,
        seed=seed,
        ended=ended,
    )


def invalid(variant: str, seed: int, why: str) -> Refused:
    """The run ended well, but what was to be compared took no part in it."""
    return Refused(
        N_("The run of “{variant}” with seed {seed} is invalid ({why}), so it was not measured."),
        code="run-invalid",
        remedy=N_("See that the experiment reads the target, then run again."),
        variant=variant,
        seed=seed,
        why=why,
    )


def metric_missing(metric: str, variant: str, known: Sequence[str]) -> Refused:
    """Nothing records this metric."""
    return Refused(
        N_("Nothing records “{metric}” in the run of “{variant}”."),
        code="metric-missing",
        remedy=N_("Recorded there: {names}"),
        metric=metric,
        variant=variant,
        names=some(known, metric),
    )


def never_recorded(metric: str, variant: str) -> Refused:
    """The metric is announced, yet no step of the run recorded a value."""
    return Refused(
        N_("The run of “{variant}” recorded no value of “{metric}”."),
        code="metric-missing",
        remedy=N_("Let the experiment record it at least once, or measure something else."),
        metric=metric,
        variant=variant,
    )


def step_beyond(metric: str, step: int, last: int) -> Refused:
    """The step lies after the end of the run."""
    return Refused(
        N_("Step {step} of “{metric}” lies beyond the run, which ends at step {last}."),
        code="step-beyond",
        remedy=N_("Choose a step up to {last}, or run more steps."),
        step=step,
        metric=metric,
        last=last,
    )


def step_skipped(metric: str, step: int, recorded: Sequence[int]) -> Refused:
    """A costly instrument did not look at this step; the nearest steps at which it did are named."""
    before = [s for s in recorded if s < step][-1:]
    after = [s for s in recorded if s > step][:1]
    return Refused(
        N_("“{metric}” was not recorded at step {step}: it is costly and taken at a few steps only."),
        code="step-skipped",
        remedy=N_("The nearest recorded steps: {nearest}"),
        metric=metric,
        step=step,
        nearest=", ".join(str(s) for s in (*before, *after)),
    )


def layer_wanted(metric: str, layers: Sequence[str]) -> Refused:
    """The metric has one value per layer, and the measure does not say which."""
    return Refused(
        N_("“{metric}” has {count} layers; say which one."),
        code="layer-wanted",
        remedy=N_(
            "Give `layer` a number from 1 to {count}, first, last, min, max, median, mean or a name: {names}"
        ),
        metric=metric,
        count=len(layers),
        names=some(layers),
    )


def layer_missing(metric: str, layer: int | str, layers: Sequence[str]) -> Refused:
    """There is no such layer."""
    return Refused(
        N_("“{metric}” has no layer {layer}."),
        code="layer-missing",
        remedy=N_("There are {count}, counted from 1: {names}"),
        metric=metric,
        layer=layer,
        count=len(layers),
        names=some(layers, str(layer)),
    )


def no_layers(metric: str) -> Refused:
    """The metric is one number for the whole model."""
    return Refused(
        N_("“{metric}” is one number for the whole model and has no layers."),
        code="no-layers",
        remedy=N_("Leave `layer` out."),
        metric=metric,
    )


def rank_unclear(metric: str, what: str) -> Refused:
    """A rank needs one value that stands among the others; `what` is the key that does not pick one."""
    return Refused(
        N_("A rank of “{metric}” needs one recorded value, which `{what}` does not pick."),
        code="rank-unclear",
        remedy=N_(
            "Give `{what}` a number, a name, first or last; a rank takes neither relative_to nor first_step."
        ),
        metric=metric,
        what=what,
    )


def rank_alone(metric: str) -> Refused:
    """A rank is a position, which is neither divided nor compared with a threshold."""
    return Refused(
        N_("A rank of “{metric}” takes neither `relative_to` nor `first_step`."),
        code="rank-unclear",
        remedy=N_("Leave them out, or leave `rank` out."),
        metric=metric,
    )


def some(names: Sequence[str], near: str = "") -> str:
    """The names nearest to `near`, else the first few, as one line."""
    if not names:
        return "–"
    close = get_close_matches(near, names, n=3) if near else []
    listed = close or list(names[:SHOWN])
    return ", ".join(listed) + (", …" if len(listed) < len(names) else "")
