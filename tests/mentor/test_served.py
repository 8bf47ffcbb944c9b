"""What the check says of an experiment that was not served, and of one that crashes."""

from __future__ import annotations

from typing import Any

# A copy of the module under another name: the bug is in the target, and nothing of it runs.
COPIED = (
    "import pathlib, sys\nsys.modules['scaling'] = type(sys)('scaling')\n"
    "exec(pathlib.Path('twins.py').read_text(), vars(sys.modules['scaling']))\n"
)


def test_an_experiment_that_never_reads_the_target_is_a_problem(bench: Any, script: str) -> None:
    found = bench.check(experiment=COPIED + script)
    told = [p.what for p in found.problems]
    assert "The experiment never read scaling.py in the healthy run, so nothing was compared." in told
    assert not found.measured
    assert not any(row.verdict for row in found.claims)


def test_a_crash_is_shown_by_the_mentors_own_line(bench: Any, script: str) -> None:
    text = script.replace(
        "    for step in probe.steps(steps):\n", "    undefined_name\n    for step in probe.steps(steps):\n"
    )
    found = bench.check(experiment=text)
    (told, *_) = [p for p in found.problems if "did not finish" in p.what]
    line = text.splitlines().index("    undefined_name") + 1
    assert told.where == f"{bench.folder / 'experiment.py'}:{line}"
    assert "NameError: name 'undefined_name' is not defined" in told.what
    assert "undefined_name\n" in told.what  # the line itself, as a traceback shows it
    assert "worker.py" not in told.what
    assert "logs/" in told.what
