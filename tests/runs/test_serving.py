"""Whoever opens the target gets the variant's bytes, under a real descriptor; what was not served is invalid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.runs.runner import Job, Setting, run_jobs
from lynx.store.cache import Cache
from lynx.truth.measures import Ended, Invalid, Run

Write = Callable[..., str]

# Each line is a way to read `cfg.json`, whose disk says 1 and whose variant says 22.
WAYS = """
import builtins, codecs, io, json, mmap, os, pathlib, runpy, shutil, sys, tempfile
import numpy as np

def fork():
    r, w = os.pipe()
    if os.fork() == 0:
        os.write(w, open("cfg.json").read().encode()); os._exit(0)
    return os.read(r, 100)

def elsewhere():
    here = os.getcwd()
    os.chdir("src")
    try: return open("../cfg.json").read()
    finally: os.chdir(here)

def through_a_folder():
    folder = os.open("src/..", os.O_RDONLY)
    fd = os.open("cfg.json", os.O_RDONLY, dir_fd=folder)
    return os.read(fd, 10)

def mapped():
    with open("cfg.json", "rb") as f:
        return mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[:]

def sought():
    with open("cfg.json", "rb") as f:
        f.seek(0, 2); end = f.tell(); f.seek(0)
        assert os.fstat(f.fileno()).st_size == end, end
        return f.read()

def copied():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile("cfg.json", folder + "/copy")
        return open(folder + "/copy").read()

def opener():
    return open("cfg.json", opener=lambda path, flags: os.open(path, flags)).read()

def unbuffered():
    fd = os.open("cfg.json", os.O_RDONLY)
    return os.fdopen(fd).read()

def several():
    a, b = open("cfg.json"), open("cfg.json")
    assert a.read() and b.read() and a.name == "cfg.json"
    return json.load(open("cfg.json"))

ways = {
    "open": lambda: open("cfg.json").read(),
    "builtins": lambda: builtins.open("cfg.json", "rb").read(),
    "io": lambda: io.open("cfg.json", encoding="utf-8").read(),
    "codecs": lambda: codecs.open("cfg.json", encoding="utf-8").read(),
    "open_code": lambda: io.open_code(os.path.abspath("cfg.json")).read(),
    "os.open": unbuffered,
    "read_text": lambda: pathlib.Path("cfg.json").read_text(),
    "read_bytes": lambda: pathlib.Path("cfg.json").read_bytes(),
    "Path.open": lambda: pathlib.Path("cfg.json").open().read(),
    "json": lambda: json.load(open("cfg.json")),
    "loadtxt": lambda: np.loadtxt("cfg.json"),
    "genfromtxt": lambda: np.genfromtxt("cfg.json"),
    "fromfile": lambda: bytes(np.fromfile("cfg.json", dtype=np.uint8)),
    "memmap": lambda: bytes(np.memmap("cfg.json", dtype=np.uint8, mode="r")),
    "bytes name": lambda: open(b"cfg.json").read(),
    "absolute": lambda: open(os.path.abspath("cfg.json")).read(),
    "a link": lambda: open("link.json").read(),
    "a hard link": lambda: open("hard.json").read(),
    "roundabout": lambda: open("src/../cfg.json").read(),
    "a fork": fork, "another folder": elsewhere, "dir_fd": through_a_folder, "mmap": mapped, "seek": sought,
    "copyfile": copied, "opener": opener, "several at once": several,
}
found = {}
for name, way in ways.items():
    try:
        found[name] = float(way())
    except Exception as error:
        print(name, repr(error))
        found[name] = -1.0
probe.series("found", list(found), list(found.values()))
"""


@pytest.fixture
def data(setting: Setting) -> Setting:
    """The repository with a target that is no Python."""
    top = setting.top
    (top / "cfg.json").write_text("1\n")
    (top / "link.json").symlink_to("cfg.json")
    (top / "hard.json").hardlink_to(top / "cfg.json")
    return replace(setting, target="cfg.json")


def only(setting: Setting, path: str, source: bytes | None = b"22\n", **more: object) -> Run:
    (run,) = run_jobs(setting, [Job("healthy", 0, source, path, must_read=True, **more)])  # type: ignore[arg-type]
    return run


def test_every_way_of_opening_gives_the_variant(data: Setting, experiment: Write) -> None:
    run = only(data, experiment(WAYS))
    assert run.ended is Ended.FINISHED, run.log_tail
    found = dict(zip(run.series["found"].layers, run.series["found"].points[0], strict=True))
    assert {name: value for name, value in found.items() if value != 22.0} == {}, run.log_tail
    assert run.invalid is None
    assert run.delivered


def test_programs_that_open_the_target_themselves(setting: Setting, experiment: Write) -> None:
    path = experiment(
        """
        import runpy
        space = {}
        exec(open("src/pkg/target.py").read(), space)
        ran = runpy.run_path("src/pkg/target.py")
        module = runpy.run_module("pkg.target")
        probe.record(read=space["VALUE"], path=ran["VALUE"], module=module["VALUE"])
        """
    )
    run = only(setting, path, b"VALUE = 2.0\n")
    assert {name: one.points[0] for name, one in run.series.items()} == dict.fromkeys(
        ("read", "path", "module"), (2.0,)
    ), run.log_tail
    assert run.invalid is None


def test_text_modes_and_encodings_are_kept(data: Setting, experiment: Write) -> None:
    path = experiment(
        """
        a = open("cfg.json", encoding="latin-1", newline="").read()
        b = open("cfg.json", "rb").read()
        assert a == "\\xe9\\r\\n" and b == b"\\xe9\\r\\n", (a, b)
        assert open("cfg.json", encoding="latin-1").read() == "\\xe9\\n"
        probe.record(x=1)
        """
    )
    assert only(data, path, b"\xe9\r\n").ended is Ended.FINISHED


def test_what_a_run_writes_to_the_target_stays_its_own(data: Setting, experiment: Write) -> None:
    """It is a private copy: written, it reads as written, in this run alone."""
    path = experiment(
        """
        import os
        with open("cfg.json", "r+") as f: f.write("7"); f.seek(0); assert f.read() == "72\\n"
        with open("cfg.json", "a") as f: f.write("3")
        assert open("cfg.json").read() == "72\\n3"
        with open("cfg.json", "w") as f: f.write("4")
        for act in (lambda: os.remove("cfg.json"), lambda: os.replace("link.json", "cfg.json"),
                    lambda: open("cfg.json", "x")):
            try: act()
            except OSError: continue
            raise AssertionError("the learner's file could be replaced")
        probe.record(x=float(open("cfg.json").read()))
        """
    )
    run = only(data, path)
    assert run.series["x"].points[0] == (4.0,), run.log_tail
    assert (data.top / "cfg.json").read_text() == "1\n"


def test_the_disk_may_change_while_a_run_reads(data: Setting, experiment: Write) -> None:
    """An editor saves by renaming: the target is another file then, and still the target."""
    path = experiment(
        """
        import subprocess
        subprocess.run(["mv", "new.tmp", "cfg.json".replace("cfg", "c" + "fg")])
        probe.record(x=float(open("cfg.json").read()))
        """
    )
    (data.top / "new.tmp").write_text("5\n")
    (run,) = run_jobs(data, [Job("healthy", 0, b"22\n", path)])
    assert run.series["x"].points[0] == (22.0,), run.log_tail
    assert (data.top / "cfg.json").read_text() == "5\n"


INVALID = {
    "never read": ("probe.record(x=1)", Invalid.NEVER_READ),
    "opened by the interpreter's own hands": (
        "import io; probe.record(x=float(io.FileIO('cfg.json').read()))",
        Invalid.OPENED_PAST,
    ),
    "by a data base": (
        "import sqlite3, contextlib\nwith contextlib.suppress(sqlite3.Error): sqlite3.connect('cfg.json')\n"
        "probe.record(x=1)",
        Invalid.OPENED_PAST,
    ),
    "by another Python": (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'pass']); open('cfg.json'); probe.record(x=1)",
        Invalid.STARTED_PROCESS,
    ),
    "by a shell": ("import os; os.system('cat cfg.json'); probe.record(x=1)", Invalid.STARTED_PROCESS),
    "by multiprocessing": (
        "import multiprocessing as m\np = m.get_context('spawn').Process(target=print); p.start(); p.join()\n"
        "open('cfg.json'); probe.record(x=1)",
        Invalid.STARTED_PROCESS,
    ),
    "a tool that reads nothing of it": (
        "import subprocess; subprocess.run(['uname']); open('cfg.json'); probe.record(x=1)",
        None,
    ),
    "by a fork": (
        "import os\nif os.fork() == 0:\n    open('cfg.json'); os._exit(0)\nos.wait(); probe.record(x=1)",
        None,
    ),
}


@pytest.mark.parametrize("case", INVALID)
def test_what_was_not_served_is_invalid(case: str, data: Setting, experiment: Write) -> None:
    body, wanted = INVALID[case]
    run = only(data, experiment(body))
    assert run.ended is Ended.FINISHED, run.log_tail
    assert run.invalid is wanted


def test_what_was_imported_before_is_invalid(
    setting: Setting, experiment: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start = tmp_path / "start"
    start.mkdir()
    (start / "sitecustomize.py").write_text("import pkg.target\n")
    monkeypatch.setenv("PYTHONPATH", f"{start}:{setting.top / 'src'}")
    run = only(setting, experiment("import pkg.target as t; probe.record(x=t.VALUE)"), b"VALUE = 2.0\n")
    assert run.series["x"].points[0] == (1.0,)  # the disk's: that is why
    assert run.invalid is Invalid.IMPORTED_BEFORE


def test_a_start_up_file_that_keeps_an_open_of_its_own_is_served(
    data: Setting, experiment: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, io, os\nfrom io import open as mine\nsys.modules['kept'] = sys.modules[__name__]\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = only(data, experiment("import kept; probe.record(x=float(kept.mine('cfg.json').read()))"))
    assert run.series["x"].points[0] == (22.0,), run.log_tail
    assert run.invalid is None


def test_the_cache_does_not_forget_that_nothing_was_read(
    data: Setting, experiment: Write, tmp_path: Path
) -> None:
    """A baseline need not read the target; the same run under a name that must is invalid all the same."""
    path, cache = experiment("probe.record(x=1)"), Cache(tmp_path / "cache")
    (free,) = run_jobs(data, [Job("baseline", 0, b"22\n", path)], cache=cache)
    (bound,) = run_jobs(data, [Job("healthy", 0, b"22\n", path, must_read=True)], cache=cache)
    assert (free.invalid, bound.invalid, bound.cached) == (None, Invalid.NEVER_READ, True)


def test_the_program_sees_an_open_like_any_other(setting: Setting, experiment: Write) -> None:
    path = experiment(
        """
        import builtins, functools, io, os, pickle
        assert builtins.open is io.open and open.__name__ == "open"
        assert pickle.loads(pickle.dumps(open)) is open
        class Reader:
            open = open  # a plain function would become a method here
        assert Reader().open(os.devnull).read() == ""
        functools.wraps(open)(lambda: None)
        try: open("no such file")
        except FileNotFoundError as error: assert error.filename == "no such file"
        try: open(0.5)
        except TypeError: pass
        probe.record(x=1)
        """
    )
    (run,) = run_jobs(setting, [Job("healthy", 0, b"VALUE = 2.0\n", path)])
    assert run.ended is Ended.FINISHED, run.log_tail
