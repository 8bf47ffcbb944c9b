"""What a kept run depends on besides files of the repository: variables, databases, packages, files elsewhere."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lynx.runs.runner import Setting, run_jobs
from lynx.store.cache import Cache

from .conftest import job

Write = Callable[..., str]
READS = {
    "getenv": "import os; v = float(os.environ.get('LYNX_TEST_V', 1))",
    "index": "import os; v = float(os.environ['LYNX_TEST_V'])",
    "listed": "import os; v = float({**os.environ}['LYNX_TEST_V'])",
}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def record(experiment: Write, reads: str) -> str:
    return experiment(f"{reads}\nfor step in probe.steps(1): probe.record(loss=v)")


def value(setting: Setting, path: str, cache: Cache) -> tuple[bool, float]:
    (run,) = run_jobs(setting, [job(path)], cache=cache)
    assert run.series, run.log_tail
    return run.cached, run.series["loss"].points[0][0]


@pytest.mark.parametrize("way", READS)
def test_a_variable_that_was_read(
    setting: Setting, experiment: Write, cache: Cache, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    path = record(experiment, READS[way])
    monkeypatch.setenv("LYNX_TEST_V", "2")
    assert value(setting, path, cache) == (False, 2.0)
    monkeypatch.setenv("TERM", "other")  # what a terminal says is nothing that a training means
    assert value(setting, path, cache) == (True, 2.0)
    monkeypatch.setenv("LYNX_TEST_V", "3")
    assert value(setting, path, cache) == (False, 3.0)


def test_a_variable_that_nobody_asked_for(
    setting: Setting, experiment: Write, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record(experiment, "import os; os.environ['MINE'] = '1'; v = float(os.environ['MINE'])")
    assert value(setting, path, cache) == (False, 1.0)
    monkeypatch.setenv("LYNX_TEST_V", "3")
    assert value(setting, path, cache) == (True, 1.0)


def test_a_database(setting: Setting, experiment: Write, cache: Cache) -> None:
    file = setting.top / "data.db"
    with closing(sqlite3.connect(file)) as db:
        db.executescript("CREATE TABLE t (v REAL); INSERT INTO t VALUES (1.0);")
    reads = "import sqlite3; v = sqlite3.connect('data.db').execute('SELECT v FROM t').fetchone()[0]"
    path = record(experiment, reads)
    assert value(setting, path, cache) == (False, 1.0)
    assert value(setting, path, cache) == (True, 1.0)
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE t SET v = 2.0")
        db.commit()
    assert value(setting, path, cache) == (False, 2.0)


def test_a_package_of_the_environment(setting: Setting, experiment: Write, cache: Cache) -> None:
    package = setting.top / ".venv" / "lib" / "site-packages" / "helper.py"
    package.parent.mkdir(parents=True)
    package.write_text("VALUE = 1.0\n")
    reads = f"import sys; sys.path.append({str(package.parent)!r}); import helper; v = helper.VALUE"
    path = record(experiment, reads)
    assert value(setting, path, cache) == (False, 1.0)
    assert value(setting, path, cache) == (True, 1.0)
    package.write_text("VALUE = 2.0\n")
    os.utime(package, (1e9, 1e9))
    assert value(setting, path, cache) == (False, 2.0)


def test_a_file_elsewhere(setting: Setting, experiment: Write, cache: Cache, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.txt"
    file.write_text("1")
    path = record(experiment, f"v = float(open({str(file)!r}).read())")
    assert value(setting, path, cache) == (False, 1.0)
    assert value(setting, path, cache) == (True, 1.0)
    file.write_text("2")
    assert value(setting, path, cache) == (False, 2.0)
    file.unlink()
    (run,) = run_jobs(setting, [job(path)], cache=cache)
    assert not run.cached


def test_what_another_process_read_is_not_kept(setting: Setting, experiment: Write, cache: Cache) -> None:
    path = record(experiment, "import subprocess; v = float(subprocess.check_output(['echo', '4']))")
    assert value(setting, path, cache) == (False, 4.0)
    assert value(setting, path, cache) == (False, 4.0)
