"""The map: every combination of the drill's knobs, trained under several seeds, resumable.

A piece of work is a `Batch`: a few (combination, seed) pairs and everything needed to train them.
`measure` turns it into rows; the same function runs beside this process, or on a Dask worker when a
scheduler is named, and the rows are the same either way. Every row is appended to `cells.jsonl` as it
comes, so that a sweep that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.content.reading.phases import load_phase
from lynx.runs import cluster, runner
from lynx.runs.runner import Job, Setting
from lynx.study import rules
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
from lynx.study.grid import KNOBS, STEPS, WIDTH, Cell, Outcome, cell_from_key, grid, outcome_of_tail
from lynx.study.results import Atlas, Mapped
from lynx.truth.measures import from_json_number, to_json_number

if TYPE_CHECKING:
    from lynx.loop.session import Session

ROWS = "cells.jsonl"
BATCH = 12  # trainings in one process: its start is a small part of the time, and ^C waits for no more
DEEP = 20  # "no more than about twenty layers without residuals"

Row = tuple[str, int, float]  # a combination's key, the seed, the median of the last ten losses
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
    """Train every pair of the batch in one child process. Raises Refused when that does not finish."""
    if batch.files is not None:
        with tempfile.TemporaryDirectory(prefix="lynx-") as top:
            return measure(_unpacked(batch, Path(top)))
    cells = [{**cell_from_key(key).knobs(), "seed": seed} for key, seed in batch.pairs]
    args = {"cells": cells, "steps": STEPS, "width": WIDTH}
    runs = runner.run_jobs(batch.setting, [Job("atlas", 0, batch.source, "drill_cells", args)])
    demand_finished(runs, "lynx atlas")
    tails = runs[0].series["tail"].points
    return tuple((key, seed, tails[i][0]) for i, (key, seed) in enumerate(batch.pairs))


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
    phase_id = load_phase(phase_id or rules.phase_id()).id
    count = processes or os.cpu_count() or 1
    where = bench(session, parallel=1)
    folder = study_folder(session, phase_id) / "atlas"
    about = manifest(where, steps=STEPS, width=WIDTH)
    rows = _kept(folder, about["modules"]["sha256"], fresh)
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
            for key, seed, tail in found:
                rows[key, seed] = tail
                file.write(json.dumps([key, seed, to_json_number(tail)]) + "\n")
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
    found = [Mapped(cell, outcomes) for cell, outcomes in rules.table().items()]
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


def table(cells: Sequence[Mapped], about: Mapping[str, Any]) -> dict[str, Any]:
    """The form in which the map ships (`phases/10/atlas.json`): combination -> a letter a seed."""
    letters = {one.cell.key: "".join(rules.LETTER_OF[o] for o in one.outcomes) for one in cells}
    return {"schema": 1, "manifest": dict(about), "cells": letters}


def read_rows(folder: Path) -> dict[tuple[str, int], float]:
    """What a sweep has found so far; a line cut short by a kill is left out."""
    found: dict[tuple[str, int], float] = {}
    try:
        lines = (folder / ROWS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return found
    for line in lines:
        try:
            key, seed, tail = json.loads(line)
            cell_from_key(key)
            found[str(key), int(seed)] = from_json_number(tail)
        except (ValueError, TypeError):
            continue
    return found


# -- the pieces ------------------------------------------------------------------------------------


def _kept(folder: Path, modules: str, fresh: bool) -> dict[tuple[str, int], float]:
    """Earlier rows, if they were measured on the same modules; else the file is begun anew."""
    from lynx.study.bench import read_json

    before = read_json(folder / "manifest.json") or {}
    same = before.get("modules", {}).get("sha256") == modules
    folder.mkdir(parents=True, exist_ok=True)
    if same and not fresh:
        _mend(folder / ROWS)
        return read_rows(folder)
    (folder / ROWS).unlink(missing_ok=True)
    return {}


def _mend(path: Path) -> None:
    """End a last line that a kill cut short, so that the next one does not join it."""
    if path.is_file() and (data := path.read_bytes()) and not data.endswith(b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")


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


def _mapped(cell: Cell, rows: Mapping[tuple[str, int], float], seeds: int) -> Mapped:
    return Mapped(cell, tuple(outcome_of_tail(rows[cell.key, seed]) for seed in range(seeds)))


def _atlas(cells: Sequence[Mapped], **rest: Any) -> Atlas:
    n = max(len(cells), 1)
    shares = {o.value: sum(c.outcome == o for c in cells) / n for o in Outcome}
    shares["unstable"] = sum(c.outcome is None for c in cells) / n
    stable = [c for c in cells if c.outcome is not None]
    right = sum(rules.rule(c.cell) == c.outcome for c in stable)
    plain = [c for c in cells if c.cell.depth > DEEP and not c.cell.residual and c.cell.activation != "none"]
    return Atlas(
        cells=tuple(cells),
        shares=shares,
        rule_right=right / max(len(stable), 1),
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
