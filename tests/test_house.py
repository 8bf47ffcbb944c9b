"""The house stands as docs/architecture.md#rooms says: one-way arrows, one door a tool, light commands light."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import HANGS

ROOT = Path(__file__).parent.parent
LYNX = ROOT / "lynx"

# room -> rooms it may import (errors and lynx itself are open to all)
ARROWS = {
    "truth": set(),
    "store": {"truth"},
    "content": {"truth", "store"},
    "repo": {"truth", "store"},
    "runs": {"truth", "store", "content", "repo"},
    "loop": {"truth", "store", "content", "repo", "runs"},
    "study": {"truth", "store", "content", "repo", "runs", "loop"},
    "mentor": {"truth", "store", "content", "repo", "runs", "loop"},
    "guards": set(),  # anybody's tests may import it: it costs nothing else of Lynx
    "scan": {"truth", "store", "content", "repo", "runs", "loop"},
    "teach": {"truth", "store", "content", "loop"},
    "view": {"truth", "store", "content", "repo", "runs", "loop", "study", "mentor", "scan", "teach"},
    "cli": {"truth", "store", "content", "repo", "runs", "loop", "study", "mentor", "scan", "teach", "view"},
}

# package -> where it may be imported
DOORS = {
    "torch": ("runs/child", "runs/experiments", "guards"),
    "numpy": ("runs/child", "runs/experiments", "guards"),
    "git": ("repo/git.py",),
    "rich": ("view",),
    "plotext": ("view",),
    "matplotlib": ("view",),
    "typer": ("cli",),
    "yaml": ("content/reading",),
    "sqlite3": ("store",),
    "scipy": ("truth",),
    "pydantic": ("content/reading",),
    "distributed": ("runs", "study"),
    "mcp": ("cli/agents.py",),
    "anyio": ("cli/agents.py",),
}


@cache
def modules() -> list[Path]:
    return sorted(p for p in LYNX.rglob("*.py") if "_data" not in p.parts)


@cache
def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def name_of(path: Path) -> str:
    """A module's dotted name."""
    parts = path.relative_to(LYNX.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(LYNX)))
def test_arrows_run_one_way(path: Path) -> None:
    room = path.relative_to(LYNX).parts[0]
    if room not in ARROWS:
        return
    wanted = {name.split(".")[1] for name in imports(path) if name.startswith("lynx.")}
    wanted = {name for name in wanted if (LYNX / name).is_dir()}
    assert wanted - {room} <= ARROWS[room]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(LYNX)))
def test_each_tool_has_one_door(path: Path) -> None:
    place = path.relative_to(LYNX).as_posix()
    for name in {name.split(".")[0] for name in imports(path)}:
        if name in DOORS:
            assert place.startswith(DOORS[name]), f"{place} imports {name}"


def test_there_is_no_circle() -> None:
    """Not between two files of one room either, and not for a type hint."""
    names = {name_of(path): path for path in modules()}
    wants = {name: {w for w in imports(path) if w in names} - {name} for name, path in names.items()}
    while free := [name for name, needs in wants.items() if not needs]:
        for name in free:
            del wants[name]
        for needs in wants.values():
            needs.difference_update(free)
    assert not wants, f"these import each other: {', '.join(sorted(wants))}"


def test_content_is_read_below_the_words() -> None:
    for path in (LYNX / "content").glob("*.py"):
        assert not {name for name in imports(path) if name.startswith("lynx.content.reading")}, path


def test_truth_is_pure() -> None:
    allowed = set(sys.stdlib_module_names) | {"scipy", "lynx"}
    for path in (LYNX / "truth").glob("*.py"):
        assert {name.split(".")[0] for name in imports(path)} <= allowed
        assert not {"os", "pathlib", "time", "datetime", "io"} & imports(path), path


HEAVY = {"git", "numpy", "scipy", "torch", "pydantic", "matplotlib", "plotext", "babel", "yaml", "_hashlib"}
# help is drawn by Rich; what else it imports it could spare
LIGHT = ["", "status", "hint", "list", "--json", "status --json", "hint --json", "list --json"]
SPARED = {"--help": HEAVY, **dict.fromkeys(LIGHT, HEAVY | {"rich", "dataclasses"})}
# giving back is the last: nothing is under way then; git is asked only where it has written something
SPARED |= {line: HEAVY - {"_hashlib"} for line in ("phase 10", "read 10/00", "progress")}
SPARED["break"] = HEAVY | {"rich", "statistics"}  # the one under way is told again
SPARED["reset --yes --json"] = HEAVY | {"rich"}
FEW = 75  # modules of Lynx's own that a light command imports
MORE = {"break": 92}  # it knows what a break is, and its questions
MORE |= dict.fromkeys(("phase 10", "read 10/00", "progress"), 160)


@pytest.fixture(scope="module")
def under_way(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A workspace with a break under way, past its predictions: `hint` says something there."""
    home = tmp_path_factory.mktemp("light")
    own = {"LYNX_HOME": "home", "XDG_CACHE_HOME": "cache", "XDG_STATE_HOME": "state"}  # else the tester's own is told
    environ = {**os.environ, **{name: str(home / folder) for name, folder in own.items()}, "PWD": str(home)}
    seen = ("break 03 --repo here --json", "list --json", "phase 10 --json")  # read and kept
    for line in ("init here --learner ana", *seen):
        command = [sys.executable, "-m", "lynx", *line.split()]
        subprocess.run(command, cwd=home, env=environ, capture_output=True, check=True, timeout=HANGS)
    return {**environ, "PWD": str(home / "here")}


@pytest.mark.parametrize("line", SPARED)
def test_light_commands_import_nothing_heavy(line: str, under_way: dict[str, str], tmp_path: Path) -> None:
    report = tmp_path / "modules"
    code = (
        "import sys, atexit, pathlib\n"
        f"atexit.register(lambda: pathlib.Path({str(report)!r}).write_text(chr(10).join(sys.modules)))\n"
        "from lynx.cli.app import main\n"
        f"sys.argv = ['lynx'] + {line.split()!r}\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=under_way["PWD"], env=under_way, capture_output=True, text=True, check=False, timeout=HANGS
    )
    assert done.returncode == (1 if line.startswith("hint") else 0), done.stderr
    modules = report.read_text().split()
    assert len([name for name in modules if name.startswith("lynx.")]) in range(10, MORE.get(line, FEW))
    assert not {name.split(".")[0] for name in modules} & SPARED[line]
