"""What there is to scan: the repository's files, and the sites in them. Files are only read."""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from lynx.errors import N_, LynxError, Refused
from lynx.scan.results import Unread
from lynx.scan.sites import Unreadable, find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lynx.scan.words import Site

LARGEST = 1 << 20  # bytes of a file that somebody wrote by hand
NEVER = frozenset(
    (".git", ".hg", ".venv", "venv", "env", "node_modules", "__pycache__", ".tox", "site-packages")
)
FOLDERS = frozenset(("test", "tests", "testing"))
_TORCH = re.compile(rb"^\s*(?:import|from)\s+torch\b", re.MULTILINE)
_HYPOTHESIS = re.compile(rb"^\s*(?:import|from)\s+hypothesis\b", re.MULTILINE)


@dataclass(frozen=True)
class Ground:
    """A repository as a scan sees it; `sources` holds the bytes of each file with sites."""

    top: Path
    files: tuple[str, ...]
    sources: Mapping[str, bytes]
    sites: tuple[Site, ...]
    unread: tuple[Unread, ...]
    torch: bool
    hypothesis: bool


def survey(top: Path, only: Sequence[Path] = ()) -> Ground:
    """Look through `top`, or through `only` these files and folders below it.

    Raises Refused for one that is not there, and where there is nothing to scan.
    """
    files = tuple(listed(top))
    chosen = [name for name in files if name.endswith(".py")]
    asked = {_below(path, top) for path in only}
    sources: dict[str, bytes] = {}
    sites: list[Site] = []
    unread: list[Unread] = []
    torch = hypothesis = False
    for name in chosen:
        source = _read(top / name)
        if source is None:
            continue
        torch = torch or _TORCH.search(source) is not None
        hypothesis = hypothesis or _HYPOTHESIS.search(source) is not None
        if asked and not any(_within(name, one) for one in asked):
            continue
        if is_test(name) and name not in asked:
            continue
        try:
            found = find(source, name)
        except Unreadable as error:
            unread.append(Unread(name, error.line, error.why))
            continue
        if found:
            sources[name] = source
            sites += found
    if not sites:
        raise _nothing(len(chosen), unread)
    return Ground(top, files, sources, tuple(sites), tuple(unread), torch, hypothesis)


def top_of(folder: Path) -> Path:
    """The repository around a folder; the folder itself where there is none."""
    folder = folder.resolve()
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def listed(top: Path) -> list[str]:
    """What git lists, else what lies there, without environments."""
    from lynx.repo import git  # GitPython takes a tenth of a second

    names: list[str] = []
    if (top / ".git").exists():
        try:
            names = git.files(top)
        except LynxError:
            names = []
    return [name for name in names or _walked(top) if not NEVER.intersection(name.split("/")[:-1])]


def _walked(top: Path) -> Iterator[str]:
    for folder, inside, names in os.walk(top):
        inside[:] = sorted(name for name in inside if name not in NEVER and not name.startswith("."))
        for name in sorted(names):
            yield (Path(folder) / name).relative_to(top).as_posix()


def is_test(name: str) -> bool:
    """Whether a file holds tests, or serves them."""
    path = PurePosixPath(name)
    if path.name == "conftest.py" or re.fullmatch(r"test_.*\.py|.*_test\.py|setup\.py", path.name):
        return True
    return bool(FOLDERS.intersection(path.parts[:-1]))


def lines_of(source: bytes, sites: Sequence[Site]) -> dict[str, tuple[int, ...]]:
    """Site's key -> the line at which the innermost statement that it changes begins: by that it is reached.

    Of a statement that holds others, its head alone counts.
    """
    spans = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            end = node.end_lineno or node.lineno
            if isinstance(body, list) and body:
                end = max(node.lineno, min(one.lineno for one in body) - 1)
            spans.append((first, end, node.lineno))
    found: dict[str, tuple[int, ...]] = {}
    for site in sites:
        around = [span for span in spans if span[0] <= site.line <= span[1]]
        found[site.key] = (max(around, default=(0, 0, site.line))[2],)
    return found


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError:
        return None


def _below(path: Path, top: Path) -> str:
    real = path.resolve()
    if not real.exists() or not real.is_relative_to(top):
        raise Refused(
            N_("There is no {path} in the repository {top}."),
            code="nothing-there",
            remedy=N_("Name files or folders below it, or none for all: lynx scan"),
            path=path,
            top=top,
        )
    return real.relative_to(top).as_posix()


def _within(name: str, asked: str) -> bool:
    return asked in (".", name) or name.startswith(f"{asked}/")


def _nothing(count: int, unread: Sequence[Unread]) -> Refused:
    if unread:
        first = unread[0]
        return Refused(
            N_("{file}:{line} is not Python ({why}), and no other file has anything to scan."),
            code="unreadable",
            remedy=N_("Mend it, then scan again."),
            file=first.file,
            line=first.line,
            why=first.why,
        )
    return Refused(
        N_("There is nothing to scan here: none of {count} Python files builds or trains a network."),
        code="nothing-to-scan",
        remedy=N_("Stand in a repository that trains, or name one: lynx scan --repo DIR"),
        count=count,
    )
