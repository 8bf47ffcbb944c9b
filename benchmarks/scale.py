"""A thousand breaks, ten thousand attempts, notes of two megabytes, and what each command holds in memory.

    python benchmarks/scale.py [--rounds 9] [--breaks 1000] [--attempts 10000] [--wall]

Each figure is a ratio of two commands that were run in turn: a list of many breaks to one of ten (at most 1.3), a
command in a workspace with a long history to the same in a fresh one (at most 1.2). Memory is the most that one
process holds, beside a bare Typer program's (at most 1.5); of a run it is stated.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

import measuring

ROOT = Path(__file__).resolve().parents[1]
BREAK = next((ROOT / "breaks/10").glob("03-*"))


def main() -> None:
    """Measure and print three tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--breaks", type=int, default=1000)
    parser.add_argument("--attempts", type=int, default=10_000)
    parser.add_argument("--wall", action="store_true", help="time on the clock instead of processor time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cwd = Path(folder)
        env = measuring.environment(LYNX_HOME=str(cwd / "home"))

        def lynx(line: str, at: Path) -> None:
            subprocess.run(measuring.lynx(*line.split()), cwd=at, env=env, check=True, capture_output=True)

        def pair(one: str, there: Path, other: str, here: Path) -> str:
            runs = [
                lambda line=line, at=at: measuring.once(  # type: ignore[misc]
                    measuring.lynx(*line.split()), at, env, wall=options.wall
                )
                for line, at in ((one, there), (other, here))
            ]
            return measuring.said(measuring.paired(*runs, options.rounds))

        for name in ("empty", "full"):
            lynx(f"init {name} --learner bench", cwd)
            lynx("break 03 --json", cwd / name)
        empty, full = cwd / "empty", cwd / "full"
        for count in (10, options.breaks):
            plant_breaks(cwd / f"pack-{count}", count)
        time.sleep(3)  # what was saved a moment ago is in no index
        few, many = f"list --pack {cwd / 'pack-10'}", f"list --pack {cwd / f'pack-{options.breaks}'}"
        print(f"list of {options.breaks:,} / of 10        {pair(many, empty, few, empty)}")

        plant_attempts(full / ".git/lynx/journal.db", options.attempts)
        notes = full / "phase-10/notes/breaks.md"
        notes.write_text("word " * 400_000 + "\n\n" + notes.read_text())
        for line in ("", "status", "list", "hint", "list --json", "progress", "break", "show", "report"):
            print(f"{line or 'lynx':11} {options.attempts:,} / fresh  {pair(line, full, line, empty)}")

        bare = measuring.memory(measuring.bare(cwd), cwd, env)
        for line in ("", "status", "list", "hint", "--help", "break", "reset --yes"):
            held = measuring.memory(measuring.lynx(*line.split()), empty, env)
            print(f"memory of lynx {line:12} {held:6.0f} MiB  {held / bare:5.2f} × bare ({bare:.0f} MiB)")


def plant_breaks(folder: Path, count: int) -> None:
    """A pack of one break, many times, each with an id of its own."""
    text = (BREAK / "break.yaml").read_text(encoding="utf-8")
    for number in range(count):
        here = folder / f"{number:04d}-copy"
        shutil.copytree(BREAK, here)
        changed = text.replace('id: "03"', f'id: "c{number:04d}"', 1)
        (here / "break.yaml").write_text(changed, encoding="utf-8")


def plant_attempts(path: Path, count: int) -> None:
    """A history: attempts that were finished long ago, each with what a played break leaves in the journal."""
    with sqlite3.connect(path) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(attempts)")]
        model = dict(zip(names, db.execute("SELECT * FROM attempts LIMIT 1").fetchone(), strict=True))
        rows, events = [], []
        hits = {f"P{n}": {"result": "hit", "confidence": 70} for n in range(4)}
        run = json.dumps({"first": True, "predictions": hits})
        for number in range(2, count + 2):
            rows.append(
                {**model, "id": number, "number": number, "stage": "done", "active": 0, "started": number}
            )
            events += [
                (number, number, kind, "{}") for kind in ("start", "hint", "verify", "fixed", "explain")
            ]
            events.append((number, number, "run", run))
        columns, places = ", ".join(names), ", ".join(f":{name}" for name in names)
        db.executemany(f"INSERT INTO attempts ({columns}) VALUES ({places})", rows)
        db.executemany("INSERT INTO events (attempt, time, kind, payload) VALUES (?, ?, ?, ?)", events)


if __name__ == "__main__":
    main()
