"""What a stranger looks for first: may I use it, where is it, what does it check before a commit."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
HOOKS = [
    hook
    for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    for hook in repo["hooks"]
]


def test_the_licence_is_there_and_is_the_one_that_is_named() -> None:
    assert PROJECT["license"] == "MIT"
    (name,) = PROJECT["license-files"]
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.startswith("MIT License\n\nCopyright (c) 2026 Lynx contributors\n")
    assert 'THE SOFTWARE IS PROVIDED "AS IS"' in text


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "lynx" / "py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_every_link_of_the_project_leads_to_something_here() -> None:
    source = PROJECT["urls"]["Source"]
    for name, url in PROJECT["urls"].items():
        assert url.startswith(source), name
        if found := re.search(r"/(?:blob|tree)/main/(.+)", url):
            assert (ROOT / found[1]).exists(), name


def test_the_changelog_tells_the_version_that_is_built_or_what_comes_next() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert versions[0] == "Unreleased" or versions[0] == PROJECT["version"]
    assert set(re.findall(r"^### (.+)", text, re.MULTILINE)) <= {
        "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security",
    }  # fmt: skip


def test_no_hook_downloads_anything() -> None:
    assert {hook["language"] for hook in HOOKS} == {"system"}
    assert all(hook["entry"].startswith(".venv/bin/python -m ") for hook in HOOKS)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the quick hooks look at, in a copy that may be spoilt."""
    top = tmp_path / "copy"
    for name in ("lynx", "breaks", "phases", "learners/starter", "tests/breaks"):
        shutil.copytree(ROOT / name, top / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", top)
    return top


def run_hook(name: str, top: Path, *files: str) -> int:
    """The hook as pre-commit would call it, with this interpreter in place of the environment's."""
    (hook,) = (hook for hook in HOOKS if hook["id"] == name)
    words = [*shlex.split(hook["entry"].replace(".venv/bin/python", shlex.quote(sys.executable))), *files]
    environ = {**os.environ, "PYTHONPATH": str(top), "PYTHONDONTWRITEBYTECODE": "1"}
    environ = {key: value for key, value in environ.items() if not key.startswith("PYTEST")}
    done = subprocess.run(words, cwd=top, env=environ, capture_output=True, check=False, timeout=300)
    return done.returncode


@pytest.mark.exhaustive  # the default run proves the breaks themselves
def test_the_hook_for_breaks_passes_and_sees_a_diff_that_no_longer_fits(copy: Path) -> None:
    assert run_hook("breaks", copy) == 0
    target = copy / "learners/starter/src/minimodel/stack.py"
    text = target.read_text(encoding="utf-8")
    target.write_text(text.replace("current = current + step", "current += step"), encoding="utf-8")
    assert run_hook("breaks", copy) != 0


@pytest.mark.parametrize(
    ("hook", "spoilt"), [("ruff-check", "import os\n"), ("ruff-format", "x = {  'a':1 }\n")]
)
def test_the_hooks_for_style_see_a_slip(hook: str, spoilt: str, copy: Path) -> None:
    assert run_hook(hook, copy, "lynx/errors.py") == 0
    (copy / "lynx/errors.py").write_text(spoilt, encoding="utf-8")
    code = run_hook(hook, copy, "lynx/errors.py")
    changed = (copy / "lynx/errors.py").read_text(encoding="utf-8") != spoilt
    assert code != 0 or changed  # a formatter mends; pre-commit fails on what was mended
