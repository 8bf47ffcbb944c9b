"""Tests that might have caught a mutant: one for each guard that fits what stands around it. Pure.

Nobody knows beforehand which of them holds on the sound code and fails on the bug; `testing` finds out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PINNED = "pinned"
MARK = "NUMBERS"  # before what a probe finds, in the words it fails with
MOST = 4  # numbers that are pinned

# guard -> what a test says of `called` and its `inputs`; the first that holds and catches is taken
CHECKS: dict[str, str] = {
    "no_future": "no_future({called}.eval() if hasattr({called}, 'eval') else {called}, inputs[0])",
    "keeps_input": "keeps_input({called}, inputs[0])",
    "normalises": "normalises({called}, inputs[0])",
    "every_parameter_gets_gradient": (
        "every_parameter_gets_gradient({called}, lambda: (first({called}(*inputs)) ** 2).sum())"
    ),
    "gradients_match_differences": (
        "gradients_match_differences(lambda *xs: (first({called}(*xs)) ** 2).sum(), *inputs)"
    ),
    "rows_independent": "rows_independent({called}.eval() if hasattr({called}, 'eval') else {called}, inputs[0])",
    "same_in_eval": "same_in_eval({called}, inputs[0])",
    "train_and_eval_differ": "train_and_eval_differ({called}, inputs[0])",
    "is_not_linear": "is_not_linear({called}, inputs[0])",
    "knows_order": "knows_order({called}.eval() if hasattr({called}, 'eval') else {called}, inputs[0])",
    "survives_zeros": "survives_zeros({called}, inputs[0])",
    "survives_large_inputs": "survives_large_inputs({called}, inputs[0])",
    "keeps_scale": "keeps_scale({called}, inputs[0])",
    "units_differ": "units_differ({called})",
    "loss_is_mean_of_rows": "loss_is_mean_of_rows({called}, *inputs[:2])",
}


@dataclass(frozen=True)
class Building:
    """How the thing around a mutant is made: imports, and the lines of `make(rng)`, which return it with its inputs."""

    imports: str
    make: str


@dataclass(frozen=True)
class Draft:
    """One test: the guard it uses ("pinned" for none) and its text."""

    guard: str
    text: str


def probe(building: Building, guards: Sequence[str]) -> str:
    """A file with a test for every guard, and one that fails with the first numbers that come out."""
    tests = "\n\n".join(_test(name, f"test_{name}") for name in guards)
    pinned = f'''def test_{PINNED}():
    called, inputs = build()
    raise AssertionError("{MARK} " + " ".join(f"{{x:.9g}}" for x in numbers(called(*inputs))))
'''
    body = f"{tests}\n\n{pinned}"
    return f"{_head(building, guards)}{_helpers(body)}\n\n{body}"


def draft(building: Building, guard: str, what: str, name: str) -> Draft:
    """The file as it is kept, with one test."""
    body = _test(guard, name)
    text = f'"""{what}"""\n\n{_head(building, [guard])}{_helpers(body)}\n\n{body}'
    return Draft(guard, text)


def pinned(building: Building, numbers: Sequence[str], what: str, name: str) -> Draft:
    """Numbers of the sound code, where no guard tells the bug from it."""
    listed = ", ".join(numbers)
    body = f"""def {name}():
    called, inputs = build()
    # What the code gave when this was written. A change that is meant changes them: then look, and write them anew.
    assert np.allclose(numbers(called(*inputs)), [{listed}], rtol=1e-4, atol=1e-6)
"""
    return Draft(PINNED, f'"""{what}"""\n\n{_head(building, [])}{_helpers(body)}\n\n{body}')


def traced(program: str, argv: Sequence[str], pattern: str, figure: str, what: str, name: str) -> Draft:
    """The program itself, and the last figure that it prints."""
    text = f'''"""{what}"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[{{depth}}]


def {name}():
    command = [sys.executable, "{program}", *{list(argv)!r}]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = re.findall(r"""{pattern}""", done.stdout)
    # What the training gave when this was written. A change that is meant changes it: then look, and write it anew.
    assert float(figures[-1]) == pytest.approx({figure}, rel=1e-3)
'''
    return Draft("traced", text)


def free(names: Sequence[str], folder: str, operator: str) -> str:
    """A path for a new file of tests that no file has."""
    stem = f"test_scan_{operator.replace('-', '_')}"
    taken, n = set(names), 1
    while (path := str(PurePosixPath(folder, f"{stem}{'' if n == 1 else f'_{n}'}.py"))) in taken:
        n += 1
    return path


def _head(building: Building, guards: Sequence[str]) -> str:
    imports = [line for line in building.imports.splitlines() if line and line != "import numpy as np"]
    plain = [line for line in imports if not line.startswith("from ")]
    own = [line for line in imports if line.startswith("from ")]
    guarded = [f"from lynx.guards import {', '.join(sorted(guards))}"] if guards else []
    top = "\n".join(["import numpy as np", *plain, "", *guarded, *own]).strip()
    seeded = "    torch.manual_seed(0)\n" if "import torch" in plain else ""
    return f"""{top}


def build():
    rng = np.random.default_rng(0)
    np.random.seed(0)
{seeded}    return make(rng)


{building.make.strip()}

"""


FIRST = """

def first(out):
    return out[0] if isinstance(out, tuple | list) else out
"""

NUMBERS = f"""

def numbers(out):
    found = first(out)
    found = found.detach() if hasattr(found, "detach") else getattr(found, "data", found)
    return np.asarray(found, dtype=float).ravel()[:{MOST}]
"""


def _helpers(body: str) -> str:
    """What the tests call."""
    numbers = NUMBERS if "numbers(" in body else ""
    return (FIRST if "first(" in body + numbers else "") + numbers


def _test(guard: str, name: str) -> str:
    return f"def {name}():\n    called, inputs = build()\n    {CHECKS[guard].format(called='called')}\n"
