"""The oracle: inputs that can be drawn, shapes that name them, the experiment's own among them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lynx.content.reading.mistakes import Loc, Mistake
from lynx.content.words import listed
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.content.reading.checks.draft import Draft
    from lynx.content.reading.parts import OracleModel

MAX_ELEMENTS = 10_000_000  # of one random input: 80 MB in float64


def in_oracle(draft: Draft, oracle: OracleModel) -> Iterator[Mistake]:
    """Dimensions without a number, inputs too large, the experiment's own batch left out."""
    at: Loc = ("oracle",)
    yield from _form(at, oracle)
    inputs = oracle.inputs or []
    symbols = {d for i in inputs for d in i.shape if isinstance(d, str)}
    for index, taken in enumerate(inputs):
        if (taken.dtype == "int") != (taken.below is not None):
            yield Mistake(
                (*at, "inputs", index, "below"),
                N_("'below' goes with dtype int, and int with 'below'."),
                N_("Write dtype: int and below: 65, or leave both out."),
            )
    if symbols and not oracle.shapes:
        yield Mistake(
            (*at, "shapes"),
            N_("'shapes' is missing."),
            N_("Give numbers for: {names}."),
            {"names": listed(sorted(symbols))},
        )
    for index, shape in enumerate(oracle.shapes):
        if set(shape) != symbols:
            yield Mistake(
                (*at, "shapes", index),
                N_("the shape gives numbers for {given}, and the inputs have {names}."),
                N_("Give a number for each named dimension, and no other."),
                {"given": listed(sorted(shape)) or "–", "names": listed(sorted(symbols)) or "–"},
            )
    yield from _sizes(at, oracle)
    batch = draft.args_of("healthy").get("batch")
    if (
        "batch" in symbols
        and oracle.shapes
        and isinstance(batch, int)
        and batch not in [s.get("batch") for s in oracle.shapes]
    ):
        yield Mistake(
            (*at, "shapes"),
            N_("no shape has the experiment's own batch, {batch}."),
            N_("Add one with batch: {batch}; code that treats that size apart would pass otherwise."),
            {"batch": batch},
        )


def _form(at: Loc, oracle: OracleModel) -> Iterator[Mistake]:
    """What is examined: one of three, whose answers a property may judge."""
    forms = [name for name in ("call", "make", "steps") if getattr(oracle, name) is not None]
    if not forms:
        yield Mistake(
            (*at, "call"),
            N_("'call' is missing."),
            N_("The class or function to call, as package.module:Name."),
        )
    for extra in forms[1:]:
        yield Mistake(
            (*at, extra),
            N_("'{one}' and '{other}' exclude each other."),
            N_("Keep one of them."),
            {"one": forms[0], "other": extra},
        )
    if oracle.call is not None and oracle.inputs is None:
        yield Mistake(
            (*at, "inputs"), N_("'inputs' is missing."), N_("The random inputs, in the order of the call.")
        )
    if oracle.n is not None and oracle.steps is None:
        yield Mistake(
            (*at, "n"), N_("'n' counts the steps of 'steps'."), N_("Leave it out, or give 'steps'.")
        )


def _sizes(at: Loc, oracle: OracleModel) -> Iterator[Mistake]:
    """The first shape under which an input is too large to draw `cases` times."""
    for index, shape in enumerate(oracle.shapes or [{}]):
        sizes = [
            math.prod(shape.get(d, 1) if isinstance(d, str) else d for d in i.shape)
            for i in oracle.inputs or []
        ]
        if max(sizes, default=0) > MAX_ELEMENTS:
            yield Mistake(
                (*at, "shapes", index) if oracle.shapes else (*at, "inputs"),
                N_("an input would have more than ten million values."),
                N_("Use smaller shapes."),
            )
            return
