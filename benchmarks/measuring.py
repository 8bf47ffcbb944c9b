"""What the benchmarks of commands share: a pair of commands run in turn, and the ratio of each pair.

Processor time (user and system, of the command and its children) unless `wall` is asked for: a busy machine
stretches the one and hardly the other.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

BARE = """\
import typer
app = typer.Typer()
@app.command()
def one() -> None: print('hello')
@app.command()
def two() -> None: print('hello')
app()
"""


def lynx(*words: str) -> list[str]:
    """A command line of Lynx."""
    return [sys.executable, "-m", "lynx", *words]


def bare(folder: Path, *words: str) -> list[str]:
    """The command line of a Typer program with two empty commands."""
    (folder / "bare.py").write_text(BARE)
    return [sys.executable, str(folder / "bare.py"), *(words or ("one",))]


def environment(**more: str) -> dict[str, str]:
    """As a learner has it: bytecode is kept."""
    root = str(Path(__file__).resolve().parents[1])
    own = {**os.environ, "PYTHONPATH": root, **more}
    return {name: value for name, value in own.items() if name != "PYTHONDONTWRITEBYTECODE"}


def once(command: Sequence[str], cwd: Path, env: Mapping[str, str], *, wall: bool = False) -> float:
    """Seconds that one run takes."""
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if wall:
        return time.perf_counter() - began
    return after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


def memory(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> float:
    """The most that one process of a command holds, in MiB (of the command itself or of a child of its)."""
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, capture_output=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=cwd, env=env, capture_output=True, text=True, check=True
    )
    return int(said.stdout) / (1024 if sys.platform == "linux" else 1024**2)


def held(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> tuple[tuple[float, float], float]:
    """MiB at the most: of a Python command's own process, of the largest that it started, and of all at one moment.

    Together each shared page counts once; where the system does not tell, that is 0.
    """
    with tempfile.TemporaryDirectory() as folder:
        code = (
            "import atexit, resource, runpy, sys\n"
            "def told():\n"
            "    who = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN\n"
            "    held = [resource.getrusage(one).ru_maxrss for one in who]\n"
            "    if sys.platform == 'linux':  # the first still counts what started this process, before exec(2)\n"
            "        lines = open('/proc/self/status').read().splitlines()\n"
            "        held[0] = next(int(line.split()[1]) for line in lines if line.startswith('VmHWM:'))\n"
            f"    open({f'{folder}/held'!r}, 'w').write(' '.join(map(str, held)))\n"
        )
        code += "atexit.register(told); sys.argv = sys.argv[1:]; runpy.run_module(sys.argv[0], run_name='__main__')"
        assert list(command[1:2]) == ["-m"]
        run = subprocess.Popen(
            [command[0], "-c", code, *command[2:]],
            cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        most = 0.0
        while run.poll() is None:
            most = max(most, sum(map(_share, _below(run.pid))) / 1024)
            time.sleep(0.05)
        if run.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(command[1:])} ends with {run.returncode}: it has no figure")
        own, child = (Path(folder) / "held").read_text().split()
    unit = 1024 if sys.platform == "linux" else 1024**2
    return (int(own) / unit, int(child) / unit), most


def _below(pid: int) -> list[int]:
    """A process and all that it started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *(below for child in children for below in _below(int(child)))]


def _share(pid: int) -> int:
    """KiB that a process holds, shared pages divided among those who share them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def paired(one: Callable[[], float], other: Callable[[], float], rounds: int) -> list[tuple[float, float]]:
    """Both in turn, A B A B …; the first pair, which warms the disk, is left out."""
    return [(one(), other()) for _ in range(rounds + 1)][1:]


def said(pairs: Sequence[tuple[float, float]]) -> str:
    """The median ratio, its range, and both medians in milliseconds."""
    ratios = sorted(a / b for a, b in pairs)
    first, second = (statistics.median(pair[i] for pair in pairs) * 1000 for i in (0, 1))
    spread = f"({ratios[0]:.2f} to {ratios[-1]:.2f})"
    return f"{statistics.median(ratios):6.2f} ×  {spread}  {first:7.0f} ms / {second:.0f} ms"
