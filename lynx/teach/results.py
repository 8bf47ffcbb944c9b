"""What hand-in and class return: frozen values that screens, the page, CSV and `--json` are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.content.spec import Text
    from lynx.truth.calibration import Bin, Decomposition


@dataclass(frozen=True)
class HandedIn:
    """`lynx hand-in`: where the file is, under which name, and what it says."""

    path: Path
    name: str
    chosen: bool
    attempts: int
    entries: int
    words: bool  # whether the learner's own words are in it
    untouched: bool


@dataclass(frozen=True)
class Answered:
    """One prediction of a learner's first run at a break."""

    break_id: str
    prediction: str
    said: str
    measured: str  # "" where nothing was
    confidence: int
    result: str  # hit, near, miss, unmeasured


@dataclass(frozen=True)
class Played:
    """How one learner fares at one break."""

    id: str
    stage: str  # a stage, done, revealed or reset
    attempts: int
    hints: int  # opened in the last attempt
    of: int  # hints that there are; 0 where that is not known
    tries: int  # fixes that did not pass, in the last attempt
    days: int  # from the beginning of the last attempt to the hand-in
    hit_rate: float | None
    brier: float | None
    answers: tuple[Answered, ...] = ()


@dataclass(frozen=True)
class Learner:
    """One learner of the class, and whether what was handed in can be believed."""

    name: str
    source: str  # hand-in, workspace, notes
    path: Path
    day: str
    faults: tuple[str, ...]  # edited, words, order, answers, journal, copied, taken-back
    same_as: str  # whose work this is as well, where it was copied
    breaks: tuple[Played, ...]


@dataclass(frozen=True)
class Missed:
    """A prediction that the class got wrong: how many of how many, how sure, what they said and what was measured."""

    break_id: str
    prediction: str
    ask: Text  # empty where the break is not known here
    wrong: int
    of: int
    confidence: float  # mean of those who were wrong, percent
    said: str
    measured: str

    @property
    def weight(self) -> float:
        """Confidence laid on wrong answers, per learner who answered: what the next lesson is worth."""
        return self.wrong * self.confidence / self.of


@dataclass(frozen=True)
class Stuck:
    """A learner who gets no further at a break, and why: hints (all opened), tries (fixes that did not pass)."""

    name: str
    break_id: str
    why: str
    n: int
    days: int


@dataclass(frozen=True)
class Unread:
    """A file in a folder of hand-ins that is none, and why: damaged, large, newer."""

    path: Path
    why: str


@dataclass(frozen=True)
class ClassView:
    """`lynx class`: the learners, what they believed and was wrong, what their confidence tells, who is stuck."""

    learners: tuple[Learner, ...]
    breaks: tuple[str, ...]  # every break that somebody played, in the order of the course
    misses: tuple[Missed, ...]  # worst first
    bins: tuple[Bin, ...]
    parts: Decomposition | None
    stuck: tuple[Stuck, ...]
    unread: tuple[Unread, ...]
    written: tuple[Path, ...] = ()  # pages and tables that were written

    @property
    def ok(self) -> bool:
        """Whether nothing that was handed in is in doubt."""
        return not self.unread and not any(one.faults for one in self.learners)
