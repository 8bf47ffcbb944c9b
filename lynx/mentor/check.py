"""`lynx mentor check`: proves a break, or says with file and line what falls short.

The learner's tree is not touched: jobs are handed the target's bytes and run on a copy of the starter or in
the repository that holds the break.
"""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lynx.content.reading import promise, proof
from lynx.content.reading.breaks import load_break
from lynx.content.spec import BadSpec, Break, Problem
from lynx.errors import N_, LynxError
from lynx.mentor import (
    answers,
    deciding,
    ground,
    licences,
    measured,
    needs,
    neighbours,
    oracles,
    rules,
    verdicts,
    versions,
)
from lynx.mentor.clock import Clock, Tally
from lynx.mentor.evidence import ALL, FIRST, QUICK, Evidence, differs, learner_seconds
from lynx.mentor.results import BreakCheck, Checked, ControlRow, Observer, PredictionRow, Progress
from lynx.mentor.rules import from_error, problem
from lynx.mentor.shards import content

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from lynx.mentor.choosing import Chosen
    from lynx.runs.queue import Queue
    from lynx.truth.measures import Run


LAST_DIGITS = 1e-3  # relative: what differs by less is rounding that another order left
OPEN = 8  # breaks under way at once, at least: some wait for their last run while others begin
CURVE = 16  # points of a loss curve kept in the proof


def ignore(progress: Progress) -> None:
    """The observer of a check that nobody watches."""


@dataclass(frozen=True)
class Options:
    """How a check is made: how many seeds, how many jobs at a time, under which Python, kept where.

    `seeds` None is the two-stage scheme: five, and ten where five leave a claim open. `known` are the ids
    that `next` may name; None to leave that alone.
    """

    environ: Mapping[str, str]
    cache_dir: Path
    seeds: int | None = None
    quick: bool = False
    jobs: int = 1
    python: str | None = None
    repo: Path | None = None  # where breaks are proved whose target is not in the repository that holds them
    write: bool = False
    scheduler: str | None = None  # of a Dask cluster whose workers do the work
    known: Collection[str] | None = None

    def plan(self) -> tuple[int, ...]:
        """How many seeds to reach in turn."""
        if self.quick:
            return (QUICK,)
        if self.seeds is not None:
            return (self.seeds,)
        return (ALL,) if self.write else (FIRST, ALL)  # a learner reads the written figures as ten seeds


def check(chosen: Sequence[Chosen], options: Options, observe: Observer = ignore) -> Checked:
    """Prove each break in turn. Nothing is raised for a bad break: its problems are in the result.

    KeyboardInterrupt passes through; what ran until then is in the cache, and the same check goes on from
    there.
    """
    began, tally = time.monotonic(), Tally(observe)
    jobs = options.jobs or os.cpu_count() or 1
    with _queue(jobs, options.scheduler) as queue:
        calls = [
            functools.partial(
                check_one, one.folder, one.pack, options, Clock(tally, one.folder.name, i, len(chosen)), queue
            )
            for i, one in enumerate(chosen, 1)
        ]
        done = _side_by_side(calls, max(OPEN, 2 * jobs))
    return Checked(tuple(done), options.quick, jobs, time.monotonic() - began)


@contextlib.contextmanager
def _queue(jobs: int, scheduler: str | None) -> Iterator[Queue]:
    """The queue of this machine's cores, or of a cluster's workers; oracles, which are quick, stay here."""
    from lynx.runs import cluster, queue  # and with them what starts processes

    if scheduler is None:
        with queue.Queue(jobs) as local:
            yield local
        return
    with cluster.client(scheduler) as client:
        elsewhere = cluster.Elsewhere(client)
        with queue.Queue(elsewhere.places + 1, elsewhere, elsewhere.stop) as far:
            yield far


def _side_by_side(calls: Sequence[Callable[[], BreakCheck]], most: int) -> list[BreakCheck]:
    """What each returns, in their order; `most` are under way at once. They wait for runs, and hardly compute."""
    pool = ThreadPoolExecutor(min(most, len(calls)) or 1)
    try:
        return [future.result() for future in [pool.submit(call) for call in calls]]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def check_one(folder: Path, pack: str, options: Options, clock: Clock, queue: Queue) -> BreakCheck:
    """Prove one break."""
    began = time.monotonic()
    clock.enter("spec")
    name, _, slug = folder.name.partition("-")
    try:
        break_ = load_break(folder, pack=pack, known=options.known)
    except BadSpec as error:
        return BreakCheck(
            name, slug, folder, error.problems, seconds=time.monotonic() - began, of=content(folder)
        )
    clock.break_id = break_.id
    blank = BreakCheck(
        break_.id, break_.slug, folder, budget=break_.budget, provisional=options.quick, of=content(folder)
    )
    found = _prove(break_, blank, options, clock, queue)
    if options.write and found.ok and found.measured and not options.quick:
        found = _written(break_, found, options)
    if found.written:
        found = replace(found, of=content(folder))
    clock.enter("done")
    return replace(found, problems=_in_order(found.problems), seconds=time.monotonic() - began)


def _prove(break_: Break, blank: BreakCheck, options: Options, clock: Clock, queue: Queue) -> BreakCheck:
    problems = [*rules.page_problems(break_), *licences.unlicensed(break_)]
    found, warnings = _languages(break_)
    problems += found
    warnings += licences.unsupported(break_)
    blank = replace(blank, warnings=tuple(warnings), languages=(break_.language, *break_.languages))
    if break_.stale and not options.write:
        problems.append(
            Problem(
                f"{break_.folder / proof.FILE}:1",
                "",
                N_("the figures were measured before the last change of this break."),
                N_("Measure them again: lynx mentor check {id} --write"),
                {"id": break_.id},
            )
        )
    stood = ground.stand(
        break_,
        environ=options.environ,
        cache_dir=options.cache_dir,
        parallel=options.jobs,
        python=options.python,
        repo=options.repo,
    )
    if isinstance(stood, Problem):
        return replace(blank, problems=(*problems, stood))
    clock.enter("diff")
    made = versions.make(break_, stood.healthy)
    problems += made.problems
    if made.broken is None:
        return replace(blank, problems=tuple(problems))
    problems += rules.hint_leaks(break_, made.healthy, made.broken)
    blank = replace(blank, problems=tuple(problems))
    from lynx.store.cache import Cache

    evidence = Evidence(break_, stood.setting, made, Cache(options.cache_dir / "runs"), clock, queue)
    try:
        clock.enter("oracle")
        # Beside the runs: it keeps one core busy, as a run does.
        oracle = queue.call(lambda: oracles.examine(break_, stood.setting, made))
        measured_ = _measure(break_, evidence, blank, options)
        rows, more = oracle.result()
        return replace(measured_, oracle=rows, problems=(*blank.problems, *more, *measured_.problems))
    except LynxError as error:  # the interpreter does not start, or lacks numpy
        return replace(blank, problems=(*blank.problems, from_error(break_, "experiment", error)))


def _languages(break_: Break) -> tuple[list[Problem], list[Problem]]:
    """What falls short in the languages that are promised, and in the others that there are."""
    try:
        promised = promise.promised(break_.folder)
    except BadSpec as error:
        return list(error.problems), []
    short = [p for tag in promised if tag != break_.language for p in rules.untranslated(break_, tag)]
    others = [tag for tag in break_.languages if tag not in promised]
    return short, [p for tag in others for p in rules.untranslated(break_, tag)]


def _measure(break_: Break, evidence: Evidence, blank: BreakCheck, options: Options) -> BreakCheck:
    plan = options.plan()
    evidence.gather(evidence.names(), range(plan[0]), repeat=True)
    lost = verdicts.unreadable(evidence)
    if len(plan) > 1 and (still_open := verdicts.open_claims(evidence, lost)):
        evidence.gather(
            ["healthy", *(name for name in still_open if name != "healthy")], range(plan[0], plan[1])
        )
    problems = [*evidence.problems, *(p for found in lost.values() for p in found)]
    claim_rows, more = verdicts.claims(evidence, lost, staged=len(plan) > 1)
    problems += more
    control_rows, more = verdicts.controls(evidence, lost)
    problems += more
    prediction_rows, more = answers.predictions(evidence, lost)
    problems += more + verdicts.nothing_to_see(evidence, lost)
    if break_.verify_by:
        problems += deciding.problems(break_, evidence)
    problems += _unsteady(break_, evidence, evidence.repeated())
    problems += needs.problems(break_, evidence)
    seconds = learner_seconds(evidence, evidence.started())
    if seconds is not None and seconds > break_.budget:
        problems.append(
            problem(
                break_,
                "budget",
                N_(
                    "a learner's run takes {seconds} s (three seeds, two cores), more than the budget of "
                    "{budget} s."
                ),
                N_("Take fewer steps or a smaller model, or raise `budget`."),
                seconds=f"{seconds:.1f}",
                budget=f"{break_.budget:g}",
            )
        )
    near: dict[str, Any] = {}
    if options.write and not problems and not blank.problems:
        near, more = neighbours.measured(evidence)
        problems += evidence.problems + more
    return replace(
        blank,
        problems=tuple(problems),
        claims=tuple(claim_rows),
        controls=tuple(control_rows),
        predictions=tuple(prediction_rows),
        seeds=len(evidence.by_seed),
        run_seconds=seconds,
        measured=_block(evidence, claim_rows, control_rows, prediction_rows, seconds, near),
    )


def _unsteady(break_: Break, evidence: Evidence, repeated: Sequence[Any]) -> list[Problem]:
    """Seed 0 twice must give the same series: to the last bit, or within the tolerance that is declared."""
    for run in repeated:
        first = evidence.by_seed.get(0, {}).get(run.variant)
        found = differs(first, run, break_.tolerance or 0.0) if first is not None else None
        if found is not None:
            metric, by = found
            if by < LAST_DIGITS:
                return [
                    problem(
                        break_,
                        "experiment",
                        N_(
                            "the last digits move: '{metric}' of {variant} differs by {by} between two runs of seed 0."
                        ),
                        N_(
                            "Something's order decides them, such as a set's. Mend that, or declare it: "
                            "tolerance: {declared}"
                        ),
                        metric=metric,
                        variant=run.variant,
                        by=f"{by:.1e}",
                        declared=f"{10 * by:.0e}",
                    )
                ]
            return [
                problem(
                    break_,
                    "experiment",
                    N_(
                        "the experiment is not deterministic: '{metric}' of {variant} differs between two "
                        "runs of seed 0."
                    ),
                    N_(
                        "Draw every random number from `seed`, and depend on no clock, set order or file "
                        "that changes."
                    ),
                    metric=metric,
                    variant=run.variant,
                )
            ]
    return []


def _in_order(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """By file and line, each once."""
    unique = {(p.where, p.key, p.what): p for p in problems}

    def place(one: Problem) -> tuple[str, int]:
        path, _, line = one.where.rpartition(":")
        return path, int(line) if line.isdigit() else 0

    return tuple(sorted(unique.values(), key=place))


# -- the proof --------------------------------------------------------------------------------------


def _block(
    evidence: Evidence,
    claim_rows: Sequence[Any],
    control_rows: Sequence[ControlRow],
    prediction_rows: Sequence[PredictionRow],
    seconds: float | None,
    near: Mapping[str, Any],
) -> dict[str, Any]:
    """What `--write` puts in place; empty where too little ran."""
    if seconds is None or {"healthy", "broken"} & evidence.lost:
        return {}
    from lynx.truth import symptoms

    claims: dict[str, Any] = {}
    for row in claim_rows:
        if row.verdict is None:
            continue
        claims[row.id] = {"verdict": str(row.verdict), "k": row.k, "n": row.n}
        if row.p is not None:
            claims[row.id]["p"] = row.p
        claims[row.id]["median"] = row.median
        if row.other is not None:
            claims[row.id]["other"] = row.other
    predictions: dict[str, Any] = {}
    for one in prediction_rows:
        predictions[one.id] = {"median": one.median, "min": one.lowest, "max": one.highest}
        if isinstance(one.answer, str):
            predictions[one.id]["answer"] = one.answer
        if isinstance(one.answer, Mapping):
            predictions[one.id]["curve"] = dict(one.answer)
    pair = evidence.by_seed[min(evidence.by_seed)]
    chain = symptoms.chain(pair["healthy"], pair["broken"])
    near = {"neighbours": near} if near else {}
    return {
        "date": time.strftime("%Y-%m-%d"),
        "versions": _versions(evidence),
        "seeds": len(evidence.by_seed),
        "seconds": round(seconds, 2),
        "lengths": evidence.lengths(),
        "predictions": predictions,
        "claims": claims,
        "controls": {
            row.name: {
                "median": row.median,
                "min": row.range[0],
                "max": row.range[1],
                "survived": list(row.survived),
            }
            for row in control_rows
        },
        **near,
        "chain": [[s.name, s.metric, s.layer, s.step, s.healthy, s.broken] for s in chain],
        "loss": {name: _thin(pair[name]) for name in ("healthy", "broken") if "loss" in pair[name].series},
    }


def _thin(run: Run) -> list[tuple[int, float]]:
    """The loss of one run at a few steps, evenly from the first to the last: the curve of the preview."""
    points = sorted(run.series["loss"].points.items())
    last = len(points) - 1
    wanted = sorted({round(i * last / (CURVE - 1)) for i in range(CURVE)})
    return [(points[i][0], points[i][1][0]) for i in wanted]


def _versions(evidence: Evidence) -> dict[str, str]:
    """Lynx's, and those of the Python that ran the jobs and of what computes there."""
    import json
    import subprocess

    from lynx import __version__

    code = (
        "import importlib.metadata as m, json, platform\n"
        "def v(name):\n"
        "    try: return m.version(name)\n"
        "    except m.PackageNotFoundError: return None\n"
        "print(json.dumps({'python': platform.python_version(), **{n: v(n) for n in ('numpy', 'torch') if "
        "v(n)}}))"
    )
    asked = subprocess.run(
        [str(evidence.setting.interpreter), "-I", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    found = json.loads(asked.stdout) if asked.returncode == 0 else {}
    return {"lynx": __version__, **found}


def _written(break_: Break, found: BreakCheck, options: Options) -> BreakCheck:
    """Put the proof in place; a break that was trusted as it was stays trusted with its new figures."""
    from lynx.store import trust

    home = trust.user_home(options.environ)
    trusted = trust.is_trusted(break_.folder, home)
    try:
        measured.write(break_, found.measured)
    except LynxError as error:
        return replace(found, problems=(*found.problems, from_error(break_, "", error)))
    if trusted:
        trust.trust(break_.folder, home)
    return replace(found, written=True)
