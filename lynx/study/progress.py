"""How the learner's predictions fare: drills over time beside two baselines, knobs, breaks, laboratories;
reviews.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lynx.loop.home import due
from lynx.loop.kept_guards import CATCHING, kept_guards
from lynx.store import private
from lynx.study import exam, rules
from lynx.study.drill import coming_back, history
from lynx.study.grid import KNOBS, Cell, Outcome
from lynx.study.laboratory import RAN
from lynx.study.results import GuardScore, KnobScore, Review, ReviewItem, Score, SetScore, StudyProgress
from lynx.truth.calibration import CONFIDENCES, Forecast, brier, curve, decompose, over_time
from lynx.truth.claims import Result
from lynx.truth.spacing import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lynx.loop.session import Session
    from lynx.study.draw import Answered

PER = 10  # drills in one period of the line over time
LEAST = 3  # drills with a knob's value before anything is said about it
SHOWN = 5  # misjudged knobs
LONG = 200  # runs: from here on what was counted of them is kept


def progress(session: Session) -> StudyProgress:
    """`lynx progress`: what the journal says of every prediction made here."""
    past = history(session)
    counted = [a for a in past if a.outcome is not None]
    forecasts = [_forecast(a) for a in counted]
    exams = exam.forecasts(session)
    breaks = _sets_of_breaks(session)
    sets = (*breaks.values(), *_sets_of_laboratories(session).values(), *exams.values())
    everything = [*forecasts, *(one for made in sets for one in made)]
    waiting = len(review(session).items)
    drawn = [a.outcome for a in counted if a.outcome is not None]
    commonest = rules.commonest(drawn)
    return StudyProgress(
        drills=Score(len(counted), sum(a.right for a in counted), brier(forecasts)),
        uncounted=len(past) - len(counted),
        always=_baseline(counted, lambda _: commonest),
        commonest=commonest,
        drawn={one: drawn.count(one) for one in Outcome},
        base_rates=rules.shares(rules.stable().values()),
        reasons=Counter(a.reason for a in counted if a.reason is not None),
        rule=_baseline(counted, rules.rule),
        periods=over_time(forecasts, PER),
        bins=curve(forecasts),
        misjudged=misjudged(counted),
        breaks=_scores(breaks),
        laboratories=_scores(_sets_of_laboratories(session)),
        exams=_scores(exams),
        parts=decompose(everything),
        due=waiting,
        guards=_guards(session),
        next="lynx review" if waiting else "lynx drill",
    )


def review(session: Session) -> Review:
    """`lynx review`: what is due now: breaks blind, then drills as near neighbours, by urgency."""
    now = time.time()
    items = [
        ReviewItem(
            kind="break",
            id=one.id,
            reason=one.reason,
            confidence=one.confidence,
            days=int((now - one.since) // DAY),
            command=f"lynx break {one.id} --blind",
        )
        for one in due(session)
        if one.kind == "break"
    ]
    back = coming_back(session)
    items += [
        ReviewItem(
            kind="drill",
            id=str(one.number),
            reason="hit" if one.right else "miss",
            confidence=one.confidence,
            days=int((now - one.last) // DAY),
            command="lynx drill --review",
            cell=cell,
        )
        for one, cell in back
        if one.is_due(now)
    ]
    later = sum(not one.is_due(now) for one, _ in back)
    return Review(tuple(items), later, items[0].command if items else "lynx drill")


def misjudged(counted: Sequence[Answered], most: int = SHOWN) -> tuple[KnobScore, ...]:
    """The knobs' values with the largest Brier loss, asked often enough, and worse than the learner's
    average.
    """
    if not counted:
        return ()
    average = sum(a.loss for a in counted) / len(counted)
    found = []
    for name, values in KNOBS.items():
        for value in values:
            mine = [a for a in counted if getattr(a.cell, name) == value]
            if len(mine) < LEAST:
                continue
            loss = sum(a.loss for a in mine) / len(mine)
            sure = sum(not a.right and a.confidence == CONFIDENCES[-1] for a in mine)
            if loss > average and any(not a.right for a in mine):
                found.append((loss, KnobScore(name, str(value), len(mine), sum(a.right for a in mine), sure)))
    found.sort(key=lambda item: -item[0])
    return tuple(score for _, score in found[:most])


def _guards(session: Session) -> GuardScore | None:
    """How many of the breaks that are done have a guard that catches their bug and is still there."""
    done = {one.break_id for one in session.journal.standings() if one.done}
    if not done:
        return None
    found = [one for one in kept_guards(session).values() if one.break_id in done]
    kept = [one for one in found if one.counts]
    return GuardScore(
        done=len(done),
        guarded=len(kept),
        sharp=sum(one.verdict == "sharp" for one in kept),
        lost=tuple(one.break_id for one in found if one.verdict in CATCHING and not one.kept),
    )


def _forecast(one: Answered) -> Forecast:
    return Forecast(one.confidence, Result.HIT if one.right else Result.MISS, one.at)


def _baseline(counted: Iterable[Answered], says: Callable[[Cell], Outcome | None]) -> Score:
    right = [says(a.cell) == a.outcome for a in counted]
    return Score(len(right), sum(right), None)


def _sets_of_breaks(session: Session) -> dict[str, list[Forecast]]:
    """The predictions of every first run, by break."""
    found: dict[str, list[Forecast]] = {}
    for break_id, confidence, result, times in _scores_of_runs(session):
        found.setdefault(break_id, []).append(Forecast(confidence, Result(result), times=times))
    return dict(sorted(found.items()))


def _scores_of_runs(session: Session) -> list[tuple[str, int, str, int]]:
    """What `Journal.scores` says of all runs; of a long history, what was counted before is not counted again."""
    journal = session.journal
    place = private.place(session.env.environ, "scores", str(journal.path))
    runs, last, at = journal.runs()
    upto, found = 0, Counter[tuple[str, int, str]]()
    kept: Any = private.read(place) if runs >= LONG else None
    with suppress(TypeError, ValueError, KeyError):  # it is not what is kept below
        if journal.runs(int(kept["upto"])) == (kept["runs"], kept["upto"], kept["at"]):
            found.update({(str(b), int(c), str(Result(r))): int(n) for b, c, r, n in kept["scores"]})
            upto = int(kept["upto"])
    for break_id, confidence, result, times in journal.scores(upto, last):
        found[break_id, confidence, result] += times
    scores = [(*of, times) for of, times in sorted(found.items())]
    if runs >= LONG and last != upto:
        private.keep(place, {"runs": runs, "upto": last, "at": at, "scores": scores})
    return scores


def _sets_of_laboratories(session: Session) -> dict[str, list[Forecast]]:
    """The predictions of every laboratory's first run."""
    events = [e for e in session.journal.events(kind=RAN) if e.payload["first"]]
    return {e.payload["lab"]: _forecasts(e.payload["predictions"]) for e in events}


def _forecasts(rows: Mapping[str, Mapping[str, Any]]) -> list[Forecast]:
    return [Forecast(int(row["confidence"]), Result(row["result"])) for row in rows.values()]


def _scores(sets: Mapping[str, Sequence[Forecast]]) -> tuple[SetScore, ...]:
    found = []
    for name, forecasts in sets.items():
        counted = [f for f in forecasts if f.result is not Result.UNMEASURED]
        hits = sum(f.times for f in counted if f.result is Result.HIT)
        found.append(SetScore(name, sum(f.times for f in counted), hits, brier(counted)))
    return tuple(found)
