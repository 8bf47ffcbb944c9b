"""Light commands against a bare Typer program, side by side, as ratios of whole processes.

    python benchmarks/light_commands.py [--rounds 15] [--wall] [--of CHECKOUT]

Each command is run in turn with a Typer program of two empty commands (A B A B …): the median of the pairs'
ratios, their range, and both medians. `--help` is held against that program's own `--help`. The aim is at most 1.5,
of `--help` 1.25. `break` and `reset` follow one another, once the break's proof is kept: at most 6 and 2.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import measuring

LINES = ["", "status", "list", "hint", "--json", "status --json", "list --json", "hint --json", "--help"]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--wall", action="store_true", help="time on the clock instead of processor time")
    parser.add_argument("--of", type=Path, help="the Lynx of another checkout")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cwd = Path(folder)
        of = {"PYTHONPATH": str(options.of.absolute())} if options.of else {}
        env = measuring.environment(LYNX_HOME=str(cwd / "home"), **of)
        for words, at in (("init here --learner bench", cwd), ("break 00 --json", cwd / "here")):
            subprocess.run(measuring.lynx(*words.split()), cwd=at, env=env, check=True, capture_output=True)
        for line in LINES:
            bare = measuring.bare(cwd, *([line] if line == "--help" else []))
            pairs = measuring.paired(
                lambda line=line: measuring.once(  # type: ignore[misc]
                    measuring.lynx(*line.split()), cwd / "here", env, wall=options.wall
                ),
                lambda bare=bare: measuring.once(bare, cwd / "here", env, wall=options.wall),  # type: ignore[misc]
                options.rounds,
            )
            print(f"lynx {line:14} {measuring.said(pairs)}")

        bare = measuring.bare(cwd)

        def timed(command: list[str]) -> float:
            return measuring.once(command, cwd / "here", env, wall=options.wall)

        beginning, ending = measuring.lynx("break", "00"), measuring.lynx("reset", "--yes")
        timed(ending)
        rounds = [
            (timed(beginning), timed(bare), timed(ending), timed(bare)) for _ in range(options.rounds + 1)
        ][1:]
        print(f"lynx {'break':14} {measuring.said([one[:2] for one in rounds])}")
        print(f"lynx {'reset':14} {measuring.said([one[2:] for one in rounds])}")


if __name__ == "__main__":
    main()
