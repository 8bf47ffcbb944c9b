"""The figures of the drill and the map: shares, stability, baselines, time to an answer, one process or two.

python benchmarks/drill_and_atlas.py drill [N]      N questions drawn for a learner who guesses, measured
python benchmarks/drill_and_atlas.py atlas [N]       N combinations with one process, then with two, by turns
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lynx.loop import begin
from lynx.loop.session import Env, Session, open_session
from lynx.study import atlas, drill, rules
from lynx.study.bench import bench
from lynx.study.draw import Answered, draw
from lynx.study.grid import Outcome, grid


def fresh(stack: ExitStack) -> Session:
    """A workspace from the starter, gone afterwards."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "bench"
    begin.initialise(Env(folder.parent, dict(os.environ), learner="bench"), folder, here=False)
    return stack.enter_context(open_session(Env(folder, dict(os.environ))))


def about_the_table() -> None:
    """What the shipped map says of the whole grid."""
    table, stable = rules.table(), rules.stable()
    shares = Counter(stable.values())
    print(f"grid: {len(table)} combinations, {len(stable) / len(table):.1%} with one outcome over all seeds")
    print("  " + ", ".join(f"{o.value} {shares[o] / len(stable):.1%}" for o in Outcome))
    right = sum(rules.rule(cell) == outcome for cell, outcome in stable.items()) / len(stable)
    print(f"  always 'trains' {shares[Outcome.TRAINS] / len(stable):.1%}, the rule {right:.1%}")


def drills(n: int) -> None:
    """Draw n questions for somebody who guesses, and measure the first thirty live."""
    random, past, known = Random(7), [], rules.stable()
    for number in range(1, n + 1):
        cell = draw(known, past, random)
        guess = random.choice(list(Outcome))
        past.append(Answered(number, number, cell, guess, random.choice((50, 70, 90)), known[cell]))
    shares = Counter(one.outcome for one in past)
    rule = sum(rules.rule(one.cell) == one.outcome for one in past)
    print(f"{n} draws: " + ", ".join(f"{o.value} {shares[o] / n:.0%}" for o in Outcome))
    print(f"  always 'trains' {shares[Outcome.TRAINS] / n:.0%}, the rule {rule / n:.0%}")
    with ExitStack() as stack:
        session = fresh(stack)
        took, same = [], 0
        for one in past[:30]:
            began = time.perf_counter()
            found = drill.answer(session, "trains", 50, asked=drill.DrillQuestion(one.cell, one.number))
            took.append(time.perf_counter() - began)
            same += found.outcome == one.outcome
    print(f"  measured live: median {median(took):.2f} s, at most {max(took):.2f} s")
    print(f"  {same} of {len(took)} came out as in the map")


def processes(n: int) -> None:
    """The same n combinations with one process and with two, three times by turns; one seed each."""
    chosen = [cell for cell in grid() if cell.depth <= 10]
    Random(3).shuffle(chosen)
    pairs = [(cell.key, 0) for cell in chosen[:n]]
    with ExitStack() as stack:
        where = bench(fresh(stack), parallel=1)
        batches = [atlas._batch(pairs[i : i + atlas.BATCH], where) for i in range(0, len(pairs), atlas.BATCH)]
        found: dict[int, list[float]] = {1: [], 2: []}
        rows: dict[int, dict[tuple[str, int], str]] = {1: {}, 2: {}}
        for _ in range(3):
            for count in (1, 2):
                began = time.perf_counter()
                with atlas._pool(count, None) as results:
                    done = [row for some in results(batches) for row in some]
                found[count].append(time.perf_counter() - began)
                rows[count] = {(key, seed): repr(tail) for key, seed, tail in done}
    one, two = median(found[1]), median(found[2])
    print(f"{len(pairs)} combinations, one seed, medians of three rounds by turns:")
    print(f"  {one:.1f} s with one process, {two:.1f} s with two: {one / two:.2f} times as fast")
    print(f"  rounds: {[round(x, 1) for x in found[1]]} and {[round(x, 1) for x in found[2]]}")
    print(f"  same rows: {rows[1] == rows[2]}")


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "drill"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else {"drill": 200, "atlas": 300}[what]
    if what == "drill":
        about_the_table()
        drills(count)
    else:
        processes(count)
