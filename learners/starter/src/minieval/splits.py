"""A text cut into three parts: one to train on, one to choose by, one to look at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.integer[Any]]
PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class Splits:
    """Three parts of one text, as codes: one axis each."""

    train: Codes
    val: Codes
    test: Codes

    def part(self, name: str) -> Codes:
        """The part of that name; ValueError for a name that is none of `PARTS`."""
        if name not in PARTS:
            raise ValueError(f"a part is one of {PARTS}, not {name!r}")
        return {"train": self.train, "val": self.val, "test": self.test}[name]


def contiguous(codes: Codes, val: float = 0.1, test: float = 0.1) -> Splits:
    """The text cut at two places: training first, then validation, then test. No place is in two parts.

    codes: (length,). The shares `val` and `test` are rounded to whole places. ValueError when one of the
    three parts would be empty.
    """
    after, before = round(len(codes) * val), round(len(codes) * test)
    train = len(codes) - after - before
    if min(train, after, before) < 1:
        raise ValueError(f"{len(codes)} characters with shares {val} and {test} leave a part empty")
    return Splits(codes[:train], codes[train : train + after], codes[train + after :])


def windows(codes: Codes, context: int) -> tuple[Codes, Codes]:
    """Every place with `context` places before it: (places, context), and what stands there: (places,).

    ValueError when the text is not longer than the context.
    """
    if context < 1 or len(codes) <= context:
        raise ValueError(f"{len(codes)} characters are too few for a context of {context}")
    return np.lib.stride_tricks.sliding_window_view(codes[:-1], context), codes[context:]
