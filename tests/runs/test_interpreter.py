"""The order in which an interpreter is looked for, and how a bad one is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.errors import Refused
from lynx.runs.runner import Setting, choose_interpreter, run_jobs
from lynx.truth.measures import Ended

from .conftest import job


def environment(folder: Path) -> Path:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return python


def test_the_order(tmp_path: Path) -> None:
    top = tmp_path / "repo"
    top.mkdir()
    assert choose_interpreter(top, None, {}) == Path(sys.executable)
    own = environment(top / ".venv")
    assert choose_interpreter(top, None, {}) == own
    active = environment(tmp_path / "active")
    environ = {"VIRTUAL_ENV": str(tmp_path / "active")}
    assert choose_interpreter(top, None, environ) == active
    assert choose_interpreter(top, str(own), environ) == own
    assert choose_interpreter(top, str(top / ".venv"), environ) == own


def test_an_environment_without_python_is_passed_over(tmp_path: Path) -> None:
    environ = {"VIRTUAL_ENV": str(tmp_path / "deleted")}
    assert choose_interpreter(tmp_path, None, environ) == Path(sys.executable)


def test_what_was_asked_for_by_name_is_not_replaced_by_something_else(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no-such-python") as caught:
        choose_interpreter(tmp_path, str(tmp_path / "no-such-python"), {})
    assert caught.value.code == "no-such-python"
    assert "--python" in caught.value.remedy


def test_a_program_that_is_no_python_is_refused(setting: Setting, experiment: Callable[[str], str]) -> None:
    false = setting.top / "python"
    false.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    false.chmod(0o755)
    with pytest.raises(Refused, match="not today"):
        run_jobs(replace(setting, interpreter=false), [job(experiment("pass"))])


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing installed, not even numpy."""
    folder = tmp_path_factory.mktemp("bare") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def test_a_foreign_environment_needs_nothing_but_python(
    bare: Path, setting: Setting, experiment: Callable[[str], str]
) -> None:
    path = experiment(
        """
        import importlib.util, pkg.target
        for step in probe.steps(3):
            probe.record(loss=pkg.target.VALUE)
        ours = [n for n in ("numpy", "rich", "typer", "pydantic") if importlib.util.find_spec(n)]
        probe.record(ours=len(ours))
        """
    )
    (run,) = run_jobs(replace(setting, interpreter=bare), [job(path, b"VALUE = 5.0\n")])
    assert run.ended is Ended.FINISHED, run.log_tail
    assert run.series["loss"].points == {0: (5.0,), 1: (5.0,), 2: (5.0,)}
    assert run.series["ours"].points == {3: (0.0,)}


def test_a_built_in_experiment_says_that_numpy_is_missing(bare: Path, setting: Setting) -> None:
    with pytest.raises(Refused, match="has no numpy"):
        run_jobs(replace(setting, interpreter=bare), [job("deep_mlp")])


def test_the_child_runs_under_python_3_9(setting: Setting, experiment: Callable[[str], str]) -> None:
    old = next((p for p in map(Path, _pythons("python3.9")) if _runs(p)), None)
    if old is None:
        pytest.skip("no Python 3.9 here")
    path = experiment("import sys; probe.record(minor=sys.version_info[1])")
    (run,) = run_jobs(replace(setting, interpreter=old), [job(path)])
    assert run.ended is Ended.FINISHED, run.log_tail
    assert run.series["minor"].points == {0: (9.0,)}


def _pythons(name: str) -> list[str]:
    folders = [
        *os.environ.get("PATH", "").split(os.pathsep),
        *map(str, Path.home().glob(".pyenv/versions/*/bin")),
    ]
    return [str(Path(folder) / name) for folder in folders if (Path(folder) / name).exists()]


def _runs(python: Path) -> bool:
    return subprocess.run([python, "-c", "pass"], capture_output=True).returncode == 0
