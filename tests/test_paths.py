"""The paths of CONTRIBUTING.md, walked in a copy of the house: add one, in as many files as the page says, use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# path -> {file: (the line after which, what is put there)}; an anchor of "" makes the file
Edits = Mapping[str, tuple[str, str]]

METRIC: Edits = {
    "lynx/truth/measures.py": (
        '        Metric("first_nan_step", N_("step"), Worse.LOW, word=N_("first NaN step")),\n',
        '        Metric("largest_weight", "", log=True, word=N_("largest weight")),\n',
    ),
    "lynx/runs/child/instruments.py": (
        "# --- the list ---\n",
        '''class LargestWeight(Instrument):
    """The largest |weight| of the model."""

    costly = False

    def recorded(self, at: Moment) -> Found:
        return {"largest_weight": ((), [max(float(np.abs(w).max()) for w in at.watched.weights())])}


''',
    ),
}
INSTRUMENT_ROW = ('    "first_nan_step": FirstNanStep,\n', '    "largest_weight": LargestWeight,\n')

EXPERIMENT: Edits = {
    "lynx/runs/experiments/coin.py": (
        "",
        '''"""A coin that remembers."""


def coin(probe, *, steps: int = 5, seed: int = 0) -> None:
    """Record `loss`, which halves at every step."""
    for step in probe.steps(steps):
        probe.record(loss=2.0 ** -(step + seed))
''',
    ),
    "lynx/runs/experiments/__init__.py": (
        "EXPERIMENTS: dict[str, str] = {\n",
        '    "coin": "lynx.runs.experiments.coin:coin",\n',
    ),
}
COMMAND: Edits = {
    "lynx/loop/count.py": (
        "",
        '''"""`lynx count`: how many breaks there are."""

from __future__ import annotations

from dataclasses import dataclass

from lynx.loop.home import list_breaks


@dataclass(frozen=True)
class Counted:
    """How many."""

    breaks: int


def count(env) -> Counted:
    """Count them."""
    return Counted(len(list_breaks(None, env)))
''',
    ),
    "lynx/cli/learn.py": (
        '    """Add every command of the loop."""\n',
        '''
    @command(app, LEARN)
    def count(world: World) -> Any:
        """Count the breaks."""
        from lynx.loop.count import count as counting

        return counting(world.env)
''',
    ),
}
SCREEN: Edits = {
    "lynx/view/screens/counted.py": (
        "",
        '''"""`lynx count`."""

from __future__ import annotations

from lynx.view.layout import headline


def render(result, look):
    """One line."""
    return headline(f"{result.breaks} breaks in all", "", look)
''',
    ),
    "lynx/view/results.py": (
        "RESULTS: dict[str, Row] = {\n",
        '    "lynx.loop.count.Counted": Row("screens.counted"),\n',
    ),
}
FILES = {"metric": (METRIC, 2), "experiment": (EXPERIMENT, 2), "command": (COMMAND, 2), "screen": (SCREEN, 2)}


def put(house: Path, edits: Edits) -> None:
    for name, (anchor, text) in edits.items():
        path = house / name
        if not anchor:
            path.write_text(text, encoding="utf-8")
            continue
        before = path.read_text(encoding="utf-8")
        assert before.count(anchor) == 1, (
            f"{name} no longer has the place that CONTRIBUTING.md names: {anchor!r}"
        )
        path.write_text(before.replace(anchor, anchor + text), encoding="utf-8")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what ships, with one of each put in."""
    top = tmp_path_factory.mktemp("house")
    for name in ("lynx", "breaks", "phases", "learners/starter"):
        shutil.copytree(ROOT / name, top / name, ignore=shutil.ignore_patterns("__pycache__", "_data"))
    put(top, METRIC)
    put(top, {"lynx/runs/child/instruments.py": INSTRUMENT_ROW})
    for edits in (EXPERIMENT, COMMAND, SCREEN):
        put(top, edits)
    return top


def python(house: Path, *line: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(house), "LYNX_LANG": "en", "HOME": str(house)}
    return subprocess.run(
        [sys.executable, *line],
        cwd=house,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("name", FILES)
def test_a_path_is_as_short_as_it_was_promised(name: str) -> None:
    edits, promised = FILES[name]
    assert len(edits) <= promised
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for file in edits:
        shown = file if (ROOT / file).exists() else str(Path(file).parent)
        assert shown in page, f"CONTRIBUTING.md does not lead to {shown}"


def test_a_metric_is_recorded_by_every_experiment_and_named_on_the_screen(
    house: Path, tmp_path: Path
) -> None:
    code = f"""
import json
from pathlib import Path
from lynx.runs.runner import Job, Setting, run_jobs
from lynx.view.words import metric_word
top = Path({str(house)!r}) / "learners" / "starter"
setting = Setting(top=top, pythonpath=("src",), target="src/minimodel/nn/blocks.py",
                  interpreter=Path({sys.executable!r}), state_dir=Path({str(tmp_path)!r}))
source = (top / "src/minimodel/nn/blocks.py").read_bytes()
jobs = [Job("healthy", 0, source, "deep_mlp", {{"depth": 1, "width": 8, "steps": 2}}),
        Job("drill", 0, source, "drill_net", {{"depth": 1, "activation": "relu", "init": "kaiming", "norm": "none",
            "residual": True, "step": 0.01, "width": 8, "steps": 2}}),
        Job("flip", 1, source, "coin", {{"steps": 3}})]
runs = {{r.variant: r for r in run_jobs(setting, jobs)}}
print(json.dumps([runs[n].ended + runs[n].log_tail for n in runs if runs[n].ended != "finished"]))
print(json.dumps([sorted(runs["healthy"].series["largest_weight"].points),
                  "largest_weight" in runs["drill"].series, metric_word("largest_weight"),
                  [v[0] for v in runs["flip"].series["loss"].points.values()]]))
"""
    done = python(house, "-c", code)
    assert done.returncode == 0, done.stderr
    unfinished, found = map(json.loads, done.stdout.splitlines()[-2:])
    assert unfinished == []
    assert found == [[0, 1], True, "largest weight", [0.5, 0.25, 0.125]]


def test_a_command_has_its_screen_its_json_and_its_help(house: Path) -> None:
    there = len(list((house / "breaks").rglob("break.yaml")))
    assert f"{there} breaks in all" in python(house, "-m", "lynx", "count").stdout
    assert json.loads(python(house, "-m", "lynx", "count", "--json").stdout)["breaks"] == there
    assert "Count the breaks." in python(house, "-m", "lynx", "--help").stdout
