"""^C in the middle of a check: nothing is left running, and the same check goes on where it stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.conftest import HANGS

ROOT = Path(__file__).parent.parent.parent


FREE = 10  # runs that go through; the others wait for the gate


def gated(script: str, log: Path, gate: Path) -> str:
    """The experiment with its process id in `log` for every run; from the eleventh on it waits for `gate`."""
    note = f"""    import os, time
    with open({str(log)!r}, "a") as log:
        log.write(f"{{os.getpid():>7}}\\n")
    while os.stat({str(log)!r}).st_size > {FREE} * 8 and not os.path.exists({str(gate)!r}):
        time.sleep(0.01)
"""
    assert "    rng = np.random" in script
    return script.replace("    rng = np.random", note + "    rng = np.random", 1)


def begin(bench: Any) -> subprocess.Popen[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "LYNX_HOME": str(bench.home)}
    command = [
        sys.executable,
        "-m",
        "lynx",
        "mentor",
        "check",
        "50",
        "--pack",
        "breaks",
        "--jobs",
        "2",
        "--json",
    ]
    return subprocess.Popen(
        command, cwd=bench.top, env=environ, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def runs_in(log: Path) -> list[int]:
    """The process of every run that began."""
    return [int(word) for word in log.read_text(encoding="utf-8").split()] if log.exists() else []


def kept_by(bench: Any) -> int:
    return len(list(bench.home.rglob("*.run")))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_interrupted_check_goes_on_where_it_stopped(foreign: Any, script: str, tmp_path: Path) -> None:
    log, gate = tmp_path / "runs", tmp_path / "gate"
    foreign.write(experiment=gated(script, log, gate))
    first = begin(foreign)
    # All that may end has ended and is kept, and two are in the middle of a run.
    while (kept_by(foreign) < FREE or len(runs_in(log)) < FREE + 2) and first.poll() is None:
        time.sleep(0.02)
    assert first.poll() is None, first.communicate()
    os.killpg(first.pid, signal.SIGINT)
    first.communicate(timeout=HANGS)
    assert first.returncode == 130
    started = runs_in(log)
    assert (len(started), kept_by(foreign)) == (FREE + 2, FREE)
    until = time.monotonic() + HANGS
    while any(map(alive, started)):  # nothing goes on running
        assert time.monotonic() < until
        time.sleep(0.02)

    gate.touch()
    second = begin(foreign)
    said, errors = second.communicate(timeout=HANGS)
    assert second.returncode == 0, said + errors
    again = len(runs_in(log)) - len(started)
    runs = 15 + 10  # five seeds of three variants, and five more of the two that a rate speaks of
    assert again == runs - FREE + 2  # what was not kept, and seed 0 of both once more without the cache
