"""The simulation behind what comes back: small, and only the differences that no setting turns round."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from statistics import mean
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "review_policies.py"


@pytest.fixture(scope="module")
def policies() -> ModuleType:
    spec = importlib.util.spec_from_file_location("review_policies", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["review_policies"] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


def test_more_of_what_was_answered_comes_back_and_more_is_known(policies: ModuleType) -> None:
    rights = {
        name: mean(one.right for one in policies.simulate(name, 6, 1))
        for name in ("none", "surest misses", "all misses", "misses and hits")
    }
    assert list(rights.values()) == sorted(rights.values())
    assert rights["misses and hits"] > rights["none"] + 0.1


def test_the_policy_that_ships_is_the_one_that_was_chosen(policies: ModuleType) -> None:
    from lynx.truth.spacing import SHIPPED

    assert policies.POLICIES["misses and hits"] == SHIPPED
