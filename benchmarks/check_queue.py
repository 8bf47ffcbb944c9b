"""The mentor's check of every shipped break: how near it comes to using every core, here and with more of them.

    python benchmarks/check_queue.py [--jobs 2] [--seeds 10] [--quick] [--only 00 01 …] [--cores 2 4 8 16 32]
                                    [--kept FOLDER]

here          one `lynx mentor check --all` with nothing in the cache: seconds, processor seconds of all its children,
              and the share of the cores that these kept busy: processor / (jobs × seconds). Aim .95 on two idle cores
simulated     the runs that it took, as long as they were, dealt out to more cores by the queue's own rule (longest
              first, by the median length of a variant's seeds, as a proof tells it) against the ideal, which is the
              larger of their sum over the cores and the longest of them. Aim .9 on sixteen
batches       the same runs break by break in batches of eight (or twice the cores), as before there was a queue

With `--kept` nothing is measured: the lengths are those of the runs in that folder (`<user's folder>/check/runs`).
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from lynx.content.catalog import data_dir
from lynx.mentor.check import Options, check
from lynx.mentor.choosing import Chosen
from lynx.mentor.evidence import makespan
from lynx.store.cache import _decode


def lengths(folder: Path) -> list[tuple[str, float]]:
    """What each kept run is one of (its key without the seed is not kept: its variant and size), and its seconds."""
    found = []
    for path in sorted(folder.glob("*.run")):
        _, run = _decode(path.read_bytes())
        found.append((f"{run.variant} {sorted(run.series)}", run.processor))
    return found


def queued(runs: Sequence[tuple[str, float]], cores: int) -> float:
    """The makespan when the longest waits first, by the median of its group."""
    groups: dict[str, list[float]] = {}
    for name, seconds in runs:
        groups.setdefault(name, []).append(seconds)
    guess = {name: statistics.median(each) for name, each in groups.items()}
    return makespan([seconds for name, seconds in sorted(runs, key=lambda one: -guess[one[0]])], cores)


def batched(runs: Sequence[tuple[str, float]], cores: int) -> float:
    """The makespan of batches, each waiting for the last of the one before."""
    size = max(8, 2 * cores)
    seconds = [one for _, one in runs]
    return sum(makespan(seconds[i : i + size], cores) for i in range(0, len(seconds), size))


def measured(home: Path, options: argparse.Namespace) -> None:
    """Check every break, and say how busy the cores were."""
    every = sorted(path.parent for path in data_dir("breaks").glob("*/*/break.yaml"))
    folders = [path for path in every if not options.only or path.name.partition("-")[0] in options.only]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    found = check(
        [Chosen(folder, "lynx") for folder in folders],
        Options(
            environ={**os.environ, "LYNX_HOME": str(home)},
            cache_dir=home / "check",
            seeds=None if options.quick else options.seeds,
            quick=options.quick,
            jobs=options.jobs,
        ),
    )
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = ", ".join(f"{one.id} {len(one.problems)} problems" for one in found.breaks)
    busy = spent / options.jobs / took
    print(f"here          {took:.1f} s, {spent:.1f} s of processor, {busy:.3f} of the cores busy; {said}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", nargs="+", help="these breaks alone")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cores", type=int, nargs="+", default=[2, 4, 8, 16, 32])
    parser.add_argument("--kept", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        if options.kept is None:
            measured(Path(home), options)
        runs = lengths(options.kept or Path(home) / "check/runs")
    random.Random(0).shuffle(runs)  # the cache's order means nothing
    total, longest = sum(s for _, s in runs), max(s for _, s in runs)
    print(f"simulated     {len(runs)} runs, {total:.1f} s in all, the longest {longest:.1f} s")
    for cores in options.cores:
        ideal = max(total / cores, longest)
        print(
            f"  {cores:3} cores   queue {ideal / queued(runs, cores):.3f} of ideal ({queued(runs, cores):.1f} s)"
            f"   batches {ideal / batched(runs, cores):.3f}   ideal {ideal:.1f} s"
        )


if __name__ == "__main__":
    main()
