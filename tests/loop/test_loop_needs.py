"""What a break needs and is not here is said before anything is asked, and nothing goes in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lynx.content.catalog import data_dir
from lynx.errors import Refused
from lynx.store import trust
from tests.conftest import HANGS
from tests.loop.learner import ORIGINAL, Learner


def needing(learner: Learner, folder: Path, needs: str) -> Learner:
    """A learner of break 03 as somebody else's, with needs."""
    shutil.copytree(data_dir("breaks") / "10" / "03-gradient-test", folder / "93")
    spec = folder / "93" / "break.yaml"
    text = spec.read_text(encoding="utf-8").replace('id: "03"', 'id: "93"')
    spec.write_text(text.replace("pythonpath:", f"needs: {needs}\npythonpath:", 1), encoding="utf-8")
    env = replace(learner.env, packs=(folder,))
    trust.trust(folder / "93", trust.user_home(env.environ))
    return Learner(env)


@pytest.mark.parametrize(
    ("needs", "code", "helps"),
    [
        ("{files: [data/input.txt]}", "needs-files", "data/input.txt"),
        (
            "{packages: [no_such_package_at_all, json]}",
            "needs-packages",
            "-m pip install no_such_package_at_all.",
        ),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_helps(
    new: Learner, tmp_path: Path, needs: str, code: str, helps: str
) -> None:
    learner = needing(new, tmp_path / "pack", needs)
    with pytest.raises(Refused) as caught:
        learner.begin("93")
    assert caught.value.code == code
    assert helps in str(caught.value)
    assert learner.target.read_bytes() == ORIGINAL
    assert not learner.notes.exists()


def test_what_is_there_is_enough(new: Learner, tmp_path: Path) -> None:
    learner = needing(new, tmp_path / "pack", "{files: [README.md], packages: [json]}")
    assert learner.begin("93").break_id == "93"


def python_with(folder: Path, torch: str | None) -> str:
    """A Python that has numpy and this torch: none, or one whose `__init__.py` says so."""
    import numpy

    base = Path(numpy.__file__).parents[1]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "v")], check=True, timeout=HANGS)
    (site,) = (folder / "v" / "lib").glob("python*/site-packages")
    for path in base.glob("numpy*"):  # with its metadata, which tell its version
        (site / path.name).symlink_to(path)
    if torch is not None:
        (site / "torch").mkdir()
        (site / "torch" / "__init__.py").write_text(torch)
    return str(folder / "v" / "bin" / "python")


@pytest.mark.parametrize(
    ("torch", "why"),
    [
        (None, "No module named 'torch'"),
        ("raise ImportError('libtorch_cpu.so: cannot open shared object file')", "libtorch_cpu.so"),
    ],
)
def test_a_torch_that_is_missing_or_broken_is_said_and_blamed_on_nobody_here(
    new: Learner, tmp_path: Path, torch: str | None, why: str
) -> None:
    learner = Learner(replace(new.env, python=python_with(tmp_path, torch)))
    with pytest.raises(Refused) as caught:
        learner.begin("01")
    assert caught.value.code == "package-broken"
    assert "torch cannot be imported by" in str(caught.value)
    assert why in str(caught.value)
    assert not learner.notes.exists()
    assert learner.begin("04").break_id == "04"  # a break that needs NumPy alone begins all the same
