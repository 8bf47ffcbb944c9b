"""Answers held against measures, once for the loop, the laboratories and the preview; and their journal rows.

An answer keeps its type in the journal because its question says what it is: only a question for a number
has numbers for answers, so that a choice called `nan` comes back as that choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lynx.loop.results import Judged, Measured, Scored
from lynx.truth import judge, scores
from lynx.truth.claims import Answer, Kind, Prediction, Result, Verdict
from lynx.truth.measures import METRICS, from_json_number, to_json_number, value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.content.spec import Text
    from lynx.truth.claims import Claim, Curve, Value
    from lynx.truth.measures import Measure, Metric, Run

Row = dict[str, Any]


def measured(
    name: str,
    measure: Measure,
    by_seed: Sequence[Mapping[str, Run]],
    seeds: Sequence[int],
    own: Mapping[str, Metric],
) -> Measured:
    """One measure, once per seed; `own` are the metrics that the break declares. Raises LynxError."""
    values = tuple(value_of(measure, runs, {**METRICS, **own}) for runs in by_seed)
    return Measured(name, measure, values, tuple(seeds), own)


def measured_for(
    prediction: Prediction,
    by_seed: Sequence[Mapping[str, Run]],
    seeds: Sequence[int],
    own: Mapping[str, Metric],
) -> tuple[Measured, ...]:
    """What a prediction is about: one measure, or one a step of a curve."""
    return tuple(measured(prediction.id, one, by_seed, seeds, own) for one in prediction.measures)


def score(
    prediction: Prediction,
    ask: Text,
    answer: Answer,
    written: str,
    found: Sequence[Measured],
    *,
    mentor: Value | None = None,
    mentor_range: tuple[float, float] | None = None,
    edited: str | None = None,
) -> Scored:
    """One answer against what was measured for it (`measured_for`); nothing was where there are no values."""
    metrics = {**METRICS, **found[-1].own}
    value = _value(prediction, found)
    return Scored(
        prediction=prediction,
        ask=ask,
        predicted=answer.value,
        written=written,
        confidence=answer.confidence,
        because=answer.because,
        says=prediction.says,
        measured=found[-1],
        answer="–" if value is None else scores.answer_from_value(prediction, value, metrics),
        result=scores.score(prediction, answer, value, metrics),
        mentor=mentor,
        mentor_range=mentor_range,
        curve=tuple(found) if prediction.steps else (),
        edited=edited,
    )


def _value(prediction: Prediction, found: Sequence[Measured]) -> float | Curve | None:
    """What the measures come to: the median, or the medians of a curve by step."""
    if not all(one.values for one in found):
        return None
    if not prediction.steps:
        return found[0].median
    return {step: one.median for step, one in zip(prediction.steps, found, strict=True)}


def judged(
    claims: Sequence[Claim],
    says: Mapping[str, Text],
    by_seed: Sequence[Mapping[str, Run]],
    own: Mapping[str, Metric] | None = None,
    mentor: Mapping[str, Any] | None = None,
    by: Mapping[str, Text] | None = None,
    *,
    deciding: bool = False,
) -> tuple[Judged, ...]:
    """Each claim with the verdict these runs give it, beside the mentor's; `deciding` on a repair, every seed."""
    metrics = {**METRICS, **(own or {})}
    found = (judge.decide if deciding else judge.judge_all)(claims, by_seed, metrics)
    return tuple(
        Judged(
            claim=claim,
            says=says[claim.id],
            verdict=one.verdict,
            k=one.k,
            n=one.n,
            p=one.p,
            median=one.median,
            other=one.other,
            provisional=one.provisional,
            reason=one.reason,
            values=one.values,
            mentor=(mentor or {}).get(claim.id, {}),
            by=(by or {}).get(claim.id, {}),
        )
        for claim, one in zip(claims, found, strict=True)
    )


def range_of(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """The smallest and the largest value of a proof's row; None where it has none."""
    return (number(row["min"]), number(row["max"])) if {"min", "max"} <= set(row) else None


# -- to and from the journal ---------------------------------------------------------------------


def kept(value: Value) -> float | str | dict[str, float | str]:
    """An answer as the journal holds it."""
    if isinstance(value, Mapping):
        return {str(step): to_json_number(at) for step, at in value.items()}
    return value if isinstance(value, str) else to_json_number(value)


def restored(prediction: Prediction, value: Any) -> Value:
    """What `kept` was given, by what the question asks for."""
    if isinstance(value, Mapping):
        return {int(step): from_json_number(at) for step, at in value.items()}
    return from_json_number(value) if prediction.kind is Kind.NUMBER else str(value)


def number(value: float | str) -> float:
    """A measured number as the journal or a proof holds it; words that are none are NaN."""
    try:
        return from_json_number(value)
    except ValueError:
        return float("nan")


def answer_row(answer: Answer, written: str) -> Row:
    """A locked answer."""
    return {
        "value": kept(answer.value),
        "written": written,
        "confidence": answer.confidence,
        "because": answer.because,
    }


def answer_from(prediction: Prediction, row: Mapping[str, Any]) -> tuple[Answer, str]:
    """The answer that `answer_row` kept, and how it was written."""
    value = restored(prediction, row["value"])
    answer = Answer(prediction.id, value, int(row["confidence"]), str(row.get("because", "")))
    return answer, str(row["written"])


def scored_row(one: Scored) -> Row:
    """A scored prediction."""
    return {
        "predicted": kept(one.predicted),
        "confidence": one.confidence,
        "values": [to_json_number(v) for v in one.measured.values],
        "curve": [[to_json_number(v) for v in point.values] for point in one.curve],
        "answer": kept(one.answer),
        "result": one.result.value,
    }


def scored_from(
    prediction: Prediction,
    ask: Text,
    given: tuple[Answer, str],
    row: Mapping[str, Any],
    seeds: Sequence[int],
    own: Mapping[str, Metric],
    mentor: Value | None = None,
    mentor_range: tuple[float, float] | None = None,
) -> Scored:
    """The prediction as `scored_row` kept it, with the answer that was locked: the result is the one told then."""
    answer, written = given
    rows = row["curve"] if prediction.steps else [row["values"]]
    found = tuple(
        Measured(prediction.id, measure, tuple(number(v) for v in values), tuple(seeds), own)
        for measure, values in zip(prediction.measures, rows, strict=True)
    )
    return Scored(
        prediction=prediction,
        ask=ask,
        predicted=answer.value,
        written=written,
        confidence=int(row["confidence"]),
        because=answer.because,
        says=prediction.says,
        measured=found[-1],
        answer=restored(prediction, row["answer"]),
        result=Result(row["result"]),
        mentor=mentor,
        mentor_range=mentor_range,
        curve=found if prediction.steps else (),
    )


def judged_row(one: Judged) -> Row:
    """A judged claim."""
    return {
        "verdict": one.verdict.value,
        "reason": one.reason.value,
        "provisional": one.provisional,
        "k": one.k,
        "n": one.n,
        "median": to_json_number(one.median),
        "other": None if one.other is None else to_json_number(one.other),
    }


def judged_from(
    claim: Claim, says: Text, row: Mapping[str, Any], mentor: Mapping[str, Any], by: Text
) -> Judged:
    """The claim as `judged_row` kept it; a row of an older Lynx, which gave verdicts too soon, is judged anew."""
    verdict, k, n = Verdict(row["verdict"]), row["k"], row["n"]
    reason = judge.Reason(row.get("reason", judge.Reason.SOME))
    if "reason" not in row and claim.compare is None:
        anew = judge.rate(claim, k, n)
        verdict, reason = anew.verdict, anew.reason
    other = row.get("other")
    return Judged(
        claim=claim,
        says=says,
        verdict=verdict,
        k=k,
        n=n,
        p=None,
        median=number(row["median"]),
        other=None if other is None else number(other),
        provisional=row.get("provisional", True),
        reason=reason,
        mentor=mentor,
        by=by,
    )
