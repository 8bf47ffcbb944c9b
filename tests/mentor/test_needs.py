"""What a learner may not have is found by the check and named before anything is asked; last digits are declared."""

from __future__ import annotations

from typing import Any

import pytest

READS = '    open("secret.txt").read()\n    rng ='


def told(bench: Any, page: str, script: str, **options: Any) -> list[str]:
    return [p.line() for p in bench.check(page, script, **options).problems]


@pytest.mark.parametrize("ignored", [True, False])
def test_a_file_that_git_does_not_hold_is_found_and_can_be_declared(
    bench: Any, page: str, script: str, ignored: bool
) -> None:
    (bench.top / "secret.txt").write_text("x")
    (bench.top / ".gitignore").write_text("secret.txt\n" if ignored else "")
    reading = script.replace("    rng =", READS, 1)
    (problem,) = told(bench, page, reading)
    assert "read secret.txt, which git does not hold" in problem
    assert "needs: {files: [secret.txt]}" in problem
    declared = page.replace("pythonpath:", "needs: {files: [secret.txt]}\npythonpath:", 1)
    assert told(bench, declared, reading) == []


def test_a_file_outside_is_found(bench: Any, page: str, script: str) -> None:
    outside = bench.top.parent / "outside.txt"
    outside.write_text("x")
    reading = script.replace("    rng =", f"    open({str(outside)!r}).read()\n    rng =", 1)
    (problem,) = told(bench, page, reading)
    assert f"read {outside}, which lies outside the repository" in problem


def test_a_package_that_numpy_does_not_bring_is_found(bench: Any, page: str, script: str) -> None:
    using = script.replace("    rng =", "    import yaml\n    rng =", 1)
    (problem,) = told(bench, page, using)
    assert "import yaml, which a learner's Python may not have" in problem
    declared = page.replace("pythonpath:", "needs: {packages: [yaml]}\npythonpath:", 1)
    assert told(bench, declared, using) == []


def test_last_digits_that_move_are_told_by_how_much_and_can_be_declared(
    bench: Any, page: str, script: str
) -> None:
    moving = script.replace(
        "probe.record(loss=", "probe.record(loss=(1 + 1e-10 * __import__('os').urandom(1)[0]) * "
    )
    assert moving != script
    problems = [p for p in told(bench, page, moving) if "last digits move" in p]
    assert len(problems) == 1
    assert "tolerance: " in problems[0]
    declared = page.replace("pythonpath:", "tolerance: 1.0e-6\npythonpath:", 1)
    assert told(bench, declared, moving) == []
