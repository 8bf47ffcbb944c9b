"""The map: every combination of the drill's knobs, trained under several seeds, resumable.

A piece of work is a `Batch`: a few (combination, seed) pairs and everything needed to train them.
`measure` turns it into rows; the same function runs beside this process, or on a Dask worker when a
scheduler is named, and the rows are the same either way. Every row is appended to `cells.jsonl` as it
comes, so that a sweep that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.content.phases import folder_of
from lynx.runs import cluster, runner
from lynx.runs.runner import Job, Setting
from lynx.study import links, rules
from lynx.study.bench import (
    PACKAGES,
    Bench,
    bench,
    demand_finished,
    manifest,
    relative,
    study_folder,
    write_json,
)
from lynx.study.grid import (
    KNOBS,
    STEPS,
    WIDTH,
    Cell,
    Outcome,
    Reason,
    cell_from_key,
    grid,
    outcome_of_tail,
)
from lynx.study.results import Atlas, Mapped
from lynx.study.rows import ROWS, Row, Rows, kept, line

if TYPE_CHECKING:
    from lynx.loop.session import Session
    from lynx.truth.measures import Run

BATCH = 12  # trainings in one process: its start is a small part of the time, and ^C waits for no more
DEEP = 20  # "no more than about twenty layers without residuals"

Told = Callable[["Advance"], None]


@dataclass(frozen=True)
class Advance:
    """How far a sweep is: trainings done, of how many, and the seconds that are left at this pace."""

    done: int
    of: int
    left: float


@dataclass(frozen=True)
class Batch:
    """A few trainings, and what they run with.

    `files` are the modules themselves (path below the top -> bytes) where the work is sent to another
    machine, which then needs Lynx and nothing of the workspace.
    """

    pairs: tuple[tuple[str, int], ...]  # (key of a combination, seed)
    setting: Setting
    source: bytes | None
    files: Mapping[str, bytes] | None = None


def measure(batch: Batch) -> tuple[Row, ...]:
    """Train every pair of the batch, and those that do not learn once more, under the drill's instruments.

    Raises Refused when one does not finish.
    """
    if batch.files is not None:
        with tempfile.TemporaryDirectory(prefix="lynx-") as top:
            return measure(_unpacked(batch, Path(top)))
    cells = [{**cell_from_key(key).knobs(), "seed": seed} for key, seed in batch.pairs]
    args = {"cells": cells, "steps": STEPS, "width": WIDTH}
    runs = runner.run_jobs(batch.setting, [Job("atlas", 0, batch.source, "drill_cells", args)])
    demand_finished(runs, "lynx atlas")
    tails = [runs[0].series["tail"].points[i][0] for i in range(len(batch.pairs))]
    stuck = [
        pair for pair, tail in zip(batch.pairs, tails, strict=True) if outcome_of_tail(tail) is Outcome.STUCK
    ]
    why = _reasons(stuck, batch)
    return tuple(
        (key, seed, tail, why.get((key, seed), ""))
        for (key, seed), tail in zip(batch.pairs, tails, strict=True)
    )


def _reasons(stuck: Sequence[tuple[str, int]], batch: Batch) -> dict[tuple[str, int], str]:
    if not stuck:
        return {}
    jobs = [Job(key, seed, batch.source, "drill_net", cell_from_key(key).knobs()) for key, seed in stuck]
    runs = runner.run_jobs(batch.setting, jobs)
    demand_finished(runs, "lynx atlas")
    return {pair: reason(run).value for pair, run in zip(stuck, runs, strict=True)}


def reason(run: Run) -> Reason:
    """Why one training under the drill's instruments did not learn."""
    return links.reason_of([link.name for link in links.chain(links.seen([run]), Outcome.STUCK)])


def sweep(
    session: Session,
    phase_id: str | None = None,
    tell: Told = lambda _: None,
    *,
    seeds: int = 3,
    processes: int | None = None,
    scheduler: str | None = None,
    knobs: Mapping[str, Sequence[Any]] = KNOBS,
    activation: str = "gelu",
    fresh: bool = False,
) -> Atlas:
    """Train what is missing of the grid and say what the whole of it shows.

    `processes` run side by side (all cores by default), or, with `scheduler`, on the workers of the
    Dask cluster at that address. `fresh` forgets what an earlier sweep found; so does a change of the
    learner's modules. Raises Refused when a training does not finish or the scheduler does not answer.
    """
    phase_id = folder_of(phase_id or rules.phase_id()).name
    count = processes or os.cpu_count() or 1
    where = bench(session, parallel=1)
    folder = study_folder(session, phase_id) / "atlas"
    about = manifest(where, steps=STEPS, width=WIDTH)
    rows = kept(folder, about["modules"]["sha256"], fresh)
    cells = grid(knobs)
    wanted = [(cell.key, seed) for cell in cells for seed in range(seeds)]
    missing = [pair for pair in wanted if pair not in rows]
    began = time.monotonic()
    write_json(
        folder / "manifest.json", {**about, "seeds": seeds, "knobs": {k: list(v) for k, v in knobs.items()}}
    )
    batches = [_batch(missing[i : i + BATCH], where) for i in range(0, len(missing), BATCH)]
    done = 0
    with (folder / ROWS).open("a", encoding="utf-8") as file, _pool(count, scheduler) as results:
        for found in results(batches):
            for key, seed, tail, why in found:
                rows[key, seed] = (tail, why)
                file.write(line((key, seed, tail, why)))
            file.flush()
            done += len(found)
            pace = (time.monotonic() - began) / done
            tell(Advance(done, len(missing), pace * (len(missing) - done)))
    return _atlas(
        [_mapped(cell, rows, seeds) for cell in cells],
        of=len(cells),
        seeds=seeds,
        measured=len(missing),
        seconds=time.monotonic() - began,
        processes=count,
        activation=activation,
        folder=relative(session, folder),
        files=(ROWS, "manifest.json"),
    )


def shipped(activation: str = "gelu") -> Atlas:
    """The map that ships with Lynx: what the drill draws from."""
    found = [
        Mapped(cell, outcomes, rules.reasons().get(cell, ())) for cell, outcomes in rules.table().items()
    ]
    seeds = len(found[0].outcomes)
    return _atlas(
        found,
        of=len(found),
        seeds=seeds,
        measured=0,
        seconds=0.0,
        processes=0,
        activation=activation,
        folder="",
        files=(),
        source="lynx",
    )


# -- the pieces ------------------------------------------------------------------------------------


def _batch(pairs: Sequence[tuple[str, int]], where: Bench) -> Batch:
    return Batch(tuple(pairs), replace(where.setting, parallel=1), where.source)


def _packed(batch: Batch) -> Batch:
    """The batch with its modules, as they are on disk."""
    top, folder = batch.setting.top, batch.setting.pythonpath[0]
    found = [path for name in PACKAGES for path in (top / folder / name).rglob("*") if path.is_file()]
    files = {
        path.relative_to(top).as_posix(): path.read_bytes()
        for path in found
        if "__pycache__" not in path.parts
    }
    return replace(batch, files=files)


def _unpacked(batch: Batch, top: Path) -> Batch:
    """The batch on files of its own below `top`, with the interpreter that runs here."""
    for name, data in (batch.files or {}).items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(data)
    here = replace(batch.setting, top=top, interpreter=Path(sys.executable), state_dir=top / ".state")
    return replace(batch, setting=here, files=None)


def _mapped(cell: Cell, rows: Rows, seeds: int) -> Mapped:
    mine = [rows[cell.key, seed] for seed in range(seeds)]
    return Mapped(
        cell,
        tuple(outcome_of_tail(tail) for tail, _ in mine),
        tuple(Reason(why) if why else None for _, why in mine),
    )


def _atlas(cells: Sequence[Mapped], **rest: Any) -> Atlas:
    n = max(len(cells), 1)
    shares = {o.value: sum(c.outcome == o for c in cells) / n for o in Outcome}
    shares["unstable"] = sum(c.outcome is None for c in cells) / n
    stable = [c for c in cells if c.outcome is not None]
    right = sum(rules.rule(c.cell) == c.outcome for c in stable)
    commonest = rules.commonest([c.outcome for c in stable if c.outcome is not None])
    plain = [c for c in cells if c.cell.depth > DEEP and not c.cell.residual and c.cell.activation != "none"]
    return Atlas(
        cells=tuple(cells),
        shares=shares,
        rule_right=right / max(len(stable), 1),
        reasons=Counter(why for c in cells for why in c.reasons if why is not None),
        commonest=commonest,
        commonest_right=sum(c.outcome == commonest for c in stable) / max(len(stable), 1),
        plain_deep=(sum(c.outcome == Outcome.TRAINS for c in plain), len(plain)),
        **rest,
    )


# -- who does the work -----------------------------------------------------------------------------

Results = Callable[[Sequence[Batch]], Iterator[tuple[Row, ...]]]


@contextmanager
def _pool(processes: int, scheduler: str | None) -> Iterator[Results]:
    """Something that turns batches into rows, in the order in which they end."""
    if scheduler is not None:
        with _dask(scheduler) as far:
            yield far
        return
    # Threads: each waits for a child process of its own, which does the work.
    pool = ThreadPoolExecutor(processes)

    def results(batches: Sequence[Batch]) -> Iterator[tuple[Row, ...]]:
        for future in as_completed([pool.submit(measure, batch) for batch in batches]):
            yield future.result()

    try:
        yield results
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _dask(address: str) -> Iterator[Results]:
    """The workers of an existing Dask cluster; they need Lynx and numpy installed, and get the modules
    sent.
    """
    with cluster.client(address) as client:

        def results(batches: Sequence[Batch]) -> Iterator[tuple[Row, ...]]:
            futures = client.map(measure, [_packed(batch) for batch in batches], pure=False)
            for future in import_module("distributed").as_completed(futures, loop=client.loop):
                yield future.result()

        yield results
