"""Values that are asked, found in what is read before: titles, setups, symptoms, other questions, chapters.

Pure: texts and measured values in, problems out. A number counts where it would be a hit, looks measured, and is
neither given in the question itself nor an argument of the experiment.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.content.spec import Problem
from lynx.errors import N_
from lynx.truth import scores
from lynx.truth.claims import Kind, Result
from lynx.truth.measures import from_json_number, metric_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lynx.content.phases import Laboratory
    from lynx.content.spec import Break, Text
    from lynx.truth.claims import Prediction

TEXTS = ("title", "blind_title", "setup", "symptom", "level.says")
WITHIN = 2.0  # on a log scale a number this near tells, however wide a hit is
COUNTED = ("parameters", "step")  # units of what is counted: there a plain whole number tells
WORDS = {
    word: n
    for n, words in enumerate(
        ("zero cero", "one uno una", "two dos", "three tres", "four cuatro", "five cinco", "six seis",
         "seven siete", "eight ocho", "nine nueve", "ten diez")
    )
    for word in words.split()
}  # fmt: skip
FIGURE = r"\d+(?:[.,]\d+)?(?:e[+-]?\d+)?"
NUMBER = re.compile(rf"(?<![\w.,^-]){FIGURE}(?!\w)(?![.,]\d)\s*(?:%|per cent|por ciento)?", re.IGNORECASE)
OUT_OF = re.compile(
    rf"\b({FIGURE}|{'|'.join(WORDS)})\s+(?:(?:[^\W\d_]+\s+){{0,2}}(?:out of|of every|in every|de cada)|in|of|de)\s+"
    rf"({FIGURE}|{'|'.join(WORDS)})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Figure:
    """A number in a text: as written, its value, whether it is a share (80 %, nine out of ten) or a whole number."""

    written: str
    value: float
    at: int
    share: bool = False
    whole: bool = False


def figures(text: str) -> Iterator[Figure]:
    """Every number that stands in a text."""
    for match in OUT_OF.finditer(text):
        k, n = _value(match[1]), _value(match[2])
        if n > 1 and k <= n:
            yield Figure(match[0], k / n, match.start(), share=True)
            yield Figure(match[0], k, match.start(), whole=k.is_integer())
    for match in NUMBER.finditer(text):
        written = match[0].strip()
        percent = not written[-1].isdigit()
        value = _value(re.match(FIGURE, written, re.IGNORECASE)[0])  # type: ignore[index]
        plain = written.isdigit()
        yield Figure(written, value / 100 if percent else value, match.start(), share=percent, whole=plain)


def _value(text: str) -> float:
    word = text.casefold()
    return float(WORDS[word]) if word in WORDS else float(word.replace(",", "."))


def tells(prediction: Prediction, measured: float, figure: Figure) -> bool:
    """Whether who reads the figure knows the answer."""
    if prediction.kind is not Kind.NUMBER or not math.isfinite(measured):
        return False
    counted = (
        metric_of(prediction.measure.metric).unit in COUNTED or prediction.measure.first_step is not None
    )
    if figure.whole:
        return counted and figure.value == measured
    if figure.share and not 0 <= measured <= 1:
        return False
    if scores.score(prediction, figure.value, measured) is not Result.HIT:
        return False
    if prediction.scale != "log":
        return True
    return figure.value > 0 and measured > 0 and abs(math.log(figure.value / measured)) <= math.log(WITHIN)


def leaks(
    predictions: Iterable[Prediction],
    measured: Mapping[str, float],
    asks: Mapping[str, Text],
    given: Iterable[float],
    text: str,
    language: str,
    of: str = "",
) -> Iterator[tuple[str, Figure]]:
    """(question, figure) for every figure of a text that tells a value asked; `of` is the question whose text it is."""
    allowed = set(given)
    for figure in figures(text):
        if figure.value in allowed:
            continue
        for prediction in predictions:
            if prediction.id == of or prediction.id not in measured:
                continue
            words = asks.get(prediction.id, {})
            said = {one.value for one in figures(words.get(language) or next(iter(words.values()), ""))}
            if figure.value not in said and tells(prediction, measured[prediction.id], figure):
                yield prediction.id, figure


def in_break(break_: Break) -> Iterator[Problem]:
    """Texts of a break that are read before its predictions and hold a value that is asked, as its proof has it."""
    measured = _medians(break_)
    given = [float(v) for v in break_.experiment.args.values() if isinstance(v, int | float)]
    if break_.level and not isinstance(break_.level.at, str):
        given.append(break_.level.at)
    for name, text in break_.texts.items():
        asked = re.fullmatch(r"predictions\.([^.]+)\.(?:ask|blind_ask|options\..*)", name)
        if name not in TEXTS and not asked:
            continue
        for language, words in text.items():
            for id_, figure in leaks(
                break_.predictions, measured, break_.asks, given, words, language, asked[1] if asked else ""
            ):
                yield Problem(
                    break_.where_text(name, language),
                    name,
                    N_("“{written}” tells what {id} asks, before it is asked."),
                    N_("Say it without the figure; it may stand in hints and in what is told afterwards."),
                    {"written": figure.written, "id": id_},
                )


def _medians(break_: Break) -> dict[str, float]:
    rows = break_.measured.get("predictions", {})
    found = {
        id_: row["median"] for id_, row in rows.items() if isinstance(row.get("median"), int | float | str)
    }
    return {
        id_: from_json_number(v) for id_, v in found.items() if not isinstance(v, str) or v in ("nan", "inf")
    }


def in_chapter(
    lab: Laboratory, reference: str, measured: Mapping[str, float], chapter: str, language: str
) -> list[tuple[str, Figure]]:
    """What a chapter, or the sheet, tells of a laboratory before it sends its reader there (`lynx lab 10/00`)."""
    asked_at = chapter.find(f"lynx lab {reference}")
    args = [float(v) for one in lab.trained for v in one.args.values() if isinstance(v, int | float)]
    found = leaks(lab.predictions, measured, lab.asks, args, chapter, language)
    return [(id_, one) for id_, one in found if asked_at < 0 or one.at < asked_at]
