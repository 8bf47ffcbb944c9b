# Paths are compared as the text that a job opened them by.
# ruff: noqa: PTH113, PTH120, PTH206
"""What a break's runs read that a learner may not have: files that git does not hold, packages from elsewhere.

The audit of opened files knows them; whoever records a break on the machine where everything lies does not.
"""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING

import lynx
from lynx.errors import N_
from lynx.mentor.ground import STARTER
from lynx.mentor.rules import problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from lynx.content.spec import Break, Problem
    from lynx.mentor.evidence import Evidence

OURS = os.path.dirname(os.path.realpath(lynx.__file__))
PACKAGES = ("site-packages", "dist-packages")
ALWAYS = frozenset(("numpy", "torch", "lynx"))  # Lynx asks for these itself


def problems(break_: Break, evidence: Evidence) -> Iterator[Problem]:
    """Files and packages that the runs used, that a clone lacks, and that the break does not declare."""
    opened = sorted(
        {path for runs in evidence.by_seed.values() for run in runs.values() for path in run.opened}
    )
    top, folder = evidence.setting.top.resolve(), break_.folder.resolve()
    if break_.base != STARTER:
        yield from _files(break_, opened, top, folder)
    yield from _packages(break_, opened, top, folder)


def _files(break_: Break, opened: Iterable[str], top: Path, folder: Path) -> Iterator[Problem]:
    from lynx.repo import git  # GitPython takes a tenth of a second

    held = {entry.path for entry in git.index_entries(top)}
    for path in opened:
        real = os.path.realpath(path)
        if not os.path.isfile(real) or any(part in real.split(os.sep) for part in PACKAGES):
            continue
        if real.startswith((f"{folder}{os.sep}", f"{OURS}{os.sep}")):
            continue
        inside = real.startswith(f"{top}{os.sep}")
        name = os.path.relpath(real, top) if inside else path
        if (inside and name in held) or name in break_.needs.files or path in break_.needs.files:
            continue
        yield problem(
            break_,
            "experiment",
            N_("its runs read {path}, which git does not hold: in a clone it is not there.")
            if inside
            else N_("its runs read {path}, which lies outside the repository."),
            N_(
                "Commit it, or declare it, so that a learner is told before predicting: needs: {{files: [{path}]}}"
            ),
            path=name,
        )


def _packages(break_: Break, opened: Iterable[str], top: Path, folder: Path) -> Iterator[Problem]:
    opened = list(opened)
    installed = {_package(path) for path in opened if any(part in path.split(os.sep) for part in PACKAGES)}
    own = [
        path
        for path in opened
        if path.endswith(".py") and path.startswith((f"{top}{os.sep}", f"{folder}{os.sep}"))
    ]
    asked = {name for path in own for name in _imports(path)}
    for name in sorted((asked & installed) - ALWAYS - set(break_.needs.packages)):
        yield problem(
            break_,
            "experiment",
            N_("its runs import {package}, which a learner's Python may not have."),
            N_("Declare it, so that a learner is told before predicting: needs: {{packages: [{package}]}}"),
            package=name,
        )


def _package(path: str) -> str:
    """The top-level name of a module below site-packages."""
    parts = path.split(os.sep)
    at = max(i for i, part in enumerate(parts) if part in PACKAGES)
    return parts[at + 1].partition(".")[0] if at + 1 < len(parts) else ""


def _imports(path: str) -> set[str]:
    """The top-level names that a file imports by itself."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
