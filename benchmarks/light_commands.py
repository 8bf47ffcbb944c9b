"""Light commands against a bare Typer program, side by side, as ratios of whole processes.

    python benchmarks/light_commands.py [RUNS]

Prints the median wall time of each command divided by that of a Typer program with one empty command, the two
run in turn (A B A B …). The aim is at most 1.5.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = "import typer\napp = typer.Typer()\n@app.command()\ndef main() -> None: print('hello')\napp()\n"


def timed(command: list[str], cwd: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=cwd, capture_output=True, check=False)
    return time.perf_counter() - began


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        cwd = Path(folder)
        (cwd / "bare.py").write_text(BARE)
        lynx = [sys.executable, "-m", "lynx"]
        subprocess.run(
            [*lynx, "init", "here", "--learner", "bench"], cwd=cwd, check=True, capture_output=True
        )
        space = cwd / "here"
        subprocess.run([*lynx, "break", "00", "--json"], cwd=space, check=True, capture_output=True)
        bare = [sys.executable, str(cwd / "bare.py")]
        for words in (["--help"], [], ["status"], ["list"], ["hint"]):
            pairs = [(timed([*lynx, *words], space), timed(bare, space)) for _ in range(runs + 1)][1:]
            ratio = statistics.median(a / b for a, b in pairs)
            base = statistics.median(b for _, b in pairs)
            print(f"lynx {' '.join(words):8} {ratio:5.2f} × a bare Typer program ({base * 1000:.0f} ms)")


if __name__ == "__main__":
    main()
