"""The learner's own program as the experiment: run as `__main__`, untouched, recorded through global hooks alone.

It ends at the first backward after its last step (an exception could be swallowed by a bare `except`), or by
itself. Figures that it prints are metrics by pattern. Nothing of Lynx is imported by the program.
"""

from __future__ import annotations

import importlib.util
import io
import os
import re
import sys
import traceback
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING, Any, NoReturn

from lynx.runs.child import modes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lynx.runs.child.hooks import Hooks
    from lynx.runs.child.probe import Probe

LONGEST_LINE = 1 << 16


def run_script(
    order: dict[str, Any],
    probe: Probe,
    leave: Callable[[dict[str, Any]], NoReturn],
    seed: Callable[[], None],
    prepared: Callable[[bytes, str], Any] = lambda source, _path: source,
) -> dict[str, Any]:
    """Run `order["script"]` until its steps are done, or it ends; what the last report says. May not return.

    What is compiled is what `prepared` makes of its source.
    """
    script = order["script"]
    steps = int(script["steps"])
    # In the view's top. A Python file is named by its absolute path, as `python train.py` does.
    path = os.path.join(os.getcwd(), script["path"])  # noqa: PTH109, PTH118
    hooks = _hooks(probe, steps, script["clock"])
    if script.get("scanned"):
        modes.shift_seeds(order["seed"])
        probe.only = modes.INSTRUMENTS
    told = modes.Modes(hooks, probe) if script.get("scanned") and hooks is not None else None
    seed()  # again: importing torch must not matter
    printed = Printed(script["prints"], probe, hooks, steps)

    def end() -> NoReturn:
        printed.flush()
        leave(_told(probe, printed, steps, told))

    def fail() -> NoReturn:
        traceback.print_exc()
        leave({"why": "crashed"})

    if hooks is not None:
        hooks.end, hooks.fail = end, fail
    printed.end = end
    sys.stdout, sys.stderr = (Lines(fd, printed) for fd in (1, 2))
    probe.expect(steps)
    probe.open_step()
    sys.argv = [script["path"], *script["argv"], *_options(order["args"])]
    sys.path.insert(0, os.path.dirname(path))  # noqa: PTH120
    code = 0
    try:
        _run_main(path, prepared)
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        if isinstance(leaving.code, str):
            print(leaving.code, file=sys.stderr)
    printed.flush()
    if hooks is not None:
        hooks.close()
    done = _told(probe, printed, steps, told)
    if done["reached"] < steps and done["reached"] > 0:
        return {**done, "why": "exited", "by_itself": code}
    return {**done, "why": "finished" if code == 0 else "exited", "by_itself": code}


def _told(probe: Probe, printed: Printed, steps: int, told: modes.Modes | None) -> dict[str, Any]:
    if told is not None:
        told.tell()
    probe.finish()
    return {"why": "finished", "reached": min(steps, max(probe.step, printed.ticks)), "of": steps}


def _options(args: Mapping[str, Any]) -> list[str]:
    """Arguments as options: both argparse and home-made parsers read `--name=value`."""
    return [f"--{name}={value}" for name, value in args.items()]


def _run_main(path: str, prepared: Callable[[bytes, str], Any]) -> None:
    """As `python path` does."""
    main = type(sys)("__main__")
    loader = SourceFileLoader("__main__", path)
    vars(main).update(__file__=path, __builtins__=sys.modules["builtins"], __loader__=loader, __spec__=None)
    sys.modules["__main__"] = main
    with open(path, "rb") as file:  # noqa: PTH123 - the trampoline's
        source = file.read()
    exec(compile(prepared(source, path), path, "exec", dont_inherit=True), vars(main))  # noqa: S102 - what we are here for


def _hooks(probe: Probe, steps: int, clock: str | None) -> Hooks | None:
    """Hooks into torch; None where there is none to hook into."""
    try:
        import torch
    except ImportError:
        return None
    mps = getattr(torch.backends, "mps", None)
    if mps is not None:
        mps.is_available = lambda: False  # no GPU is shown
    _spare_tensorboard()
    from lynx.runs.child.hooks import Hooks

    hooks = Hooks(probe, steps, clock)
    hooks.install()
    return hooks


def _spare_tensorboard() -> None:
    """What a program writes to TensorBoard measures nothing: where that is not installed, it is dropped."""
    if importlib.util.find_spec("tensorboard") is not None:
        return

    class SummaryWriter:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *_, **__: None

        def __enter__(self) -> SummaryWriter:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    stub = type(sys)("torch.utils.tensorboard")
    stub.SummaryWriter = SummaryWriter  # type: ignore[attr-defined]
    sys.modules["torch.utils.tensorboard"] = stub


# --- figures that are printed -------------------------------------------------------------------


class Printed:
    """Metrics read from what the program prints.

    A figure belongs to the step under way, or to the one that a group named `step` in its pattern tells. In a
    program that trains nothing the hooks can see, the k-th figure is step k, and figures are the clock.
    """

    def __init__(self, patterns: Mapping[str, str], probe: Probe, hooks: Hooks | None, steps: int) -> None:
        self._patterns = {name: re.compile(pattern) for name, pattern in patterns.items()}
        self._probe, self._hooks, self._steps = probe, hooks, steps
        self._held: list[tuple[str, float]] = []
        self._counts: dict[str, int] = {}
        self._pid = os.getpid()
        self.ticks = 0
        self.end: Callable[[], NoReturn] | None = None

    def line(self, text: str) -> None:
        """Look at one line."""
        if os.getpid() != self._pid:
            return  # a worker of the program's
        for name, pattern in self._patterns.items():
            for match in pattern.finditer(text):
                self._figure(name, match)

    def _figure(self, name: str, match: re.Match[str]) -> None:
        groups = match.groupdict()
        plain = [text for i, text in enumerate(match.groups(), 1) if i not in _named(match)]
        try:
            value = float((groups.get("value") or (plain[0] if plain else match[0])).replace(",", ""))
            step = int(groups["step"]) if groups.get("step") else None
        except (ValueError, AttributeError):
            return
        if step is not None:
            self._probe.beside(step, {name: value})
            self._tick(name, step)
        elif self._hooks is not None and self._hooks.seen:
            self.flush()
            self._probe.note(name, value)
        else:
            self._held.append((name, value))
            if sum(held == name for held, _ in self._held) > 1 or self._counts:
                self._count()

    def _count(self) -> None:
        """Nothing but figures: each metric counts its own."""
        held, self._held = self._held, []
        for name, value in held:
            step = self._counts[name] = self._counts.get(name, -1) + 1
            if step < self._steps:
                self._probe.beside(step, {name: value}, self._steps)
            self._tick(name, step)

    def _tick(self, name: str, step: int) -> None:
        if self._hooks is not None and self._hooks.seen:
            return
        self.ticks = max(self.ticks, step + 1)
        first = next(iter(self._patterns)) == name
        if first and self.ticks > self._steps and self.end is not None:
            self.end()

    def flush(self) -> None:
        """Give away what was held until it was known what a step is."""
        if self._hooks is not None and self._hooks.seen:
            for name, value in self._held:
                self._probe.note(name, value)
            self._held.clear()
        elif self._held:
            self._count()


def _named(match: re.Match[str]) -> set[int]:
    return set(match.re.groupindex.values())


class Lines(io.TextIOWrapper):
    """The log, line by line, with somebody who reads along."""

    def __init__(self, fd: int, printed: Printed) -> None:
        raw = open(fd, "wb", buffering=0, closefd=False)  # noqa: SIM115 - for the life of the process
        super().__init__(
            io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        self._printed = printed
        self._rest = ""

    def write(self, text: str) -> int:
        """As a text stream's."""
        count = super().write(text)
        lines = re.split(r"[\r\n]", self._rest + text)
        self._rest = lines.pop()[-LONGEST_LINE:]
        for line in lines:
            self._printed.line(line)
        return count
