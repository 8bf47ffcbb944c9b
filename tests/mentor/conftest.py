"""A foreign repository: plain numpy, modules at the root, a data file by relative path, and much printing."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from lynx.mentor.check import Options, check
from lynx.mentor.choosing import Chosen
from lynx.mentor.results import BreakCheck

SCALING = '''\
"""Preparing columns for a linear model."""

import numpy as np


def standardise(x):
    """Give every column mean 0 and standard deviation 1."""
    centred = x - x.mean(axis=0)
    return centred / (centred.std(axis=0) + 1e-8)


def widen(x):
    """Add a column of ones."""
    ones = np.ones((len(x), 1))
    return np.concatenate([x, ones], axis=1)


def pair(x):
    """Two sums that look alike."""
    left = x.sum(axis=0)
    right = x.sum(axis=0)
    return left + right
'''

EXPERIMENT = '''\
"""Linear regression by gradient descent on a small table."""

import numpy as np

from scaling import standardise, widen


def run(probe, *, steps, lr, batch, seed):
    rng = np.random.default_rng(seed)
    table = np.loadtxt("data/houses.csv", delimiter=",")
    x, y = widen(standardise(table[:, :-1])), table[:, -1]
    weights = rng.normal(0, 0.1, x.shape[1])
    for step in probe.steps(steps):
        rows = rng.integers(0, len(x), batch)
        error = x[rows] @ weights - y[rows]
        print("step", step, "error", error)
        probe.record(loss=float(np.mean(error**2)), chance=float(rng.normal()))
        weights -= lr * 2 * x[rows].T @ error / batch
        probe.series("weight", ["rooms", "age", "area", "one"], np.abs(weights))
'''

BREAK = """\
# A comment of the author's, which stays.
schema: 1
id: "50"
slug: scaling
phase: 0
title: {en: Forget to centre the columns, es: Olvida centrar las columnas}
blind_title: {en: A regression runs away, es: Una regresión se dispara}
teaches: [conditioning]
target: scaling.py
within: standardise
diff: |
  @@
  -    centred = x - x.mean(axis=0)
  +    centred = x
pythonpath: [.]
base: .
experiment: {run: ./experiment.py, args: {steps: 40, lr: 5.0e-2, batch: 32}}
rivals:
  lost: {en: Without centring the columns say less, es: Sin centrar las columnas dicen menos}
  steps: {en: The same step is too long now, es: El mismo paso es ahora demasiado largo}
controls:
  small-steps:
    says: {en: The bug stays; steps are a hundred times shorter, es: El error sigue; los pasos son cien veces
    más cortos} on: broken args: {lr: 5.0e-4} measure: {metric: loss, step: last, relative_to: {step: first}}
    predicts: lost: {at_least: 0.95} steps: {at_most: 0.9} expect: {at_most: 0.9} predictions: - id: P1 ask:
    {en: The last loss with the bug as a fraction of the first, es: La última pérdida con el error como
    fracción de la primera} kind: number measure: {metric: loss, variant: broken, step: last, relative_to:
    {step: first}} scale: log hit: 10 page: 1 - id: P2 ask: {en: What the loss does without the bug, es: Qué
    hace la pérdida sin el error} kind: choice measure: {metric: loss, variant: healthy, step: last,
    relative_to: {step: first}} options: {falls: {at_most: 0.5}, rises: {at_least: 1.3}, flat: {}} claims: -
    id: healthy-trains says: {en: Without the bug the loss falls by half, es: Sin el error la pérdida baja a
    la mitad} from: measured measure: {metric: loss, variant: healthy, step: last, relative_to: {step: first}}
    expect: {at_most: 0.5} healthy: true verdict: HOLDS - id: runs-away says: {en: With the bug the loss ends
    a thousand times higher, es: Con el error la pérdida acaba mil veces más alta} from: measured measure:
    {metric: loss, variant: broken, step: last} compare: {to: healthy, direction: above, margin: 1000, scale:
    log} verdict: HOLDS - id: nan-at-once says: {en: The loss is NaN by step 10, es: La pérdida es NaN en el
    paso 10} from: theory measure: {metric: loss, variant: broken, step: 10} expect: {nan: true} verdict:
    REFUTED symptom: {en: The loss grows at every step., es: La pérdida crece a cada paso.} hidden_cause: {en:
    "The columns keep their means, so the curvature is large.", es: "Las columnas conservan su media y la
    curvatura es grande."} hints: - {en: Compare the first three losses of both., es: Compara las tres
    primeras pérdidas de ambos.} - {en: Look at what happens to the columns first., es: Mira qué les pasa
    antes a las columnas.} - {en: "See `centred` in standardise, line 8.", es: "Mira `centred` en standardise,
    línea 8."} oracle: call: scaling:standardise inputs: [{shape: [batch, 3], dtype: float}] shapes: [{batch:
    2}, {batch: 7}, {batch: 32}] cases: 12 wrong_fixes: - says: {en: centres by row, es: centra por fila}
    diff: | @@ -    centred = x +    centred = x - x.mean(axis=1, keepdims=True) why: {en: Centring makes one
    step fit all columns., es: Centrar hace que un paso sirva a todas las columnas.} budget: 30
"""


def git(top: Path, *arguments: str) -> None:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    names = {f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", "-C", str(top), *arguments], check=True, capture_output=True, env=env | names)


def make_repository(top: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    git(top, "init", "-q")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "start")
    return top


def houses() -> str:
    """A table with three columns of very different means, and a price that depends on all of them."""
    import numpy as np

    rng = np.random.default_rng(7)
    x = rng.normal([5, 40, 90], [1, 10, 20], (60, 3))
    y = (x - x.mean(axis=0)) / x.std(axis=0) @ [1.0, -0.5, 2.0] + 3 + rng.normal(0, 0.1, 60)
    return (
        "\n".join(",".join(f"{v:.6f}" for v in [*row, price]) for row, price in zip(x, y, strict=True)) + "\n"
    )


@dataclass
class Bench:
    """A repository with one break, checked after each planted fault."""

    top: Path
    cache_dir: Path
    home: Path

    @property
    def folder(self) -> Path:
        return self.top / "breaks" / "00" / "50-scaling"

    @property
    def environ(self) -> dict[str, str]:
        return {"LYNX_HOME": str(self.home), "PATH": os.environ["PATH"]}

    def write(self, yaml: str = BREAK, experiment: str = EXPERIMENT) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "break.yaml").write_bytes(yaml.encode())
        (self.folder / "experiment.py").write_bytes(experiment.encode())

    def options(self, **changes: object) -> Options:
        given = {"environ": self.environ, "cache_dir": self.cache_dir, "quick": True, "jobs": 2, **changes}
        return Options(**given)  # type: ignore[arg-type]

    def check(self, yaml: str = BREAK, experiment: str = EXPERIMENT, **changes: object) -> BreakCheck:
        self.write(yaml, experiment)
        (found,) = check([Chosen(self.folder, "repository")], self.options(**changes)).breaks
        return found


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    top = tmp_path_factory.mktemp("repository")
    mixed = SCALING.replace("    left = x.sum(axis=0)\n", "    left = x.sum(axis=0)\r\n")
    make_repository(
        top,
        {
            "scaling.py": SCALING,
            "mixed.py": mixed,
            "twins.py": SCALING.replace("left = x", "right = x"),
            "data/houses.csv": houses(),
        },
    )
    return Bench(top, tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def page() -> str:
    return BREAK


@pytest.fixture(scope="session")
def script() -> str:
    return EXPERIMENT


@pytest.fixture
def foreign(tmp_path: Path) -> Bench:
    """A repository of its own for each test, without a break."""
    top = tmp_path / "repository"
    make_repository(top, {"scaling.py": SCALING, "data/houses.csv": houses()})
    return Bench(top, tmp_path / "cache", tmp_path / "home")
