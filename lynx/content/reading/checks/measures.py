"""Measures and expectations: variants, metrics and steps that exist, bounds that hold something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.reading.checks.draft import Draft, no_such
from lynx.content.reading.mistakes import Loc, Mistake
from lynx.content.words import nearest, shown
from lynx.errors import N_
from lynx.truth.measures import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.content.reading.parts import ExpectModel, MeasureModel, WhereModel


def in_measure(
    draft: Draft, at: Loc, measure: MeasureModel, default: str = "broken", also: tuple[str, ...] = ()
) -> Iterator[Mistake]:
    """The measure of what stands at `at`; `default` is the variant it means when it names none.

    `also` are variants it may name besides the break's own.
    """
    at = (*at, "measure")
    variants = (*draft.variant_names(), *also)
    own = draft.names("metrics")
    if measure.metric not in METRICS and measure.metric not in own:
        guess = nearest(measure.metric, [*METRICS, *own])
        if guess:
            yield Mistake(
                (*at, "metric"),
                N_("there is no metric '{name}'."),
                N_("Did you mean '{guess}'? A metric of your own goes under `metrics`."),
                {"name": shown(measure.metric), "guess": guess},
            )
    relative = measure.relative_to
    for where, name in (
        ((*at, "variant"), measure.variant),
        ((*at, "relative_to", "variant"), relative.variant if relative else None),
    ):
        if name is not None and name not in variants:
            yield no_such(where, N_("there is no variant '{name}'."), name, variants)
    yield from _steps(draft, at, measure, measure.variant or default)
    if relative and relative.variant is None and relative.step is None and relative.layer is None:
        yield Mistake(
            (*at, "relative_to"),
            N_("'relative_to' is empty."),
            N_("Say relative to which step, layer or variant."),
        )
    if measure.first_step:
        yield from _threshold((*at, "first_step"), measure.first_step)
        if measure.step is not None:
            yield Mistake(
                (*at, "step"),
                N_("'first_step' looks at every step."),
                N_("Leave 'step' out, or 'first_step'."),
            )
        if measure.rank:
            yield Mistake((*at, "rank"), N_("'rank' and 'first_step' exclude each other."), N_("Keep one."))


def _steps(draft: Draft, at: Loc, measure: MeasureModel, variant: str) -> Iterator[Mistake]:
    """Steps past the end of the run, where the experiment's arguments say how long it is."""
    relative = measure.relative_to
    asked: list[tuple[Loc, int | str | None, str]] = [((*at, "step"), measure.step, variant)]
    asked += [((*at, "steps", i), step, variant) for i, step in enumerate(measure.steps or ())]
    if relative:
        asked.append(((*at, "relative_to", "step"), relative.step, relative.variant or variant))
    for where, step, of_variant in asked:
        steps = draft.args_of(of_variant).get("steps")
        if isinstance(step, int) and isinstance(steps, int) and step > steps:
            yield Mistake(
                where,
                N_("step {step} is past the end of the run of '{variant}', which has {steps} steps."),
                N_("Give an earlier step, or 'last'."),
                {"step": step, "variant": shown(of_variant), "steps": steps},
            )


def _threshold(at: Loc, where: WhereModel) -> Iterator[Mistake]:
    if where.at_least is None and where.at_most is None:
        yield Mistake(at, N_("there is no threshold."), N_("Give at_least or at_most."))


def in_expect(at: Loc, expect: ExpectModel, *, anything: bool = False) -> Iterator[Mistake]:
    """An expectation that nothing meets, or (unless `anything` will do) that says nothing."""
    bounds = expect.at_least is not None or expect.at_most is not None
    if not bounds and expect.equals is None and not expect.nan and not anything:
        yield Mistake(at, N_("nothing is expected."), N_("Give at_least, at_most, equals or nan: true."))
    if expect.equals is not None and bounds:
        yield Mistake((*at, "equals"), N_("'equals' and bounds exclude each other."), N_("Keep one of them."))
    if expect.within is not None and expect.equals is None:
        yield Mistake(
            (*at, "within"), N_("'within' belongs to 'equals'."), N_("Give equals, or leave within out.")
        )
    low, high = expect.at_least, expect.at_most
    if low is not None and high is not None and low > high:
        yield Mistake(
            (*at, "at_least"),
            N_("no value is at least {low} and at most {high}."),
            N_("Swap them."),
            {"low": low, "high": high},
        )
