"""What the tree cites is in the tree: every page, every section; and docs/architecture.md says what the code does."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lynx.content.reading.schema import SCHEMA as SPEC
from lynx.content.reading.schema import BreakModel
from lynx.errors import ExitCode
from lynx.loop.stages import Stage
from lynx.store import tables as columns
from lynx.store import trust
from lynx.truth.measures import Ended

ROOT = Path(__file__).parents[2]
OWN = Path(__file__)  # which has examples of what is wrong
ARCHITECTURE = ROOT / "docs" / "architecture.md"
TEXT = {".py", ".md", ".yaml", ".toml", ".yml", ".html", ".po", ""}

# a page of the repository, as code and prose name it, with or without a section
PAGE = re.compile(r"(?<![\w/.])((?:docs|phases)/[\w./-]+\.md|[A-Z]{4,}\.md|README\.md)(#[\w-]+)?")
LINK = re.compile(r"\]\(([^)\s:]*?)(#[\w-]+)?\)")
# a page that is not here, cited by its name and section, as notes from outside the repository are
OUTSIDE = re.compile(r"\b[A-Z]{4,} ?\d+(?:\.\d+)?\b|§ ?\d|\bsection \d+\b")
STANDARD = re.compile(r"^(SARIF|YAML|JSON|HTTP|POSIX|ASCII|IEEE) ")  # these have versions, and are no pages


@cache
def tracked() -> tuple[Path, ...]:
    """Every text of the repository that git knows or would take."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return tuple(
        path
        for name in listed.stdout.splitlines()
        if (path := ROOT / name).is_file() and path.suffix in TEXT and path.name != "LICENSE"
    )


def headings(text: str) -> Iterator[str]:
    """The anchor of every heading, as GitHub makes it; what stands in code fences is none."""
    fence = False
    for line in text.splitlines():
        if line.startswith("```"):
            fence = not fence
        elif not fence and (found := re.match(r"#+ (.*)", line)):
            plain = re.sub(r"[^\w\- ]", "", found[1].strip().lower())
            yield "#" + plain.replace(" ", "-")


@cache
def anchors(page: Path) -> frozenset[str]:
    return frozenset(headings(page.read_text(encoding="utf-8")))


def citations(path: Path) -> Iterator[tuple[int, Path, str]]:
    """(line, page, section or "") of everything that a file cites; links count from the page they stand on."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for found in PAGE.finditer(line):
            yield number, ROOT / found[1], found[2] or ""
        for found in LINK.finditer(line) if path.suffix == ".md" else ():
            page = path.parent / found[1] if found[1] else path
            yield number, page, found[2] or ""


def wrong(path: Path) -> Iterator[str]:
    """Each citation of a page or a section that is not there."""
    for number, page, section in citations(path):
        place = f"{path}:{number}"
        if not page.exists():
            yield f"{place} cites {page}, which is not there"
        elif section and page.suffix == ".md" and section not in anchors(page):
            yield f"{place} cites {page.name}{section}, and there is no such section"


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of what a file says: all of a page, the comments and docstrings of a module."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            said = ast.get_docstring(node, clean=False)
            yield from enumerate((said or "").splitlines(), node.body[0].lineno if node.body else 1)


def outside(path: Path) -> Iterator[str]:
    """Each comment or sentence that cites a page by a name in capitals and a number, or a bare section."""
    for number, line in prose(path):
        for found in OUTSIDE.finditer(line):
            if not STANDARD.match(found[0]):
                yield f"{path}:{number} cites “{found[0]}”"


def test_everything_cited_is_there() -> None:
    found = [one for path in tracked() if path != OWN for one in wrong(path)]
    assert found == []


def test_nothing_cites_a_page_outside_the_repository() -> None:
    rooms = [ROOT / name for name in ("lynx", "tests", "benchmarks", "docs", "breaks", "phases", "learners")]
    found = [
        one
        for path in tracked()
        if path != OWN and any(room in path.parents for room in rooms)
        for one in outside(path)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("see docs/architecture.md#claims", 0),
        ("see docs/architecture.md#clams", 1),
        ("(docs/nothing.md)", 1),
        ("as [told](nothing.md#here)", 1),
        ("as [told](#here)", 1),
        ("# Here\n\nas [told](#here)", 0),
        ("the ladder of RULES 7.4", 1),
        ("RULES 7", 1),
        ("see § 7", 1),
        ("(PEP 263), UTF-8", 0),
    ],
)
def test_the_walk_sees_what_it_is_for(text: str, wanted: int, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    assert len([*wrong(page), *outside(page)]) == wanted


def test_of_a_module_it_reads_what_is_said_and_not_what_is_done(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    said = '"""As RULES 7 has it."""\n\nx = "SELECT 1"  # see RULES 8\n\n\ndef f():\n    """RULES 9."""\n'
    module.write_text(said, encoding="utf-8")
    assert [one.rpartition(":")[2] for one in outside(module)] == [
        "3 cites “RULES 8”",
        "1 cites “RULES 7”",
        "7 cites “RULES 9”",
    ]


def section(name: str) -> str:
    """One section of the page."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    return re.split(r"^## ", text.partition(f"\n## {name}\n")[2], flags=re.MULTILINE)[0]


def test_the_page_has_its_sections() -> None:
    wanted = """rooms stages workspaces run runs claims scan guard injection verify exams notes journal classes agents
        trust spec contracts"""
    assert [f"#{name}" for name in wanted.split()] == [
        one for one in headings(ARCHITECTURE.read_text(encoding="utf-8")) if one != "#architecture"
    ]


def test_every_room_has_its_line() -> None:
    rooms = {p.name for p in (ROOT / "lynx").iterdir() if p.is_dir() and not p.name.startswith("_")}
    told = set(re.findall(r"^\| `(\w+)(?:\.py)?` \|", section("rooms"), re.MULTILINE))
    assert told == rooms | {"errors"}


def test_the_tables_are_the_codes() -> None:
    codes = re.findall(r"^\| (\d+) \|", section("contracts"), re.MULTILINE)
    assert [int(code) for code in codes] == [code.value for code in ExitCode]
    tables = re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", columns.TABLES)
    assert re.findall(r"^\| `(\w+)` \|", section("journal"), re.MULTILINE) == tables
    assert f"is the format, now {columns.SCHEMA}." in section("journal")
    assert f"a format of its own, now {trust.SCHEMA}," in section("journal")
    assert f"version {SPEC} (`schema: {SPEC}`)" in section("spec")
    required = [field.alias or name for name, field in BreakModel.model_fields.items() if field.is_required()]
    assert ", ".join(required) in " ".join(section("spec").split())
    for stage in Stage:
        assert stage.value.upper() in section("stages")
    for ended in Ended:
        assert ended.value in section("runs")
