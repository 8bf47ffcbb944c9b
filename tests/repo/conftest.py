"""The tests of this room share `plant`, a small repository with a bug to put in, and `cases`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import plant


@pytest.fixture(autouse=True)
def _plain_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration of this machine reaches git."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    plant.set_identity(home)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: the thousands of syncs under test then take no time."""
    shared = Path("/dev/shm")
    if not (shared.is_dir() and os.access(shared, os.W_OK)):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shared, prefix="lynx-test-") as folder:
        yield Path(folder)


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[plant.Planted]:
    """An adopted repository with a target."""
    with plant.Planted(plant.make(tmp_path / "repo")) as made:
        yield made
