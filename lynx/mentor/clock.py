"""How far a check is: of one break which part, of all together how many runs, and how long the rest may take."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lynx.mentor.results import Observer, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from lynx.runs.types import Event


@dataclass
class Tally:
    """The runs of all breaks of a check, which share one queue."""

    tell: Observer
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    total: int = 0
    ran: int = 0  # of those done, not from the cache
    since: float | None = None  # when the first of these was begun
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Clock:
    """Tells how far one break's check is; breaks are checked side by side, each in a thread of its own."""

    tally: Tally
    break_id: str
    number: int
    of: int
    stage: str = "spec"

    def enter(self, stage: str) -> None:
        """A new part of the check begins."""
        self.stage = stage
        with self.tally.lock:
            self._say()

    def expect(self, runs: int) -> None:
        """So many runs more are known to be needed (or, below zero, no longer)."""
        with self.tally.lock:
            self.tally.total += runs

    def batch(self) -> Callable[[Event], None]:
        """An observer of runs."""

        def hear(event: Event) -> None:
            with self.tally.lock:
                if event.kind == "started":
                    self.tally.since = self.tally.since or time.monotonic()
                if event.kind in ("finished", "cached"):
                    self.tally.done += 1
                    self.tally.ran += event.kind == "finished"
                    self._say()

        return hear

    def _say(self) -> None:
        tally, now = self.tally, time.monotonic()
        to_go = None
        if tally.ran and tally.since is not None:  # by wall time: the cores side by side are in it
            to_go = (now - tally.since) / tally.ran * max(0, tally.total - tally.done)
        elapsed = now - tally.began
        tally.tell(
            Progress(self.break_id, self.number, self.of, self.stage, tally.done, tally.total, elapsed, to_go)
        )
