"""The words of a scan: a mutant and its state, what it does, and a whole scan."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from lynx.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lynx.runs.suites import Failure
    from lynx.truth.measures import Run


class State(StrEnum):
    """What became of one mutant (docs/architecture.md#scan)."""

    CAUGHT = "caught"  # a test failed
    CRASHES = "crashes"  # loud by itself
    MISSED = "missed"  # every test that reaches it passed, and it does something or nobody measured what
    NO_EFFECT = "no-effect"  # measured, in this setting
    UNDECIDED = "undecided"
    NOT_REACHED = "not-reached"  # neither a test nor the training runs the line, or reads the file
    TIMED_OUT = "timed-out"


class Kind(StrEnum):
    """How what a mutant does was told from nothing."""

    EXACT = "exact"  # an invariant is broken in every run, and in no healthy one
    WORSE = "worse"
    BETTER = "better"  # by the figure that the program gives itself, which leaks improve
    NONE = "none"  # every paired difference within the margin
    OPEN = "open"  # neither


@dataclass(frozen=True)
class Effect:
    """What a mutant does to the training: `k` of `n` seeds agree.

    `metric` is an invariant's name or the figure compared; `by` the median paired difference, `margin` what counts
    as one (one standard deviation of the healthy runs). `low` to `high` is the range of the differences.
    """

    kind: Kind
    metric: str
    k: int
    n: int
    by: float = 0.0
    low: float = 0.0
    high: float = 0.0
    margin: float = 0.0
    where: str = ""  # the parameters or layers that an invariant names


@dataclass(frozen=True)
class Mutant:
    """One site and what became of it. `number` is its place in the ranking, 0 for one that is not ranked.

    `tests` is how many tests reached the line and ran; `failed` the one that caught it. `seen_by` are checks of
    `lynx.guards` that see this kind.
    """

    id: str
    operator: str
    says: str  # marked N_
    concept: str  # marked N_
    source: str
    file: str
    line: int
    scope: str
    before: str
    after: str
    diff: str
    state: State
    tests: int = 0
    failed: Failure | None = None
    effect: Effect | None = None
    seen_by: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    number: int = 0
    cached: bool = False


@dataclass(frozen=True)
class Healthy:
    """The sound side: what passed, and how long it took (processor seconds)."""

    tests: int
    seconds: float
    skipped: int = 0
    steps: int = 0  # of the training; 0 without one
    training_seconds: float = 0.0
    metric: str = ""  # what effects are judged by
    spread: float = 0.0  # its standard deviation over the healthy seeds


@dataclass(frozen=True)
class Unread:
    """A file that was left out, and why."""

    file: str
    line: int
    why: str


@dataclass(frozen=True)
class Scanned:
    """One scan. `mutants` that were judged, the ranked first; `sites` there are in all, `ignored` left out."""

    top: Path
    healthy: Healthy
    mutants: Sequence[Mutant]
    sites: int
    ignored: int = 0
    unread: tuple[Unread, ...] = ()
    seconds: float = 0.0  # processor seconds that mutants took
    wall: float = 0.0
    budget: float | None = None
    interrupted: bool = False
    trained: bool = False
    dependent: tuple[str, ...] = ()  # tests that fail by themselves in another order: they count for nothing
    runs: Mapping[str, Sequence[Run]] = field(default_factory=dict)  # by mutant's id, "" for healthy
    written: tuple[Path, ...] = ()

    @property
    def judged(self) -> int:
        """How many of the sites were come to."""
        return len(self.mutants)

    @property
    def whole(self) -> bool:
        """Every site was come to."""
        return self.judged == self.sites

    @property
    def kinds(self) -> int:
        """How many kinds of bug were tried."""
        return len({one.operator for one in self.mutants})

    @property
    def missed(self) -> tuple[Mutant, ...]:
        """What nobody would have noticed, the worst first."""
        return tuple(one for one in self.mutants if one.state is State.MISSED)

    @property
    def outcome(self) -> ExitCode:
        """Interrupted; not yet, where something is missed; else done."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return ExitCode.NOT_YET if self.missed else ExitCode.DONE

    def count(self, state: State) -> int:
        """How many mutants ended so."""
        return sum(one.state is state for one in self.mutants)
