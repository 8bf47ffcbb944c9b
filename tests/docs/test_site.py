"""The site: what is generated is up to date, every command in it is one, and the pages to follow can be followed."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
import yaml

from lynx.cli.app import build
from tests.conftest import HANGS, Lynx
from tests.docs.following import ROOT, blocks, follow, shell_at

DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.glob("*.md") if path.name != "reference.md")


def script(path: Path) -> ModuleType:
    """A script of the docs, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def test_reference_and_manual_are_what_the_program_says() -> None:
    manual = script(DOCS / "manual.py")
    assert (DOCS / "reference.md").read_text(encoding="utf-8") == manual.reference(), "python docs/manual.py"
    assert (DOCS / "man" / "lynx.1").read_text(encoding="utf-8") == manual.manual(), "python docs/manual.py"


def test_the_schema_at_its_stable_place_is_the_one_in_force(lynx: Lynx) -> None:
    kept = json.loads((DOCS / "schema" / "break-2.json").read_text(encoding="utf-8"))
    assert kept == json.loads(lynx("mentor", "schema").out), "lynx mentor schema > docs/schema/break-2.json"


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Every command of a page that begins with lynx, in blocks and between backticks, with its line."""
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.split(r"\s+#\s|\s{2,}", line.strip())[0]
        if re.match(r"(\$ )?lynx [a-z-]", bare):
            yield number, bare.removeprefix("$ ")
        for found in re.findall(r"`(lynx(?: [^`]+)?)`", line):
            yield number, found


def complaint(top: Any, command: str) -> str:
    """What is wrong with a command by the program's own registry; "" where nothing is."""
    try:
        words = shlex.split(command)[1:]
    except ValueError:
        return ""  # a piece of a sentence
    here: Any
    here, known = top, {"--json", "--lang", "--repo", "--learner", "--help", "-h"}
    for word in words:
        if word in ("&&", "|", ";", ">"):
            break
        bare = getattr(here, "bare", None)  # the command that a group is without a word after it
        if bare is not None and word not in here.commands:
            here = here.commands[bare]
        if word.startswith("--"):
            names = {name for one in here.params for name in (*one.opts, *one.secondary_opts)} | known
            if word.partition("=")[0].rstrip(".,;:)") not in names:
                return f"{here.name} has no {word}"
        elif (children := getattr(here, "commands", None)) is not None:
            name = word.rstrip(".,;:)")
            if name in children:
                here = children[name]
            elif here is top and re.fullmatch(r"[a-z][a-z-]*", name):
                return f"there is no lynx {name}"
    return ""


def test_every_command_on_a_page_is_one() -> None:
    top = typer.main.get_command(build())
    pages = [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    said = [(path.name, *one) for path in pages for one in lines_of(path)]
    assert len(said) > 150
    wrong = [(name, number, found) for name, number, line in said if (found := complaint(top, line))]
    assert wrong == [("json.md", *wrong[0][1:])]  # the example of a mistyped command
    assert wrong[0][2] == "there is no lynx frob"


def test_a_command_that_is_none_is_found() -> None:
    top = typer.main.get_command(build())
    assert complaint(top, "lynx brake 03")
    assert complaint(top, "lynx run --sedes 3")
    assert complaint(top, "lynx mentor check --al")
    assert not complaint(top, "lynx mentor check --all")


@pytest.mark.parametrize(
    "name", ["teachers", *(pytest.param(one, marks=pytest.mark.exhaustive) for one in ("start", "play", "phases"))]
)
def test_a_page_works_to_the_letter(name: str, tmp_path: Path) -> None:
    shell = shell_at(tmp_path, "here")
    for block in blocks((DOCS / f"{name}.md").read_text(encoding="utf-8")):
        follow(block, shell)


def test_every_page_is_in_the_index_and_every_picture_is_there() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    tree = index.rpartition("```{toctree}")[2]
    assert {path.stem for path in DOCS.glob("*.md")} - {"index"} == set(re.findall(r"^[a-z-]+$", tree, re.MULTILINE))
    for path in [*PAGES, ROOT / "README.md"]:
        for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / picture).is_file(), (path.name, picture)


@pytest.mark.exhaustive
def test_pictures_are_of_real_screens() -> None:
    make = script(DOCS / "pictures" / "make.py")
    assert {path.stem for path in (DOCS / "pictures").glob("*.svg")} == set(make.SCREENS)
    drawn = make.pictures(["break"])["break"]
    words = " ".join(re.sub(r"<[^>]+>", " ", drawn).replace("&#160;", " ").split())
    assert "Break 03" in words
    assert "lynx run" in words


# -- what lies at the top for other tools ----------------------------------------------------------


def test_the_container_installs_as_the_readme_does() -> None:
    said = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert "-c constraints.txt" in said["postCreateCommand"]
    assert "-e '.[dev]'" in said["postCreateCommand"]
    assert "https://download.pytorch.org/whl/cpu" in said["postCreateCommand"]


def test_the_hooks_for_other_repositories_are_commands_that_there_are() -> None:
    top = typer.main.get_command(build())
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for hook in hooks} == {"lynx-mentor-check", "lynx-scan"}
    assert [complaint(top, hook["entry"]) for hook in hooks] == ["", ""]


def test_the_action_annotates_what_was_found(tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert "annotate.py" in action["runs"]["steps"][-1]["run"]
    problem = {"where": "breaks/50/break.yaml:7", "what": "100 %\nwrong", "remedy": "mend"}
    missed = {"operator": "eval-dropped", "file": "train.py", "line": 88, "state": "missed"}
    missed["seen_by"] = ["same_in_eval"]
    mutants = [missed, {**missed, "line": 89, "state": "caught"}]
    result = {"breaks": [{"id": "50", "problems": [problem]}], "mutants": mutants}
    path, summary = tmp_path / "r.json", tmp_path / "summary.md"
    path.write_text(json.dumps(result), encoding="utf-8")
    script_ = ROOT / ".github" / "annotate.py"
    done = subprocess.run(
        [sys.executable, str(script_), str(path)], env={"GITHUB_STEP_SUMMARY": str(summary)},
        capture_output=True, text=True, check=True, timeout=HANGS,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "::error file=breaks/50/break.yaml,line=7::break 50: 100 %25%0Awrong mend",
        "::warning file=train.py,line=88::eval-dropped: no test would see this bug. Seen by: same_in_eval.",
    ]
    assert "train.py:88" in summary.read_text(encoding="utf-8")
    path.write_text("Traceback", encoding="utf-8")
    done = subprocess.run([sys.executable, str(script_), str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("::error::lynx printed no JSON")
