"""Kills at every step of putting in, giving back and recovering, from inside, at each line that runs.

The real code runs in a forked child under a tracer that counts lines and calls of the modules below and sends
SIGKILL at the k-th. The code under test knows nothing of it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest
from plant import BROKEN, ORIGINAL, TARGET, Planted, make, snapshot, strays

import lynx
from lynx.repo import inject
from lynx.repo.disk import Disk

STEPS = tuple(
    str(Path(lynx.__file__).parent / name)
    for name in ("repo/inject.py", "repo/swap.py", "repo/disk.py", "repo/lock.py", "store/journal.py")
)
MINE = BROKEN.replace(b"return h\n", b"return h + 2 * x\n")
NEVER = 10**9
Verb = Callable[[Planted], object]


class NoExchange(Disk):
    """A file system that cannot exchange two names at one instant."""

    def exchange(self, a: Path, b: Path) -> bool:
        return False


def kill_at(top: Path, verb: Verb, step: int) -> bool:
    """Run `verb` in a child and kill it at its k-th step; whether it was killed before it ended."""
    child = os.fork()
    if child == 0:
        try:
            with Planted(top) as planted:
                _count_down(step)
                verb(planted)
                sys.settrace(None)
                sys.setprofile(None)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the verb failed by itself"
    return False


def _count_down(step: int) -> None:
    left = step

    def tick() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def trace(frame: FrameType, event: str, _: object) -> object:
        if frame.f_code.co_filename not in STEPS:
            return None
        tick()
        return trace

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event in ("c_call", "c_return") and frame.f_code.co_filename in STEPS:
            tick()

    sys.settrace(trace)  # type: ignore[arg-type]
    sys.setprofile(profile)


def count(template: Path, verb: Verb, place: Path) -> int:
    """How many steps `verb` has."""
    low, high = 0, 1
    while _killed(template, verb, high, place):
        low, high = high, high * 2
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if _killed(template, verb, middle, place) else (low, middle)
    return high


def _killed(template: Path, verb: Verb, step: int, place: Path) -> bool:
    return kill_at(fresh(template, place), verb, step)


def fresh(template: Path, place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(template, place, symlinks=True)
    return place


def look(top: Path) -> tuple[object, ...]:
    """What a kill left, as far as recovery can tell states apart."""
    folder = (top / TARGET).parent
    files = tuple(sorted((p.suffix, p.read_bytes()) for p in folder.iterdir() if p.name != "other.py"))
    with Planted(top) as planted:
        swaps = tuple(swap.state for swap in planted.journal.pending_swaps())
        active = planted.journal.active()
        return files, swaps, active and planted.journal.injected(active.id)


# -- the three verbs, each from its own beginning ------------------------------------------------------------


def put_in(planted: Planted, disk: Disk = inject.DISK) -> None:
    """`lynx break`'s part, the questions to git answered before: they change nothing."""
    with inject.lock(planted.space):
        inject.recover(planted.space, planted.journal, disk=disk)
        attempt = planted.start(ORIGINAL, BROKEN)
        inject.swap(planted.space, planted.journal, attempt.id, TARGET, ORIGINAL, BROKEN, disk=disk)


def give_back(planted: Planted, disk: Disk = inject.DISK) -> None:
    attempt = planted.journal.active()
    assert attempt
    inject.restore(planted.space, planted.journal, attempt, disk=disk)
    planted.journal.update(attempt.id, active=0)


def recover(planted: Planted, disk: Disk = inject.DISK) -> None:
    inject.recover(planted.space, planted.journal, disk=disk)


def slow(verb: Callable[..., None]) -> Verb:
    return lambda planted: verb(planted, NoExchange())


@pytest.fixture
def without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's answers are not what is under test, and asking takes most of the time."""
    monkeypatch.setattr(inject, "remember", lambda *_: None)
    monkeypatch.setattr(inject, "_gits_own", lambda *_: False)


def templates(memory: Path) -> dict[str, Path]:
    top = make(memory / "healthy", "--template=")
    Planted(top).journal.close()
    broken = fresh(top, memory / "broken")
    with Planted(broken) as planted:
        put_in(planted)
    edited = fresh(broken, memory / "edited")
    (edited / TARGET).write_bytes(MINE)
    return {"healthy": top, "broken": broken, "edited": edited}


KINDS: dict[str, tuple[str, Verb, set[bytes]]] = {
    "put in": ("healthy", put_in, {ORIGINAL, BROKEN}),
    "put in, no exchange": ("healthy", slow(put_in), {ORIGINAL, BROKEN}),
    "give back": ("broken", give_back, {ORIGINAL, BROKEN}),
    "give back, no exchange": ("broken", slow(give_back), {ORIGINAL, BROKEN}),
    "give back over an edit": ("edited", give_back, {ORIGINAL, MINE}),
    "give back over an edit, no exchange": ("edited", slow(give_back), {ORIGINAL, MINE}),
}


def check_after_kill(top: Path, kind: str, allowed: set[bytes]) -> None:
    """What must be true at the moment of the kill, and again once the next command has recovered."""
    path = top / TARGET
    if "no exchange" in kind and not path.exists():
        assert next(path.parent.glob(".lynx-*.old")).read_bytes() in allowed
    else:
        assert path.read_bytes() in allowed
    settle_and_check(top, kind, allowed)


def settle_and_check(top: Path, kind: str, allowed: set[bytes]) -> None:
    path = top / TARGET
    with Planted(top) as planted:
        recover(planted)
        assert inject.recover(planted.space, planted.journal) is None, "recovery is not idempotent"
        assert planted.journal.pending_swaps() == []
        assert strays(top) == []
        now, active = path.read_bytes(), planted.journal.active()
        assert now in allowed
        if kind.startswith("put in"):
            assert (active is not None) == (now == BROKEN), "the journal and the file disagree"
        if active is None and kind.startswith("put in"):
            put_in(planted)  # it can be begun again …
            active = planted.journal.active()
        if active is not None:
            give_back(planted)  # … and given back
        assert path.read_bytes() == ORIGINAL
        if "edit" in kind:
            kept = [Path(name).read_bytes() for name in inject.kept(planted.space)]
            assert MINE in kept, "the learner's bytes are gone"


def sweep(memory: Path, kind: str, every: int) -> tuple[int, dict[tuple[object, ...], Path]]:
    """Kill one verb at every step, or every so many; how many landed, and one folder for each state."""
    name, verb, allowed = KINDS[kind]
    template = templates(memory)[name]
    others = snapshot(template, TARGET)
    place, kills, states = memory / "place", 0, {}
    for step in range(0, count(template, verb, place), every):
        top = fresh(template, place)
        if not kill_at(top, verb, step):
            continue
        kills += 1
        state = look(top)
        if state not in states:
            states[state] = fresh(top, memory / f"state{len(states)}")
        check_after_kill(top, kind, allowed)
        assert content(snapshot(top, TARGET)) == content(others)
    return kills, states


def content(found: dict[str, object]) -> dict[str, object]:
    """A snapshot without inode numbers: these are copies."""
    return {name: value[:3] for name, value in found.items()}  # type: ignore[index]


@pytest.mark.usefixtures("without_git")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.sampled(2)
def test_kills_at_some_steps(memory: Path, kind: str) -> None:
    kills, states = sweep(memory, kind, every=47)
    assert kills >= 5
    assert len(states) >= 3


@pytest.mark.exhaustive
@pytest.mark.usefixtures("without_git")
@pytest.mark.parametrize("kind", KINDS)
def test_kills_at_every_step_and_at_every_step_of_the_recovery(
    memory: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    kills, states = sweep(memory, kind, every=1)
    allowed = KINDS[kind][2]
    verb = slow(recover) if "no exchange" in kind else recover
    place, again = memory / "place", 0
    for template in states.values():
        for step in range(count(template, verb, place)):
            top = fresh(template, place)
            again += kill_at(top, verb, step)
            settle_and_check(top, kind, allowed)
    record_property("kills", kills)
    record_property("kills of the recovery", again)
    print(f"\n{kind}: {kills} kills, {len(states)} states, {again} kills of their recovery, 0 violations")
    assert kills > 200
    assert again > 200


@pytest.mark.usefixtures("without_git")
def test_a_kill_leaves_the_answer_only_until_the_next_command(memory: Path) -> None:
    """With the interruption from the keyboard the same end is reached at once."""
    top = make(memory / "repo")
    with Planted(top) as planted:

        class Interrupted(Disk):
            def sync(self, path: Path) -> None:
                if path.name.startswith(".lynx-"):
                    raise KeyboardInterrupt
                super().sync(path)

        with pytest.raises(KeyboardInterrupt):
            put_in(planted, Interrupted())
        assert strays(top) == []
        assert planted.now == ORIGINAL
        assert planted.journal.pending_swaps() == []
        recover(planted)
        assert planted.journal.active() is None
