"""Time `lynx break`, `lynx status` and `lynx reset` on a repository of 20,000 files.

    python benchmarks/big_repository.py [--files 20000] [--rounds 5]

Each time is the whole command as a learner runs it, from start to exit, median of the rounds: seconds on the
clock and, in brackets, of processor time, which a busy machine does not stretch. Beside it is the same on a
repository of one file, so that what the size costs can be seen. The break has no oracle: its time depends on
the learner's code and not on the repository.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = "src/package_0/module_0.py"
SOURCE = """\
class ResidualBlock:
    def forward(self, x):
        h = self.fc(self.norm(x))
        return x + h
"""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sizes = {
            count: measure(Path(folder) / str(count), count, options.rounds) for count in (1, options.files)
        }
    if options.json:
        print(json.dumps(sizes))
        return
    print(f"{'':10}" + "".join(f"{count:>14,} files" for count in sizes))
    for verb in ("break", "status", "reset"):
        figures = "".join(
            f"{wall:>10.2f} s ({cpu:.2f} s)" for wall, cpu in (each[verb] for each in sizes.values())
        )
        print(f"{verb:10}{figures}")


def measure(top: Path, count: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Median seconds of each verb: on the clock, of processor time."""
    plant(top, count)
    pack = make_pack(top.parent / f"pack-{count}")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LYNX_HOME": str(top.parent / f"home-{count}")}

    def processor() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def lynx(*arguments: str) -> tuple[float, float]:
        began, used = time.perf_counter(), processor()
        subprocess.run(
            [sys.executable, "-m", "lynx", *arguments],
            cwd=top,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        return time.perf_counter() - began, processor() - used

    lynx("init", "--here", "--learner", "ana")
    lynx("trust", "q", "--pack", str(pack), "--yes")
    times: dict[str, list[tuple[float, float]]] = {"break": [], "status": [], "reset": []}
    for _ in range(rounds):
        times["break"].append(lynx("break", "q", "--pack", str(pack)))
        times["status"].append(lynx("status"))
        times["reset"].append(lynx("reset", "--yes"))
    assert (top / TARGET).read_text() == SOURCE
    return {
        verb: (statistics.median(wall for wall, _ in each), statistics.median(cpu for _, cpu in each))
        for verb, each in times.items()
    }


def plant(top: Path, count: int) -> None:
    """A repository with one commit of `count` files in folders of a hundred."""
    for number in range(count):
        path = top / f"src/package_{number // 100}/module_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SOURCE if number == 0 else f"x = {number}\n")
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "start")):
        who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0")
        subprocess.run(["git", *who, *arguments], cwd=top, check=True)


def make_pack(folder: Path) -> Path:
    """The shipped break aimed at the planted file, decided by a claim instead of an oracle."""
    text = (ROOT / "breaks/10/00-remove-residual/break.yaml").read_text(encoding="utf-8")
    for key, line in (("oracle", "verify_by: [healthy-trains]\n"), ("wrong_fixes", "")):
        text = re.sub(rf"^{key}:\n(?:[ \n].*\n)*", line, text, flags=re.MULTILINE)
    text = re.sub(r"^next:.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"^target: .*$", f"target: {TARGET}", text, flags=re.MULTILINE)
    text = text.replace('id: "00"', 'id: "q"', 1).replace("slug: remove-residual", "slug: quick", 1)
    (folder / "q-quick").mkdir(parents=True)
    (folder / "q-quick/break.yaml").write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
