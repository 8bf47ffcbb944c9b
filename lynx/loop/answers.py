"""What a person may write as an answer, at a prompt and in the notes alike: numbers, options, curves, confidence."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from lynx.loop.spoken import spoken
from lynx.truth.calibration import CONFIDENCES
from lynx.truth.claims import Kind, Prediction, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

NUMBER = re.compile(r"^([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?)\s*(%?)$")
WORDS = {
    "nan": math.nan,
    "inf": math.inf,
    "+inf": math.inf,
    "-inf": -math.inf,
    "never": math.inf,
    "∞": math.inf,
}


def parse_number(text: str) -> float | None:
    """A number as a learner writes it: `0.5`, `0,5`, `80 %`, `1e-4`, `nan`, `inf`, `never`; None if it is none."""
    text = text.strip().strip("`*_").strip().replace("−", "-")
    word = spoken().get(text.lower(), text.lower())
    if word in WORDS:
        return WORDS[word]
    match = NUMBER.match(text)
    if match is None:
        return None
    value = float(match[1].replace(",", "."))
    return value / 100 if match[2] else value


def parse_confidence(text: str) -> int | None:
    """50, 70 or 90, with or without a percent sign; None otherwise."""
    match = re.match(r"^(\d+)\s*%?$", text.strip().strip("`*_"))
    return int(match[1]) if match and int(match[1]) in CONFIDENCES else None


def parse_value(prediction: Prediction, text: str) -> Value | None:
    """What `text` answers to `prediction`: a number, an option's name, a curve, or None."""
    if prediction.kind is Kind.NUMBER:
        return parse_number(text)
    if prediction.kind is Kind.CURVE:
        return parse_curve(prediction.steps, text)
    word = text.strip().strip("`*_.").strip().lower()
    if prediction.kind is Kind.YESNO:
        said = spoken().get(word, "")
        return said if said in ("yes", "no") else None
    names = {option.name.lower(): option.name for option in prediction.options}
    return names.get(word)


def parse_curve(steps: Sequence[int], text: str) -> dict[int, float] | None:
    """A curve as a learner writes it: `0: 2.4, 10: 1.6`, or a number for each step in their order."""
    pieces = re.split(r"(?<![\d.,])(\d+)\s*:", text.strip().strip("`*_"))
    if len(pieces) > 1:
        named = zip(pieces[1::2], pieces[2::2], strict=True)
        if pieces[0].strip():
            return None
        read = [(int(step), parse_number(value.strip(" \t,;"))) for step, value in named]
    else:
        bare = [piece for piece in re.split(r"[;\s]+|,\s+", text.strip()) if piece]
        read = [(step, parse_number(value)) for step, value in zip(steps, bare, strict=False)]
        if len(bare) != len(steps):
            return None
    found = {step: value for step, value in read if value is not None}
    return found if len(found) == len(read) and set(found) == set(steps) else None


def curve_form(prediction: Prediction) -> str:
    """What a curve looks like: `0: …, 10: …`."""
    return ", ".join(f"{step}: …" for step in prediction.steps)


def option_names(prediction: Prediction) -> tuple[str, ...]:
    """The answers offered: the options of a choice, yes and no, nothing for a number."""
    if prediction.kind is Kind.CHOICE:
        return tuple(option.name for option in prediction.options)
    return ("yes", "no") if prediction.kind is Kind.YESNO else ()
