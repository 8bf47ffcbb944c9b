"""Functions of the break's folder on trial: proved like any oracle, and told by their own file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Lynx
from tests.mentor.conftest import BREAK, EXPERIMENT

CALL = "  call: scaling:standardise\n"
START = BREAK.index("oracle:\n")
OWN = "oracle:\n{how}  cases: 12\nwrong_fixes:\n" + BREAK[START:].split("wrong_fixes:\n")[1]
MAKE = """\
from scaling import standardise


def make(rng):
    return standardise, (rng.standard_normal((int(rng.integers(2, 9)), 3)),)


def loop(rng):
    x = rng.standard_normal((5, 3))
    held = {"w": rng.standard_normal(3)}

    def step():
        held["w"] = held["w"] - 0.1 * standardise(x).T @ (standardise(x) @ held["w"])

    return {"step": step, "held": held}


def holds(inputs, outputs):
    assert abs(outputs[0].mean(axis=0)).max() < 1e-9, "a column is not centred"
"""


def page(how: str) -> str:
    return BREAK[:START] + OWN.replace("{how}", how)


def checked(bench: Any, how: str, text: str = MAKE) -> Any:
    (bench.folder).mkdir(parents=True, exist_ok=True)
    (bench.folder / "oracle.py").write_text(text, encoding="utf-8")
    return bench.check(page(how))


@pytest.mark.parametrize(
    "how",
    [
        "  make: ./oracle.py:make\n",
        "  steps: ./oracle.py:loop\n  n: 3\n",
        "  make: ./oracle.py:make\n  property: ./oracle.py:holds\n",
    ],
)
def test_each_form_is_proved(bench: Any, how: str) -> None:
    found = checked(bench, how)
    assert found.ok, [p.line() for p in found.problems]
    assert [(row.subject, row.passed, row.agrees) for row in found.oracle] == [
        ("healthy", True, True),
        ("bug", False, True),
        ("wrong-fix", False, True),
    ]


def test_what_fails_in_its_own_file_is_told_there(bench: Any) -> None:
    found = checked(
        bench, "  make: ./oracle.py:make\n", MAKE.replace("    return standardise,", "    return missing,")
    )
    (told,) = [p for p in found.problems if p.key.startswith("oracle")]
    assert told.where == f"{bench.folder / 'oracle.py'}:5"
    assert told.key == "oracle.make"
    assert "NameError: name 'missing' is not defined.\nTraceback" in told.what
    assert "line 5, in make" in told.what
    assert "lynx/runs" not in told.what


def test_a_call_of_something_installed_is_told_at_its_line(bench: Any, tmp_path: Path) -> None:
    flag = tmp_path / "ran"
    call = f'  call: subprocess:run\n  init: {{args: "touch {flag}", shell: true}}\n  inputs: []\n'
    found = checked(bench, call)
    (told,) = [p for p in found.problems if p.key.startswith("oracle")]
    line = page(call).splitlines().index("  call: subprocess:run") + 1
    assert told.where == f"{bench.folder / 'break.yaml'}:{line}"
    assert "subprocess:run" in told.what
    assert not flag.exists()


def test_a_file_that_is_not_there_is_told_by_the_loader(bench: Any) -> None:
    found = checked(bench, "  make: ./other.py:make\n")
    assert any("./other.py is no file in the break's folder" in p.what for p in found.problems)


def test_a_learner_is_refused_and_told_whose_fault_it_is(foreign: Any, lynx: Lynx, tmp_path: Path) -> None:
    """From a pack that lies outside the repository; with the fault mended, the same pack plays."""
    pack = tmp_path / "pack" / "50-scaling"
    pack.mkdir(parents=True)
    (pack / "experiment.py").write_text(EXPERIMENT)
    (pack / "break.yaml").write_text(page("  make: ./oracle.py:make\n"))
    (pack / "oracle.py").write_text(MAKE.replace("    return standardise,", "    return missing,"))
    before = (foreign.top / "scaling.py").read_bytes()
    lynx("init", "--here", cwd=foreign.top)
    lynx("pack", "add", str(pack.parent), cwd=foreign.top)
    lynx("trust", "50", "--yes", cwd=foreign.top)
    said = lynx("break", "50", "--json", cwd=foreign.top)
    assert said.code == 2
    error = said.json["error"]
    assert error["message"] == "oracle.py:5 (make) fails: NameError: name 'missing' is not defined."
    assert "not your code's" in error["remedy"]
    assert "line 5, in make" in error["log"]
    assert "lynx/runs" not in error["log"]
    assert (foreign.top / "scaling.py").read_bytes() == before
    (pack / "break.yaml").write_text(
        page('  call: os:system\n  init: {command: "touch ran"}\n  inputs: []\n')
    )
    lynx("trust", "50", "--yes", cwd=foreign.top)
    said = lynx("break", "50", "--json", cwd=foreign.top)
    assert said.code == 2
    assert "os:system is not this repository's own code" in said.json["error"]["message"]
    assert not (foreign.top / "ran").exists()
    (pack / "break.yaml").write_text(page("  make: ./oracle.py:make\n"))
    (pack / "oracle.py").write_text(MAKE)
    lynx("trust", "50", "--yes", cwd=foreign.top)
    assert lynx("break", "50", cwd=foreign.top).code == 0
    assert (foreign.top / "scaling.py").read_bytes() != before
