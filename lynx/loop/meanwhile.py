"""Jobs that go on in a thread while the person reads what the first seed gave: bytes and numbers only, no journal."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

from lynx.runs import runner
from lynx.runs.types import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lynx.loop.session import Observer
    from lynx.runs.types import Job, Setting
    from lynx.store.cache import Cache
    from lynx.truth.measures import Run

PATIENCE = 20.0  # seconds for the jobs to end after ^C; what still runs then ends with this process


class Left(Exception):
    """Nobody waits for the runs any more."""


def run_jobs(
    setting: Setting,
    jobs: Sequence[Job],
    observe: Observer,
    cache: Cache,
    pause: Callable[[Sequence[Run]], None],
) -> tuple[Run, ...]:
    """`runner.run_jobs`; once every job of the first seed has ended, `pause` gets its runs, and may take long.

    ^C, also in `pause`, ends the jobs; what had ended is in the cache. Raises what the runner raises.
    """
    told: SimpleQueue[Event | tuple[Run, ...] | BaseException] = SimpleQueue()
    left = threading.Event()

    def put(event: Event) -> None:
        if left.is_set() and event.run is None:  # what has just ended is still kept
            raise Left
        told.put(event)

    def work() -> None:
        try:
            told.put(runner.run_jobs(setting, jobs, put, cache))
        except BaseException as error:
            told.put(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    first = {i: None for i, job in enumerate(jobs) if job.seed == jobs[0].seed}
    found: dict[int, Run] = {}
    try:
        while True:
            said = told.get()
            if isinstance(said, BaseException):
                raise said
            if not isinstance(said, Event):
                return said
            observe(said)
            if said.run is not None and said.job in first:
                found[said.job] = said.run
                if len(found) == len(first):
                    pause([found[i] for i in first])
    except BaseException:
        left.set()
        thread.join(PATIENCE)
        raise
