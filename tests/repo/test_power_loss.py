"""A model of power loss: what a disk may hold when it drops everything that was never synced.

The real code runs over a disk that writes down each operation, and a journal that writes down each commit.
From that come all the states a crash could leave:

- names: every operation on the folder up to its last sync is there; of those since, any that make sense;
- bytes: a file synced is whole; one that was not may be whole, cut, empty or full of zeros;
- the journal: SQLite with synchronous=EXTRA keeps its promise, so it is as of the last commit.

With the syncs taken out, the same model drops them all, and the journal's commits too; it must then report
violations.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from plant import BROKEN, ORIGINAL, TARGET, Planted, make

from lynx.errors import LynxError
from lynx.repo import inject
from lynx.repo.disk import Disk
from lynx.store.journal import Journal

MINE = BROKEN.replace(b"return h\n", b"return h + 2 * x\n")
Names = dict[str, int]  # a name in the target's folder -> the file it stands for


@dataclass
class Tape:
    """What was done, in order: ("create", name, file, bytes), ("exchange", a, b), …, ("commit", db)."""

    done: list[tuple[Any, ...]] = field(default_factory=list)


class Recorder(Disk):
    """The real disk, written down; `can_exchange` False makes it take the steps instead."""

    def __init__(self, tape: Tape, folder: Path, *, can_exchange: bool) -> None:
        self.tape, self.folder, self.can_exchange = tape, folder, can_exchange
        self.files: Names = {
            p.name: n for n, p in enumerate(sorted(folder.iterdir())) if p.name != "other.py"
        }
        self.count = 100

    def _note(self, *what: Any) -> None:
        self.tape.done.append(what)

    def create(self, path: Path, data: bytes, like: Path | int, mtime: int) -> None:
        super().create(path, data, like, mtime)
        self._note("create", path.name, self.count, data)
        self.files[path.name] = self.count
        self.count += 1

    def sync(self, path: Path) -> None:
        super().sync(path)
        if path == self.folder:
            self._note("sync folder")
        elif path.parent == self.folder:
            self._note("sync file", self.files[path.name])
        elif path.name == "kept":
            self._note("kept", tuple((p.name, p.read_bytes()) for p in path.iterdir()))

    def exchange(self, a: Path, b: Path) -> bool:
        if not self.can_exchange or not super().exchange(a, b):
            return False
        self._note("exchange", a.name, b.name)
        self.files[a.name], self.files[b.name] = self.files[b.name], self.files[a.name]
        return True

    def rename(self, a: Path, b: Path) -> None:
        super().rename(a, b)
        self._note("rename", a.name, b.name)
        self.files[b.name] = self.files.pop(a.name)

    def link(self, a: Path, b: Path) -> None:
        super().link(a, b)
        self._note("link", a.name, b.name)
        self.files[b.name] = self.files[a.name]

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self._note("unlink", path.name)
        del self.files[path.name]


class RecordedJournal(Journal):
    """A journal that writes its commits onto the tape."""

    tape: Tape

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with super().transaction() as db:
            yield db
        self.tape.done.append(("commit", self._db.serialize()))


def applied(names: Names, what: tuple[Any, ...]) -> Names | None:
    """The names after one operation; None when it makes no sense on them."""
    kind, *rest = what
    after = dict(names)
    if kind == "create" and rest[0] not in names:
        after[rest[0]] = rest[1]
    elif kind == "exchange" and rest[0] in names and rest[1] in names:
        after[rest[0]], after[rest[1]] = names[rest[1]], names[rest[0]]
    elif kind == "rename" and rest[0] in names:
        after[rest[1]] = after.pop(rest[0])
    elif kind == "link" and rest[0] in names and rest[1] not in names:
        after[rest[1]] = names[rest[0]]
    elif kind == "unlink" and rest[0] in names:
        del after[rest[0]]
    else:
        return None
    return after


Files = tuple[tuple[str, bytes], ...]
State = tuple[Files, bytes, Files]  # the folder's files, the journal, what is kept aside


def crashes(tape: Tape, start: State, *, syncs: bool) -> set[State]:
    """Every state that losing power could leave, `start` being on the disk when it began."""
    numbered = list(enumerate(start[0]))
    first = {name: n for n, (name, _) in numbered}
    found: set[State] = set()
    for end in range(len(tape.done) + 1):
        done = tape.done[:end]
        settled = max((n for n, what in enumerate(done) if what[0] == "sync folder" and syncs), default=-1)
        names: Names = dict(first)
        for what in done[: settled + 1]:
            names = applied(names, what) or names
        loose = [
            what
            for what in done[settled + 1 :]
            if what[0] in {"create", "exchange", "rename", "link", "unlink"}
        ]
        whole = {n: data for n, (_, data) in numbered} | {
            what[2]: what[3] for what in done if what[0] == "create"
        }
        synced = {n for n, _ in numbered} | {what[1] for what in done if what[0] == "sync file" and syncs}
        commits = [start[1], *(what[1] for what in done if what[0] == "commit")]
        kept: Files = next((what[1] for what in reversed(done) if what[0] == "kept" and syncs), start[2])
        for size in range(len(loose) + 1):
            for some in itertools.combinations(loose, size):
                after: Names | None = names
                for what in some:
                    after = applied(after, what) if after is not None else None
                if after is None:
                    continue
                contents = [
                    [whole[n]]
                    if n in synced
                    else [whole[n], whole[n][: len(whole[n]) // 2], b"", bytes(len(whole[n]))]
                    for n in after.values()
                ]
                for data in itertools.product(*contents):
                    folder = tuple(sorted(zip(after, data, strict=True)))
                    found |= {(folder, db, kept) for db in (commits[-1:] if syncs else commits)}
    return found


def revive(state: State, template: Path, place: Path) -> Path:
    """Bring a state to life."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(template, place)
    folder = (place / TARGET).parent
    (place / TARGET).unlink()
    for name, data in state[0]:
        (folder / name).write_bytes(data)
    for name, data in state[2]:
        (place / ".git/lynx/kept").mkdir(exist_ok=True)
        (place / ".git/lynx/kept" / name).write_bytes(data)
    database = place / ".git/lynx/journal.db"
    database.unlink(missing_ok=True)
    database.write_bytes(state[1])
    return place


def violation(state: State, template: Path, place: Path, first: bytes, kind: str) -> str | None:
    """Start Lynx on a state, and say what is wrong, if anything is."""
    folder = (revive(state, template, place) / TARGET).parent
    try:
        with Planted(place) as planted:
            inject.recover(planted.space, planted.journal)
            active = planted.journal.active()
            now = planted.now if planted.path.exists() else None
            if now not in (ORIGINAL, BROKEN, first):
                return "the target holds bytes that nobody wrote, or is gone"
            if kind == "put in" and (active is not None) != (now == BROKEN):
                return "the journal and the target disagree"
            if sorted(p.name for p in folder.iterdir()) != ["blocks.py", "other.py"]:
                return "files of Lynx's lie about"
            if active is not None:
                inject.restore(planted.space, planted.journal, active)
            if planted.now != ORIGINAL:
                return "the original does not come back"
            if first == MINE and MINE not in [Path(name).read_bytes() for name in inject.kept(planted.space)]:
                return "the learner's bytes are gone"
    except (LynxError, KeyError, OSError) as error:
        return f"Lynx fails: {error}"
    return None


def played(memory: Path, kind: str, *, can_exchange: bool) -> tuple[Path, Tape, State]:
    """Run one verb over the recorder; the folder before it, the tape, and what was on the disk before."""
    top = make(memory / "repo", "--template=")
    with Planted(top) as planted:
        if kind != "put in":
            planted.break_in()
        if kind == "give back over an edit":
            planted.path.write_bytes(MINE)
    tape, first = Tape(), (top / TARGET).read_bytes()
    shutil.copytree(top, memory / "template")
    with Planted(top) as planted:
        planted.journal.close()
        planted.journal = RecordedJournal.open(planted.space.state_dir)
        planted.journal.tape = tape  # type: ignore[attr-defined]
        before = planted.journal._db.serialize()
        recorder = Recorder(tape, planted.path.parent, can_exchange=can_exchange)
        if kind == "put in":
            planted.break_in(recorder)
        else:
            planted.reset(disk=recorder)
    return memory / "template", tape, (((planted.path.name, first),), before, ())


def recovered(state: State, template: Path, place: Path, *, can_exchange: bool) -> Tape:
    """The tape of the recovery from a state."""
    with Planted(revive(state, template, place)) as planted:
        planted.journal.close()
        planted.journal = RecordedJournal.open(planted.space.state_dir)
        planted.journal.tape = Tape()  # type: ignore[attr-defined]
        recorder = Recorder(planted.journal.tape, planted.path.parent, can_exchange=can_exchange)  # type: ignore[attr-defined]
        inject.recover(planted.space, planted.journal, disk=recorder)
        return recorder.tape


@pytest.mark.parametrize("can_exchange", [True, False], ids=["exchange", "steps"])
@pytest.mark.parametrize("kind", ["put in", "give back", "give back over an edit"])
@pytest.mark.sampled(2)
def test_losing_power(
    memory: Path,
    kind: str,
    can_exchange: bool,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    template, tape, start = played(memory, kind, can_exchange=can_exchange)
    first = start[0][0][1]
    monkeypatch.setattr(inject, "_gits_own", lambda *_: False)

    def judged(states: set[State]) -> list[str | None]:
        return [violation(state, template, memory / "place", first, kind) for state in sorted(states)]

    states = crashes(tape, start, syncs=True)
    found = judged(states)
    assert [what for what in found if what] == []
    again: set[State] = set()
    for state in states:  # and power is lost once more while Lynx recovers
        again |= crashes(
            recovered(state, template, memory / "place", can_exchange=can_exchange), state, syncs=True
        )
    assert [what for what in judged(again) if what] == []
    without = crashes(tape, start, syncs=False)
    some = set(sorted(without)[:: max(1, len(without) // 150)])
    bad = [what for what in judged(some) if what]
    print(
        f"\n{kind}: {len(found)} states and {len(again)} of their recovery, 0 violations; "
        f"without syncs {len(some)}, {len(bad)} violations"
    )
    assert len(found) >= 10
    assert "the target holds bytes that nobody wrote, or is gone" in bad, "the model cannot see anything"
