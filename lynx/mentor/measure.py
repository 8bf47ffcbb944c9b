"""`lynx mentor measure`: healthy and broken over five seeds, and what tells them apart, in the order it shows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lynx.content.reading import kept, sections
from lynx.content.reading.breaks import load_break
from lynx.content.reading.folders import put
from lynx.content.spec import BadSpec, Problem
from lynx.errors import N_, Refused
from lynx.mentor import ground, proposing, versions
from lynx.mentor.clock import Clock, Tally
from lynx.mentor.evidence import ALL, FIRST, Evidence
from lynx.runs.queue import Queue
from lynx.store import trust
from lynx.store.cache import Cache
from lynx.truth.apart import Apart, Difference, difference
from lynx.truth.measures import METRICS

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.content.spec import Break
    from lynx.mentor.check import Options
    from lynx.mentor.choosing import Chosen
    from lynx.mentor.proposing import Proposal
    from lynx.mentor.results import Observer


@dataclass(frozen=True)
class Told:
    """One metric that tells them apart, and the measure to ask for it by."""

    apart: Apart
    measure: Any  # a measure in YAML's terms


@dataclass(frozen=True)
class Measuring:
    """What tells healthy from broken, and what would be asked and claimed about it."""

    id: str
    seeds: int
    seconds: float
    rows: tuple[Told, ...]
    predictions: tuple[Proposal, ...]
    claims: tuple[Proposal, ...]
    path: Path
    written: bool
    difference: Difference  # what there is to say where nothing tells the two apart


def measure(chosen: Chosen, options: Options, observe: Observer) -> Measuring:
    """Run both sides and say what differs; with `options.write`, put predictions and claims into break.yaml.

    Raises BadSpec for a break that cannot be read or run, with every problem of it at once.
    """
    began = time.monotonic()
    break_ = load_break(chosen.folder, pack=chosen.pack)
    path = break_.folder / kept.FILE
    stood = ground.stand(
        break_,
        environ=options.environ,
        cache_dir=options.cache_dir,
        parallel=options.jobs,
        python=options.python,
        repo=options.repo,
    )
    if isinstance(stood, Problem):
        raise BadSpec(path, [stood])
    made = versions.make(break_, stood.healthy)
    if made.broken is None:
        raise BadSpec(path, made.problems)
    clock = Clock(Tally(observe), break_.id, 1, 1)
    metrics = {**METRICS, **break_.metrics}
    found = Difference((), 0, 0)
    with Queue(options.jobs) as queue:
        evidence = Evidence(break_, stood.setting, made, Cache(options.cache_dir / "runs"), clock, queue)
        for wanted in (
            (options.seeds,) if options.seeds else (FIRST, ALL)
        ):  # ten may tell apart what five do not
            evidence.gather(["healthy", "broken"], range(wanted))
            if evidence.problems:
                raise BadSpec(path, evidence.problems)
            seeds = evidence.seeds_of("healthy", "broken")
            found = difference(seeds, metrics=metrics)
            if found.rows:
                break
    clock.enter("done")
    rows = tuple(sorted(found.rows, key=lambda row: (row.first.step, -row.peak.effect, row.metric)))
    told = tuple(Told(row, proposing.measure_of(row, seeds)) for row in rows)
    predictions = proposing.predictions(rows, seeds, metrics)
    claims = proposing.claims(rows, seeds, metrics)
    healthy = proposing.healthy_claim(seeds, metrics)
    claims = [healthy, *claims] if healthy and rows else claims
    written = bool(options.write and rows)
    if written:
        home = trust.user_home(options.environ)
        trusted = trust.is_trusted(break_.folder, home)
        _write(break_, path, predictions, claims)
        if trusted:  # what it runs is what it was
            trust.trust(break_.folder, home)
    seconds = time.monotonic() - began
    return Measuring(
        break_.id, len(seeds), seconds, told, tuple(predictions), tuple(claims), path, written, found
    )


def _write(break_: Break, path: Path, predictions: list[Proposal], claims: list[Proposal]) -> None:
    """Put them in place of what is still blank, else behind what is there. Raises Refused when it cannot be done."""
    text = break_.text.decode("utf-8")
    for section, found in (("predictions", predictions), ("claims", claims)):
        text = sections.with_items(text, section, [dict(one.values) for one in found])
    try:
        if path.read_bytes() != break_.text:
            raise Refused(
                N_("{path} changed while it was being measured; nothing was written."),
                code="spec-changed",
                remedy=N_("Measure it again: lynx mentor measure {id} --write"),
                path=path,
                id=break_.id,
            )
        put(path, text.encode("utf-8"))
    except OSError as error:
        raise Refused(
            N_("{path} cannot be written: {error}."),
            code="unwritable",
            remedy=N_("Make its folder writable, then try again."),
            path=path,
            error=error.strerror or error,
        ) from error
