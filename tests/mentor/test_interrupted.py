"""^C in the middle of a check: nothing is left running, and the same check goes on where it stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


def slow(script: str, log: Path) -> str:
    """The experiment, half a second longer, with a line in `log` for every run."""
    note = f"    open({str(log)!r}, 'a').write(f'{{seed}} {{lr}}\\n')\n    import time; time.sleep(0.5)\n"
    return script.replace("    rng = np.random", note + "    rng = np.random")


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


def runs_in(log: Path) -> int:
    return len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0


def test_an_interrupted_check_goes_on_where_it_stopped(foreign: Any, script: str, tmp_path: Path) -> None:
    log = tmp_path / "runs"
    foreign.write(experiment=slow(script, log))
    first = begin(foreign)
    while runs_in(log) < 11 and first.poll() is None:  # the first batch of eight is done and kept
        time.sleep(0.05)
    assert first.poll() is None, first.communicate()
    os.killpg(first.pid, signal.SIGINT)
    first.communicate(timeout=60)
    assert first.returncode == 130
    started = runs_in(log)
    time.sleep(1.5)
    assert runs_in(log) == started  # nothing goes on running

    second = begin(foreign)
    said, errors = second.communicate(timeout=300)
    assert second.returncode == 0, said + errors
    again = runs_in(log) - started
    assert again <= 15 - 8 + 2  # what was not kept, and seed 0 of both once more without the cache
    assert again >= 2
