"""The parent's side of a run: jobs in, runs out (docs/architecture.md#runs).

Only the standard library and `lynx.truth`'s words: the learner's code, numpy and torch live in a child
process under the interpreter that the learner's packages were installed for.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.runs import endings, views, warm
from lynx.runs.child import frames, preload, variables
from lynx.runs.child.opened import fingerprint, is_unchanged
from lynx.runs.child.sealed import memory_closed
from lynx.runs.child.view import COPY
from lynx.runs.interpreter import choose_interpreter
from lynx.runs.process import ENTRY, Child, environment, learners_environment
from lynx.runs.reports import report_of, same_syntax
from lynx.runs.types import Difference, Event, Job, OracleReport, Script, Setting
from lynx.store import hashed
from lynx.truth.measures import Ended, Invalid, Run, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lynx.content.spec import Oracle
    from lynx.store.cache import Cache

__all__ = [
    "Difference",
    "Event",
    "Job",
    "OracleReport",
    "Script",
    "Setting",
    "choose_interpreter",
    "examine",
    "ignore",
    "run_jobs",
]

# Accelerate and Objective-C do not survive a fork on macOS; there every job gets a fresh interpreter.
CAN_FORK = sys.platform != "darwin"


def ignore(event: Event) -> None:
    """The observer of a run that nobody watches."""


def run_jobs(
    setting: Setting,
    jobs: Sequence[Job],
    observe: Callable[[Event], None] = ignore,
    cache: Cache | None = None,
) -> tuple[Run, ...]:
    """Run every job, at most `setting.parallel` at once, begun in their order; results in their order.

    A job that crashes, hangs or vanishes gives a Run that says so in `ended`, with what it recorded until
    then and the end of what it printed; one that ended well and shows nothing says why in `invalid`. Only what
    finished and shows something is cached. Raises Refused when the interpreter does not start or lacks a
    package, when an experiment lacks an argument that is given to it, when a private view cannot be made; on
    KeyboardInterrupt nothing is left running.
    """
    if not jobs:
        return ()
    sources = [_source_of(setting, job) for job in jobs]
    found: dict[int, Run] = {}
    lost = ""
    orders = [_run_order(job, source) for job, source in zip(jobs, sources, strict=True)]
    torch = preload.wants_torch(orders)
    with Child(setting, views=any(job.script for job in jobs), torch=torch) as child:
        versions = child.hello()
        here = views.way(setting, versions.pop("view", COPY))
        keys = [_key(setting, job, source, versions) for job, source in zip(jobs, sources, strict=True)]
        for i, job in enumerate(jobs):
            run = cache.find(keys[i], _unchanged) if cache is not None else None
            if run is not None:
                # The same bytes may go by two names, and one of them need not read the target.
                unread = Invalid.NEVER_READ if job.must_read and not run.delivered else None
                found[i] = replace(run, variant=job.variant, invalid=unread)
                observe(Event(i, job.variant, job.seed, "cached", run=found[i], jobs=len(jobs)))
        left = [i for i in range(len(jobs)) if i not in found]
        _require(setting, versions, [jobs[i].experiment for i in left if not jobs[i].script])
        if left:
            viewed = [{**orders[i], **views.order(setting, jobs[i].script, here)} for i in left]
            child.order(_order(setting, viewed))
            collect = _Collector(jobs, left, observe)
            for kind, number, payload in child.messages():
                collect.take(kind, number, payload)
                for i in collect.runs.keys() - found.keys():  # kept as it ends: ^C then loses only what runs
                    run, report = collect.runs[i]
                    found[i] = run
                    if cache is not None and _worth_keeping(run, report):
                        cache.keep(keys[i], report["opened"], run)
            lost = child.errors()
    for i in range(len(jobs)):
        if i not in found:  # the supervisor itself is gone
            found[i] = Run(jobs[i].variant, jobs[i].seed, endings.of_supervisor(lost), log_tail=lost)
    return tuple(found[i] for i in range(len(jobs)))


def start(setting: Setting, jobs: Sequence[Job]) -> float:
    """Processor seconds that a command for these jobs takes before the first begins, as far as it is known."""
    orders = [_run_order(job, job.source) for job in jobs]
    return warm.took(setting.interpreter, preload.wants_torch(orders))


def examine(
    setting: Setting,
    oracle: Oracle,
    healthy: bytes,
    candidates: Sequence[bytes],
    *,
    folder: Path | None = None,
    processor: float = 30,
    wall: float = 600,
    depends: list[Mapping[str, Any]] | None = None,
) -> tuple[OracleReport, ...]:
    """Hold each candidate's callable against the healthy one's; reports in the candidates' order.

    What is compared is in docs/architecture.md#verify. `folder` is the break's, where an oracle names functions of
    its own (`make`, `steps`, `property`).

    When the healthy code itself cannot be examined, every report has `cases == 0` and says why in
    `log_tail`, and in `fault` where the oracle is to blame. `processor` and, generously behind it, `wall` in
    seconds, for each. `depends` gets what each process, the judge's too,
    opened and had loaded. Raises Refused when the interpreter does not start or lacks numpy.
    """
    began = time.monotonic()
    reports: list[OracleReport] = []
    spec = _spec_of(oracle, setting, folder)
    # What judges an answer is nothing that a candidate is told.
    asked = {key: value for key, value in spec.items() if key != "property"}
    orders = [
        {"role": "candidate", "name": f"verify-{i}", "source": _text(source), "oracle": asked}
        for i, source in enumerate(candidates)
    ]
    judge = {"role": "reference", "name": "reference", "source": _text(healthy), "oracle": spec}
    with memory_closed(), Child(setting, torch=preload.wants_torch(orders)) as child:
        _require(setting, child.hello(), ["oracle"])
        order = _order(setting, orders, mode="examine", judge=judge)
        order["common"] |= {"processor": processor, "wall": wall}
        order["common"]["environ"] = learners_environment()
        order["common"]["whole"] = depends is not None
        child.order(order)
        ends: dict[int, dict[str, Any]] = {}
        verdicts: dict[int, dict[str, Any]] = {}
        for kind, number, payload in child.messages():
            if kind == frames.ENDED:
                ends[number] = json.loads(payload)
            elif kind == frames.VERDICT:
                verdicts[number] = json.loads(payload)
        said = child.errors()
        lost = {"ended": endings.of_supervisor(said), "log_tail": said, "judge": True}
        if depends is not None:
            depends += [ends.get(i, {}) for i in range(len(candidates) + 1)]
        for i, source in enumerate(candidates):
            same = same_syntax(healthy, source)
            took = time.monotonic() - began
            reports.append(report_of(ends.get(i, lost), verdicts.get(i), same, took, processor))
    return tuple(reports)


# --- what the child is told -------------------------------------------------------------------


def _order(setting: Setting, jobs: list[dict[str, Any]], mode: str = "run", **more: Any) -> dict[str, Any]:
    return {
        "mode": mode,
        "parallel": max(1, setting.parallel),
        "fork": CAN_FORK,
        "jobs": jobs,
        "common": {
            "top": str(setting.top),
            "pythonpath": list(setting.pythonpath),
            "target": setting.target,
            "processor": setting.processor,
            "wall": setting.patience,
            "memory": setting.memory,
            "logs": str(setting.state_dir / "logs"),
        },
        **more,
    }


def _spec_of(oracle: Oracle, setting: Setting, folder: Path | None) -> dict[str, Any]:
    """The oracle as the child knows it."""
    spec: dict[str, Any] = {
        "call": oracle.call,
        "init": dict(oracle.init),
        "inputs": [
            {"shape": list(one.shape), "dtype": one.dtype, "below": one.below} for one in oracle.inputs
        ],
        "shapes": [dict(sizes) for sizes in oracle.shapes],
        "weights": oracle.weights,
        "cases": oracle.cases,
        "tolerance": oracle.tolerance,
        "top": str(setting.top),
    }
    own = {"make": oracle.make, "steps": oracle.steps, "property": oracle.property}
    if named := {key: reference for key, reference in own.items() if reference}:
        if folder is None:
            raise ValueError(f"whose folder holds {', '.join(named.values())}?")
        spec |= {**named, "folder": str(folder.absolute()), "n": oracle.n}
    return spec


def _run_order(job: Job, source: bytes | None) -> dict[str, Any]:
    return {
        "role": "run",
        "name": f"{job.variant}-{job.seed}",
        "source": _text(source),
        "seed": job.seed,
        "experiment": job.experiment,
        "args": dict(job.args),
        "script": None if job.script is None else asdict(job.script),
        **({"target": job.target} if job.target else {}),
    }


def _text(source: bytes | None) -> str | None:
    """Bytes as JSON can carry them."""
    return None if source is None else source.decode("latin-1")


def _source_of(setting: Setting, job: Job) -> bytes | None:
    """The job's bytes; "yours" is read once, now, so that an edit made meanwhile changes nothing."""
    if job.source is not None:
        return job.source
    try:
        return (setting.top / (job.target or setting.target)).read_bytes()
    except OSError:
        return None  # the run will crash on its import, and say so


def _require(setting: Setting, versions: Mapping[str, Any], experiments: Sequence[str]) -> None:
    """Built-in experiments and the oracle need numpy where the learner's packages are."""
    if versions.get("numpy") is None and any(not Path(name).is_absolute() for name in experiments):
        raise Refused(
            N_("The Python at {python} has no numpy."),
            code="python-lacks-numpy",
            remedy=N_("Install it there ({python} -m pip install numpy), or name another with --python."),
            python=setting.interpreter,
        )


# --- what a result depends on -----------------------------------------------------------------


def _key(setting: Setting, job: Job, source: bytes | None, versions: Mapping[str, Any]) -> str:
    """The hash of everything known before the job runs; what it opens is known only afterwards."""
    here = ENTRY.parent.parent
    code = [*sorted(here.glob("child/*.py")), *sorted(here.glob("experiments/*.py"))]
    if Path(job.experiment).is_absolute():
        code.append(Path(job.experiment))
    parts = {
        "code": [fingerprint(str(path)) for path in code],
        "versions": dict(versions),
        "pythonpath": setting.pythonpath,
        "top": str(setting.top),
        "target": job.target or setting.target,
        "source": None if source is None else hashed.sha256(source).hexdigest(),
        "experiment": job.experiment,
        "args": dict(job.args),
        # A file named by an argument may lie outside the repository, where opens are not watched.
        "files": {
            value: fingerprint(value)
            for value in job.args.values()
            if isinstance(value, str) and Path(value).is_absolute()
        },
        "script": None if job.script is None else asdict(job.script),
        "seed": job.seed,
    }
    return hashed.sha256(json.dumps(parts, sort_keys=True, default=repr).encode()).hexdigest()


def _worth_keeping(run: Run, report: Mapping[str, Any]) -> bool:
    """What a process or a fork of the run read, nobody heard."""
    unheard = any(report.get(name) for name in ("forked", "past", "started", "before"))
    return run.ended is Ended.FINISHED and run.invalid is None and not unheard


def _unchanged(opened: Mapping[str, str]) -> bool:
    """Whether every file and variable that a cached job asked for still says the same."""
    environ = environment()
    return all(is_unchanged(name, digest, environ) for name, digest in opened.items())


# --- what comes back --------------------------------------------------------------------------


class _Collector:
    """Turns messages into events for the observer and, at the end, into runs."""

    def __init__(self, jobs: Sequence[Job], numbers: Sequence[int], observe: Callable[[Event], None]) -> None:
        self._jobs, self._numbers, self._observe = jobs, numbers, observe
        self._points: dict[int, dict[str, dict[int, tuple[float, ...]]]] = {}
        self._layers: dict[int, dict[str, tuple[str, ...]]] = {}
        self._steps: dict[int, tuple[int, int]] = {}  # done, of how many
        self.runs: dict[int, tuple[Run, dict[str, Any]]] = {}

    def take(self, kind: bytes, number: int, payload: bytes) -> None:
        i = self._numbers[number]
        job = self._jobs[i]
        if kind == frames.STARTED:
            self._observe(Event(i, job.variant, job.seed, "started", jobs=len(self._jobs)))
        elif kind == frames.EVENT:
            # The learner's code holds the same pipe: what is no event of ours is not worth a crash.
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                self._step(i, job, json.loads(payload))
        elif kind == frames.ENDED:
            self._end(i, job, json.loads(payload))

    def _step(self, i: int, job: Job, event: dict[str, Any]) -> None:
        step, steps = event["s"], event["n"]
        if steps is not None:
            self._steps[i] = (min(step + 1, steps), steps)
        values = {name: frames.decode_numbers(text) for name, text in event["v"].items()}
        layers = self._layers.setdefault(i, {})
        layers.update({name: tuple(names) for name, names in event.get("l", {}).items()})
        points = self._points.setdefault(i, {})
        for name, numbers in values.items():
            points.setdefault(name, {})[step] = numbers
        self._observe(Event(i, job.variant, job.seed, "step", step, steps, values))

    def _end(self, i: int, job: Job, report: dict[str, Any]) -> None:
        layers, points = self._layers.get(i, {}), self._points.get(i, {})
        series = {name: Series(layers.get(name, ()), steps) for name, steps in points.items()}
        if "unknown" in report:
            raise endings.unknown_argument(report["unknown"], report["known"])
        if "unusable" in report:
            raise endings.unusable(**report["unusable"])
        reached, of = self._steps.get(i, (None, None))
        run = Run(
            job.variant,
            job.seed,
            Ended(report["ended"]),
            series,
            report["seconds"],
            report["log_tail"],
            reached=report.get("reached", reached),
            of=report.get("of", of),
            processor=report["processor"],
            delivered=bool(report.get("read")),
            opened=tuple(name for name in report.get("opened", ()) if not name.startswith(variables.PREFIX)),
            log=report["log"],
            detail=report["detail"],
        )
        self.runs[i] = endings.judged(job, run, report), report
        one, of = self.runs[i][0], len(self._jobs)
        told = Event(
            i, job.variant, job.seed, "finished", ended=one.ended, reached=one.reached, run=one, jobs=of
        )
        self._observe(told)
