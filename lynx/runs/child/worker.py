"""One job, in a process of its own: prepare the surroundings, do what the order says, report, leave."""

from __future__ import annotations

import contextlib
import errno
import faulthandler
import importlib
import inspect
import json
import os
import random
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from lynx.runs.child import fence, frames, limits, sealed, serving, unmarked, view
from lynx.runs.child.loaded import loaded
from lynx.runs.child.opened import Opened
from lynx.runs.child.overlay import Overlay, attribute, load_file
from lynx.runs.child.serving import Delivery, Served

if TYPE_CHECKING:
    from collections.abc import Callable

    Leave = Callable[[dict[str, Any]], NoReturn]

HERE = Path(__file__).absolute().parent


def main(
    order: dict[str, Any], in_fd: int, out_fd: int, parent: int, watch: view.Watch | None = None
) -> NoReturn:
    """Do one order and exit. Descriptors 1 and 2 are the log already; `in_fd` brings what the role needs."""
    limits.die_with_parent(parent)
    if order["role"] == "candidate":
        sealed.seal((0, 1, 2, in_fd, out_fd))
    elif order["role"] in ("run", "tests"):
        sealed.open_memory()
    # The streams we were forked with remember another file; a new pair belongs to the log, line by line.
    sys.stdout = sys.__stdout__ = _stream(1)  # type: ignore[misc,assignment]
    sys.stderr = sys.__stderr__ = _stream(2)  # type: ignore[misc,assignment]
    faulthandler.enable()
    nonce = order.pop("nonce", None)  # a candidate has none: what it says of itself can only harm it
    place: Place | None = None

    def leave(done: dict[str, Any]) -> NoReturn:
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None and not stream.closed:
                    stream.flush()
            facts = {} if place is None else place.facts()
            frames.send(out_fd, frames.DONE, {**facts, **done, "nonce": nonce})
        finally:
            os._exit(0)  # atexit handlers and threads of the learner's code have no say in it

    done: dict[str, Any] = {"why": "exited"}
    try:
        place = Place(order, watch)
        with serving.quiet():
            limits.limit_memory(order["memory"])
        limits.limit_processor_time(order["processor"])
        more = _ROLES[order["role"]](order, in_fd, out_fd, leave)
        done = {"why": "finished", **(more or {})}
    except MemoryError:
        done["why"] = "out-of-memory"
        show()
    except (SystemExit, GeneratorExit) as leaving:
        print(f"The code called sys.exit({getattr(leaving, 'code', '')!r}).", file=sys.stderr)
    except BaseException as error:
        done["why"] = _reason(error)
        show()
    leave(done)


def _stream(fd: int) -> TextIO:
    return open(fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


class Place:
    """The learner's tree as the interpreter should see it: working folder, path, the variant's bytes, audit.

    In a private view the target itself is the variant; elsewhere the overlay and the trampolines serve it.
    """

    def __init__(self, order: dict[str, Any], watch: view.Watch | None) -> None:
        self.delivery = Delivery()
        source = None if order["source"] is None else order["source"].encode("latin-1")
        self._top = top = order["top"]
        self._private = order.get("view")
        if self._private:
            top = view.enter(self._private, top, order["target"], source, order["room"], order["files"])
        self._moved = top if top != order["top"] else ""
        os.chdir(top)
        sys.dont_write_bytecode = True
        sys.argv = ["lynx"]
        roots = [top]
        if beside := _beside(order):
            roots.append(beside)
            fence.install([*roots, str(HERE.parents[1])])
        sys.path[:0] = [os.path.normpath(Path(top, folder)) for folder in order["pythonpath"]]
        target = os.path.realpath(Path(top, order["target"]))
        self.before = _is_imported(target)
        served = None
        if source is not None and not self._private:
            served = Served(target, source, self.delivery, order["room"])
        serving.serve(served)
        Overlay(roots, served).install()
        self.opened = Opened(
            roots,
            [
                *([] if order.get("whole") else [sys.prefix, sys.base_prefix]),
                *([] if self._moved else [order["room"]]),
            ],
            target,
            self.delivery,
            private=bool(self._private),
            whole=bool(order.get("whole")),
        )
        self._whole, self._target = bool(order.get("whole")), target
        if watch is not None:
            watch.on(target)
        self.opened.watch()
        importlib.invalidate_caches()

    def facts(self) -> dict[str, Any]:
        """What was delivered, and what a result depends on."""
        self.opened.stop()
        manifest = self.opened.manifest
        if self._moved:
            manifest = {path.replace(self._moved, self._top, 1): digest for path, digest in manifest.items()}
        more = loaded(self._top, self._target) if self._whole else {}
        return {
            "opened": manifest,
            "loaded": more,
            "read": self.delivery.has(Delivery.READ),
            "past": self.delivery.text if self.delivery.has(Delivery.PAST) else "",
            "started": self.delivery.text if self.delivery.has(Delivery.STARTED) else "",
            "forked": self.delivery.has(Delivery.FORKED),
            "before": self.before,
            "moved": self._moved,
        }


def _beside(order: dict[str, Any]) -> str:
    """The folder of a break whose own functions are to run; "" where none of it is."""
    experiment = Path(order.get("experiment", ""))
    return (
        str(experiment.parent) if experiment.is_absolute() else str(order.get("oracle", {}).get("folder", ""))
    )


def _is_imported(target: str) -> bool:
    """Whether something imported the target before there was anything to serve (a start-up file, a preload)."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    try:
        wanted = os.stat(target)  # noqa: PTH116 - of hundreds of files, as every job begins
    except OSError:  # it is gone; so is what a link would lead to
        return target in files
    return any(isinstance(file, str) and _is_file(file, wanted, target) for file in files)


def _is_file(name: str, wanted: os.stat_result, target: str) -> bool:
    """Whether a file is the target by any of its names. Those that are not cost one look, not one a folder."""
    try:
        found = os.stat(name)  # noqa: PTH116
    except OSError:
        return False
    return os.path.samestat(found, wanted) and os.path.realpath(name) == target


# --- roles ----------------------------------------------------------------------------------


def _seed(seed: int) -> None:
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.manual_seed(seed)
        torch.set_flush_denormal(True)  # a collapsed network computes with denormals: three times slower


def _run(order: dict[str, Any], _in_fd: int, out_fd: int, leave: Leave) -> dict[str, Any] | None:
    """Train or evaluate: one experiment under a probe, or the learner's own program."""
    from lynx.runs.child.probe import Probe
    from lynx.runs.child.unusable import Unusable

    _default_to_fork()
    _seed(order["seed"])
    if order.get("script"):
        from lynx.runs.child.script import run_script

        probe = Probe(lambda event: frames.send(out_fd, frames.EVENT, event), order["seed"])
        if order.get("wanted") is not None:
            again = lambda: _seed(order["seed"])  # noqa: E731
            return _traced(order, leave, lambda end, noted: run_script(order, probe, end, again, noted))
        return run_script(order, probe, leave, lambda: _seed(order["seed"]))
    experiment = find_experiment(order["experiment"])
    known = inspect.signature(experiment).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in known.values())
    unknown = [] if takes_all else sorted(set(order["args"]) - set(known))
    if unknown:
        taken = [name for name in known if name not in ("probe", "seed")]
        return {"why": "exited", "unknown": unknown[0], "known": taken}
    arguments = dict(order["args"])
    if takes_all or "seed" in known:
        arguments["seed"] = order["seed"]
    probe = Probe(lambda event: frames.send(out_fd, frames.EVENT, event), order["seed"])
    try:
        experiment(probe, **arguments)
    except Unusable as told:
        return {"why": "exited", "unusable": told.as_report()}
    probe.finish()
    return None


def _traced(
    order: dict[str, Any], leave: Leave, run: Callable[[Leave, Any], dict[str, Any]]
) -> dict[str, Any]:
    """Run a program and tell which of the wanted statements ran."""
    from lynx.runs.child.reach import Statements

    statements = Statements(str(Path.cwd()), order["wanted"])

    def end(done: dict[str, Any]) -> NoReturn:
        leave({**done, "ran": statements.told(statements.seen)})

    statements.start()
    done = run(end, statements.noted)
    return {**done, "ran": statements.told(statements.seen)}


def _tests(order: dict[str, Any], _in_fd: int, _out_fd: int, _leave: Leave) -> dict[str, Any]:
    """Run the repository's own tests."""
    from lynx.runs.child.suite import run_tests

    _default_to_fork()
    return run_tests(order, str(Path.cwd()), _seed)


def _default_to_fork() -> None:
    """A process that a run starts by `multiprocessing` must see what the run sees, which only a fork does."""
    with contextlib.suppress(ImportError, AttributeError, KeyError):
        from multiprocessing import context

        context._default_context._default_context = context._concrete_contexts["fork"]  # type: ignore[attr-defined]


def _reference(order: dict[str, Any], in_fd: int, out_fd: int, _leave: Leave) -> dict[str, Any] | None:
    """The judge: put the questions, then answer each candidate's numbers until the pipe ends."""
    from lynx.runs.child.beside import Fault
    from lynx.runs.child.oracle import Judge

    unmarked.environment(order["environ"])
    judge = Judge(order["oracle"])
    try:
        questions = judge.prepare()
    except Fault as fault:
        if fault.__cause__ is not None:
            show(fault.__cause__, whole=False)
        return {"why": "crashed", "fault": fault.as_report()}
    frames.send(out_fd, frames.QUESTIONS, questions)
    reader = frames.Reader()
    while (message := frames.read_message(in_fd, reader)) is not None:
        _, job, blob = message
        try:
            verdict = judge.judge(blob)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            verdict = {"garbled": f"{type(error).__name__}: {error}"}
        frames.send(out_fd, frames.VERDICT, verdict, job)
    return None


def _candidate(order: dict[str, Any], in_fd: int, out_fd: int, _leave: Leave) -> dict[str, Any] | None:
    """Answer the judge's questions with the candidate's bytes. Says `compiles: False` when they do not."""
    try:
        compile(order["source"].encode("latin-1"), order["target"], "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        print("".join(traceback.format_exception_only(*sys.exc_info()[:2])), end="", file=sys.stderr)
        return {"compiles": False}
    from lynx.runs.child.answering import answer_all

    with os.fdopen(in_fd, "rb", closefd=False) as file:
        questions = file.read()
    unmarked.environment(order["environ"])
    spec = order["oracle"]
    frames.send(out_fd, frames.ANSWERS, unmarked.call_apart(lambda: answer_all(spec, questions)))
    return None


_ROLES: dict[str, Callable[[dict[str, Any], int, int, Leave], dict[str, Any] | None]] = {
    "run": _run,
    "reference": _reference,
    "candidate": _candidate,
    "tests": _tests,
}


def find_experiment(name: str) -> Callable[..., object]:
    """A built-in by name, or `run` of an `experiment.py`. LookupError for an unknown name."""
    if Path(name).is_absolute():
        return attribute(load_file("lynx_experiment", name), "run")
    from lynx.runs.experiments import EXPERIMENTS

    if name not in EXPERIMENTS:
        raise LookupError(f"there is no experiment {name!r}; there are: {', '.join(sorted(EXPERIMENTS))}")
    module, _, function = EXPERIMENTS[name].partition(":")
    return attribute(importlib.import_module(module), function)


# --- what is shown when it ends badly ---------------------------------------------------------


def _reason(error: BaseException) -> str:
    """What the machine did not give, or "crashed"."""
    text = str(error)
    if isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "not enough memory" in text or "can't start new thread" in text
    ):
        return "out-of-memory"
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return "out-of-descriptors"
    return "crashed"


def show(error: BaseException | None = None, *, whole: bool = True) -> None:
    """The traceback of an exception, of the one in hand by default, without the frames that are Lynx's or the
    import system's; where there are no others, all of them, unless not `whole`.
    """
    error = error or sys.exc_info()[1]
    if error is None:
        return
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    _drop_ours(told, set(), whole)
    print("".join(told.format()), end="", file=sys.stderr)


def _drop_ours(told: traceback.TracebackException, seen: set[int], whole: bool) -> None:
    if id(told) in seen:
        return
    seen.add(id(told))
    left = [frame for frame in told.stack if not _ours(frame.filename)]
    if left or not whole:
        told.stack = traceback.StackSummary.from_list(left)
    for other in (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or ())):
        if other is not None:
            _drop_ours(other, seen, whole)


def _ours(filename: str) -> bool:
    if filename == unmarked.NOWHERE and "lynx" not in sys.modules:
        return True
    return filename.startswith((f"{HERE.parent}{os.sep}", "<frozen ")) or "importlib" in Path(filename).parts


def from_stdin(out_fd: int) -> NoReturn:
    """Where there is no fork: the order is the first line on descriptor 0, what the role reads follows it."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)  # no buffer: the rest of the file belongs to the role
        if not byte:
            os._exit(1)
        line += byte
    order = json.loads(line)
    main(order, order["in_fd"] if order["in_fd"] >= 0 else 0, out_fd, os.getppid())
