"""`lynx class`: many learners side by side; what the class believed and was wrong; who is stuck."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from lynx.content.packs import OWN
from lynx.errors import N_, LynxError, Refused
from lynx.loop import shelf
from lynx.loop.stages import Stage
from lynx.store.tables import FILE
from lynx.teach import fold, reading, seals
from lynx.teach.results import Answered, ClassView, Learner, Missed, Played, Stuck
from lynx.truth.calibration import curve, decompose

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lynx.content.spec import Text
    from lynx.loop.env import Env

MISSES = 12  # that a page shows; the terminal shows fewer
TRIES = 3  # fixes that did not pass: from here on somebody is stuck
DAYS = 2  # with every hint opened, since the break was begun


def classroom(env: Env, folders: Sequence[Path]) -> ClassView:
    """Everything that lies below these folders, each learner once. Raises Refused where there is no work at all."""
    handed, noted, unread = reading.read([env.cwd / folder for folder in folders])
    learners = [*_latest(handed), *noted]
    if not learners and not unread:
        raise Refused(
            N_("No hand-in, no workspace and no notes lie there."),
            code="no-class",
            remedy=N_("Each learner makes one: lynx hand-in"),
        )
    learners.sort(key=lambda one: (one.name.casefold(), str(one.path)))
    # what cannot be believed is shown, and counts in no figure of the class
    sound = [one for one in learners if not set(one.faults) - {"journal"}]
    answers = [answer for one in sound for played in one.breaks for answer in played.answers]
    forecasts = fold.forecasts(answers)
    asks = _Asks(env)
    begun = {played.id for one in learners for played in one.breaks}
    return ClassView(
        learners=tuple(learners),
        breaks=tuple(sorted(begun, key=asks.place)),
        misses=_misses(answers, asks),
        bins=curve(forecasts),
        parts=decompose(forecasts),
        stuck=tuple(sorted(_stuck(sound), key=lambda one: -one.days)),
        unread=tuple(unread),
    )


def _latest(handed: Sequence[reading.Handed]) -> list[Learner]:
    """Of the hand-ins of one work the longest, held against the others; of copies each, and each is said to be one."""
    works: dict[str, list[reading.Handed]] = defaultdict(list)
    for path, one in handed:
        works[one.work].append((path, one))
    found = []
    for all_ in works.values():
        by_name: dict[str, list[reading.Handed]] = defaultdict(list)
        for path, one in all_:
            by_name[one.name].append((path, one))
        for name, own in by_name.items():
            own.sort(key=lambda item: (item[1].day, len(item[1].entries)))
            path, last = own[-1]
            faults = list(seals.faults(last))
            if "edited" not in faults and not all(seals.continues(last, earlier) for _, earlier in own[:-1]):
                faults.append("taken-back")
            others = sorted(set(by_name) - {name})
            pseudonym = [one for _, one in all_ if one.name in others and not one.chosen]
            if others and last.chosen and not (pseudonym and len(others) == 1):
                faults.append("copied")
            elif others and not last.chosen:
                continue  # the same learner gave a name later, or before
            found.append(
                Learner(
                    name=name,
                    source="workspace" if path.name == FILE else "hand-in",
                    path=path,
                    day=last.day,
                    faults=tuple(faults),
                    same_as=", ".join(others) if "copied" in faults else "",
                    breaks=() if "edited" in faults else fold.played(last),
                )
            )
    return found


def _misses(answers: Iterable[Answered], asks: _Asks) -> tuple[Missed, ...]:
    asked: dict[tuple[str, str], list[Answered]] = defaultdict(list)
    for one in answers:
        if one.result in ("hit", "near", "miss"):
            asked[one.break_id, one.prediction].append(one)
    found = []
    for (break_id, prediction), all_ in asked.items():
        wrong = [one for one in all_ if one.result == "miss"]
        if wrong:
            found.append(
                Missed(
                    break_id=break_id,
                    prediction=prediction,
                    ask={},
                    wrong=len(wrong),
                    of=len(all_),
                    confidence=sum(one.confidence for one in wrong) / len(wrong),
                    said=fold.together([one.said for one in wrong]),
                    measured=fold.together([one.measured for one in wrong]),
                )
            )
    found.sort(key=lambda one: (-one.weight, one.break_id, one.prediction))
    return tuple(replace(one, ask=asks.of(one.break_id, one.prediction)) for one in found[:MISSES])


def _stuck(learners: Iterable[Learner]) -> Iterable[Stuck]:
    for one in learners:
        for played in one.breaks:
            why = _why(played)
            if why is not None:
                yield Stuck(one.name, played.id, why[0], why[1], played.days)


def _why(played: Played) -> tuple[str, int] | None:
    if played.stage not in (Stage.FIXING, Stage.OBSERVING):
        return None
    if played.tries >= TRIES:
        return "tries", played.tries
    if played.of and played.hints >= played.of and played.days >= DAYS:
        return "hints", played.hints
    return None


class _Asks:
    """The questions of the breaks that are known here; each break is read once, and only where it is needed."""

    def __init__(self, env: Env) -> None:
        self._env = env
        self._cards = {
            card.id if card.pack == OWN else f"{card.pack}:{card.id}": card for card in shelf.shelf(None, env)
        }
        self._read: dict[str, dict[str, Text]] = {}

    def place(self, name: str) -> tuple[int, str]:
        """What sorts a break into the order of the course; unknown ones come last."""
        known = list(self._cards)
        return (known.index(name), "") if name in self._cards else (len(known), name)

    def of(self, name: str, prediction: str) -> Text:
        """The question; empty where the break or the question is not known here."""
        if name not in self._read:
            self._read[name] = {}
            if name in self._cards:
                from lynx.content.reading.known import read_break

                card = self._cards[name]
                try:
                    self._read[name] = dict(read_break(card.folder, self._env.environ, pack=card.pack).asks)
                except (LynxError, OSError):
                    self._read[name] = {}
        return self._read[name].get(prediction, {})
