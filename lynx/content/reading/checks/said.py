"""What is asked, claimed and tried: predictions, claims and controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.reading.checks.draft import Draft, no_such
from lynx.content.reading.checks.measures import in_expect, in_measure
from lynx.content.reading.mistakes import Loc, Mistake
from lynx.content.reading.schema import ClaimModel, ControlModel, ExpectModel, PredictionModel
from lynx.content.words import shown
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Iterator


def in_control(draft: Draft, at: Loc, name: str, control: ControlModel) -> Iterator[Mistake]:
    """A control that changes nothing, separates nothing, or names what is not there."""
    if not control.args and control.diff is None:
        yield Mistake(at, N_("the control changes nothing."), N_("Give it args or a diff."))
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
    """A question whose kind, options, tolerance and page do not fit each other."""
    yield from in_measure(draft, at, asked.measure)
    belongs = {"number": ("hit", "scale"), "choice": ("options",), "yesno": ("expect",)}
    for kind, keys in belongs.items():
        for key in keys:
            if kind != asked.kind and getattr(asked, key) is not None:
                yield Mistake(
                    (*at, key),
                    N_("'{key}' belongs to a {kind}."),
                    N_("Leave it out."),
                    {"key": key, "kind": kind},
                )
    if asked.kind == "number":
        yield from _number(at, asked)
    elif asked.kind == "choice":
        yield from _choice(at, asked)
    elif asked.expect is None:
        yield Mistake(
            (*at, "expect"), N_("'expect' is missing."), N_("Say which values make the answer yes.")
        )
    else:
        yield from in_expect((*at, "expect"), asked.expect)
    if asked.kind == "yesno" and asked.page not in (None, "yes", "no"):
        yield Mistake((*at, "page"), N_("the page's answer is neither yes nor no."), N_("Write yes or no."))


def _number(at: Loc, asked: PredictionModel) -> Iterator[Mistake]:
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
    if isinstance(asked.page, str) and asked.page not in ("never", "yes", "no"):
        yield Mistake(
            (*at, "page"), N_("the page's answer is no number."), N_("Write a number, .nan, or never.")
        )
    elif asked.page in ("yes", "no"):
        yield Mistake(
            (*at, "page"), N_("the page's answer is yes or no, to a number."), N_("Write a number, or never.")
        )


def _choice(at: Loc, asked: PredictionModel) -> Iterator[Mistake]:
    options = asked.options or {}
    if len(options) < 2:
        yield Mistake(
            (*at, "options"),
            N_("a choice needs two options or more."),
            N_("Name each, with the values it stands for."),
        )
    last = len(options) - 1
    for index, (name, expect) in enumerate(options.items()):
        yield from in_expect((*at, "options", name), expect, anything=True)
        if expect == ExpectModel() and index != last:
            yield Mistake(
                (*at, "options", name),
                N_("'{name}' takes every value, so no option after it can be right."),
                N_("Put it last."),
                {"name": shown(name)},
            )
    if options and len({name.casefold() for name in options}) < len(options):
        yield Mistake((*at, "options"), N_("two options differ only in capitals."), N_("Rename one."))
    if options and asked.page is not None and asked.page not in options:
        yield no_such((*at, "page"), N_("there is no option '{name}'."), str(asked.page), tuple(options))


def in_claim(draft: Draft, at: Loc, claim: ClaimModel) -> Iterator[Mistake]:
    """A claim that says nothing, or two things, or compares what is not there."""
    yield from in_measure(draft, at, claim.measure, also=("yours",))  # what verify_by decides on
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
