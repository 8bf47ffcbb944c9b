"""The queue: longest first, alike once, never more at a time than there are places, and an end that ends everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lynx.runs.queue import Queue, Stopped
from lynx.runs.runner import Event, Job, Setting, ignore
from lynx.store.cache import Cache
from lynx.truth.measures import Ended, Run

from .conftest import job
from .test_endings import gone

Write = Callable[..., str]


class Carrier:
    """Does the work of a job by noting it; the first waits until it is let go."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []
        self.go = threading.Event()
        self.begun = threading.Event()

    def __call__(self, setting: Setting, one: Job, hear: Any, cache: Any) -> Run:
        self.done.append((one.variant, one.seed))
        self.begun.set()
        self.go.wait()
        hear(Event(0, one.variant, one.seed, "finished"))
        return Run(one.variant, one.seed, Ended.FINISHED, {})


def test_the_longest_comes_first_and_late_ones_find_their_place(setting: Setting, tmp_path: Path) -> None:
    carrier, cache, lengths = Carrier(), Cache(tmp_path), {"short": 1.0, "long": 9.0, "middle": 5.0}
    with Queue(1, carrier) as queue:
        first = queue.ask(setting, [job("x", name="first")], ignore, cache)
        carrier.begun.wait()
        asked = [
            queue.ask(setting, [job("x", seed=i, name=name)], ignore, cache, lambda one: lengths[one.variant])
            for i, name in enumerate(lengths, 1)
        ]
        carrier.go.set()
        assert [f.result().variant for (f,) in [first, *asked]] == ["first", *lengths]
    assert [name for name, _ in carrier.done] == ["first", "long", "middle", "short"]


def test_what_is_asked_for_twice_runs_once_whatever_it_is_called(setting: Setting, tmp_path: Path) -> None:
    carrier, cache, heard = Carrier(), Cache(tmp_path), []
    with Queue(2, carrier) as queue:
        one = queue.ask(setting, [job("x", b"1", lr=0.1)], lambda e: heard.append(("one", e.kind)), cache)
        two = queue.ask(
            setting, [job("x", b"1", name="twin", lr=0.1)], lambda e: heard.append(("two", e.kind)), cache
        )
        others = queue.ask(setting, [job("x", b"2", lr=0.1), job("x", b"1", lr=0.2)], ignore, cache)
        again = queue.ask(
            setting, [job("x", b"1", lr=0.1)], ignore, None
        )  # to see whether it comes out the same
        carrier.go.set()
        assert one[0].result() is two[0].result()
        assert again[0].result() is not one[0].result()
        [f.result() for f in others]
    assert len(carrier.done) == 4
    assert {("one", "finished"), ("two", "finished")} <= set(heard)


def test_what_nobody_waits_for_any_more_does_not_run(setting: Setting, tmp_path: Path) -> None:
    carrier, cache = Carrier(), Cache(tmp_path)
    with Queue(1, carrier) as queue:
        first = queue.ask(setting, [job("x")], ignore, cache)
        carrier.begun.wait()
        (gone_,) = queue.ask(setting, [job("x", seed=1)], ignore, cache)
        assert gone_.cancel()
        (kept,) = queue.ask(setting, [job("x", seed=2)], ignore, cache)
        carrier.go.set()
        kept.result()
        first[0].result()
    assert carrier.done == [("healthy", 0), ("healthy", 2)]


def test_an_error_comes_to_who_asked_and_the_queue_goes_on(setting: Setting, tmp_path: Path) -> None:
    def carry(setting: Setting, one: Job, hear: Any, cache: Any) -> Run:
        if one.seed == 0:
            raise ValueError("no")
        return Run(one.variant, one.seed, Ended.FINISHED, {})

    with Queue(1, carry) as queue:
        bad, good = queue.ask(setting, [job("x"), job("x", seed=1)], ignore, Cache(tmp_path))
        with pytest.raises(ValueError, match="no"):
            bad.result()
        assert good.result().seed == 1


def test_leaving_it_by_an_interrupt_ends_what_runs(
    setting: Setting, experiment: Write, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    path = experiment(
        "import os, time; open(pids, 'a').write(f'{os.getpid()}\\n')\nfor _ in probe.steps(1): time.sleep(10_000)",
        "probe, pids, seed",
    )
    started = threading.Semaphore(0)
    jobs = [job(path, seed=seed, pids=str(pids)) for seed in range(3)]
    asked: list[Future[Run]] = []
    patient = replace(setting, processor=9_999, wall=99_999)

    def leave() -> None:
        with Queue(2) as queue:
            asked.extend(queue.ask(patient, jobs, lambda _: started.release(), Cache(tmp_path / "cache")))
            for _ in range(2):
                started.acquire()
            while not pids.exists() or len(pids.read_text().split()) < 2:
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave()
    assert gone([int(word) for word in pids.read_text().split()])
    for future in asked:
        with pytest.raises(Stopped):
            future.result(timeout=0)


def test_it_gives_what_the_runner_gives(setting: Setting, experiment: Write, tmp_path: Path) -> None:
    path = experiment("for step in probe.steps(3): probe.record(loss=seed + step)", "probe, seed")
    with Queue(2) as queue:
        futures = queue.ask(setting, [job(path, seed=s) for s in (3, 1, 2)], ignore, Cache(tmp_path / "c"))
        runs = [future.result() for future in futures]
    assert [(run.seed, run.ended) for run in runs] == [(s, Ended.FINISHED) for s in (3, 1, 2)]
    assert [run.series["loss"].points[2] for run in runs] == [(5.0,), (3.0,), (4.0,)]
    with Queue(1) as queue:
        (again,) = queue.ask(setting, [job(path, seed=1)], ignore, Cache(tmp_path / "c"))
        assert again.result().cached
