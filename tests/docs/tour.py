"""Every command once, under `--json`, by a learner of break 03 and by a mentor: what docs/json.md shows.

One walk through one workspace, with the cheapest break and the smallest settings; the figures in it are no
measurements to cite.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lynx.content.catalog import data_dir
from lynx.store.journal import Journal
from lynx.store.recordings import pack
from tests import program
from tests.conftest import HANGS, clean_environ
from tests.scan.tiny import committed, tiny
from tests.study.test_exam_terminal import curves

TARGET = "src/minimodel/stack.py"
HEALTHY, BUG, WRONG = "current = current + step", "current = step", "current = x + step"
CELL = "10-relu-kaiming-none-residual-0.01"  # the drill's question, which is drawn at random otherwise
ANSWERS = {"P1": "2.5", "P2": "0.01", "P3": "never", "P4": "40 %"}  # "never" is a number that is not finite


GUARD = """\
import numpy as np
from minimodel.stack import ResidualStack
from minitorch import Tensor


def test_it_grows():
    assert ResidualStack(3)(Tensor(np.array([0.5]))).item() > 0.9
"""


@dataclass(frozen=True)
class Example:
    """What one command printed under `--json`, and how it ended."""

    command: str
    code: int
    value: Any


@dataclass
class Tour:
    """The walk: `at` is where the person stands, `found` what was printed, by the example's name."""

    home: Path
    at: Path
    found: dict[str, Example] = field(default_factory=dict)

    def run(self, *words: str, name: str = "", code: int = 0) -> Any:
        """`lynx … --json`; kept under `name`. Its stdout is one JSON object, or nothing."""
        env = clean_environ(self.home, PYTHONPATH=str(data_dir("starter").parents[1]))
        done = program.run(*words, "--json", cwd=self.at, env=env)
        command = " ".join(["lynx", *(f'"{word}"' if " " in word else word for word in words), "--json"])
        assert done.code == code, f"{command}\n{done.out}\n{done.err}"
        value = self._tidied(done.json) if done.out else None
        if name:
            assert name not in self.found
            self.found[name] = Example(self._relative(command), code, value)
        return value

    def _relative(self, text: str) -> str:
        """A text without this machine's folders."""
        return text.replace(str(self.home), "/home/ada").replace(str(data_dir("breaks").parent), "/opt/lynx")

    def _tidied(self, value: Any, key: str = "") -> Any:
        """`value` with nothing in it that differs from day to day: folders, clock times, durations."""
        if isinstance(value, Mapping):
            return {name: self._tidied(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self._tidied(item, key) for item in value]
        if key in FIXED and isinstance(value, int | float) and not isinstance(value, bool):
            return FIXED[key]
        if isinstance(value, str):
            return re.sub(r"\d{4}-\d{2}-\d{2}", "2026-11-30", self._relative(value))
        return value

    def edit(self, old: str, new: str) -> None:
        """Replace one piece of the target."""
        path = self.at / TARGET
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    def predict(self) -> None:
        """Fill in the notes' form, as in an editor; the first is answered on the command line."""
        path = self.at / "phase-10/notes/breaks.md"
        text = path.read_text(encoding="utf-8")
        for name, value in list(ANSWERS.items())[1:]:
            form = rf"(### {name} [^\n]*\n)- prediction:\n- confidence:\n- because:\n"
            filled = rf"\g<1>- prediction: {value}\n- confidence: 70\n- because: a guess\n"
            text, count = re.subn(form, filled, text)
            assert count == 1, name
        path.write_text(text, encoding="utf-8")


FIXED = {
    "seconds": 1.5,
    "run_seconds": 1.5,
    "locked_at": 1796040000.0,
    "since": 1796040000.0,
    "start": 1796040000.0,
    "end": 1796040000.0,
    "jobs": 2,
    "processes": 2,
}


def walk(folder: Path, *, whole: bool) -> dict[str, Example]:
    """Every command, in an order in which each has something to show; unless `whole`, a learner's alone."""
    tour = Tour(folder, folder)
    _play(tour)
    if whole:
        _scan(tour)
        _study(tour)
        _write(tour)
    return tour.found


def _play(tour: Tour) -> None:
    tour.run("init", "course", "--learner", "ada", name="init")
    tour.at = tour.at / "course"
    tour.run(name="lynx")
    tour.run("list", name="list")
    tour.run("break", "03", name="break")
    tour.run("setup", name="setup")
    tour.run("run", name="error-predictions", code=1)
    tour.run("reset", name="error-flag", code=2)
    tour.run("predict", "P1", "--answer", ANSWERS["P1"], "--sure", "70", "--because", "a guess", name="predict")
    tour.predict()
    ran = tour.run("run", "--seeds", "2", name="run")
    never = [row for row in ran["predictions"] if row["written"] == "never"]
    tour.found["not-finite"] = Example(tour.found["run"].command, 0, {"predictions": never})
    tour.run("status", name="status")
    tour.run("show", name="show")
    tour.run("show", "gradient", "--variant", "broken", "--step", "50", name="show-metric")
    tour.run("control", name="control")
    tour.run("control", "negative-weight", "--expect", "product", "--sure", "70", name="control-run")
    tour.run("hint", name="hint")
    tour.run("verify", name="verify-untouched", code=1)
    tour.edit(BUG, WRONG)
    tour.run("verify", name="verify-not-fixed", code=1)
    tour.edit(WRONG, HEALTHY)
    _watched(tour)
    tour.run("verify", name="verify")
    tour.run("explain", "--text", "The plus added 1 to every factor.", name="explain")
    tour.run("report", "--out", "page.html", name="report")
    tour.run("export", "progress.json.gz", name="export")
    tour.run("import", "progress.json.gz", name="import")
    tour.run("hand-in", "hand-ins/ada.json", "--name", "Ada", name="hand-in")
    tour.run("class", "hand-ins", name="class")
    tour.run("demo", name="demo")
    tour.run("reset", "--yes", name="reset")
    tour.run("break", "03", name="")
    (tour.at / ".git/lynx/owner").unlink()  # as if the folder were somebody else's
    tour.run("adopt", name="adopt")
    tour.run("reveal", "--yes", name="reveal")
    tour.run("reset", "--yes", name="")


def _watched(tour: Tour) -> None:
    """`lynx watch` speaks to a person alone: under `--json` it prints nothing, and ends at the first fix."""
    path = tour.at / TARGET
    text = path.read_text(encoding="utf-8")
    watching = subprocess.Popen(
        [sys.executable, "-m", "lynx", "watch", "--json"],
        cwd=tour.at,
        env=clean_environ(tour.home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        # saved again until it has begun to look; ever less often, for a save cuts short the verifying of the last
        for seconds in (1, 2, 4, 8, 16, 32, 64, HANGS):
            path.write_text(text, encoding="utf-8")
            with contextlib.suppress(subprocess.TimeoutExpired):
                watching.wait(seconds)
                break
        out, err = watching.communicate(timeout=HANGS)
    finally:
        watching.kill()
    assert watching.returncode == 0, err
    tour.found["watch"] = Example("lynx watch --json", 0, json.loads(out) if out else None)


def _scan(tour: Tour) -> None:
    stood, tour.at = tour.at, committed(tiny(tour.home / "mine"))
    tour.run("init", "--here", "--learner", "ada")
    found = tour.run("scan", "--run", "train.py", name="scan", code=1)
    number = {one["operator"]: str(one["number"]) for one in found["mutants"]}
    tour.run("scan", "show", "1", name="scan-show")
    tour.run("scan", "test", number["max-shift-dropped"], name="scan-test")
    tour.run("scan", "ignore", "1", "--because", "a demonstration", name="scan-ignore")
    tour.run("scan", "play", number["rate-times-ten"], name="scan-play")
    tour.at = stood


def _study(tour: Tour) -> None:
    tour.run("phase", "10", name="phase")
    for path in (tour.at / "tests").glob(
        "*.py"
    ):  # the check runs the workspace's tests: one small one will do
        path.unlink()
    tour.run("mcp", name="mcp")  # nobody is there to speak to: it ends
    small = "from minimodel.stack import ResidualStack\n\n\ndef test_it():\n    assert ResidualStack\n"
    (tour.at / "tests/test_small.py").write_text(small, encoding="utf-8")
    guard = tour.at / "tests/test_guard.py"
    guard.write_text(GUARD, encoding="utf-8")
    tour.run("guard", "tests/test_guard.py", "--break", "03", name="guard")
    guard.unlink()
    tour.run("phase", "10", "--check", name="phase-check", code=1)
    tour.run("read", "10/03", name="read")
    tour.run("lab", "10/00", "--sheet", name="lab-sheet")
    answers = ("--predict", "P1=1e20@70", "--predict", "P2=1e5", "--predict", "P3=no")
    tour.run("lab", "10/00", *answers, "--seeds", "1", "--width", "8", name="lab")
    with Journal.open(tour.at / ".git/lynx") as journal:
        journal.set_fact("drill-pending", json.dumps({"cell": CELL, "number": 1, "review_of": None}))
    tour.run("drill", name="drill")
    tour.run("drill", "--answer", "trains", "--sure", "90", name="drill-answer")
    with Journal.open(tour.at / ".git/lynx") as journal:
        journal.set_fact("drill-curve-pending", json.dumps({"cell": CELL}))
    tour.run("drill", "--curve", name="drill-curve")
    sketch = "0: 100, 10: 3, 30: nan, 99: nan"
    tour.run("drill", "--curve", "--answer", sketch, "--sure", "50", name="drill-curve-answer")
    _sit(tour)
    _age(tour.at / ".git/lynx", days=8)
    tour.run("review", name="review")
    tour.run("progress", name="progress")
    tour.run("atlas", name="atlas")


def _sit(tour: Tour) -> None:
    """An exam whose runs are recorded already, by a formula: what it trains takes seconds."""
    runs = pack(curves({"A": "no-warm-up", "B": "sees-ahead", "C": "large-init"}))  # so seed 7 draws them
    with Journal.open(tour.at / ".git/lynx") as journal:
        fact = {"seed": 7, "among": None, "number": 1, "began": 1.8e9, "runs": journal.put(runs), "answers": {}}
        journal.set_fact("exam:19", json.dumps(fact))
    tour.run("exam", "19", name="exam")
    tour.run("exam", "19", "--look", "rate", "--run", "A", name="exam-look")
    tour.run("exam", "19", "--answer", "A=no-warm-up/schedule@90", code=1)
    rest = ("--answer", "B=large-init/weights@50", "--answer", "C=sees-ahead/weights@50")
    tour.run("exam", "19", *rest, name="exam-answer")


def _age(state: Path, days: int) -> None:
    """Let everything in the journal have happened so much earlier."""
    import sqlite3

    with sqlite3.connect(state / "journal.db") as db:
        db.execute("UPDATE events SET time = time - ?", (days * 86400,))
        db.execute("UPDATE attempts SET started = started - ?", (days * 86400,))
    db.close()


def _write(tour: Tour) -> None:
    tour.edit(HEALTHY, BUG)
    tour.run("mentor", "record", TARGET, "--id", "50", "--slug", "no-plus", name="mentor-record")
    tour.run("mentor", "new", TARGET, "--id", "51", name="mentor-new")
    tour.run("mentor", "measure", "03", "--seeds", "3", "--jobs", "2", name="mentor-measure")
    tour.run("mentor", "preview", "03", "--stage", "hint", name="mentor-preview")
    part = tour.run("mentor", "check", "03", "--seeds", "1", "--jobs", "2", name="mentor-check")
    (tour.at / "part.json").write_text(json.dumps(part), encoding="utf-8")
    tour.run("mentor", "merge", "part.json", name="mentor-merge", code=1)
    tour.run(
        "mentor", "check", "51", "--pack", "breaks", "--seeds", "1", name="mentor-check-problems", code=1
    )
    schema = tour.run("mentor", "schema")
    top = {name: schema[name] for name in ("$schema", "title", "type", "additionalProperties")}
    tour.found["mentor-schema"] = Example("lynx mentor schema --json", 0, top)
    pack = tour.home / "pack"
    shutil.copytree(data_dir("breaks") / "10/03-gradient-test", pack / "60-plus")
    page = pack / "60-plus/break.yaml"
    page.write_text(page.read_text(encoding="utf-8").replace('id: "03"', 'id: "60"', 1), encoding="utf-8")
    tour.run("mentor", "translate", "60", "fr", "--pack", str(pack), name="mentor-translate")
    tour.run("mentor", "upgrade", str(pack), name="mentor-upgrade")
    tour.run("pack", "add", str(pack), name="pack-add")
    tour.run("pack", "list", name="pack-list")
    tour.run("break", "60", name="error", code=2)
    tour.run("trust", "60", "--yes", name="trust")
    tour.run("pack", "remove", str(pack), name="pack-remove")
    tour.run("frob", name="error-usage", code=2)


# -- shapes ----------------------------------------------------------------------------------------


def shape(value: Any) -> str:
    """Keys and types, recursively; a list is the set of its elements' shapes, and numbers are one type."""
    return json.dumps(_shape(value), sort_keys=True)


def _shape(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        shapes = {name: _shape(item, name) for name, item in value.items()}
        return {"any name": _union(shapes.values())} if key in FREE else shapes
    if isinstance(value, list):
        return [_union(_shape(item) for item in value)]
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    return "number" if isinstance(value, int | float) or value in ("nan", "inf", "-inf") else "text"


def _union(shapes: Any) -> list[Any]:
    """The distinct shapes, in a fixed order."""
    return [json.loads(one) for one in sorted({json.dumps(one, sort_keys=True) for one in shapes})]


# objects whose keys are names of the content's (metrics, variants, rivals), not fields
FREE = {"metrics", "says", "series", "rivals", "out", "shares", "facts", "changed"}
LONGEST = 100  # characters of a text that an example shows


def shortened(value: Any, key: str = "") -> Any:
    """`value` without repetition: of a list or of free names one entry for every shape, of a long text its head."""
    if isinstance(value, Mapping):
        items = _one_of_each(value.items(), lambda item: item[1]) if key in FREE else value.items()
        return {name: shortened(item, name) for name, item in items}
    if isinstance(value, list):
        return [shortened(item) for item in _one_of_each(value, lambda item: item)]
    if isinstance(value, str) and len(value) > LONGEST:
        return value[: LONGEST - 1] + "…"
    return value


def _one_of_each(items: Any, of: Any) -> list[Any]:
    """One item of each shape; of two or fewer, all: pairs stay pairs."""
    found: dict[str, Any] = {}
    for item in items:
        found.setdefault(shape(of(item)), item)
    return list(items) if len(items) <= 2 else list(found.values())


def fields(value: Any, key: str = "") -> set[str]:
    """The name of every field in `value`, at any depth, but not the free names, nor a curve's steps."""
    if isinstance(value, Mapping):
        below: set[str] = set().union(*(fields(item, name) for name, item in value.items()))
        return below if key in FREE else below | {name for name in value if not str(name).isdigit()}
    if isinstance(value, list):
        return set().union(*(fields(item) for item in value))
    return set()
