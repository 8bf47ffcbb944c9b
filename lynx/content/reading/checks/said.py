"""What is asked, claimed and tried: predictions, claims and controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.reading.checks.draft import Draft, no_such
from lynx.content.reading.checks.measures import in_expect, in_measure
from lynx.content.reading.mistakes import Loc, Mistake
from lynx.content.reading.parts import ClaimModel, ControlModel, OptionModel, PredictionModel
from lynx.content.words import shown
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Iterator


def in_control(draft: Draft, at: Loc, name: str, control: ControlModel) -> Iterator[Mistake]:
    """A control that changes nothing, separates nothing, or names what is not there."""
    if not control.args and control.diff is None:
        yield Mistake(at, N_("the control changes nothing."), N_("Give it args or a diff."))
    if control.measure.steps is not None:
        yield Mistake(
            (*at, "measure", "steps"),
            N_("'steps' belongs to a {kind}."),
            N_("Give 'step'."),
            {"kind": "curve"},
        )
    if control.measure.variant not in (None, name):
        yield Mistake(
            (*at, "measure", "variant"), N_("a control measures itself."), N_("Leave 'variant' out.")
        )
    yield from in_measure(draft, at, control.measure, default=name)
    yield from in_expect((*at, "expect"), control.expect)
    rivals = draft.names("rivals")
    for rival, expect in control.predicts.items():
        if rival not in rivals:
            yield no_such((*at, "predicts", rival), N_("there is no rival '{name}'."), rival, rivals)
        yield from in_expect((*at, "predicts", rival), expect)
    if len(set(map(repr, control.predicts.values()))) == 1:
        yield Mistake(
            (*at, "predicts"),
            N_("all rivals predict the same, so the control separates nothing."),
            N_("Choose a measure about which they differ."),
        )


def in_prediction(draft: Draft, at: Loc, asked: PredictionModel) -> Iterator[Mistake]:
    """A question whose kind, options, tolerance and sources do not fit each other."""
    yield from in_measure(draft, at, asked.measure)
    belongs = {
        "hit": ("number", "curve"),
        "scale": ("number", "curve"),
        "options": ("choice",),
        "expect": ("yesno",),
    }
    for key, kinds in belongs.items():
        if asked.kind not in kinds and getattr(asked, key) is not None:
            yield Mistake(
                (*at, key),
                N_("'{key}' belongs to a {kind}."),
                N_("Leave it out."),
                {"key": key, "kind": kinds[0]},
            )
    if asked.kind in ("number", "curve"):
        yield from _near(at, asked)
    elif asked.kind == "choice":
        yield from _choice(at, asked)
    elif asked.expect is None:
        yield Mistake(
            (*at, "expect"), N_("'expect' is missing."), N_("Say which values make the answer yes.")
        )
    else:
        yield from in_expect((*at, "expect"), asked.expect)
    yield from _steps(at, asked)
    for name, value in asked.says.items():
        where = (*at, "says", name)
        if name not in draft.names("sources"):
            yield no_such(where, N_("there is no source '{name}'."), name, draft.names("sources"))
        yield from _said(where, asked, value)


def _near(at: Loc, asked: PredictionModel) -> Iterator[Mistake]:
    least = 1 if asked.scale == "log" else 0
    if asked.hit is None:
        yield Mistake(
            (*at, "hit"),
            N_("'hit' is missing."),
            N_("Say how near a number must be: a difference, or a factor on log."),
        )
    elif asked.hit <= least:
        yield Mistake(
            (*at, "hit"),
            N_("'hit' is {hit}, and should be more than {least}."),
            N_("On a linear scale it is a difference, on a log scale a factor."),
            {"hit": asked.hit, "least": least},
        )


def _steps(at: Loc, asked: PredictionModel) -> Iterator[Mistake]:
    """A curve has steps to be drawn through, and nothing else has."""
    where = (*at, "measure", "steps")
    steps = asked.measure.steps
    if asked.kind != "curve":
        if steps is not None:
            yield Mistake(where, N_("'steps' belongs to a {kind}."), N_("Give 'step'."), {"kind": "curve"})
        return
    if steps is None or len(steps) < 2 or steps != sorted(set(steps)):
        yield Mistake(
            where,
            N_("a curve needs two steps or more, each later than the one before."),
            N_("Write them as a list: steps: [0, 10, 100]"),
        )
    for other in ("step", "first_step", "rank"):
        if getattr(asked.measure, other) is not None:
            yield Mistake(
                (*at, "measure", other),
                N_("'{one}' and '{other}' exclude each other."),
                N_("Keep one of them."),
                {"one": "steps", "other": other},
            )


def _said(where: Loc, asked: PredictionModel, value: object) -> Iterator[Mistake]:
    """What a source answers must be an answer to the question."""
    if asked.kind == "curve":
        steps = {str(step) for step in asked.measure.steps or ()}
        if not isinstance(value, dict) or not set(value) <= steps:
            yield Mistake(
                where,
                N_("what the source says is no curve through the steps asked for."),
                N_("Write values at some of them, such as 0: 2.4, 10: 1.6."),
            )
    elif isinstance(value, dict):
        yield Mistake(
            where,
            N_("what the source says is a curve, to one number."),
            N_("Write a number, or ask a curve."),
        )
    elif asked.kind == "yesno" and value not in ("yes", "no"):
        yield Mistake(where, N_("the source's answer is neither yes nor no."), N_("Write yes or no."))
    elif asked.kind == "choice" and asked.options and value not in asked.options:
        yield no_such(where, N_("there is no option '{name}'."), str(value), tuple(asked.options))
    elif asked.kind == "number" and value in ("yes", "no"):
        yield Mistake(
            where, N_("the source's answer is yes or no, to a number."), N_("Write a number, or never.")
        )
    elif asked.kind == "number" and isinstance(value, str) and value != "never":
        yield Mistake(where, N_("the source's answer is no number."), N_("Write a number, .nan, or never."))


def _choice(at: Loc, asked: PredictionModel) -> Iterator[Mistake]:
    options = asked.options or {}
    if len(options) < 2:
        yield Mistake(
            (*at, "options"),
            N_("a choice needs two options or more."),
            N_("Name each, with the values it stands for."),
        )
    last = len(options) - 1
    for index, (name, option) in enumerate(options.items()):
        yield from in_expect((*at, "options", name), option, anything=True)
        if option == OptionModel(means=option.means) and index != last:
            yield Mistake(
                (*at, "options", name),
                N_("'{name}' takes every value, so no option after it can be right."),
                N_("Put it last."),
                {"name": shown(name)},
            )
    if options and len({name.casefold() for name in options}) < len(options):
        yield Mistake((*at, "options"), N_("two options differ only in capitals."), N_("Rename one."))


def in_sources(draft: Draft) -> Iterator[Mistake]:
    """Figures told of a source that is not named."""
    items = draft.at("elsewhere")
    for index, item in enumerate(items if isinstance(items, list) else []):
        name = item.get("from") if isinstance(item, dict) else None
        if isinstance(name, str) and name not in draft.names("sources"):
            at = ("elsewhere", index, "from")
            yield no_such(at, N_("there is no source '{name}'."), name, draft.names("sources"))


def in_claim(draft: Draft, at: Loc, claim: ClaimModel) -> Iterator[Mistake]:
    """A claim that says nothing, or two things, or compares what is not there."""
    yield from in_measure(draft, at, claim.measure, also=("yours",))  # what verify_by decides on
    if claim.source not in draft.source_names():
        yield no_such((*at, "from"), N_("there is no source '{name}'."), claim.source, draft.source_names())
    if claim.measure.steps is not None:
        yield Mistake(
            (*at, "measure", "steps"),
            N_("'steps' belongs to a {kind}."),
            N_("Give 'step'."),
            {"kind": "curve"},
        )
    if (claim.expect is None) == (claim.compare is None):
        yield Mistake(
            at,
            N_("a claim has either 'expect' or 'compare'."),
            N_("Give one: values expected, or a variant to compare with."),
        )
    if claim.expect:
        yield from in_expect((*at, "expect"), claim.expect)
    compare = claim.compare
    if compare is None:
        return
    variants = draft.variant_names()
    if compare.to not in variants:
        yield no_such((*at, "compare", "to"), N_("there is no variant '{name}'."), compare.to, variants)
    if compare.to == (claim.measure.variant or "broken"):
        yield Mistake(
            (*at, "compare", "to"), N_("the variant is compared with itself."), N_("Name another one.")
        )
    margin = (*at, "compare", "margin")
    if compare.scale == "log" and (compare.margin is None or compare.margin < 1):
        yield Mistake(margin, N_("on a log scale the margin is a factor."), N_("Give 1 or more."))
    elif compare.direction == "same" and not compare.margin:
        yield Mistake(margin, N_("'same' needs a margin."), N_("Say how large a difference counts as none."))
