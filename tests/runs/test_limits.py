"""Limits are in processor time; whatever ends a run is called what it is, with how far it got."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.loop.unfinished import NOTHING_SAID, SAID, place_of, said_of
from lynx.runs.runner import Event, Job, Setting, run_jobs
from lynx.truth.measures import Ended, Invalid, Run

from .conftest import job

Write = Callable[..., str]

LOOP = """
for step in probe.steps(3000):
    probe.record(loss=step)
    if step >= 4:
        {then}
"""


def test_a_run_that_computes_too_long_says_how_far_it_got(setting: Setting, experiment: Write) -> None:
    heard: list[Event] = []
    path = experiment(LOOP.format(then="while True: pass"))
    (run,) = run_jobs(replace(setting, processor=1.0), [job(path)], heard.append)
    assert run.ended is Ended.TIMED_OUT
    assert (run.reached, run.of) == (4, 3000)
    assert 1.0 <= run.processor < 6
    assert (heard[-1].kind, heard[-1].ended, heard[-1].reached) == ("finished", Ended.TIMED_OUT, 4)


def test_processes_that_a_run_started_count(setting: Setting, experiment: Write) -> None:
    """Of the whole group: a program that forks to compute has no other limit than one that does not."""
    path = experiment(
        "import os, time\nfor i in range(2):\n    if not os.fork():\n        while True: pass\ntime.sleep(60)"
    )
    (run,) = run_jobs(replace(setting, processor=1.0), [job(path)])
    assert run.ended is Ended.TIMED_OUT


def test_who_waits_is_not_who_computes(setting: Setting, experiment: Write) -> None:
    path = experiment("import time; time.sleep(600)")
    (run,) = run_jobs(replace(setting, processor=1.0, wall=2.0), [job(path)])
    assert run.ended is Ended.STALLED
    assert run.processor < 1.0


def test_a_busy_machine_makes_a_run_slow_and_not_wrong(setting: Setting, experiment: Write) -> None:
    """Longer on the clock than its limit of processor time, and no harm done."""
    path = experiment("import time; time.sleep(1.5); probe.record(x=1)")
    (run,) = run_jobs(replace(setting, processor=1.0), [job(path)])
    assert run.ended is Ended.FINISHED
    assert run.seconds > 1.0 > run.processor


def test_the_wall_behind_is_generous(setting: Setting) -> None:
    assert setting.patience >= 10 * setting.processor
    assert replace(setting, processor=1.0).patience >= 600
    assert replace(setting, wall=3.0).patience == 3.0


def test_no_descriptors_left_is_called_that(setting: Setting, experiment: Write) -> None:
    path = experiment("held = []\nwhile True: held.append(open('/dev/null'))")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 200), hard))
    try:
        (run,) = run_jobs(setting, [job(path)])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert run.ended is Ended.OUT_OF_DESCRIPTORS, run.log_tail


def test_who_killed_it_is_named(setting: Setting, experiment: Write) -> None:
    (run,) = run_jobs(setting, [job(experiment("import os; os.kill(os.getpid(), 15)"))])
    assert (run.ended, run.detail) == (Ended.KILLED, "SIGTERM")


def test_a_crash_keeps_its_log_and_shows_the_mentors_own_frames(setting: Setting, experiment: Write) -> None:
    path = experiment("from pkg import target\nvalue = target.f(None)")
    (run,) = run_jobs(setting, [job(path, b"def f(x):\n    return x.nothing\n")])
    assert run.ended is Ended.CRASHED
    assert "worker.py" not in run.log_tail
    assert "importlib" not in run.log_tail
    assert Path(run.log).read_text() == run.log_tail
    assert place_of(run.log_tail, str(Path(path).parent), str(setting.top)) == f"{path}:3"
    assert place_of(run.log_tail, "/nowhere", str(setting.top)) == f"{setting.top}/src/pkg/target.py:2"
    assert place_of("no traceback", "/a", "/b") == ""


# -- the words -----------------------------------------------------------------------------------


def of(setting: Setting, **facts: object) -> str:
    said = said_of(Run("healthy", 0, **facts), setting)  # type: ignore[arg-type]
    assert said is not None
    return str(said.error())


def test_every_ending_and_every_invalidity_has_words(setting: Setting) -> None:
    assert set(SAID) == set(Ended) - {Ended.FINISHED}
    assert set(NOTHING_SAID) == set(Invalid)
    for ended in SAID:
        for steps in ({}, {"reached": 812, "of": 3000}):
            text = of(setting, ended=ended, detail="SIGTERM", **steps)
            assert "healthy" in text
            assert "{" not in text
    for why in Invalid:
        assert "{" not in of(setting, ended=Ended.FINISHED, invalid=why, detail="cat")
    assert said_of(Run("healthy", 0, Ended.FINISHED), setting) is None


def test_a_limit_tells_the_step_the_machine_and_the_option(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (31.2, 30.0, 30.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    text = of(replace(setting, processor=60.0), ended=Ended.TIMED_OUT, reached=812, of=3000)
    for words in (
        "60 s of processor time",
        "step 812 of 3000",
        "load 31 on 2 cores",
        "lynx run --limit 4m",
        "--seeds 1",
    ):
        assert words in text
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 0.5, 0.5))
    assert "busy" not in of(setting, ended=Ended.TIMED_OUT, reached=812, of=3000)


def test_an_experiment_that_never_read_the_target_says_so_and_hides_it_where_it_must(
    setting: Setting,
) -> None:
    run = Run("broken", 0, Ended.FINISHED, invalid=Invalid.NEVER_READ)
    plain, hidden = (said_of(run, setting, hidden=h) for h in (False, True))
    assert plain is not None
    assert hidden is not None
    assert "never read src/pkg/target.py" in str(plain.error())
    assert "target.py" not in str(hidden.error())
    assert "target.py" not in str(hidden.fields)


def test_nothing_is_measured_on_a_run_that_shows_nothing(setting: Setting, experiment: Write) -> None:
    from lynx.errors import LynxError
    from lynx.truth.measures import Measure, value_of

    path = experiment("probe.record(loss=1.0)")
    (run,) = run_jobs(setting, [Job("healthy", 0, b"VALUE = 2\n", path, must_read=True)])
    with pytest.raises(LynxError, match="invalid"):
        value_of(Measure("loss", "healthy"), {"healthy": run})
