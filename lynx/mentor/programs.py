"""Programs of a repository that train: what can be an experiment as it stands, untouched."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MOST_FILES, LARGEST = 2_000, 200_000  # looked at; bytes of one
TESTS = ("test", "tests")


def trains(source: str) -> bool:
    """Whether a file is a program that trains: started by itself, with a backward pass somewhere in it.

    Started by itself: it guards a `__main__`, or loops at its top level.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return False
    started = any(_starts(node) for node in tree.body)
    calls = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return started and "backward" in calls


def _starts(node: ast.stmt) -> bool:
    if isinstance(node, ast.For | ast.While):
        return True
    return (
        isinstance(node, ast.If)
        and "__main__" in ast.unparse(node.test)
        and "__name__" in ast.unparse(node.test)
    )


def defines_run(source: str) -> bool:
    """Whether a file is an experiment of Lynx's: a function `run` that takes a probe."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return False
    return any(isinstance(n, ast.FunctionDef) and n.name == "run" and n.args.args[:1] for n in body)


def find(top: Path, names: Iterable[str], target: str) -> str | None:
    """The program among `names` (paths below `top`) that most likely trains what `target` defines; None for none.

    One that names the target's module comes before others, one called train before those; tests are none.
    """
    stem = target.rpartition("/")[2].removesuffix(".py")
    found = []
    for name, source in _sources(top, names):
        if name != target and trains(source):
            found.append((stem not in source, "train" not in name.rpartition("/")[2], name.count("/"), name))
    return min(found)[3] if found else None


def _sources(top: Path, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    python = [n for n in names if n.endswith(".py") and not set(n.split("/")[:-1]) & {*TESTS, "breaks"}]
    for name in sorted(python)[:MOST_FILES]:
        if name.rpartition("/")[2].startswith("test_"):
            continue
        path = top / name
        try:
            if path.stat().st_size <= LARGEST:
                yield name, path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
