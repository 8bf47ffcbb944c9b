"""The target's bytes are served however the file is imported, and nothing else changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lynx.runs.runner import Setting, run_jobs
from lynx.truth.measures import Ended, Run

from .conftest import job

VARIANT = b"VALUE = 2.0\n"

WAYS = {
    "import": "import pkg.target as t",
    "from the package": "from pkg import target as t",
    "relative": "import pkg.user; t = pkg.user.target",
    "importlib": "import importlib; t = importlib.import_module('pkg.target')",
    "reload": "import importlib, pkg.target; t = importlib.reload(pkg.target)",
    "runpy": "import runpy, types; t = types.SimpleNamespace(**runpy.run_module('pkg.target'))",
    "by file": (
        "import importlib.util as u\n"
        "s = u.spec_from_file_location('other', 'src/pkg/target.py')\n"
        "t = u.module_from_spec(s); s.loader.exec_module(t)"
    ),
    "a fork": (
        "import os, types\n"
        "r, w = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    import pkg.target\n"
        "    os.write(w, str(pkg.target.VALUE).encode()); os._exit(0)\n"
        "t = types.SimpleNamespace(VALUE=float(os.read(r, 100)))"
    ),
}


def value(run: Run, name: str = "value") -> float:
    assert run.ended is Ended.FINISHED, run.log_tail
    return run.series[name].points[0][0]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_importing_sees_the_variant(
    way: str, setting: Setting, experiment: Callable[[str], str]
) -> None:
    (setting.top / "src/pkg/user.py").write_text("from . import target\n")
    path = experiment(WAYS[way] + "\nprobe.record(value=t.VALUE)")
    healthy, mine = run_jobs(setting, [job(path, VARIANT), job(path, None, name="yours")])
    assert value(healthy) == 2.0
    assert value(mine) == 1.0


def test_the_source_that_runs_is_the_source_that_is_shown(
    setting: Setting, experiment: Callable[[str], str]
) -> None:
    path = experiment(
        """
        import inspect, linecache
        from pkg.target import f
        linecache.checkcache()
        assert inspect.getsource(f) == "def f():\\n    return 'variant'\\n", inspect.getsource(f)
        raise RuntimeError(f())
        """
    )
    (run,) = run_jobs(setting, [job(path, b"def f():\n    return 'variant'\n")])
    assert "RuntimeError: variant" in run.log_tail


def test_a_traceback_shows_the_variants_line_and_not_lynxs_own_frames(
    setting: Setting, experiment: Callable[[str], str]
) -> None:
    path = experiment("import pkg.target")
    (run,) = run_jobs(setting, [job(path, b"x = 1\nraise ValueError('marked line')\n")])
    assert run.ended is Ended.CRASHED
    assert "raise ValueError('marked line')" in run.log_tail
    assert "worker.py" not in run.log_tail


def test_stale_bytecode_of_the_learners_files_is_not_used(
    setting: Setting, experiment: Callable[[str], str]
) -> None:
    import py_compile

    other = setting.top / "src/pkg/other.py"
    other.write_text("VALUE = 1\n")
    py_compile.compile(str(other))
    status = other.stat()
    other.write_text("VALUE = 2\n")  # the same size, and the same second as far as the .pyc can tell
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    (run,) = run_jobs(setting, [job(experiment("import pkg.other; probe.record(value=pkg.other.VALUE)"))])
    assert value(run) == 2.0


@pytest.mark.parametrize(
    "source",
    [
        "# -*- coding: latin-1 -*-\nVALUE = float('é' == chr(233))\n".encode("latin-1"),
        "VALUE = 1.0 # é".encode("utf-8-sig"),
    ],
    ids=["latin-1 cookie", "byte order mark"],
)
def test_encodings(source: bytes, setting: Setting, experiment: Callable[[str], str]) -> None:
    (run,) = run_jobs(
        setting, [job(experiment("import pkg.target as t; probe.record(value=t.VALUE)"), source)]
    )
    assert value(run) == 1.0


def test_nothing_is_written_into_the_learners_tree(
    setting: Setting, experiment: Callable[[str], str]
) -> None:
    before = sorted(p.relative_to(setting.top) for p in setting.top.rglob("*"))
    (run,) = run_jobs(setting, [job(experiment("import pkg.target; probe.record(value=1)"), VARIANT)])
    assert run.ended is Ended.FINISHED
    assert sorted(p.relative_to(setting.top) for p in setting.top.rglob("*")) == before


def test_relative_paths_resolve_from_the_top_and_modules_of_lynx_do_not_shadow(
    setting: Setting, experiment: Callable[[str], str]
) -> None:
    (setting.top / "number.txt").write_text("7")
    (setting.top / "src" / "probe.py").write_text("VALUE = 3\n")
    (setting.top / "src" / "log.py").write_text("VALUE = 4\n")
    path = experiment(
        """
        import probe as mine, log
        probe.record(value=float(open("number.txt").read()), mine=mine.VALUE + log.VALUE)
        """
    )
    (run,) = run_jobs(setting, [job(path)])
    assert value(run) == 7.0
    assert value(run, "mine") == 7.0


def test_a_repository_reached_through_a_link(
    setting: Setting, experiment: Callable[[str], str], tmp_path: Path
) -> None:
    from dataclasses import replace

    link = tmp_path / "link"
    link.symlink_to(setting.top)
    path = experiment("import pkg.target as t; probe.record(value=t.VALUE)")
    (run,) = run_jobs(replace(setting, top=link), [job(path, VARIANT)])
    assert value(run) == 2.0
