"""The same jobs on a Dask cluster: the same runs, without this machine's folders, and a worker that is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lynx.errors import Refused
from lynx.runs import cluster
from lynx.runs.queue import Queue
from lynx.runs.runner import Setting, ignore, run_jobs
from lynx.store.cache import Cache
from lynx.truth.measures import Ended
from tests.conftest import HANGS

from .conftest import job

distributed = pytest.importorskip("distributed")
Write = Callable[..., str]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as local:
        yield local.scheduler_address


READS = """
from pathlib import Path
from pkg.target import VALUE
beside = Path(__file__).with_name("beside.txt").read_text()
for step in probe.steps(3):
    probe.record(loss=VALUE * seed + step + float(Path("data.txt").read_text()) + float(beside))
"""


def test_it_gives_what_runs_here_give(
    setting: Setting, experiment: Write, address: str, tmp_path: Path
) -> None:
    (setting.top / "data.txt").write_text("100")
    path = experiment(READS, "probe, seed")
    Path(path).with_name("beside.txt").write_text("1000")
    jobs = [job(path, b"VALUE = 7.0\n", seed, "broken") for seed in range(3)]
    here = run_jobs(setting, jobs)
    with cluster.client(address) as client:
        elsewhere = cluster.Elsewhere(client)
        with Queue(elsewhere.places, elsewhere, elsewhere.stop) as queue:
            there = [one.result() for one in queue.ask(setting, jobs, ignore, Cache(tmp_path / "c"))]
        with Queue(1, elsewhere, elsewhere.stop) as queue:
            again = [one.result() for one in queue.ask(setting, jobs, ignore, Cache(tmp_path / "c"))]
    assert [run.ended for run in there] == [Ended.FINISHED] * 3, there[0].log_tail
    assert [run.series for run in there] == [run.series for run in here]
    assert [set(run.opened) for run in there] == [set(run.opened) for run in here]
    assert all(run.cached for run in again)


def test_a_crash_speaks_of_the_paths_here(setting: Setting, experiment: Write, address: str) -> None:
    path = experiment("import pkg.target\nraise ValueError('mine')")
    with cluster.client(address) as client:
        run = cluster.Elsewhere(client)(setting, job(path), ignore, None)
    assert run.ended is Ended.CRASHED
    assert f'File "{path}"' in run.log_tail


def test_a_worker_killed_in_the_middle_costs_its_job_and_no_more(
    setting: Setting, experiment: Write, address: str, tmp_path: Path
) -> None:
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    path = experiment(
        "import os, time\nopen(begun, 'a').write(f'{os.getpid()} ')\n"
        "while not os.path.exists(gate): time.sleep(0.01)\nprobe.record(loss=seed)",
        "probe, begun, gate, seed",
    )
    jobs = [job(path, seed=seed, begun=str(begun), gate=str(gate)) for seed in range(4)]

    def wait(count: int) -> None:
        until = time.monotonic() + HANGS
        while not begun.exists() or len(begun.read_text().split()) < count:
            assert time.monotonic() < until
            time.sleep(0.02)

    with cluster.client(address) as client:
        elsewhere = cluster.Elsewhere(client)
        with Queue(2, elsewhere, elsewhere.stop) as queue:
            asked = queue.ask(setting, jobs, ignore, Cache(tmp_path / "c"))
            wait(2)
            (first, *_) = client.run(os.getpid).values()
            os.kill(first, signal.SIGKILL)
            wait(3)  # another has taken it over
            gate.touch()
            runs = [one.result(timeout=HANGS) for one in asked]
    assert [(run.seed, run.ended) for run in runs] == [(seed, Ended.FINISHED) for seed in range(4)]
    assert [run.series["loss"].points[0] for run in runs] == [(float(seed),) for seed in range(4)]


def test_an_interrupt_waits_for_nobody(
    setting: Setting, experiment: Write, address: str, tmp_path: Path
) -> None:
    path = experiment("import time\nopen(begun, 'w').close()\ntime.sleep(600)", "probe, begun")
    begun = tmp_path / "begun"

    def leave(client: Any) -> None:
        elsewhere = cluster.Elsewhere(client)
        with Queue(1, elsewhere, elsewhere.stop) as queue:
            queue.ask(setting, [job(path, begun=str(begun))], ignore, Cache(tmp_path / "c"))
            while not begun.exists():
                time.sleep(0.02)
            raise KeyboardInterrupt

    with cluster.client(address) as client, pytest.raises(KeyboardInterrupt):
        leave(client)
    assert threading.active_count() < 50


def test_no_scheduler_is_refused() -> None:
    with pytest.raises(Refused) as caught, cluster.client("tcp://127.0.0.1:9"):
        pass
    assert caught.value.code == "no-scheduler"
