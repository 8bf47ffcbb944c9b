"""Each operator's examples are its tests: the edit is found, and what only looks like a site is not."""

from __future__ import annotations

import pytest

from lynx import guards
from lynx.scan.operator import Operator
from lynx.scan.operators import OPERATORS
from lynx.scan.sites import find
from lynx.scan.words import Example

EXAMPLES = [
    pytest.param(operator, example, id=f"{operator.name}-{nth}")
    for operator in OPERATORS.values()
    for nth, example in enumerate(operator.examples)
]
UNLIKE = [
    pytest.param(operator, code, id=f"{operator.name}-{nth}")
    for operator in OPERATORS.values()
    for nth, code in enumerate(operator.unlike)
]
TRAINING = b"# torch\n"  # a file that has nothing to do with training is not looked at


@pytest.mark.parametrize(("operator", "example"), EXAMPLES)
def test_the_edit_of_an_example_is_found(operator: Operator, example: Example) -> None:
    before = TRAINING + example.before.encode()
    mutants = [site.apply(before) for site in find(before, "m.py", [operator])]
    assert TRAINING + example.after.encode() in mutants


@pytest.mark.parametrize(("operator", "code"), UNLIKE)
def test_what_only_looks_like_a_site_is_none(operator: Operator, code: str) -> None:
    assert find(TRAINING + code.encode(), "m.py", [operator]) == []


def test_every_operator_says_what_it_is() -> None:
    for name, operator in OPERATORS.items():
        assert name == operator.name
        assert operator.says
        assert operator.concept
        assert operator.source
        assert operator.examples, name
        assert operator.guards, name
        assert set(operator.guards) <= set(guards.__all__), name
