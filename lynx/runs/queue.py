"""One queue for everything that is to run: the longest first, what is asked for twice runs once, so many at a time.

Whoever needs runs asks from a thread of its own and waits; the threads here each wait for one child. Jobs that come
late (a claim that five seeds leave open) find their place among those that wait.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import json
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from lynx.runs import process, runner, warm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from lynx.runs.types import Event, Job, Setting
    from lynx.store.cache import Cache
    from lynx.truth.measures import Run

    Hear = Callable[[Event], None]
    Carry = Callable[[Setting, Job, Hear, "Cache | None"], Run]

Found = TypeVar("Found")


class Stopped(BaseException):
    """The queue was left, by ^C or an error: nothing that was asked for will come."""


@dataclass
class _Task(Generic[Found]):
    """Something that takes one place; who waits for it, and who hears how it goes."""

    work: Callable[[Hear], Found]
    waiting: list[Future[Found]] = field(default_factory=list)
    hearing: list[Hear] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        for hear in list(self.hearing):
            hear(event)


def here(setting: Setting, job: Job, hear: Hear, cache: Cache | None) -> Run:
    """One job in a child of this process."""
    (run,) = runner.run_jobs(replace(setting, parallel=1), [job], hear, cache)
    return run


class Queue:
    """`with Queue(places) as queue:` from any thread.

    `carry` does the work of a job, here or elsewhere; `stop` ends what it has under way.
    """

    def __init__(self, places: int, carry: Carry = here, stop: Callable[[], None] = process.end_all) -> None:
        self._carry, self._stop = carry, stop
        self._heap: list[tuple[float, int, _Task[Any]]] = []
        self._numbers = itertools.count()
        self._more = threading.Condition()
        self._known: dict[tuple[Any, ...], _Task[Run]] = {}  # waiting or under way
        self._ended = False
        self._warm = warm.kept()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(max(1, places))]

    def __enter__(self) -> Self:
        self._warm.__enter__()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._more:
            self._ended = True
            for _, _, task in self._heap:
                _fail(task, Stopped())
            self._heap.clear()
            self._more.notify_all()
        if kind is not None:
            self._stop()
        for thread in self._threads:
            thread.join()
        self._warm.__exit__(None, None, None)

    def ask(
        self,
        setting: Setting,
        jobs: Sequence[Job],
        hear: Hear,
        cache: Cache | None,
        length: Callable[[Job], float] = lambda _: 0.0,
    ) -> list[Future[Run]]:
        """A future for each job; `length` guesses its seconds. Without a cache each runs, whoever else asks for it."""
        found = []
        with self._more:
            for job in jobs:
                one: Future[Run] = Future()
                key = _same(setting, job)
                task = self._known.get(key) if cache is not None else None
                if task is None:
                    work = functools.partial(self._one, setting, job, cache, key)
                    task = _Task(work)
                    if cache is not None:
                        self._known[key] = task
                    self._put(length(job), task)
                task.waiting.append(one)
                task.hearing.append(hear)
                found.append(one)
        return found

    def call(self, work: Callable[[], Found], length: float = float("inf")) -> Future[Found]:
        """Something else that keeps a core busy, in its turn."""
        one: Future[Found] = Future()
        with self._more:
            self._put(length, _Task(lambda _: work(), [one]))
        return one

    def _one(self, setting: Setting, job: Job, cache: Cache | None, key: tuple[Any, ...], hear: Hear) -> Run:
        try:
            return self._carry(setting, job, hear, cache)
        finally:
            with self._more:
                self._known.pop(key, None)

    def _put(self, length: float, task: _Task[Any]) -> None:
        if self._ended:
            raise Stopped
        heapq.heappush(self._heap, (-length, next(self._numbers), task))
        self._more.notify()

    def _serve(self) -> None:
        while True:
            with self._more:
                while not self._heap and not self._ended:
                    self._more.wait()
                if self._ended:
                    return
                _, _, task = heapq.heappop(self._heap)
                if all(one.cancelled() for one in task.waiting):
                    self._known = {key: other for key, other in self._known.items() if other is not task}
                    continue
            try:
                found = task.work(task.tell)
            except BaseException as error:
                _fail(task, error)
            else:
                if self._ended:  # what comes now was cut off
                    _fail(task, Stopped())
                for one in task.waiting:
                    if not one.done():
                        one.set_result(found)


def _fail(task: _Task[Any], error: BaseException) -> None:
    for one in task.waiting:
        if not one.done():
            one.set_exception(error)


def _same(setting: Setting, job: Job) -> tuple[Any, ...]:
    """What two jobs share that are the same job, under whatever names."""
    args = json.dumps(dict(job.args), sort_keys=True, default=repr)
    where = (str(setting.top), setting.pythonpath, setting.target, str(setting.interpreter))
    return (*where, job.source, job.experiment, args, repr(job.script), job.seed, job.must_read)
