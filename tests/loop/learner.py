"""A learner of break 03 in a real workspace: the verbs, each in a session of its own as a command opens it."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lynx.content.catalog import data_dir
from lynx.loop import begin, control, hints, home, observe, repair, rescue
from lynx.loop.given import Reset
from lynx.loop.results import Controlled, Debrief, Ran, Started, Verified
from lynx.loop.session import Env, Session, open_session
from lynx.loop.standing import Status
from lynx.runs.runner import ignore
from lynx.store.journal import Attempt, Event
from tests.conftest import clean_environ

TARGET = "src/minimodel/stack.py"
NOTES = "phase-10/notes/breaks.md"
ORIGINAL = (data_dir("starter") / TARGET).read_bytes()
LINE = "            current = current + step\n"
BUG = "            current = step\n"
OTHER_WORDS = "            current = step + current\n"
WRONG = "            current = x + step\n"
NAMES = ("P1", "P2", "P3", "P4")
# P2 is wrong at 90 %: a confident miss
ANSWERS = {"P1": ("2,5", "70"), "P2": ("0.01", "90"), "P3": ("20", "50"), "P4": ("40 %", "70")}


@dataclass(frozen=True)
class Learner:
    """One workspace, and what a learner does in it."""

    env: Env

    @property
    def top(self) -> Path:
        return self.env.cwd

    @property
    def target(self) -> Path:
        return self.top / TARGET

    @property
    def notes(self) -> Path:
        return self.top / NOTES

    @property
    def text(self) -> str:
        return self.notes.read_bytes().decode()

    @property
    def state_dir(self) -> Path:
        return self.top / ".git" / "lynx"

    def session(self) -> AbstractContextManager[Session]:
        return open_session(self.env)

    def copy(self, top: Path) -> Learner:
        """The same workspace elsewhere, its times kept."""
        shutil.copytree(self.top, top, symlinks=True)
        return Learner(replace(self.env, cwd=top))

    # -- with an editor --------------------------------------------------------------------------

    def edit(self, old: str, new: str) -> None:
        """Replace one piece of the target, in place."""
        text = self.target.read_text()
        assert text.count(old) == 1
        self.target.write_text(text.replace(old, new))

    def rewrite(self, old: str, new: str) -> None:
        """Replace the first such piece of the notes."""
        assert old in self.text
        self.notes.write_bytes(self.text.replace(old, new, 1).encode())

    def fill(self, answers: Mapping[str, tuple[str, str]] = ANSWERS) -> None:
        """Write value, confidence and reason under each prediction of the last form."""
        head, form = self.text[: self.text.rindex("\n### P1")], self.text[self.text.rindex("\n### P1") :]
        for name, (value, sure) in answers.items():
            lines = f"- prediction: {value}\n- confidence: {sure}\n- because: I think so\n"
            block = rf"(### {name} [^\n]*\n)- prediction:\n- confidence:\n- because:\n"
            form, count = re.subn(block, lambda found, lines=lines: found[1] + lines, form)
            assert count == 1, name
        self.notes.write_bytes((head + form).encode())

    def line_of(self, name: str, label: str) -> int:
        """The line, from 1, on which `- label:` of a prediction stands."""
        lines = self.text.splitlines()
        block = next(i for i, line in enumerate(lines) if line.startswith(f"### {name} "))
        return next(i for i in range(block, len(lines)) if lines[i].startswith(f"- {label}:")) + 1

    # -- the verbs -------------------------------------------------------------------------------

    def begin(self, name: str = "03", *, blind: bool = False) -> Started:
        return begin.start(self.env, name, blind=blind)

    def run(self, seeds: Sequence[int] = (0,), **overrides: Any) -> Ran:
        with self.session() as session:
            return observe.run(session, ignore, seeds=seeds, overrides=overrides)

    def hint(self, **options: Any) -> hints.Hinted:
        with self.session() as session:
            return hints.hint(session, **options)

    def control(self, name: str, expected: str | None, confidence: int | None = 70) -> Controlled:
        with self.session() as session:
            return control.control(
                session, name, ignore, expected=expected, confidence=confidence, seeds=(0,)
            )

    def verify(self) -> Verified:
        with self.session() as session:
            return repair.verify(session)

    def explain(self, text: str = "The plus was gone.") -> Debrief:
        with self.session() as session:
            return repair.explain(session, text)

    def reveal(self) -> Debrief:
        with self.session() as session:
            return repair.reveal(session)

    def reset(self) -> Reset:
        with self.session() as session:
            return rescue.reset(session, recreate=False)

    def status(self) -> Status:
        with self.session() as session:
            return home.status(session, self.env)

    def state(self, name: str = "03") -> str:
        """The break's state in `lynx list`."""
        with self.session() as session:
            return {line.id: line.state for line in home.list_breaks(session)}[name]

    # -- what is remembered ----------------------------------------------------------------------

    def attempt(self) -> Attempt:
        with self.session() as session:
            found = session.active()
        assert found is not None
        return found

    def events(self, kind: str) -> list[Event]:
        with self.session() as session:
            return session.journal.events(kind=kind)

    def age(self, days: float) -> None:
        """Let everything in the journal have happened so much earlier."""
        with sqlite3.connect(self.state_dir / "journal.db") as db:
            db.execute("UPDATE events SET time = time - ?", (days * 86400,))
            db.execute("UPDATE attempts SET started = started - ?", (days * 86400,))
        db.close()


def make(folder: Path) -> Learner:
    """A fresh workspace from the starter, in a home of its own."""
    home_folder = folder / "home"
    home_folder.mkdir(parents=True)
    env = Env(folder, clean_environ(home_folder), learner="ada")
    begin.initialise(env, Path("work"), here=False)
    return Learner(replace(env, cwd=folder / "work", learner=None))
