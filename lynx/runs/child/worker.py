"""One job, in a process of its own: prepare the surroundings, do what the order says, report, leave."""

from __future__ import annotations

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

from lynx.runs.child import frames, limits
from lynx.runs.child.opened import Opened
from lynx.runs.child.overlay import Overlay, attribute, load_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

HERE = Path(__file__).absolute().parent
EXPERIMENTS = HERE.parent / "experiments"


def main(order: dict[str, Any], in_fd: int, out_fd: int, parent: int) -> NoReturn:
    """Do one order and exit. Descriptors 1 and 2 are the log already; `in_fd` brings what the role needs."""
    limits.die_with_parent(parent)
    # The streams we were forked with remember another file; a new pair belongs to the log, line by line.
    sys.stdout = sys.__stdout__ = _stream(1)  # type: ignore[misc,assignment]
    sys.stderr = sys.__stderr__ = _stream(2)  # type: ignore[misc,assignment]
    faulthandler.enable()
    limits.limit_memory(order["memory"])
    nonce = order.pop("nonce")
    done: dict[str, Any] = {"why": "exited"}
    try:
        done = _do(order, in_fd, out_fd)
    except MemoryError:
        done["why"] = "out-of-memory"
        _show()
    except (SystemExit, GeneratorExit) as leaving:
        print(f"The code called sys.exit({getattr(leaving, 'code', '')!r}).", file=sys.stderr)
    except BaseException as error:
        done["why"] = "out-of-memory" if _asked_too_much(error) else "crashed"
        _show()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
        frames.send(out_fd, frames.DONE, {**done, "nonce": nonce})
    finally:
        os._exit(0)  # atexit handlers and threads of the learner's code have no say in it


def _stream(fd: int) -> TextIO:
    return open(fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _do(order: dict[str, Any], in_fd: int, out_fd: int) -> dict[str, Any]:
    opened = _enter(order)
    role = _ROLES[order["role"]]
    more = role(order, in_fd, out_fd)
    opened.stop()
    return {"why": "finished", "opened": opened.manifest, **(more or {})}


def _enter(order: dict[str, Any]) -> Opened:
    """The learner's tree as the interpreter should see it: working folder, path, overlay, audit."""
    top = order["top"]
    os.chdir(top)
    sys.dont_write_bytecode = True
    sys.argv = ["lynx"]
    sys.path[:0] = [os.path.normpath(Path(top, folder)) for folder in order["pythonpath"]]
    roots = [top]
    if Path(order.get("experiment", "")).is_absolute():
        roots.append(str(Path(order["experiment"]).parent))
    target = os.path.normpath(Path(top, order["target"]))
    source = order["source"]
    replaced = {} if source is None else {target: source.encode("latin-1")}
    Overlay(roots, replaced).install()
    opened = Opened(roots, [sys.prefix, sys.base_prefix])
    opened.watch()
    importlib.invalidate_caches()
    return opened


# --- roles ----------------------------------------------------------------------------------


def _run(order: dict[str, Any], _in_fd: int, out_fd: int) -> None:
    """Train or evaluate: one experiment under a probe."""
    from lynx.runs.child.probe import Probe

    random.seed(order["seed"])
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(order["seed"] % 2**32)
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.manual_seed(order["seed"])
        torch.set_flush_denormal(True)  # a collapsed network computes with denormals: three times slower
    experiment = find_experiment(order["experiment"])
    known = inspect.signature(experiment).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in known.values())
    unknown = [] if takes_all else sorted(set(order["args"]) - set(known))
    if unknown:
        raise TypeError(f"the experiment {order['experiment']!r} takes no argument {unknown[0]!r}")
    arguments = dict(order["args"])
    if takes_all or "seed" in known:
        arguments["seed"] = order["seed"]
    probe = Probe(lambda event: frames.send(out_fd, frames.EVENT, event), order["seed"])
    experiment(probe, **arguments)
    probe.finish()


def _reference(order: dict[str, Any], in_fd: int, out_fd: int) -> None:
    """The judge: put the questions, then answer each candidate's numbers until the pipe ends."""
    from lynx.runs.child.oracle import Judge

    judge = Judge(order["oracle"])
    frames.send(out_fd, frames.QUESTIONS, judge.prepare())
    reader = frames.Reader()
    while (message := frames.read_message(in_fd, reader)) is not None:
        _, job, blob = message
        try:
            verdict = judge.judge(blob)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            verdict = {"garbled": f"{type(error).__name__}: {error}"}
        frames.send(out_fd, frames.VERDICT, verdict, job)


def _candidate(order: dict[str, Any], in_fd: int, out_fd: int) -> dict[str, Any] | None:
    """Answer the judge's questions with the candidate's bytes. Says `compiles: False` when they do not."""
    try:
        compile(order["source"].encode("latin-1"), order["target"], "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        print("".join(traceback.format_exception_only(*sys.exc_info()[:2])), end="", file=sys.stderr)
        return {"compiles": False}
    from lynx.runs.child.oracle import answer_all

    with os.fdopen(in_fd, "rb", closefd=False) as file:
        questions = file.read()
    frames.send(out_fd, frames.ANSWERS, answer_all(order["oracle"], questions))
    return None


_ROLES: dict[str, Callable[[dict[str, Any], int, int], dict[str, Any] | None]] = {
    "run": _run,
    "reference": _reference,
    "candidate": _candidate,
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


def _asked_too_much(error: BaseException) -> bool:
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "not enough memory" in text or "can't start new thread" in text
    )


def _show() -> None:
    """The traceback, from the first frame that is not Lynx's own."""
    kind, error, trace = sys.exc_info()
    inner: TracebackType | None = trace
    while inner is not None and _ours(inner.tb_frame.f_code.co_filename):
        inner = inner.tb_next
    traceback.print_exception(kind, error, inner or trace, file=sys.stderr)


def _ours(filename: str) -> bool:
    return (
        filename.startswith((f"{HERE}{os.sep}", "<frozen importlib")) or "importlib" in Path(filename).parts
    )


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
