"""From entries to how a learner fares, break by break; and the same, as far as it goes, from a notes file."""

from __future__ import annotations

import re
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any

from lynx.loop import notes
from lynx.teach.results import Answered, Played
from lynx.truth.calibration import Forecast, brier
from lynx.truth.claims import Result
from lynx.truth.measures import from_json_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lynx.teach.seals import Entry, HandIn

# what an event leads to; what stands below a stage cannot be left by it any more
LEADS = {
    "start": "predicting",
    "locked": "observing",
    "run": "fixing",
    "fixed": "explaining",
    "explain": "done",
}
ENDS = ("done", "revealed")
_HEADING = re.compile(
    r"(?m)^## Break (?P<id>\S+) · \S+ · (?P<day>\d{4}-\d{2}-\d{2})(?: · attempt (?P<n>\d+))?\s*$"
)
_MEASURED = re.compile(r"(?P<value>.*?) \[(?P<result>hit|near|miss|unmeasured);")


def played(hand_in: HandIn) -> tuple[Played, ...]:
    """Every break that was begun, in the order in which it was begun first."""
    attempts: dict[str, dict[int, list[Entry]]] = {}
    names: dict[int, str] = {}
    for entry in hand_in.entries:
        if entry.kind == "start":
            names[entry.attempt] = entry.told["break"]
        if entry.attempt in names:
            attempts.setdefault(names[entry.attempt], {}).setdefault(entry.attempt, []).append(entry)
    return tuple(_played(name, list(runs.values()), hand_in.day) for name, runs in attempts.items())


def _played(name: str, attempts: Sequence[Sequence[Entry]], day: str) -> Played:
    last = attempts[-1]
    stage = ""
    for entry in last:
        if stage in ENDS:
            continue
        stage = {"reveal": "revealed", "reset": "reset"}.get(entry.kind) or LEADS.get(entry.kind, stage)
        if entry.kind == "verify" and stage == "explaining" and entry.told.get("verdict") != "fixed":
            stage = "fixing"
    answers = tuple(one for attempt in attempts for one in _answers(name, attempt))
    rate, score = _scores(answers)
    return Played(
        id=name,
        stage=stage,
        attempts=len(attempts),
        hints=sum(entry.kind == "hint" for entry in last),
        of=int(last[0].told["hints"]),
        tries=sum(entry.kind == "verify" and entry.told.get("verdict") == "not-fixed" for entry in last),
        days=_between(last[0].day, day),
        hit_rate=rate,
        brier=score,
        answers=answers,
    )


def _answers(name: str, attempt: Iterable[Entry]) -> Iterable[Answered]:
    for entry in attempt:
        if entry.kind == "run":
            for prediction, one in entry.told["predictions"].items():
                yield Answered(
                    name,
                    prediction,
                    _short(one.get("predicted")),
                    _short(one.get("answer")),
                    one["confidence"],
                    one["result"],
                )


def forecasts(answers: Iterable[Answered]) -> list[Forecast]:
    """Answers as what the Brier score and the curve are made from."""
    known = set(map(str, Result))
    return [Forecast(one.confidence, Result(one.result)) for one in answers if one.result in known]


def _scores(answers: Sequence[Answered]) -> tuple[float | None, float | None]:
    counted = [one for one in forecasts(answers) if one.result is not Result.UNMEASURED]
    hits = sum(one.result is Result.HIT for one in counted)
    return (hits / len(counted) if counted else None), brier(counted)


def together(values: Sequence[str]) -> str:
    """What several said or measured, in short: the median of numbers, else what was said most often."""
    numbers = []
    for value in values:
        try:
            numbers.append(from_json_number(value if not _is_number(value) else float(value)))
        except ValueError:
            return max(sorted(set(values)), key=values.count)
    return _short(median(numbers)) if numbers else ""


def from_notes(text: str, day: str) -> tuple[Played, ...]:
    """What a notes file tells: predictions, results and whether there is an explanation; no hints and no tries."""
    found: dict[str, list[Played]] = {}
    for match in _HEADING.finditer(text):
        section = notes.find_section(text, match[0].strip())
        if section is None:
            continue
        answers = []
        for block in section.blocks:
            seen = _MEASURED.match(block.labels.get("measured", (0, ""))[1])
            sure = re.match(r"\d+", block.labels.get("confidence", (0, ""))[1])
            if seen and sure:
                said = block.labels.get("prediction", (0, ""))[1].strip()
                value = seen["value"].partition(",")[0]
                answers.append(Answered(match["id"], block.id, said, value, int(sure[0]), seen["result"]))
        explained = bool(section.labels.get("explanation", (0, ""))[1].strip())
        stage = "done" if explained else "fixing" if answers else "predicting"
        rate, score = _scores(answers)
        found.setdefault(match["id"], []).append(
            Played(match["id"], stage, 1, 0, 0, 0, _between(match["day"], day), rate, score, tuple(answers))
        )
    return tuple(_joined(all_) for all_ in found.values())


def _joined(attempts: Sequence[Played]) -> Played:
    last = attempts[-1]
    answers = tuple(one for attempt in attempts for one in attempt.answers)
    rate, score = _scores(answers)
    return Played(
        **{**vars(last), "attempts": len(attempts), "hit_rate": rate, "brier": score, "answers": answers}
    )


def _between(first: str, last: str) -> int:
    try:
        return max((date.fromisoformat(last) - date.fromisoformat(first)).days, 0)
    except ValueError:
        return 0


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _short(value: Any) -> str:
    if isinstance(value, dict):  # a curve: its steps and heights
        return ", ".join(f"{step}: {_short(height)}" for step, height in value.items())
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:.3g}"
    return "" if value is None else str(value)
