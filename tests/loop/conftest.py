"""One learner taken through break 03 once; each test starts from a copy of the workspace at a stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loop.learner import BUG, OTHER_WORDS, Learner, make


@pytest.fixture(scope="session")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Learner]:
    """The workspace as it is when each stage is reached; "new" is before the first break."""
    folder = tmp_path_factory.mktemp("stages")
    new = make(folder)
    predicting = new.copy(folder / "predicting")
    predicting.begin()
    fixing = predicting.copy(folder / "fixing")
    fixing.fill()
    fixing.run((0, 1, 2))
    explaining = fixing.copy(folder / "explaining")
    explaining.edit(BUG, OTHER_WORDS)
    assert explaining.verify().verdict == "fixed"
    done = explaining.copy(folder / "done")
    done.explain()
    return {
        "new": new,
        "predicting": predicting,
        "fixing": fixing,
        "explaining": explaining,
        "done": done,
    }


@pytest.fixture
def new(stages: dict[str, Learner], tmp_path: Path) -> Learner:
    """A workspace in which nothing has begun."""
    return stages["new"].copy(tmp_path / "w")


@pytest.fixture
def predicting(stages: dict[str, Learner], tmp_path: Path) -> Learner:
    """Break 03 is in, the form is empty."""
    return stages["predicting"].copy(tmp_path / "w")


@pytest.fixture
def fixing(stages: dict[str, Learner], tmp_path: Path) -> Learner:
    """Break 03 was predicted and run."""
    return stages["fixing"].copy(tmp_path / "w")


@pytest.fixture
def explaining(stages: dict[str, Learner], tmp_path: Path) -> Learner:
    """Break 03 is fixed, in other words than the original."""
    return stages["explaining"].copy(tmp_path / "w")


@pytest.fixture
def done(stages: dict[str, Learner], tmp_path: Path) -> Learner:
    """Break 03 is fixed and explained."""
    return stages["done"].copy(tmp_path / "w")
