"""Code that nobody was shown is not imported, and is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lynx.runs.runner import Setting, run_jobs
from lynx.truth.measures import Ended

from .conftest import job

Write = Callable[..., str]
WAYS = {
    "sys.path": "import sys; sys.path.insert(0, {folder!r}); import hidden",
    "spec": (
        "import importlib.util as u; s = u.spec_from_file_location('hidden', {folder!r} + '/hidden.py'); "
        "m = u.module_from_spec(s); s.loader.exec_module(m)"
    ),
    "package": "import sys; sys.path.append({folder!r}); import box.inner",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_module_from_elsewhere_is_refused_by_name(
    setting: Setting, experiment: Write, tmp_path: Path, way: str
) -> None:
    folder = tmp_path / "elsewhere"
    (folder / "box").mkdir(parents=True)
    trace = tmp_path / "ran"
    for name in ("hidden.py", "box/__init__.py", "box/inner.py"):
        (folder / name).write_text(f"open({str(trace)!r}, 'w').close()\n")
    path = experiment(WAYS[way].format(folder=str(folder)))
    (run,) = run_jobs(setting, [job(path)])
    assert run.ended is Ended.CRASHED
    assert str(folder) in run.log_tail
    assert "outside the break's folder" in run.log_tail
    assert not trace.exists()


def test_its_own_folder_the_repository_and_what_is_installed_are_imported(
    setting: Setting, experiment: Write
) -> None:
    path = experiment(
        """
        import json, sys
        from pathlib import Path
        import numpy
        sys.path.insert(0, str(Path(__file__).parent))
        import beside
        import pkg.target
        for step in probe.steps(1): probe.record(loss=beside.VALUE)
        """
    )
    Path(path).with_name("beside.py").write_text("VALUE = 3.0\n")
    (run,) = run_jobs(setting, [job(path)])
    assert run.ended is Ended.FINISHED, run.log_tail
    assert run.series["loss"].points[0] == (3.0,)
