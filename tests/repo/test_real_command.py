"""The same promises through the real command: kills from outside, twenty starts at once, the hard cases."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
from cases import CASES, Case
from command import Command
from plant import BROKEN, ORIGINAL, TARGET, Planted, make, snapshot, strays

from tests.conftest import HANGS, spent


def begin(memory: Path) -> tuple[Command, Path]:
    top = make(memory / "repo")
    command = Command(memory, top)
    code, said = command.run("init", "--here", "--learner", "ana")
    assert code == 0, said
    command.trust()
    return command, top


def others(top: Path) -> dict[str, object]:
    """Everything but the target, the notes and git's folder, which `git` itself does not touch here."""
    return {k: v for k, v in snapshot(top, TARGET).items() if not k.startswith("learners/")}


@pytest.mark.parametrize("kills", [10, pytest.param(520, marks=pytest.mark.exhaustive)])
def test_kill_minus_nine_at_random_moments(memory: Path, kills: int) -> None:
    chance = random.Random(9)
    command, top = begin(memory)
    before, usual = others(top), {}
    for name in ("break", "reset"):
        started = command.start(*command.verbs[name])
        while os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.001)
        usual[name] = spent(started.pid)
        assert started.wait() == 0, started.communicate()
        started.communicate()
    landed, seen = 0, {ORIGINAL: 0, BROKEN: 0}
    for _ in range(kills * 3):
        with Planted(top) as planted:
            verb = "reset" if planted.journal.active() else "break"
        started = command.start(*command.verbs[verb])
        moment = chance.uniform(0.2, 1.1) * usual[verb]  # the first fifth only imports
        # A share of the work and not of the time, which is another where much is running.
        while started.poll() is None and spent(started.pid) < moment:
            time.sleep(0.001)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        _, err = started.communicate()
        assert "Traceback" not in err
        landed += started.returncode == -signal.SIGKILL
        now = (top / TARGET).read_bytes()
        assert now in seen, "the target holds bytes that nobody wrote"
        seen[now] += 1
        assert others_without_strays(top) == before
        if landed == kills:
            break
    code, said = command.run("status", "--json")
    assert code == 0, said
    assert strays(top) == []
    with Planted(top) as planted:
        active = planted.journal.active()
        assert planted.journal.pending_swaps() == []
    if active:
        assert command.run("reset", "--yes")[0] == 0
    assert (top / TARGET).read_bytes() == ORIGINAL
    assert others(top) == before
    print(
        f"\n{landed} kills landed before exit, 0 violations; found {list(seen.values())} healthy and broken"
    )
    assert landed == kills
    assert min(seen.values()) > 0


def others_without_strays(top: Path) -> dict[str, object]:
    return {name: what for name, what in others(top).items() if "/.lynx-" not in name}


@pytest.mark.parametrize("starts", [5, pytest.param(20, marks=pytest.mark.exhaustive)])
def test_many_starts_at_once(memory: Path, starts: int) -> None:
    command, top = begin(memory)
    running = [command.start(*command.verbs["break"], "--json") for _ in range(starts)]
    said = [(*each.communicate(timeout=HANGS), each.returncode) for each in running]
    for out, err, code in said:
        assert "Traceback" not in err
        answer = json.loads(out)
        if code == 0:
            assert answer["break"] == "q"  # the one that put it in, or one that came after and found it in
        else:
            assert (code, answer["error"]["code"]) == (2, "locked"), out
    with Planted(top) as planted:
        assert len(planted.journal.attempts()) == 1
        assert planted.now == BROKEN
    assert command.run("reset", "--yes")[0] == 0
    assert (top / TARGET).read_bytes() == ORIGINAL


SOME = {
    "plain",
    "linked worktree",
    "merge under way",
    "variables of a hook",
    "hard link",
    "programs in the configuration",
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, marks=[] if c.name in SOME else [pytest.mark.exhaustive], id=c.name) for c in CASES],
)
def test_hard_case(case: Case, memory: Path) -> None:
    if case.root and os.geteuid() != 0:
        pytest.skip("another owner takes root to arrange")
    kept = dict(os.environ)
    try:
        place = memory / "place"
        place.mkdir()
        top = case.setup(place) or place / "repo"
        command = Command(memory, top, case.target)
        play(case, command, top)
    finally:
        os.environ.clear()
        os.environ.update(kept)
    assert not (place / "ran").exists(), "a program of the repository's configuration ran"


def play(case: Case, command: Command, top: Path) -> None:
    before = snapshot(top, case.target)
    original = (top / case.target).read_bytes() if case.code is None else b""
    code, said = command.run("init", "--here", "--learner", "ana", "--json")
    if code == 0:
        command.run("trust", "q", "--pack", str(command.pack), "--yes")
        code, said = command.run(*command.verbs["break"], "--json")
    if case.code is None:
        assert code == 0, said
        assert (top / case.target).read_bytes() != original
        assert command.run("reset", "--yes")[0] == 0
        assert (top / case.target).read_bytes() == original
    else:
        assert code == 2, said
        error = json.loads(said[said.index("{") : said.rindex("}") + 1])["error"]
        assert error["remedy"]
        if case.target == TARGET:  # hostile paths are stopped earlier, where the spec is read
            assert error["code"] == case.code
    after = {k: v for k, v in snapshot(top, case.target).items() if "phase-10/notes" not in k}
    assert after == before
