"""The definition of done, item by item: each proved by what lies in the workspace.

A check reads what was written there (the laboratories' result files, the journal's attempts and drills)
and, for the modules, runs their tests. `CHECKS` is the whole list.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from lynx.errors import N_
from lynx.loop.stages import Stage
from lynx.runs.runner import choose_interpreter
from lynx.study.bench import modules_below, read_json, study_folder
from lynx.study.drill import LATELY, history
from lynx.study.results import CheckItem, Found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lynx.content.phases import Phase
    from lynx.loop.session import Session

ENOUGH_DRILLS, ENOUGH_RIGHT = 20, 0.8
TESTS_WALL = 600  # seconds
MODULES = ("init", "norm", "residual")


@dataclass(frozen=True)
class Seen:
    """Whether an item holds (None: not looked at), and what was found."""

    ok: bool | None
    found: tuple[Found, ...]


def items(session: Session, phase: Phase, *, run_tests: bool = False) -> tuple[CheckItem, ...]:
    """Every item of the phase's definition of done; the modules' tests only run when asked, they take a
    while.
    """
    found = []
    for item in phase.done:
        seen = CHECKS[item.id](session, phase, run_tests)
        found.append(CheckItem(item.id, item.says, seen.ok, seen.found, item.command))
    return tuple(found)


# -- laboratories ----------------------------------------------------------------------------------


def _result(session: Session, phase: Phase, lab_id: str) -> dict[str, Any] | None:
    """A laboratory's result file, if it was run under the sheet's own arguments over three seeds or more."""
    lab = phase.laboratory(lab_id)
    folder = study_folder(session, phase.id) / "lab" / PurePosixPath(lab.file).name
    data = read_json(folder / "result.json")
    return data if data and isinstance(data.get("claims"), dict) else None


def _whole(data: Mapping[str, Any] | None) -> Found | None:
    """What keeps a result from counting, if anything."""
    if data is None:
        return Found(N_("not run yet"))
    if data.get("changed"):
        names = ", ".join(f"{k} {v}" for k, v in data["changed"].items())
        return Found(N_("run with other settings than the sheet's ({names})"), {"names": names})
    if len(data.get("seeds", ())) < 3:
        return Found(N_("run with fewer than three seeds"))
    return None


def _claim(data: Mapping[str, Any], id_: str, says: str) -> tuple[bool, Found]:
    """Whether a claim held for every seed, and how often, said with `says`."""
    one = data["claims"].get(id_, {"k": 0, "n": 0})
    return one["k"] == one["n"] > 0, Found(says, {"k": one["k"], "n": one["n"]})


def three_inits(session: Session, phase: Phase, _run: bool) -> Seen:
    """Laboratory 01: three variants on the same data, network and optimiser; divergence beside
    convergence.
    """
    data = _result(session, phase, "01")
    if (why := _whole(data)) is not None or data is None:
        return Seen(False, (why,) if why else ())
    ends = [
        _claim(data, "uniform-fails", N_("uniform ends no better than guessing: {k} of {n} seeds")),
        _claim(data, "kaiming-trains", N_("Kaiming trains: {k} of {n} seeds")),
    ]
    predicted = len(data.get("predictions", {}))
    told = Found(N_("predicted first: {n}"), {"n": predicted})
    return Seen(all(ok for ok, _ in ends) and predicted > 0, (*(f for _, f in ends), told))


def both_norms(session: Session, phase: Phase, _run: bool) -> Seen:
    """Laboratory 02: both train, and their times are measured; which one is faster is what was found."""
    data = _result(session, phase, "02")
    if (why := _whole(data)) is not None or data is None:
        return Seen(False, (why,) if why else ())
    ends = [
        _claim(data, "layer-trains", N_("LayerNorm trains: {k} of {n} seeds")),
        _claim(data, "rms-trains", N_("RMSNorm trains: {k} of {n} seeds")),
        _claim(data, "rms-faster", N_("RMSNorm is faster, timed: {k} of {n} times")),
    ]
    ratio = data["predictions"].get("P2", {}).get("measured")
    told = Found(N_("RMSNorm over LayerNorm: {ratio}"), {"ratio": _short(ratio)})
    # A clock on a busy machine errs now and then: most of the timings decide.
    timed = data["claims"].get("rms-faster", {"k": 0, "n": 0})
    faster = 2 * timed["k"] > timed["n"]
    return Seen(ends[0][0] and ends[1][0] and faster, (*(f for _, f in ends), told))


def fifty_blocks(session: Session, phase: Phase, _run: bool) -> Seen:
    """Laboratory 03: with and without the skip under the page's settings, and the control that qualifies
    it.
    """
    data = _result(session, phase, "03")
    if (why := _whole(data)) is not None or data is None:
        return Seen(False, (why,) if why else ())
    ends = [
        _claim(data, "with-trains", N_("with residuals they train: {k} of {n} seeds")),
        _claim(
            data, "without-fails", N_("without, under the page's settings, they do not: {k} of {n} seeds")
        ),
    ]
    only = data["claims"].get("only-with", {"k": 0, "n": 0})
    clipped = Found(
        N_("but with the gradient clipped, and still without residuals, they do: {k} of {n} seeds"),
        {"k": only["n"] - only["k"], "n": only["n"]},
    )
    return Seen(all(ok for ok, _ in ends), (*(f for _, f in ends), clipped))


# -- modules, break, drills ------------------------------------------------------------------------


def modules(session: Session, _phase: Phase, run: bool) -> Seen:
    """minimodel's init, norm and residual exist and the workspace's tests pass."""
    top = session.workspace.top
    folder = modules_below(top)
    if folder is None:
        return Seen(False, (Found(N_("there is no minimodel in this workspace")),))
    missing = [n for n in MODULES if not (top / folder / "minimodel" / "nn" / f"{n}.py").is_file()]
    if missing:
        return Seen(False, (Found(N_("missing: {names}"), {"names": ", ".join(missing)}),))
    if not run:
        return Seen(None, (Found(N_("the modules exist; lynx phase 10 --check runs their tests")),))
    python = choose_interpreter(top, session.env.python, session.env.environ)
    try:
        done = subprocess.run(
            [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
            cwd=top,
            capture_output=True,
            text=True,
            timeout=TESTS_WALL,
            check=False,
            env={**session.env.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired:
        return Seen(False, (Found(N_("the tests took longer than ten minutes")),))
    if done.returncode == 0:
        return Seen(True, (Found(N_("their tests pass")),))
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in (done.stdout + done.stderr).splitlines()]
    failed = [line.removeprefix("FAILED ") for line in lines if line.startswith("FAILED ")]
    if failed:
        found = [
            Found(N_("tests that fail: {n}, the first is {name}"), {"n": len(failed), "name": failed[0]})
        ]
    else:
        last = next((line for line in reversed(lines) if line.strip()), "")
        found = [Found(N_("the tests do not run: {line}"), {"line": last.strip()})]
    attempt = session.active()
    if attempt is not None and attempt.stage != Stage.DONE:
        found.append(Found(N_("a break is under way: its bug may be what fails")))
    return Seen(False, tuple(found))


def break_00(session: Session, _phase: Phase, _run: bool) -> Seen:
    """Break 00 was predicted, run, repaired and explained, not revealed."""
    attempts = session.journal.attempts("00")
    for attempt in attempts:
        revealed = session.journal.events(attempt.id, "reveal")
        if attempt.stage == Stage.DONE and not revealed:
            return Seen(True, (Found(N_("done, in attempt {n}"), {"n": attempt.number}),))
    if any(session.journal.events(a.id, "reveal") for a in attempts):
        return Seen(False, (Found(N_("revealed, not repaired: play it again")),))
    return Seen(False, (Found(N_("not finished yet") if attempts else N_("not begun yet")),))


def predictions(session: Session, _phase: Phase, _run: bool) -> Seen:
    """At least 20 drills that count, and 80 % right over the last 20."""
    counted = [a for a in history(session) if a.outcome is not None]
    right = sum(a.right for a in counted[-LATELY:])
    ok = len(counted) >= ENOUGH_DRILLS and right >= ENOUGH_RIGHT * LATELY
    found = Found(
        N_("{n} drills, {right} of the last {last} right"),
        {"n": len(counted), "right": right, "last": min(LATELY, len(counted))},
    )
    return Seen(ok, (found,))


def _short(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


CHECKS: Mapping[str, Callable[[Session, Phase, bool], Seen]] = {
    "three-inits": three_inits,
    "both-norms": both_norms,
    "fifty-blocks": fifty_blocks,
    "modules": modules,
    "break-00": break_00,
    "predictions": predictions,
}
