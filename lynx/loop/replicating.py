"""A learner's run repeats what the mentor measured, on other seeds: what comes out otherwise here. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.loop.results import Judged, Replication, Scored
from lynx.truth import judge, scores
from lynx.truth.claims import Result, Verdict
from lynx.truth.measures import METRICS, metric_of, position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.content.spec import Break


def replication(
    break_: Break, scored: Sequence[Scored], judged: Sequence[Judged], seeds: Sequence[int]
) -> Replication | None:
    """What these seeds say beside the mentor's; None where there are no figures of this break or the seeds overlap."""
    mentor = int(break_.measured.get("seeds", 0))
    if not mentor or break_.stale or set(seeds) & set(range(mentor)):
        return None
    return Replication(
        mentor,
        tuple(one.prediction.id for one in scored if otherwise(one)),
        tuple(one.claim.id for one in judged if opposed(one)),
    )


def otherwise(one: Scored) -> bool:
    """Whether the median here lies outside the mentor's range, and so far off that the mentor's is no hit here.

    Either alone is what chance does: one median of three lies outside the range of ten others one time in thirteen.
    """
    if one.mentor is None or one.curve or one.mentor_range is None or not one.measured.values:
        return False
    metrics = {**METRICS, **one.measured.own}
    worse = metric_of(one.measured.measure.metric, metrics).worse
    low, here, high = (
        position(value, worse) for value in (one.mentor_range[0], one.measured.median, one.mentor_range[1])
    )
    if low <= here <= high or isinstance(one.mentor, str):
        return False
    theirs = scores.answer_from_value(one.prediction, one.mentor, metrics)
    return scores.score(one.prediction, theirs, one.measured.median, metrics) is not Result.HIT


def opposed(one: Judged) -> bool:
    """Whether these seeds say the opposite of the mentor's verdict."""
    theirs = one.mentor.get("verdict")
    if theirs not in (Verdict.HOLDS, Verdict.REFUTED):
        return False
    found = judge.Judgement(one.verdict, one.k, one.n, None, one.median, (), reason=one.reason)
    return one.verdict is not Verdict.INVALID and judge.contradicts(Verdict(theirs), found)
