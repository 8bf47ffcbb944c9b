"""docs/json.md against the program: every command has its row, every example is what the command prints.

`python -m pytest tests/docs/test_json.py --write-docs` writes the examples anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lynx.cli.app import build
from tests.docs.tour import Example, fields, shape, shortened, walk

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n(?:\n(`.*?` → exit \d+)\n\n```json\n(.*?)```\n)?", re.DOTALL)
SHARED = ("Numbers", "Errors", "Shared objects")  # headings that are no command's


def commands(app: Any, before: str = "lynx") -> Iterator[str]:
    """Every command as it is typed, from the program's own registry; `lynx` alone is one."""
    if app.registered_callback and app.registered_callback.invoke_without_command:
        yield before
    bare = getattr(app.info.cls, "bare", None)  # the command that a group is without a word after it
    for one in app.registered_commands:
        yield before if one.name == bare else f"{before} {one.name}"
    for group in app.registered_groups:
        yield from commands(group.typer_instance, f"{before} {group.name}")


def sections(text: str) -> dict[str, str]:
    """Heading -> what stands below it, up to the next heading of its level."""
    parts = re.split(r"^## `?(.*?)`?\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def documented(section: str) -> set[str]:
    """Every name in backticks in the tables of a section, and in its sentences."""
    prose = EXAMPLE.sub("", section)
    return set(re.findall(r"`(\$?[a-z_-]+)`", prose, re.IGNORECASE))


def promised(section: str) -> set[str]:
    """The names in the first column of its tables."""
    rows = re.findall(r"^\| (`.*?) \|", EXAMPLE.sub("", section), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def examples(text: str) -> dict[str, tuple[str, str]]:
    """Name -> the command line with its exit code, and what it prints; empty where it is still to be written."""
    return {match[1]: (match[2] or "", match[3] or "") for match in EXAMPLE.finditer(text)}


def head(example: Example) -> str:
    """The line above an example."""
    return f"`{example.command}` → exit {example.code}"


def block(name: str, example: Example) -> str:
    """An example as it stands on the page; a command that prints nothing has an empty one."""
    printed = json.dumps(shortened(example.value), indent=1, ensure_ascii=False) + "\n"
    body = "" if example.value is None else printed
    return f"<!-- example: {name} -->\n\n{head(example)}\n\n```json\n{body}```\n"


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.exhaustive)])
def test_every_example_is_what_the_command_prints(
    whole: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    writing = request.config.getoption("--write-docs")
    found = walk(tmp_path, whole=whole or writing)
    text = PAGE.read_text(encoding="utf-8")
    if writing:
        text = EXAMPLE.sub(lambda match: block(match[1], found[match[1]]), text)
        PAGE.write_text(text, encoding="utf-8")
    there = examples(text)
    assert not set(found) - set(there)
    assert not whole or set(found) == set(there)
    for name, example in found.items():
        line, printed = there[name]
        assert line == head(example), name
        value = json.loads(printed) if printed else None
        assert shape(value) == shape(example.value), name
    (never,) = found["not-finite"].value["predictions"]
    assert never["predicted"] == "inf"


def test_every_command_has_its_row() -> None:
    told = [heading for heading in sections(PAGE.read_text(encoding="utf-8")) if heading not in SHARED]
    assert sorted(told) == sorted(commands(build()))


def test_every_row_has_an_example() -> None:
    for heading, section in sections(PAGE.read_text(encoding="utf-8")).items():
        if heading == "Shared objects":
            continue
        assert examples(section), heading
        assert all(line for line, _ in examples(section).values()), f"{heading}: write it with --write-docs"


def test_every_field_is_explained_and_none_is_invented() -> None:
    parts = sections(PAGE.read_text(encoding="utf-8"))
    shown: dict[str, set[str]] = {}
    for heading, section in parts.items():
        printed = [json.loads(text) for _, text in examples(section).values() if text]
        shown[heading] = set().union(*map(fields, printed))
    shared = documented(parts["Shared objects"])
    for heading, section in parts.items():
        told = documented(section) | shared
        for other in re.findall(r"As \[`(.*?)`\]|form of \[`(.*?)`\]|same as\s\[`(.*?)`\]", section):
            told |= documented(parts["".join(other)])
        assert shown[heading] <= told, heading
        anywhere = set().union(*shown.values())
        assert promised(section) <= (anywhere if heading == "Shared objects" else shown[heading]), heading
