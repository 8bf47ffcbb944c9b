"""The definition of done, item by item: each proved by what lies in the workspace.

What proves an item is data of the phase (`proof` in phase.yaml). A check reads what was written in the
workspace (the laboratories' result files, the journal's attempts and drills) and runs the learner's tests.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from lynx.content.phases import BreakProof, CurveProof, DrillProof, ExamProof, GuardProof, LabProof, TestProof
from lynx.errors import N_
from lynx.loop.kept_guards import kept_guards
from lynx.loop.stages import Stage
from lynx.runs.runner import choose_interpreter
from lynx.study import exam, trajectory
from lynx.study.bench import read_json, study_folder
from lynx.study.drill import LATELY, history
from lynx.study.results import CheckItem, Found
from lynx.truth.claims import Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lynx.content.phases import Phase, Proof
    from lynx.loop.session import Session

TESTS_WALL = 600  # seconds


@dataclass(frozen=True)
class Seen:
    """Whether an item holds (None: not looked at), and what was found."""

    ok: bool | None
    found: tuple[Found, ...]


def items(session: Session, phase: Phase, *, run_tests: bool = False) -> tuple[CheckItem, ...]:
    """Every item of the phase's definition of done; the learner's tests only run when asked, they take a
    while.
    """
    found = []
    for item in phase.done:
        seen = look(session, phase, item.proof, run_tests)
        found.append(CheckItem(item.id, item.says, seen.ok, seen.found, item.command))
    return tuple(found)


def look(session: Session, phase: Phase, proof: Proof, run_tests: bool) -> Seen:
    """Hold one proof against the workspace."""
    match proof:
        case LabProof():
            return laboratory(session, phase, proof)
        case TestProof():
            return tests(session, phase, proof, run_tests)
        case BreakProof():
            return repaired(session, proof)
        case GuardProof():
            return guarded(session, proof)
        case DrillProof():
            return drilled(session, proof)
        case CurveProof():
            return sketched(session, proof)
        case ExamProof():
            return examined(session, proof)


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


def laboratory(session: Session, phase: Phase, proof: LabProof) -> Seen:
    """The result that lies there, claim by claim."""
    data = _result(session, phase, proof.laboratory)
    if (why := _whole(data)) is not None or data is None:
        return Seen(False, (why,) if why else ())
    lab = phase.laboratory(proof.laboratory)
    found, ok = [], True
    for id_ in (*proof.hold, *proof.mostly, *proof.told):
        one = data["claims"].get(id_, {"k": 0, "n": 0})
        needed = one["n"] if id_ in proof.hold else one["n"] // 2 + 1 if id_ in proof.mostly else 0
        ok = ok and one["k"] >= needed and (one["n"] > 0 or id_ in proof.told)
        found.append(
            Found(N_("{says}: {k} of {n} seeds"), {"says": lab.says[id_], "k": one["k"], "n": one["n"]})
        )
    for id_ in proof.shown:
        value = data["predictions"].get(id_, {}).get("measured")
        found.append(Found(N_("{says}: {value}"), {"says": lab.asks[id_], "value": _short(value)}))
    if proof.predicted:
        predicted = len(data.get("predictions", {}))
        ok = ok and predicted > 0
        found.append(Found(N_("predicted first: {n}"), {"n": predicted}))
    return Seen(ok, tuple(found))


# -- the learner's code, breaks, drills ------------------------------------------------------------


def tests(session: Session, phase: Phase, proof: TestProof, run: bool) -> Seen:
    """The files exist and the tests pass."""
    top = session.workspace.top
    missing = [name for name in proof.files if _below(top, name) is None]
    if missing:
        return Seen(False, (Found(N_("missing: {names}"), {"names": ", ".join(missing)}),))
    if not run:
        unlooked = N_("the modules exist; lynx phase {phase} --check runs their tests")
        return Seen(None, (Found(unlooked, {"phase": phase.id}),))
    gone = [name for name in proof.tests if not (top / name).exists()]
    if gone:
        return Seen(False, (Found(N_("missing: {names}"), {"names": ", ".join(gone)}),))
    return _run_tests(session, top, proof.tests)


def _below(top: Path, name: str) -> Path | None:
    return next((path for path in (top / "src" / name, top / name) if path.is_file()), None)


def _run_tests(session: Session, top: Path, names: Sequence[str]) -> Seen:
    python = choose_interpreter(top, session.env.python, session.env.environ)
    try:
        done = subprocess.run(
            [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *names],
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


def repaired(session: Session, proof: BreakProof) -> Seen:
    """The break was predicted, run, repaired and explained, not revealed."""
    attempts = session.journal.outcomes(proof.break_id)
    for number, done, shown in attempts:
        if done and not shown:
            return Seen(True, (Found(N_("done, in attempt {n}"), {"n": number}),))
    if any(shown for _number, _done, shown in attempts):
        return Seen(False, (Found(N_("revealed, not repaired: play it again")),))
    return Seen(False, (Found(N_("not finished yet") if attempts else N_("not begun yet")),))


def guarded(session: Session, proof: GuardProof) -> Seen:
    """A test of the learner's catches the bug, and is still what was proved."""
    one = kept_guards(session).get(proof.break_id)
    if one is None:
        return Seen(False, (Found(N_("no guard proved yet: lynx guard TEST")),))
    if not one.kept:
        return Seen(False, (Found(N_("changed since it was proved: lynx guard TEST")),))
    if not one.counts:
        return Seen(False, (Found(N_("the last one proved does not catch the bug")),))
    if proof.sharp and one.verdict != "sharp":
        return Seen(False, (Found(N_("it catches the bug, and not every wrong fix")),))
    return Seen(True, (Found(N_("it catches the bug")),))


def drilled(session: Session, proof: DrillProof) -> Seen:
    """Enough drills that count, and enough right among the last."""
    counted = [a for a in history(session) if a.outcome is not None]
    right = sum(a.right for a in counted[-LATELY:])
    ok = len(counted) >= proof.drills and right >= proof.right * min(LATELY, proof.drills)
    found = Found(
        N_("{n} drills, {right} of the last {last} right"),
        {"n": len(counted), "right": right, "last": min(LATELY, len(counted))},
    )
    return Seen(ok, (found,))


def sketched(session: Session, proof: CurveProof) -> Seen:
    """Enough curves that were hits; found is also how the written rule's own curves fared at the same points."""
    past = [e.payload for e in session.journal.events(kind=trajectory.KIND)]
    hits = sum(e["result"] == Result.HIT.value for e in past)
    found = Found(
        N_("curves: {hits} of {n} hit; of {points} points you hit {mine}, the written rule {rule}"),
        {
            "hits": hits,
            "n": len(past),
            "points": len(trajectory.ASKED) * len(past),
            "mine": sum(e["hits"] for e in past),
            "rule": sum(e["rule_hits"] for e in past),
        },
    )
    return Seen(hits >= proof.curves, (found if past else Found(N_("none sketched yet")),))


def examined(session: Session, proof: ExamProof) -> Seen:
    """Enough faults were named in one sitting."""
    found = exam.best(session, proof.exam)
    if found is None:
        return Seen(False, (Found(N_("not sat yet")),))
    return Seen(
        found[0] >= proof.named,
        (Found(N_("at best {named} of {n} named"), {"named": found[0], "n": found[1]}),),
    )


def _short(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
