"""What a check, a recording and a preview return: frozen values for the screens and for `--json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.content.spec import Problem, Text
    from lynx.truth.claims import Value, Verdict
    from lynx.truth.judge import Reason


@dataclass(frozen=True)
class Progress:
    """Where a check stands: one break's part; `done` of `total` runs of all, seconds so far and (estimated) to go.

    `stage` is spec, diff, oracle, runs, repeat (the determinism check), deciding (verify_by) or done; `to_go`
    is None until a first run has ended.
    """

    break_id: str
    number: int  # of this break, from 1
    of: int  # breaks in this check
    stage: str
    done: int = 0
    total: int = 0
    elapsed: float = 0.0
    to_go: float | None = None


Observer = Callable[[Progress], None]


@dataclass(frozen=True)
class ClaimRow:
    """One claim: the declared verdict beside the measured one, which is None where nothing was measured."""

    id: str
    declared: Verdict
    verdict: Verdict | None
    k: int
    n: int
    p: float | None
    median: float | None
    other: float | None
    reason: Reason | None
    provisional: bool
    agrees: bool


@dataclass(frozen=True)
class ControlRow:
    """One control: k of n seeds came out as expected, and the rivals that the median leaves standing."""

    name: str
    k: int
    n: int
    median: float
    survived: tuple[str, ...]
    ruled_out: tuple[str, ...]
    agrees: bool
    range: tuple[float, float] = (nan, nan)  # the smallest and the largest


@dataclass(frozen=True)
class OracleRow:
    """One version held against the oracle: the healthy code must pass, everything else must not."""

    subject: str  # healthy | bug | wrong-fix
    number: int  # of the wrong fix, from 1; 0 otherwise
    says: Text | None  # what the wrong fix does
    passed: bool
    cases: int
    failed: int
    reason: str  # the kind of the first difference, or how it ended
    agrees: bool


@dataclass(frozen=True)
class PredictionRow:
    """What the mentor's seeds measured for one prediction."""

    id: str
    median: float
    lowest: float
    highest: float
    n: int
    answer: Value  # of a curve: its medians by step, and the rest is of its last point


@dataclass(frozen=True)
class BreakCheck:
    """Everything a check found out about one break. `ok` when there is no problem."""

    id: str
    slug: str
    folder: Path
    problems: tuple[Problem, ...] = ()
    oracle: tuple[OracleRow, ...] = ()
    claims: tuple[ClaimRow, ...] = ()
    controls: tuple[ControlRow, ...] = ()
    predictions: tuple[PredictionRow, ...] = ()
    seeds: int = 0
    provisional: bool = False  # three seeds: a declared verdict may only be contradicted
    seconds: float = 0.0  # that this check took
    run_seconds: float | None = None  # what a learner's run takes: three seeds on two cores
    budget: float | None = None
    measured: Mapping[str, Any] = field(default_factory=dict)
    written: bool = False  # the proof was put in place
    warnings: tuple[Problem, ...] = ()  # what might be better and keeps nothing from passing
    languages: tuple[str, ...] = ()  # that it has texts in, its own first
    of: str = ""  # the hash of what was proved (lynx.mentor.shards)

    @property
    def ok(self) -> bool:
        """Whether nothing falls short."""
        return not self.problems


@dataclass(frozen=True)
class Checked:
    """`lynx mentor check`: one entry a break, in the order asked for."""

    breaks: tuple[BreakCheck, ...]
    quick: bool
    jobs: int
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether every break passed."""
        return all(one.ok for one in self.breaks)


@dataclass(frozen=True)
class Recorded:
    """`lynx mentor record` and `new`: the folder written, and what is left to fill in."""

    id: str
    slug: str
    folder: Path
    target: str
    diff: str  # "" for `new`
    within: str | None
    blanks: int  # texts still to be written
    restored: bool  # the target was put back byte for byte
    trusted: bool
    next: str
