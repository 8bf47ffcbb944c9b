"""The words of a run: what is asked of a child process and what comes back.

Standard library and `lynx.truth` only: light commands may import this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.truth.measures import Run


@dataclass(frozen=True)
class Setting:
    """What all jobs of one command share.

    `top` is the learner's repository, `pythonpath` and `target` are relative to it (POSIX), `state_dir`
    is `<git dir>/lynx`: logs and cache lie below it. Limits are per job: `processor` in seconds of processor
    time, `wall` in seconds behind it (0: generously many times as much), `memory` in bytes. `view` is how a
    program gets its private view of the repository; "auto" takes a namespace where there is one.
    """

    top: Path
    pythonpath: tuple[str, ...]
    target: str
    interpreter: Path
    state_dir: Path
    processor: float = 120.0
    wall: float = 0.0
    memory: int = 4 << 30
    parallel: int = 2
    view: Literal["auto", "namespace", "copy"] = "auto"

    @property
    def patience(self) -> float:
        """The wall-clock limit in seconds: a machine under load makes a run slow, not wrong."""
        return self.wall or max(600.0, 10 * self.processor)


@dataclass(frozen=True)
class Script:
    """The learner's own program as the experiment (`path` relative to the top): so many `steps` of it, untouched.

    `clock` names what a step is, where it is not the first optimiser's: `backward`, or an optimiser's class,
    `adam` or `adam_2`. `prints` maps a metric to the pattern of the figure it prints. `files` are what a copy
    of the repository needs to hold where there is no namespace; empty for all that git lists, and `needs` what
    it does not list.
    """

    path: str
    argv: tuple[str, ...] = ()
    steps: int = 100
    clock: str | None = None
    prints: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    scanned: bool = False  # modes are recorded, and seeds that it sets itself are other ones for each of ours


@dataclass(frozen=True)
class Job:
    """One variant under one seed. `source` is the target's bytes; None means as on disk ("yours").

    `experiment` is a built-in's name or the absolute path of an `experiment.py`; or there is a `script`, and
    `args` are more options for it. A job that `must_read` the target is invalid when it never does: nothing
    could be said about its bytes.
    """

    variant: str
    seed: int
    source: bytes | None
    experiment: str
    args: Mapping[str, Any] = field(default_factory=dict)
    script: Script | None = None
    must_read: bool = False
    target: str = ""  # another than the setting's


@dataclass(frozen=True)
class Event:
    """Something that happened to job number `job`; `values` has a tuple per metric (1 long for a scalar)."""

    job: int
    variant: str
    seed: int
    kind: Literal["started", "step", "finished", "cached"]
    step: int | None = None
    steps: int | None = None
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    ended: Ended = Ended.FINISHED  # of a job that has "finished"
    reached: int | None = None  # steps done then
    run: Run | None = None  # of a job that has "finished", or was "cached"
    jobs: int = 0  # how many there are in all


DifferenceKind = Literal[
    "output",
    "input-gradient",
    "parameter-gradient",
    "missing-gradient",
    "weight",  # drawn from the same seed, yet different
    "shape",  # of an output or a gradient, or a parameter that is missing, renamed or new
    "error",  # an exception, where the healthy code raises none
    "forbidden",  # changes its inputs, or answers the same question differently
    "step",  # after one of some training steps, something other is held than the healthy code holds
    "property",  # what the break asks of every answer does not hold
    "left-behind",  # other weights, running state or random numbers afterwards than the healthy code leaves
]


@dataclass(frozen=True)
class Difference:
    """Where a candidate first departs from the healthy code.

    `where` is a parameter's name or the number of an input or output, `by` the largest absolute
    difference over all cases that differ in this kind and place (NaN where there is no number). `shape`
    (of the first input) and `training` are the first differing case's; `modes` and `some_shapes` tell
    what all of them share.
    """

    what: DifferenceKind
    where: str
    by: float
    shape: tuple[int, ...]
    training: bool
    error: str = ""
    modes: Literal["both", "training", "evaluation"] = "both"  # in which it differs at all
    some_shapes: bool = False  # it differs for some input shapes only, and always for those
    # What all questions share in which the output differs, and others, that agree, do not: not-recording,
    # single (precision), not-finite, large, small, beyond (the declared sizes).
    only: str = ""
    step: int | None = None  # after which step of training it shows, where training steps are compared


@dataclass(frozen=True)
class Fault:
    """What is wrong with a break's oracle: the spec's `oracle.<key>`, or a function of the break's folder.

    `where` is "file:line" of that function, "" for the spec; `lynx.runs.faults` has the words of `code`.
    """

    key: str
    code: str
    where: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OracleReport:
    """What the oracle found about one candidate.

    It passes only when `passed`; whatever `ended` says other than FINISHED, the candidate left no answers.
    `zeros_agree` is None where no float input exists. With `judge` the process that ended so was the healthy
    code's. `same_draws`: it takes the same random numbers as the healthy code, so that two runs with one seed
    are the same run.
    """

    ended: Ended
    compiles: bool
    cases: int
    failed: int
    first: Difference | None
    zeros_agree: bool | None
    same_as_reference: bool
    log_tail: str = ""
    seconds: float = 0.0
    judge: bool = False
    detail: str = ""  # the signal that ended the process
    processor: float = 0.0  # seconds that it computed
    limit: float = 0.0  # seconds that it might have
    same_draws: bool = True
    fault: Fault | None = None  # the oracle's own, which is neither the candidate's nor the healthy code's

    @property
    def passed(self) -> bool:
        """Every case was answered and none differs."""
        return self.ended is Ended.FINISHED and self.compiles and self.cases > 0 and self.failed == 0
