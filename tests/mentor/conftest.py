"""A foreign repository: plain numpy, modules at the root, a data file by relative path, and much printing."""

from __future__ import annotations

import os
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from lynx.content.reading.breaks import load_break
from lynx.content.spec import Break
from lynx.mentor.check import Options, check
from lynx.mentor.choosing import Chosen
from lynx.mentor.results import BreakCheck

DATA = Path(__file__).parent / "data"
SCALING, EXPERIMENT, BREAK, SPANISH = (
    (DATA / name).read_text(encoding="utf-8")
    for name in ("scaling.py", "experiment.py", "break.yaml", "es.yaml")
)


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

    def write(self, yaml: str = BREAK, experiment: str = EXPERIMENT, spanish: str = SPANISH) -> None:
        """The break's folder as it begins, without a proof; `spanish` is its translation."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "proof.json").unlink(missing_ok=True)
        (self.folder / "es.yaml").write_bytes(spanish.encode())
        (self.folder.parent / "pack.yaml").write_text("languages: [en, es]\n")
        (self.folder / "break.yaml").write_bytes(yaml.encode())
        (self.folder / "experiment.py").write_bytes(experiment.encode())

    def options(self, **changes: object) -> Options:
        given = {"environ": self.environ, "cache_dir": self.cache_dir, "quick": True, "jobs": 2, **changes}
        return Options(**given)  # type: ignore[arg-type]

    def resolved(self, options: dict[str, object]) -> dict[str, object]:
        """`python: bare` is an environment of its own, without any package."""
        if options.get("python") != "bare":
            return options
        bare = self.home / "bare"
        if not bare.exists():
            venv.create(bare, symlinks=True)
        return {**options, "python": str(bare / "bin" / "python")}

    def check(
        self, yaml: str = BREAK, experiment: str = EXPERIMENT, *, spanish: str = SPANISH, **changes: object
    ) -> BreakCheck:
        self.write(yaml, experiment, spanish)
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


@pytest.fixture
def sound(page: str, script: str, tmp_path: Path) -> Break:
    """The guide's break, read."""
    folder = tmp_path / "50-scaling"
    folder.mkdir()
    (folder / "break.yaml").write_text(page, encoding="utf-8")
    (folder / "experiment.py").write_text(script, encoding="utf-8")
    return load_break(folder)
