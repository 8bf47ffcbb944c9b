"""Answers judged by a property, in the judge's process: several right fixes whose numbers differ."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from lynx.content.spec import Oracle, OracleInput
from lynx.runs import runner
from lynx.runs.runner import OracleReport, Setting
from tests.conftest import HANGS

examine = partial(runner.examine, wall=HANGS)

TEXT = """\
import numpy as np


def shuffled(x):
    return np.random.permutation(x)
"""
HOLDS = """\
import numpy as np

def holds(inputs, outputs):
    assert len(outputs) == 1, "one array comes back"
    assert sorted(outputs[0].tolist()) == sorted(inputs[0].tolist()), "something was lost or made up"
    return len(inputs[0]) < 6 or not np.array_equal(inputs[0], outputs[0])
"""
SPEC = Oracle(
    "pkg.target:shuffled",
    {},
    (OracleInput(("n",)),),
    tuple({"n": n} for n in (2, 5, 9)),
    cases=12,
    property="./oracle.py:holds",
)


def asked(
    setting: Setting, tmp_path: Path, *texts: str, holds: str = HOLDS, spec: Oracle = SPEC
) -> tuple[OracleReport, ...]:
    folder = tmp_path / "pack"
    folder.mkdir(exist_ok=True)
    (folder / "oracle.py").write_text(holds)
    sources = [text.encode() for text in texts]
    (setting.top / setting.target).write_bytes(sources[0])
    return examine(setting, spec, sources[0], sources, folder=folder)


def but(line: str) -> str:
    return TEXT.replace("    return np.random.permutation(x)\n", line)


def test_any_answer_with_the_property_is_right(setting: Setting, tmp_path: Path) -> None:
    same, reversed_, as_it_is, drawn, raises, two, forged = asked(
        setting,
        tmp_path,
        TEXT,
        but("    return x[::-1].copy()\n"),
        but("    return x\n"),
        but("    return x[np.random.randint(0, len(x), len(x))]\n"),
        but("    raise ValueError('no')\n"),
        but("    return x, x\n"),
        but("    import sys\n    sys.modules['_oracle'] = sys\n    holds = lambda *a: True\n    return x\n"),
    )
    assert same.passed, same
    assert reversed_.passed, reversed_
    assert not reversed_.same_draws  # numbers that differ do not train alike: only claims are asked of them
    for wrong, words in (
        (as_it_is, ""),
        (drawn, "something was lost or made up"),
        (two, "one array comes back"),
    ):
        assert wrong.first is not None
        assert (wrong.first.what, wrong.first.error) == ("property", words)
    assert raises.first is not None
    assert raises.first.what == "error"
    assert not forged.passed


def test_a_candidate_does_not_learn_what_it_is_judged_by(setting: Setting, tmp_path: Path) -> None:
    look = (
        "    import gc, sys\n"
        "    told = any('holds' in d for d in gc.get_objects() if isinstance(d, dict) and 'call' in d)\n"
        "    return x[::-1].copy() if not told and '_oracle' not in sys.modules else x\n"
    )
    _, wary = asked(setting, tmp_path, TEXT, but(look))
    assert wary.passed, wary


def test_what_make_builds_is_judged_by_it_too(setting: Setting, tmp_path: Path) -> None:
    make = (
        "import numpy as np\nfrom pkg.target import shuffled\n\n"
        "def make(rng):\n    return shuffled, (rng.standard_normal(int(rng.integers(6, 9))),)\n\n"
        "def holds(inputs, outputs, healthy, training):\n"
        "    assert len(healthy) == 1 and training in (True, False)\n"
        "    return sorted(inputs[0].tolist()) == sorted(outputs[0].tolist())\n"
    )
    spec = Oracle("", make="./oracle.py:make", property="./oracle.py:holds", cases=8)
    right, wrong = asked(setting, tmp_path, TEXT, but("    return np.sort(x) * 2\n"), holds=make, spec=spec)
    assert right.passed, right
    assert wrong.first is not None
    assert (wrong.first.what, wrong.failed) == ("property", wrong.cases)


@pytest.mark.parametrize(
    ("holds", "code"),
    [
        ("def holds(inputs, outputs):\n    return False\n", "refuses"),
        ("def holds(inputs, outputs):\n    assert not inputs, 'never'\n", "refuses"),
        ("def holds(inputs, outputs):\n    return outputs[1]\n", "raises"),
        ("def holds(inputs):\n    return True\n", "raises"),
        ("def holds(inputs, outputs):\n    return outputs[0] == inputs[0]\n", "raises"),
        ("from pkg.nowhere import holds\n", "raises"),
        ("held = True\n", "no-function"),
    ],
)
def test_what_is_wrong_with_a_property_is_its_own(
    holds: str, code: str, setting: Setting, tmp_path: Path
) -> None:
    (report,) = asked(setting, tmp_path, TEXT, holds=holds)
    assert report.fault is not None, report
    assert (report.fault.key, report.fault.code) == ("property", code)
    assert "oracle.py" in report.fault.where


def test_a_property_alone_judges_nothing(setting: Setting, tmp_path: Path) -> None:
    (report,) = asked(setting, tmp_path, TEXT, spec=Oracle("", property="./oracle.py:holds"))
    assert report.fault is not None
    assert report.fault.code == "nothing-to-judge"
