"""`lynx guard TEST…`: the learner's own test against the sound code, the bug, and every fix that is wrong.

Each runs three times, each time with other random numbers, in a private view in which one file holds the variant's
bytes (docs/architecture.md#guard). Nothing of the learner's is written.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.errors import N_, LynxError, NotYet, Refused
from lynx.loop import kept_guards, trusting
from lynx.loop.stages import Stage, demand
from lynx.repo import inject, patch
from lynx.runs import views
from lynx.runs.suites import Suite, Tested, run_suites
from lynx.truth.measures import Ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.content.spec import Break, Text
    from lynx.loop.session import Session
    from lynx.runs.suites import Failure
    from lynx.runs.types import Setting
    from lynx.store.journal import Attempt

TIMES = 3  # runs of each variant
LONGEST = 60.0  # seconds of processor time, unless --limit says otherwise: a guard runs often
NO_TESTS = 5  # pytest's code for having found none
ASSERTED = re.compile(r"(\w+\.)*(AssertionError|Failed)\b")  # an assert, `pytest.fail`, `pytest.raises`
_TORCH = re.compile(rb"^\s*(?:import|from)\s+torch\b", re.MULTILINE)
_HYPOTHESIS = re.compile(rb"^\s*(?:import|from)\s+hypothesis\b", re.MULTILINE)
_IMPORTED = re.compile(rb"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)


Variant = tuple[str, str, "Text | None", bytes]  # subject, id, what it says, the target's bytes


class Outcome(StrEnum):
    """What the test says of one variant."""

    PASSES = "passes"
    CAUGHT = "caught"  # an assertion failed
    CRASHES = "crashes"  # something else did: the test itself, or the code that it calls
    SLOW = "slow"  # stopped before it ended
    FLAKY = "flaky"  # not the same each time
    UNREAD = "unread"  # it passes, and never reads the file


@dataclass(frozen=True)
class Held:
    """The test, held against one variant. `where` and `line`: the assertion, and its text."""

    subject: str  # healthy | bug | wrong-fix
    outcome: Outcome
    id: str = ""
    says: Text | None = None
    test: str = ""
    where: str = ""
    line: str = ""
    error: str = ""
    failed: int = 0  # of so many runs
    runs: int = TIMES
    processor: float = 0.0

    @property
    def right(self) -> bool:
        """As a guard wants it."""
        return self.outcome is (Outcome.PASSES if self.subject == "healthy" else Outcome.CAUGHT)


@dataclass(frozen=True)
class Guarded:
    """`lynx guard`: what the learner's test can tell apart.

    verdict: sharp (passes on the sound code; catches the bug and every wrong fix), catches (the bug, not every wrong
    fix), misses, fails-healthy.
    """

    break_id: str
    attempt: int
    target: str
    tests: tuple[str, ...]
    rows: tuple[Held, ...]
    verdict: str
    advice: Text
    prefix: str = ""
    under_way: str = ""  # another break, whose bug may be what fails
    wrong: int = 0  # wrong fixes that the break declares
    unplaced: int = 0  # of which so many do not fit this file

    @property
    def done(self) -> bool:
        """It catches the bug."""
        return self.verdict in kept_guards.CATCHING

    @property
    def right(self) -> int:
        """Rows that are as a guard wants them."""
        return sum(row.right for row in self.rows)


def guard(session: Session, tests: Sequence[str], break_id: str | None = None) -> Guarded:
    """Hold `tests` (files, or pytest's names of single tests) against a break that is done; the verdict is kept.

    NotYet before it is done. Raises Refused for a test that is not there, tests that do not run, no pytest.
    """
    session.demand_own()
    attempt = _attempt(session, break_id)
    names = tuple(_placed(session, name) for name in tests)
    break_ = session.break_of(attempt)
    trusting.demand(break_, session.env.environ)
    rows, unplaced = _held(session, attempt, break_, names)
    found = Guarded(
        break_id=attempt.break_id,
        attempt=attempt.number,
        target=attempt.target,
        tests=names,
        rows=rows,
        verdict=_verdict(rows, len(break_.wrong_fixes)),
        advice=break_.guard,
        prefix=session.prefix,
        under_way=_other(session, attempt),
        wrong=len(break_.wrong_fixes),
        unplaced=unplaced,
    )
    files = dict.fromkeys(name.partition("::")[0] for name in names)
    payload = {
        "tests": list(names),
        "files": kept_guards.hashes(session.workspace.top, files),
        "verdict": found.verdict,
        "rows": [{"subject": row.subject, "id": row.id, "outcome": row.outcome.value} for row in rows],
    }
    with inject.lock(session.workspace):
        session.journal.record(attempt.id, kept_guards.KIND, payload)
    return found


# --- which break, which tests -----------------------------------------------------------------


def _attempt(session: Session, break_id: str | None) -> Attempt:
    """The attempt that is meant: the named break's last finished one, else the one here."""
    active = session.active()
    if break_id is None and active is not None:
        demand(Stage(active.stage), "guard")
        return active
    name = break_id.zfill(2) if break_id and break_id.isdigit() else break_id
    done = [
        one.finished for one in session.journal.standings() if one.finished and name in (None, one.break_id)
    ]
    if done:
        return session.journal.attempt(max(done))
    if name is None:
        raise Refused(
            N_("No break is done here yet, so there is no bug that a test could catch."),
            code="no-break",
            remedy=N_("Start one: lynx break (lynx list shows them all)."),
        )
    raise NotYet(
        N_("Break {id} is not done yet: a guard is written once its bug is found."),
        code="not-yet",
        remedy=N_("Play it: lynx break {id}"),
        id=name,
    )


def _other(session: Session, attempt: Attempt) -> str:
    active = session.active()
    if active is None or active.stage == Stage.DONE or active.id == attempt.id or active.hidden:
        return ""
    return active.break_id if active.target != attempt.target else ""


def _placed(session: Session, name: str) -> str:
    """A test as pytest takes it from the top. Raises Refused for a file that is not in the workspace."""
    path, colons, rest = name.partition("::")
    top = session.workspace.top.resolve()
    for base in (session.env.cwd, top):
        whole = (Path(base) / path).resolve()
        if whole.exists() and whole.is_relative_to(top) and path:
            return whole.relative_to(top).as_posix() + colons + rest
    raise Refused(
        N_("There is no test {path} in this workspace."),
        code="no-test",
        remedy=N_("Write it, and name its file: lynx guard tests/test_guard.py"),
        path=path,
    )


# --- held against the variants ----------------------------------------------------------------


def _held(
    session: Session, attempt: Attempt, break_: Break, names: tuple[str, ...]
) -> tuple[tuple[Held, ...], int]:
    """A row a variant; the others only where the sound code passes. And how many wrong fixes do not fit."""
    original, broken = session.journal.blob(attempt.original), session.journal.blob(attempt.broken)
    setting, top = session.setting(break_), session.workspace.top
    heavy = _heavy(top, break_.pythonpath, names, original)
    limit = session.env.limit or min(LONGEST, setting.processor)
    bench = _Bench(setting, attempt.target, names, heavy, tuple(views.listed(top)), top, limit)
    wanted: list[Variant] = [("healthy", "", None, original), ("bug", "", None, broken)]
    unplaced = 0
    for number, fix in enumerate(break_.wrong_fixes):
        try:
            data = patch.apply(broken, fix.diff, within=break_.within, target=break_.target).data
        except LynxError:  # the learner's file differs from the mentor's just there
            unplaced += 1
            continue
        wanted.append(("wrong-fix", str(number + 1), fix.says, data))
    rows = bench.run(wanted)
    return tuple(rows), unplaced if len(rows) > 1 else 0


def _verdict(rows: Sequence[Held], wrong: int) -> str:
    if not rows[0].right:
        # a test that never reads the file is no guard of it, and says nothing against the sound code
        return "misses" if rows[0].outcome is Outcome.UNREAD else "fails-healthy"
    if not rows[1].right:
        return "misses"
    return "sharp" if all(row.right for row in rows) and len(rows) == 2 + wrong else "catches"


class _Unsound(Exception):
    """The test does not pass on the sound code: nothing else is asked."""


@dataclass
class _Bench:
    """Where variants are tried."""

    setting: Setting
    target: str
    names: tuple[str, ...]
    heavy: tuple[bool, bool]  # torch and Hypothesis are imported
    files: tuple[str, ...]
    top: Path
    limit: float

    def run(self, variants: Sequence[Variant]) -> list[Held]:
        """Each variant `TIMES` times, with other random numbers; the first alone, where that is not right."""
        suites = [
            Suite(
                name=f"guard-{subject}{number}-{seed}",
                target=self.target,
                source=source,
                where=self.names,
                processor=self.limit,
                seed=seed,
            )
            for subject, number, _, source in variants
            for seed in range(TIMES)
        ]
        torch, hypothesis = self.heavy
        tested: dict[int, Tested] = {}

        def done(number: int, one: Tested) -> None:
            tested[number] = one
            first = [tested[i] for i in range(TIMES) if i in tested]
            if len(first) == TIMES and any(_outcome(each) is not Outcome.PASSES for each in first):
                raise _Unsound

        with suppress(_Unsound):
            every = run_suites(
                self.setting, suites, torch=torch, hypothesis=hypothesis, files=self.files, done=done
            )
            tested = dict(enumerate(every))
        for one in tested.values():
            self._demand_run(one)
        found = []
        for i, (subject, number, says, _) in enumerate(variants):
            here = [tested[n] for n in range(i * TIMES, (i + 1) * TIMES) if n in tested]
            row = self._row(subject, number, says, here)
            found.append(row)
            if not row.right and subject == "healthy":
                break
        return found

    def _demand_run(self, tested: Tested) -> None:
        """Raises Refused where there is no pytest, or nothing to run."""
        if tested.no_pytest:
            raise Refused(
                N_("The Python at {python} has no pytest."),
                code="package-missing",
                remedy=N_(
                    "Install it there ({python} -m pip install pytest), or name another with --python."
                ),
                python=self.setting.interpreter,
            )
        if tested.ended is Ended.FINISHED and tested.code in (4, NO_TESTS) and not tested.failures:
            raise Refused(
                N_("There is no test in {names}."),
                code="no-test",
                remedy=N_(
                    "A test is a function whose name begins with test_, in a file that is named so, too."
                ),
                names=", ".join(self.names),
            )

    def _row(self, subject: str, number: str, says: Text | None, tested: Sequence[Tested]) -> Held:
        outcomes = [_outcome(one) for one in tested]
        same = len(set(outcomes)) == 1
        told = next((told for one in tested if (told := _telling(one)) is not None), None)
        return Held(
            subject=subject,
            outcome=outcomes[0] if same else Outcome.FLAKY,
            id=number,
            says=says,
            test="" if told is None else told.test,
            where="" if told is None else told.where,
            line="" if told is None else self._line(told.where),
            error="" if told is None else told.says.removeprefix("E").strip(),
            failed=sum(one not in (Outcome.PASSES, Outcome.UNREAD) for one in outcomes),
            runs=len(tested),
            processor=max(one.processor for one in tested),
        )

    def _line(self, where: str) -> str:
        """The text of `file:line`."""
        path, _, number = where.rpartition(":")
        try:
            lines = (self.top / path).read_text(encoding="utf-8", errors="replace").splitlines()
            return lines[int(number) - 1].strip()
        except (OSError, ValueError, IndexError):
            return ""


def _outcome(tested: Tested) -> Outcome:
    if tested.ended in (Ended.TIMED_OUT, Ended.STALLED):
        return Outcome.SLOW
    if any(_asserted(one) for one in tested.failures):
        return Outcome.CAUGHT
    if tested.failures or not tested.passed:
        return Outcome.CRASHES
    return Outcome.PASSES if tested.delivered else Outcome.UNREAD


def _asserted(failure: Failure) -> bool:
    """Whether the test itself compared something, and it was not so."""
    return not failure.crash and not failure.collect and ASSERTED.match(failure.says) is not None


def _telling(tested: Tested) -> Failure | None:
    """The failure that is told: an assertion first."""
    return next((one for one in tested.failures if _asserted(one)), next(iter(tested.failures), None))


def _heavy(top: Path, pythonpath: Sequence[str], names: Sequence[str], original: bytes) -> tuple[bool, bool]:
    """Whether torch and Hypothesis are imported by the test, the target, or a package that the test imports."""
    read = [original]
    for name in dict.fromkeys(name.partition("::")[0] for name in names):
        paths = [top / name] if (top / name).is_file() else sorted((top / name).rglob("*.py"))
        paths += [folder / "conftest.py" for folder in (top / name).parents if folder.is_relative_to(top)]
        read += [path.read_bytes() for path in paths if path.is_file()]
    packages = {found.decode() for text in read for found in _IMPORTED.findall(text)}
    for root in (*pythonpath, "."):
        for package in packages:
            read += [path.read_bytes() for path in sorted((top / root / package).glob("**/*.py"))[:200]]
    return any(_TORCH.search(text) for text in read), any(_HYPOTHESIS.search(text) for text in read)
