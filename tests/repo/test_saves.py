"""A save forced into the moment of the swap is in the target or kept aside, however the editor saves."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from plant import BROKEN, ORIGINAL, Planted, make, strays

from lynx.errors import Refused
from lynx.repo import disk as disk_module
from lynx.repo import inject
from lynx.repo.disk import Disk

SAVED = ORIGINAL + b"\n# saved at that very moment\n"
CALLS = ("create", "sync", "exchange", "rename", "link", "unlink", "read", "busy")


def in_place(path: Path, data: bytes) -> None:
    """Truncate and write, as nano and `>` do."""
    path.write_bytes(data)


def by_rename(path: Path, data: bytes) -> None:
    """Write beside and rename over, as vim and VS Code do."""
    fresh = path.with_name("4913")
    fresh.write_bytes(data)
    fresh.replace(path)


def by_backup(path: Path, data: bytes) -> None:
    """Move the old file away, then write a new one, as emacs does."""
    path.rename(path.with_name("blocks.py~"))
    path.write_bytes(data)


STYLES: dict[str, Callable[[Path, bytes], None]] = {
    "in place": in_place,
    "rename": by_rename,
    "backup": by_backup,
}


class Meddling(Disk):
    """Runs `save` before or after the n-th operation."""

    def __init__(self, at: int, save: Callable[[], None], *, after: bool, can_exchange: bool) -> None:
        self.left, self.save, self.after, self.can_exchange = at, save, after, can_exchange

    def __getattribute__(self, name: str) -> object:
        found = object.__getattribute__(self, name)
        if name not in CALLS:
            return found

        def meddled(*arguments: object) -> object:
            self.left -= 1
            mine = self.left == 0
            if mine and not self.after:
                self.save()
            if name == "exchange" and not self.can_exchange:
                result: object = False
            else:
                result = found(*arguments)
            if mine and self.after:
                self.save()
            return result

        return meddled


def put_in(planted: Planted, disk: Disk) -> None:
    with inject.lock(planted.space):
        inject.recover(planted.space, planted.journal, disk=disk)
        attempt = planted.start(ORIGINAL, BROKEN)
        inject.swap(planted.space, planted.journal, attempt.id, planted.target, ORIGINAL, BROKEN, disk=disk)


def give_back(planted: Planted, disk: Disk) -> None:
    attempt = planted.journal.active()
    assert attempt
    inject.restore(planted.space, planted.journal, attempt, disk=disk)


def attempted(verb: Callable[[Planted, Disk], None], planted: Planted, disk: Disk) -> str:
    """The code of the refusal, or nothing."""
    try:
        verb(planted, disk)
    except Refused as error:
        return error.code
    return ""


def everywhere(planted: Planted) -> list[bytes]:
    """The bytes in every place where a learner would be sent to look."""
    places = [planted.path, *(Path(name) for name in inject.kept(planted.space))]
    return [path.read_bytes() for path in places if path.exists()]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_module, "PATIENCE", 0.02)
    monkeypatch.setattr(inject, "remember", lambda *_: None)
    monkeypatch.setattr(inject, "_gits_own", lambda *_: False)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("can_exchange", [True, False], ids=["exchange", "steps"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("verb", [put_in, give_back])
@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_a_save_at_every_operation(
    memory: Path, verb: Callable[[Planted, Disk], None], style: str, can_exchange: bool, every: int
) -> None:
    tried = lost = 0
    for at in range(1, 40, every):
        for after in (False, True):
            with Planted(make(memory / f"{at}{after}", "--template=")) as planted:
                if verb is give_back:
                    put_in(planted, Disk())
                ran = []

                def save(planted: Planted = planted, ran: list[int] = ran) -> None:
                    if planted.path.exists():  # an editor cannot move away what is not there
                        STYLES[style](planted.path, SAVED)
                    else:
                        planted.path.write_bytes(SAVED)
                    ran.append(1)

                code = attempted(verb, planted, Meddling(at, save, after=after, can_exchange=can_exchange))
                assert code in {"", "saved-meanwhile"}
                if not ran:
                    continue
                tried += 1
                lost += SAVED not in everywhere(planted)
                inject.recover(planted.space, planted.journal)
                lost += SAVED not in everywhere(planted)
                assert strays(planted.top) == []
                assert planted.journal.pending_swaps() == []
                if verb is put_in and planted.now == BROKEN:
                    active = planted.journal.active()
                    assert active
                    assert planted.journal.injected(active.id)
    print(f"\n{verb.__name__}, {style}: {tried} saves forced in, {lost} lost")
    assert tried >= 20 // every
    assert lost == 0


@pytest.mark.usefixtures("quick")
@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="leases are Linux's")
@pytest.mark.parametrize("can_exchange", [True, False], ids=["exchange", "steps"])
@pytest.mark.parametrize("verb", [put_in, give_back])
def test_an_editor_that_opened_before_and_writes_after(
    memory: Path, verb: Callable[[Planted, Disk], None], can_exchange: bool
) -> None:
    """The file is open for writing while it is exchanged: its bytes come later, to wherever the file went."""
    for at in range(1, 16):
        with Planted(make(memory / f"{at}", "--template=")) as planted:
            if verb is give_back:
                put_in(planted, Disk())
            opened = []

            def save(planted: Planted = planted, opened: list[int] = opened) -> None:
                if planted.path.exists():
                    opened.append(os.open(planted.path, os.O_WRONLY))

            code = attempted(verb, planted, Meddling(at, save, after=False, can_exchange=can_exchange))
            assert code in {"", "saved-meanwhile"}
            if opened:
                os.ftruncate(opened[0], 0)
                os.pwrite(opened[0], SAVED, 0)
                os.close(opened[0])
                assert SAVED in everywhere(planted), at


def race(path: Path, wait: float, style: str, ready: object, go: object) -> None:
    ready.release()  # type: ignore[attr-defined]
    go.acquire()  # type: ignore[attr-defined]
    until = time.perf_counter() + wait
    while time.perf_counter() < until:
        pass
    STYLES[style](path, SAVED)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("rounds"), [24, pytest.param(400, marks=pytest.mark.exhaustive)])
def test_a_save_by_another_process_at_a_random_moment(memory: Path, rounds: int) -> None:
    chance = random.Random(4)
    context = multiprocessing.get_context("fork")
    with Planted(make(memory / "first", "--template=")) as planted:
        began = time.perf_counter()
        put_in(planted, Disk())
        usual = time.perf_counter() - began
    outcomes: dict[str, int] = {}
    for number in range(rounds):
        with Planted(make(memory / str(number), "--template=")) as planted:
            ready, go = context.Semaphore(0), context.Semaphore(0)
            style = chance.choice(["in place", "rename"])
            saver = context.Process(
                target=race, args=(planted.path, chance.uniform(0, 1.5 * usual), style, ready, go)
            )
            saver.start()
            ready.acquire()
            go.release()
            outcome = attempted(put_in, planted, Disk()) or "put in"
            saver.join()
            assert outcome in {"put in", "saved-meanwhile"}
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            assert SAVED in everywhere(planted)
            assert strays(planted.top) == []
    print(f"\n{rounds} saves by another process: {outcomes}, 0 lost")


class Failing(Disk):
    """The n-th operation fails once, as on a full or failing disk; before or after it was done."""

    def __init__(self, at: int, *, after: bool, can_exchange: bool) -> None:
        self.left, self.after, self.can_exchange, self.failed = at, after, can_exchange, False

    def __getattribute__(self, name: str) -> object:
        found = object.__getattribute__(self, name)
        if name not in CALLS or name == "busy":
            return found

        def failing(*arguments: object) -> object:
            self.left -= 1
            if self.left == 0 and not self.after:
                self.failed = True
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            result = False if name == "exchange" and not self.can_exchange else found(*arguments)
            if self.left == 0:
                self.failed = True
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return result

        return failing


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("can_exchange", [True, False], ids=["exchange", "steps"])
@pytest.mark.parametrize("verb", [put_in, give_back])
def test_an_error_of_the_disk_at_every_operation(
    memory: Path, verb: Callable[[Planted, Disk], None], can_exchange: bool
) -> None:
    """One clear line, and the next command finds everything in order."""
    failures = 0
    for at in range(1, 40):
        for after in (False, True):
            with Planted(make(memory / f"{at}{after}", "--template=")) as planted:
                if verb is give_back:
                    put_in(planted, Disk())
                disk = Failing(at, after=after, can_exchange=can_exchange)
                code = attempted(verb, planted, disk)
                codes = {"cannot-write", "cannot-recover", "swap-unreadable", "target-unreadable"}
                assert code in codes or (
                    code == "" and planted.now == (BROKEN if verb is put_in else ORIGINAL)
                )
                failures += disk.failed
                inject.recover(planted.space, planted.journal)
                assert planted.journal.pending_swaps() == []
                assert strays(planted.top) == []
                active = planted.journal.active()
                assert planted.now in (ORIGINAL, BROKEN)
                if verb is put_in:
                    assert (active is not None) == (planted.now == BROKEN)
                if active:
                    give_back(planted, Disk())
                assert planted.now == ORIGINAL
        if not disk.failed:
            break
    assert failures >= 10


def test_a_save_on_top_of_an_exchange_that_was_cut_short_tells_by_what_it_holds(planted: Planted) -> None:
    """Killed after the exchange, saved in an editor, and only then looked at: is the bug in or not?"""
    mine = b"\n# mine\n"
    for there, out, end in (
        (BROKEN + mine, ORIGINAL, "finished"),
        (ORIGINAL + mine, ORIGINAL, "undone"),  # the learner took the bug out again by hand
        (ORIGINAL + mine, BROKEN, "undone"),
        (BROKEN, ORIGINAL, "finished"),
        (ORIGINAL, BROKEN, "undone"),
    ):
        attempt = planted.start(ORIGINAL, BROKEN)
        name = "src/model/.lynx-0123456789ab.tmp"
        planted.journal.begin_swap(attempt.id, planted.target, attempt.original, attempt.broken, name)
        planted.path.write_bytes(there)
        (planted.top / name).write_bytes(out)
        found = inject.recover(planted.space, planted.journal)
        assert found is not None
        assert found.outcome == end, (there, out)
        assert planted.now == there
        assert strays(planted.top) == []
        assert planted.journal.pending_swaps() == []


def test_what_is_written_is_a_whole_second_later_also_than_a_file_from_the_future(planted: Planted) -> None:
    """Bytecode is matched by whole seconds: the same second would run what the file held before."""
    ahead = int(time.time()) + 5000
    os.utime(planted.path, (ahead + 0.7, ahead + 0.7))
    planted.break_in()
    assert planted.path.stat().st_mtime == ahead + 1
    planted.reset()
    assert planted.path.stat().st_mtime == ahead + 2
