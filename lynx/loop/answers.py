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

PLAIN = r"(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?"
POWER = rf"{PLAIN}(?:\s*(?:\^|\*\*)\s*[+-]?{PLAIN})?"
NUMBER = re.compile(rf"^([+-]?)\s*({POWER})(?:\s*([/÷*·×])\s*({POWER}))?\s*(%?)$")
ABOUT = re.compile(r"^(?:[~≈]|([^\W\d_]+)\b\.?)\s*")
UNIT = re.compile(r"(?<=[\d.,%])\s*([^\W\d_]+)$")
WORDS = {
    "nan": math.nan,
    "inf": math.inf,
    "+inf": math.inf,
    "-inf": -math.inf,
    "never": math.inf,
    "∞": math.inf,
}


def parse_number(text: str) -> float | None:
    """A number as a learner writes it: `0.5`, `0,5`, `80 %`, `1e-4`, `1/5`, `2^20`, `5·10^-3`, `~0.1`, `never`.

    What is said to be about a number, or in a unit, is that number; None for what is none.
    """
    text = _bare(text)
    word = spoken().get(text.lower(), text.lower())
    if word in WORDS:
        return WORDS[word]
    while (about := ABOUT.match(text)) and (not about[1] or spoken().get(about[1].lower()) == "about"):
        text = text[about.end() :]
    unit = UNIT.search(text)
    if unit and spoken().get(unit[1].lower()) == "unit":
        text = text[: unit.start()]
    match = NUMBER.match(text)
    if match is None:
        return None
    sign, one, between, other, percent = match.groups()
    try:
        value = _power(one)
        if between:
            value = value / _power(other) if between in "/÷" else value * _power(other)
    except (OverflowError, ZeroDivisionError):
        return None
    return (-value if sign == "-" else value) / (100 if percent else 1)


def _power(text: str) -> float:
    base, _, exponent = re.sub(r"\s", "", text.replace(",", ".").replace("**", "^")).partition("^")
    return float(base) ** float(exponent) if exponent else float(base)


def _bare(text: str) -> str:
    """Without the marks that Markdown puts around a word, and with a plain minus."""
    return text.strip().strip("`*_").strip().replace("−", "-")


def parse_confidence(text: str) -> int | None:
    """One of the confidences that can be given, in percent: `70`, `70 %`, `0.7`, or its first digit; else None."""
    match = re.match(r"^(?:(\d\d?)|0?[.,](\d)0?)\s*%?$", _bare(text))
    if match is None:
        return None
    digits = match[1] or match[2]
    return next((c for c in CONFIDENCES if str(c).startswith(digits)), None)


def parse_value(prediction: Prediction, text: str) -> Value | None:
    """What `text` answers: a number, a curve, an option by its name, its number or its beginning; None if nothing."""
    if prediction.kind is Kind.NUMBER:
        return parse_number(text)
    if prediction.kind is Kind.CURVE:
        return parse_curve(prediction.steps, text)
    word = _bare(text).strip(".").casefold()
    names = option_names(prediction)
    whole = [name for name in names if name.casefold() == word]
    if prediction.kind is Kind.YESNO:
        whole = whole or [name for name in names if spoken().get(word) == name]
    numbered = [names[int(word) - 1]] if word.isdecimal() and 1 <= int(word) <= len(names) else []
    begun = [name for name in names if word and name.casefold().startswith(word)]
    found = whole or numbered or begun
    return found[0] if len(found) == 1 else None


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


def as_kept(prediction: Prediction, text: str) -> str:
    """An answer as the notes keep it: an option by its name, a curve with its steps, a number as it was written."""
    value = parse_value(prediction, text)
    if isinstance(value, str):
        return value
    if prediction.kind is Kind.CURVE and isinstance(value, dict):
        return ", ".join(f"{step}: {at:g}" for step, at in value.items())
    return text


def curve_form(prediction: Prediction) -> str:
    """What a curve looks like: `0: …, 10: …`."""
    return ", ".join(f"{step}: …" for step in prediction.steps)


def option_names(prediction: Prediction) -> tuple[str, ...]:
    """The answers offered: the options of a choice, yes and no, nothing for a number."""
    if prediction.kind is Kind.CHOICE:
        return tuple(option.name for option in prediction.options)
    return ("yes", "no") if prediction.kind is Kind.YESNO else ()
