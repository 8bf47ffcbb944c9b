"""A small repository to run things in, and short ways to say what to run."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from lynx.runs.runner import Job, Setting
from tests.conftest import HANGS

STARTER = Path(__file__).parents[2] / "learners" / "starter"
BLOCKS = "src/minimodel/nn/blocks.py"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with one package, whose module `pkg.target` is what variants replace."""
    top = tmp_path / "repo"
    package = top / "src" / "pkg"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "target.py").write_text("VALUE = 1.0\n")
    return top


@pytest.fixture
def setting(top: Path, tmp_path: Path) -> Setting:
    return Setting(
        top=top,
        pythonpath=("src",),
        target="src/pkg/target.py",
        interpreter=Path(sys.executable),
        state_dir=tmp_path / "state",
        processor=30.0,
    )


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[[str], str]:
    """Writes an experiment.py and gives its path; the text is the body of `run(probe, …)`."""

    def write(body: str, signature: str = "probe, **args") -> str:
        path = tmp_path / "break" / "experiment.py"
        path.parent.mkdir(exist_ok=True)
        indented = "\n".join("    " + line for line in dedent(body).strip().splitlines())
        path.write_text(f"def run({signature}):\n{indented}\n")
        return str(path)

    return write


@pytest.fixture
def starter(tmp_path: Path) -> Setting:
    """The learner's starter, copied, with its residual block as the target."""
    top = tmp_path / "starter"
    shutil.copytree(STARTER / "src", top / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return Setting(
        top=top,
        pythonpath=("src",),
        target=BLOCKS,
        interpreter=Path(sys.executable),
        state_dir=tmp_path / "state",
        wall=HANGS,
    )


@pytest.fixture
def healthy(starter: Setting) -> bytes:
    """The healthy bytes of the starter's blocks."""
    return (starter.top / BLOCKS).read_bytes()


def job(
    experiment: str, source: bytes | None = None, seed: int = 0, name: str = "healthy", **args: Any
) -> Job:
    return Job(name, seed, source, experiment, args)
