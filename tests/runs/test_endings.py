"""Whatever the learner's code does, there is one clear ending, and nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.runs import runner
from lynx.runs.runner import Event, Setting, run_jobs
from lynx.truth.measures import Ended
from tests.conftest import HANGS

from .conftest import job

Write = Callable[..., str]

ENDINGS = {
    "finishes": ("probe.record(value=1)", Ended.FINISHED, ""),
    "raises": ("print('before'); raise KeyError('gone')", Ended.CRASHED, "KeyError: 'gone'"),
    "does not import": ("import no_such_module", Ended.CRASHED, "no_such_module"),
    "recurses": ("def f(): f()\nf()", Ended.CRASHED, "RecursionError"),
    "sys.exit": ("import sys; sys.exit(0)", Ended.EXITED, "sys.exit(0)"),
    "os._exit": ("import os; print('last words', flush=True); os._exit(0)", Ended.EXITED, "last words"),
    "closes every descriptor": ("import os; os.closerange(0, 100)", Ended.EXITED, ""),
    "writes to every descriptor": (
        "import os\nfor fd in range(3, 99):\n try: os.write(fd, b'D\\0\\0\\0 forged')\n except OSError: pass",
        Ended.EXITED,
        "channel",
    ),
    "is killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Ended.KILLED, ""),
    "is terminated": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", Ended.KILLED, ""),
    "segfaults": ("import ctypes; print('so far'); ctypes.string_at(0)", Ended.CRASHED, "Segmentation fault"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", Ended.CRASHED, "KeyboardInterrupt"),
    "eats memory": (
        "held = []\nwhile True: held.append(bytearray(1 << 24))",
        Ended.OUT_OF_MEMORY,
        "MemoryError",
    ),
}


@pytest.mark.parametrize("fork", [True, False], ids=["fork", "no fork"])
@pytest.mark.parametrize("case", ENDINGS)
def test_each_ending_is_named(
    case: str, fork: bool, setting: Setting, experiment: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "CAN_FORK", fork)
    body, ended, tail = ENDINGS[case]
    (run,) = run_jobs(replace(setting, memory=300 << 20), [job(experiment(body))])
    assert run.ended is ended, run.log_tail
    assert tail in run.log_tail


def test_a_hang_is_stopped_with_what_it_recorded_and_printed(setting: Setting, experiment: Write) -> None:
    path = experiment(
        """
        for step in probe.steps(5):
            probe.record(loss=step)
            if step == 3:
                print("here it stays")
                while True: pass
        """
    )
    (run,) = run_jobs(replace(setting, processor=1.0), [job(path)])
    assert run.ended is Ended.TIMED_OUT
    assert "here it stays" in run.log_tail
    assert list(run.series["loss"].points) == [0, 1, 2]
    assert run.seconds >= 1.0  # of processor time, and no less by the clock


def test_endless_printing_is_stopped_and_does_not_fill_the_disk(setting: Setting, experiment: Write) -> None:
    path = experiment("while True: print('again and again ' * 100)")
    (run,) = run_jobs(setting, [job(path)])
    assert run.ended is Ended.PRINTED_TOO_MUCH
    assert "again and again" in run.log_tail
    assert "printed more than" in run.log_tail
    logs = list((setting.state_dir / "logs").iterdir())
    assert sum(log.stat().st_size for log in logs) < 2 << 20


def test_the_others_go_on(setting: Setting, experiment: Write) -> None:
    path = experiment(
        """
        if seed == 1:
            raise ValueError("only this one")
        probe.record(value=seed)
        """,
        "probe, seed",
    )
    runs = run_jobs(setting, [job(path, seed=seed) for seed in range(4)])
    assert [run.ended for run in runs] == [Ended.FINISHED, Ended.CRASHED, Ended.FINISHED, Ended.FINISHED]
    assert [run.seed for run in runs] == [0, 1, 2, 3]


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def gone(pids: list[int]) -> bool:
    """Whether all of them end; a kill may take its time where much is running."""
    until = time.monotonic() + HANGS
    while time.monotonic() < until:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")

LEAVES_PROCESSES = """
import os, subprocess, sys, time
from pathlib import Path
plain = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
away = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
Path(pids).write_text(f"{os.getpid()} {plain.pid} {away.pid}")
"""


@needs_proc
def test_what_a_job_started_ends_with_it(setting: Setting, experiment: Write, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    (run,) = run_jobs(setting, [job(experiment(LEAVES_PROCESSES, "probe, pids"), pids=str(pids))])
    assert run.ended is Ended.FINISHED
    assert gone([int(word) for word in pids.read_text().split()])


DRIVER = """
import json, sys
from pathlib import Path
from lynx.runs.runner import Job, Setting, run_jobs
top, state, experiment, pids = sys.argv[1:]
setting = Setting(Path(top), ("src",), "src/pkg/target.py", Path(sys.executable), Path(state))
try:
    run_jobs(setting, [Job("healthy", 0, None, experiment, {"pids": pids})])
except KeyboardInterrupt:
    sys.exit(130)
"""


@needs_proc
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "parent killed"])
def test_nothing_is_left_running_when_the_parent_goes(
    ending: signal.Signals, setting: Setting, experiment: Write, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    path = experiment(LEAVES_PROCESSES + "time.sleep(600)", "probe, pids")
    arguments = [str(setting.top), str(setting.state_dir), path, str(pids)]
    root = str(Path(__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", DRIVER, *arguments], env={**os.environ, "PYTHONPATH": root}
    )
    until = time.monotonic() + HANGS
    while not (pids.exists() and len(pids.read_text().split()) == 3):
        assert time.monotonic() < until
        assert parent.poll() is None
        time.sleep(0.02)
    supervisor = next(
        int(word) for word in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    )
    parent.send_signal(ending)
    code = parent.wait(timeout=HANGS)
    assert code == (130 if ending is signal.SIGINT else -signal.SIGKILL)
    assert gone([supervisor, *map(int, pids.read_text().split())])


def test_an_observers_interrupt_stops_the_run_at_once(setting: Setting, experiment: Write) -> None:
    path = experiment("import time\nfor step in probe.steps(2): probe.record(x=1); time.sleep(10_000 * step)")
    heard = []

    def stop(event: Event) -> None:
        heard.append(event.kind)
        if event.kind == "step":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):  # it comes back at all: the job itself sleeps for hours
        run_jobs(replace(setting, wall=20_000), [job(path)], stop)
    assert heard == ["started", "step"]
