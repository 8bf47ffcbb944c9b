"""An interpreter that is up: its children are as fresh as those that start by themselves, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from lynx.errors import Refused
from lynx.runs import warm
from lynx.runs.runner import Setting, run_jobs
from lynx.truth.measures import Ended

from .conftest import job
from .test_endings import gone

Write = Callable[..., str]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every child starts by itself")

WHO = """
import os, sys
from pathlib import Path
def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
supervisor = os.getppid()
probe.record(supervisor=supervisor, above=parent(supervisor), value=float(os.environ.get("VALUE", 0)),
             here=Path.cwd() == Path(top), kept="pkg.target" in sys.modules)
import pkg.target
"""


@pytest.fixture
def up(cold: None) -> Iterator[warm.Kept]:
    with warm.kept(besides={"VALUE", "PYTEST_CURRENT_TEST"}):
        kept = warm.now()
        assert kept is not None
        yield kept


def facts(setting: Setting, path: str) -> dict[str, float]:
    (run,) = run_jobs(setting, [job(path, top=str(setting.top))])
    assert run.ended is Ended.FINISHED, run.log_tail
    return {name: one.points[0][0] for name, one in run.series.items()}


def test_children_are_forks_of_one_and_know_nothing_of_each_other(
    up: warm.Kept, setting: Setting, experiment: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = experiment(WHO, "probe, top")
    first = facts(setting, path)
    monkeypatch.setenv("VALUE", "7")
    second = facts(setting, path)
    (process,) = up.processes
    assert first["above"] == second["above"] == process.pid != os.getpid()
    assert first["supervisor"] != second["supervisor"]
    assert (first["value"], second["value"]) == (0.0, 7.0)
    assert first["here"] == second["here"] == 1.0
    assert first["kept"] == second["kept"] == 0.0


def test_another_environment_has_an_interpreter_of_its_own(
    up: warm.Kept, setting: Setting, experiment: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = experiment(WHO, "probe, top")
    first = facts(setting, path)
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    assert facts(setting, path)["above"] != first["above"]
    assert len(up.processes) == 2


def test_one_that_was_killed_is_done_without(up: warm.Kept, setting: Setting, experiment: Write) -> None:
    path = experiment(WHO, "probe, top")
    facts(setting, path)
    (process,) = up.processes
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert facts(setting, path)["above"] != process.pid


def test_one_that_does_not_start_says_what_is_the_matter(
    up: warm.Kept, setting: Setting, experiment: Write
) -> None:
    broken = setting.top / "python"
    broken.write_text("#!/bin/sh\necho 'no such library' >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(Refused, match="no such library"):
        run_jobs(replace(setting, interpreter=broken), [job(experiment("pass"))])


def test_nothing_is_left_when_the_block_ends(cold: None, setting: Setting, experiment: Write) -> None:
    with warm.kept():
        found = facts(setting, experiment(WHO, "probe, top"))
    assert gone([int(found["above"]), int(found["supervisor"])])
    assert warm.now() is None


def test_within_another_it_is_that_one(up: warm.Kept) -> None:
    with warm.kept():
        assert warm.now() is up
    assert warm.now() is up
