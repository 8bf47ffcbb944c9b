"""Kills of every verb that runs or writes, from outside: notes, journal and cache stay whole; nothing lies about."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from lynx.store.cache import Cache
from tests.loop.learner import BUG, OTHER_WORDS, Learner

# verb -> the stage it is said in, and its words
VERBS: dict[str, tuple[str, Sequence[str]]] = {
    "run": ("predicting", ("run",)),
    "run again": ("fixing", ("run", "--seeds", "1")),
    "hint": ("fixing", ("hint",)),
    "control": ("fixing", ("control", "steeper", "--expect", "depth", "--sure", "70")),
    "verify": ("fixing", ("verify",)),
    "watch": ("fixing", ("watch",)),
    "explain": ("explaining", ("explain", "--text", "The plus was gone.")),
}


def start(learner: Learner, words: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lynx", *words],
        cwd=learner.top,
        env=dict(learner.env.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def own_files(top: Path) -> dict[str, bytes]:
    """What is the learner's: everything in the working tree but the notes' folder."""
    return {
        path.relative_to(top).as_posix(): path.read_bytes()
        for path in top.rglob("*")
        if path.is_file() and not {".git", "notes", "__pycache__"} & set(path.relative_to(top).parts)
    }


def strays(learner: Learner) -> list[str]:
    """Half-written files, in the working tree and among Lynx's own."""
    names = [
        path.name for path in learner.top.rglob("*") if ".git" not in path.relative_to(learner.top).parts
    ]
    names += [path.name for path in learner.state_dir.rglob("*")]
    return [
        name
        for name in names
        if name.startswith((".lynx-", ".breaks.md", ".break-", "drawing-")) or name.endswith(".tmp")
    ]


@pytest.mark.parametrize("kills", [1, pytest.param(75, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("verb", VERBS)
def test_kills_of(verb: str, kills: int, stages: dict[str, Learner], tmp_path: Path) -> None:
    stage, words = VERBS[verb]
    chance = random.Random(verb)
    learner = stages[stage].copy(tmp_path / "w")
    if verb in ("verify", "watch"):
        learner.edit(BUG, OTHER_WORDS)
    if stage == "predicting":
        learner.fill()
    fresh = learner.copy(tmp_path / "fresh")
    own, written = own_files(learner.top), learner.text
    usual, landed = 3.0, 0
    if verb != "watch":
        began = time.perf_counter()
        once = learner.copy(tmp_path / "once")
        start(once, words).communicate(timeout=200)
        usual = time.perf_counter() - began
    ended = False
    for number in range(kills * 12):
        if number % 5 == 4 or ended:  # else it goes on from where the last kill left it
            learner = fresh.copy(tmp_path / f"w{number}")
        process = start(learner, words)
        time.sleep(chance.uniform(0.1, 0.9) * usual)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        _, err = process.communicate()
        assert b"Traceback" not in err
        ended = process.returncode != -signal.SIGKILL
        landed += not ended
        check(learner, own, written)
        if landed == kills:
            break
    print(f"\n{verb}: {landed} kills landed, 0 violations")
    assert landed == kills


def check(learner: Learner, own: dict[str, bytes], written: str) -> None:
    assert own_files(learner.top) == own, "a file of the learner's changed"
    learner.status()  # the next start
    assert strays(learner) == []
    lines = iter(learner.text.splitlines())
    assert all(line in lines for line in written.splitlines()), "a line of the notes is gone"
    with sqlite3.connect(learner.state_dir / "journal.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    with learner.session() as session:
        attempt = session.active()
        assert attempt
        assert session.journal.pending_swaps() == []
        runs = [event for event in session.journal.events(attempt.id, "run") if event.payload["first"]]
        assert len(runs) <= 1 or attempt.stage != "predicting"
    cache = Cache(learner.state_dir / "cache")
    for path in (learner.state_dir / "cache").glob("*.run"):
        cache.find(path.name.rpartition("-")[0], lambda _: True)
        assert path.exists(), "an entry of the cache was half written"
