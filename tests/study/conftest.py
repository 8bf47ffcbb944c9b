"""A workspace made from the starter, as a learner has it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lynx.loop import begin
from lynx.loop.session import Env, Session, open_session


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One fresh workspace; tests copy it."""
    folder = tmp_path_factory.mktemp("made") / "ana"
    begin.initialise(Env(folder.parent, dict(os.environ), learner="ana"), folder, here=False)
    return folder


@pytest.fixture
def session(made: Path, tmp_path: Path) -> Iterator[Session]:
    """An open session in a copy of it."""
    folder = tmp_path / "ana"
    shutil.copytree(made, folder, symlinks=True)
    with open_session(Env(folder, dict(os.environ))) as opened:
        yield opened
