"""A thousand breaks, ten thousand attempts, notes of two megabytes, and what each command holds in memory.

    python benchmarks/scale.py [--rounds 9] [--breaks 1000] [--attempts 10000] [--wall] [--only list|history|memory]

Each figure is a ratio of two commands that were run in turn: a list of many breaks to one of ten (at most 1.3), a
command in a workspace with a long history to the same in one where one break was played (at most 1.2; the report is of
that break); what tells of every attempt is stated, an attempt. Memory is the most that the command's own process holds,
and the largest that it starts, beside a bare Typer program's (at most 1.5; `--help` beside that program's own). Of a
run all its processes are told together, too, each shared page once.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import measuring

ROOT = Path(__file__).resolve().parents[1]
BREAK = next((ROOT / "breaks/10").glob("03-*"))
TARGET = "src/minimodel/stack.py"
FIX, PREDICT = "FIX", "PREDICT"  # what a learner does between two commands
PLAY = ["break 03", PREDICT, "run", FIX, "verify", "explain --text words"]

LOOKING = [
    "", "status", "list", "hint", "list --json", "progress", "review", "phase", "break", "setup", "predict", "show",
    "report 03",
]  # fmt: skip
TELLING = ["export {}/x.lynx", "hand-in {}/x.json"]  # of every attempt

# Commands in the order in which they are measured: each finds the state that it needs, left by those before it.
HELD = [
    "init held --learner bench",
    "status",
    "list",
    "break 03",
    "break",
    "setup",
    "predict",
    "predict P1 --answer 3 --sure 70 --because x",
    "reset --yes",
    "break 03",
    PREDICT,
    "run",
    "show",
    "hint",
    "control negative-weight --expect product --sure 70",
    FIX,
    "verify",
    "explain --text words",
    "report",
    "progress",
    "export {}/x.lynx",
    "hand-in {}/x.json",
    "class {}/x.json",
    "import {}/x.lynx",
    "break 00",
    "reveal --yes",
    "phase",
    "phase 10",
    "read 10/01",
    "lab 10/00 --sheet",
    "drill --answer trains --sure 70",
    "review",
    "exam",
    "trust c0000 --yes --pack {}/pack-10",
    "pack list",
    "pack add {}/pack-10",
    "pack remove {}/pack-10",
    "mentor schema",
    "mentor preview 03",
]
# what waits for somebody, needs a repository of its own, or proves for minutes
LEFT = {
    "mcp",
    "watch",
    "demo",
    "adopt",
    "guard",
    "atlas",
    "scan all",
    "scan show",
    "scan test",
    "scan play",
    "scan ignore",
    "mentor record",
    "mentor measure",
    "mentor new",
    "mentor translate",
    "mentor upgrade",
    "mentor check",
    "mentor merge",
}


def main() -> None:
    """Measure and print three tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--breaks", type=int, default=1000)
    parser.add_argument("--attempts", type=int, default=10_000)
    parser.add_argument("--wall", action="store_true", help="time on the clock instead of processor time")
    parser.add_argument("--only", choices=["list", "history", "memory"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options)
        for part in ("list", "history", "memory"):
            if options.only in (None, part):
                getattr(bench, part)()


class Bench:
    """One folder with all that is measured."""

    def __init__(self, cwd: Path, options: argparse.Namespace) -> None:
        self.cwd, self.options = cwd, options
        self.env = measuring.environment(LYNX_HOME=str(cwd / "home"))
        plant_breaks(cwd / "pack-10", 10)
        self.lynx("init empty --learner bench", cwd)

    def lynx(self, line: str, at: Path) -> None:
        """A command that must succeed."""
        subprocess.run(measuring.lynx(*line.split()), cwd=at, env=self.env, check=True, capture_output=True)

    def pairs(self, one: str, there: Path, other: str, here: Path) -> list[tuple[float, float]]:
        """Two commands in turn."""
        wall = self.options.wall
        runs = [
            lambda line=line, at=at: measuring.once(measuring.lynx(*line.split()), at, self.env, wall=wall)  # type: ignore[misc]
            for line, at in ((one, there), (other, here))
        ]
        return measuring.paired(*runs, self.options.rounds)

    def list(self) -> None:
        """Many breaks."""
        plant_breaks(self.cwd / "pack-many", self.options.breaks)
        time.sleep(3)  # what was saved a moment ago is in no index
        lines = [f"list --pack {self.cwd / name}" for name in ("pack-many", "pack-10")]
        pairs = self.pairs(lines[0], self.cwd / "empty", lines[1], self.cwd / "empty")
        print(f"list of {self.options.breaks:,} / of 10        {measuring.said(pairs)}")

    def history(self) -> None:
        """Many attempts, and long notes."""
        once, full = self.cwd / "once", self.cwd / "full"
        self.lynx("init once --learner bench", self.cwd)
        self.play(once)
        for line in ("break 03", PREDICT, "run"):  # and again, so that one is under way
            self.between(line, once) or self.lynx(f"{line} --json", once)
        shutil.copytree(once, full, symlinks=True)
        count = self.options.attempts
        size = plant_attempts(full / ".git/lynx/journal.db", count)
        notes = full / "phase-10/notes/breaks.md"
        notes.write_text("word " * 400_000 + "\n\n" + notes.read_text())
        print(f"a run of a played attempt leaves {size:,} bytes in the journal")
        for line in LOOKING:
            print(
                f"{line or 'lynx':11} {count:,} / fresh  {measuring.said(self.pairs(line, full, line, once))}"
            )
        for line in TELLING:
            said = line.format(self.cwd)
            pairs = self.pairs(said, full, said, once)
            each = statistics.median(a - b for a, b in pairs) / count * 1e6
            print(
                f"{line.split()[0]:11} {count:,} / fresh  {measuring.said(pairs)}; {each:.0f} µs an attempt"
            )

    def play(self, at: Path) -> None:
        """Break 03, from its first line to its last."""
        for line in PLAY:
            self.between(line, at) or self.lynx(f"{line} --json", at)

    def between(self, line: str, at: Path) -> bool:
        """What is no command of its own to be measured; whether this was one."""
        if line == FIX:
            subprocess.run(["git", "checkout", "-q", "--", TARGET], cwd=at, check=True)
        elif line == PREDICT:
            asked = subprocess.run(
                measuring.lynx("predict", "--json"), cwd=at, env=self.env, capture_output=True, check=True
            )
            for one in json.loads(asked.stdout)["predictions"]:
                numbers = "yes" if one["kind"] == "yesno" else " ".join("1" for _ in one["steps"] or [0])
                value = (one["options"] or [numbers])[0]
                words = ["--answer", value, "--sure", "70", "--because", "words"]
                subprocess.run(
                    measuring.lynx("predict", one["id"], *words),
                    cwd=at,
                    env=self.env,
                    check=True,
                    capture_output=True,
                )
        return line in (FIX, PREDICT)

    def memory(self) -> None:
        """Every command, then three runs."""
        bare = measuring.memory(measuring.bare(self.cwd), self.cwd, self.env)
        helped = measuring.memory(measuring.bare(self.cwd, "--help"), self.cwd, self.env)
        (own, _child), _all = self.held("--help", self.cwd)
        print(f"memory of lynx --help {own:4.0f} MiB  {own / helped:.2f} × bare --help ({helped:.0f} MiB)")
        left = {
            name for name in commands(self.cwd, self.env) if not any(line.startswith(name) for line in HELD)
        }
        if left - LEFT:
            raise SystemExit(f"no line measures {', '.join(sorted(left - LEFT))}: see HELD and LEFT")
        at = self.cwd / "held"
        for line in HELD:
            if self.between(line, at):
                continue
            (own, child), _all = self.held(line.replace("{}", str(self.cwd)), at if at.is_dir() else self.cwd)
            largest = f", its largest child {child:.0f} MiB" if child > own else ""
            print(
                f"memory of lynx {line[:40]:40} {own:4.0f} MiB  {own / bare:5.2f} × bare ({bare:.0f} MiB){largest}"
            )
        for name in ("00", "01", "03"):
            at = self.cwd / f"run-{name}"
            self.lynx(f"init {at.name} --learner bench", self.cwd)
            self.lynx(f"break {name} --json", at)
            self.between(PREDICT, at)
            (own, child), together = self.held("run", at)
            print(
                f"a run of {name}: Lynx {own:.0f} MiB, its largest child {child:.0f}, all together {together:.0f}"
            )

    def held(self, line: str, at: Path) -> tuple[tuple[float, float], float]:
        """See `measuring.held`."""
        return measuring.held(measuring.lynx(*line.split()), at, self.env)


def commands(cwd: Path, env: dict[str, str]) -> Iterator[str]:
    """Every command's name, as the program has them."""
    code = (
        "import typer; from lynx.cli.app import build\n"
        "def names(one, before=''):\n"
        "    below = getattr(one, 'commands', {})\n"
        "    return [n for k, v in below.items() for n in names(v, f'{before}{k} ')] if below else [before.strip()]\n"
        "print('\\n'.join(names(typer.main.get_command(build()))))"
    )
    command = [measuring.lynx()[0], "-c", code]
    yield from subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def plant_breaks(folder: Path, count: int) -> None:
    """A pack of one break, many times, each with an id of its own."""
    text = (BREAK / "break.yaml").read_text(encoding="utf-8")
    for number in range(count):
        here = folder / f"{number:04d}-copy"
        shutil.copytree(BREAK, here)
        changed = text.replace('id: "03"', f'id: "c{number:04d}"', 1)
        (here / "break.yaml").write_text(changed, encoding="utf-8")


def plant_attempts(path: Path, count: int) -> int:
    """A history: the attempt that was played, with all its events, many times at a hundred other breaks.

    What one run leaves, in bytes.
    """
    with sqlite3.connect(path) as db:
        names = [row[1] for row in db.execute("PRAGMA table_info(attempts)")]
        model = dict(zip(names, db.execute("SELECT * FROM attempts").fetchone(), strict=True))
        played = db.execute(
            "SELECT time, kind, payload FROM events WHERE attempt = ?", (model["id"],)
        ).fetchall()
        rows, events = [], []
        for number in range(10, count + 10):
            own = {
                "id": number,
                "number": number,
                "break_id": f"h{number % 100:02d}",
                "active": 0,
                "started": number,
            }
            rows.append({**model, **own})
            events += [(number, *event) for event in played]
        columns, places = ", ".join(names), ", ".join(f":{name}" for name in names)
        db.executemany(f"INSERT INTO attempts ({columns}) VALUES ({places})", rows)
        db.executemany("INSERT INTO events (attempt, time, kind, payload) VALUES (?, ?, ?, ?)", events)
    return next(len(json.dumps(json.loads(payload))) for _time, kind, payload in played if kind == "run")


if __name__ == "__main__":
    main()
