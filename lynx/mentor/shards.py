"""A check in parts: `--shard 2/5` proves a part of the breaks, and `lynx mentor merge` puts the parts together.

What joins them is what each break consists of, by one hash: a part that was measured on other files is no proof
of what is here.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lynx import __version__
from lynx.content.reading.proof import FILE as PROOF
from lynx.errors import N_, Refused
from lynx.mentor import ground
from lynx.repo import workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from lynx.mentor.choosing import Chosen


def content(folder: Path) -> str:
    """The hash of what a break consists of: its folder, the starter, and the Lynx that proves it.

    The tree of a break with another base is the repository that holds it, whose commit CI has checked out.
    """
    digest = hashlib.sha256(f"lynx proof 1\0{__version__}\0".encode())
    for top in (folder, workspace.starter()):
        digest.update(ground.tree_hash(top).encode())
    return digest.hexdigest()


def part(chosen: Sequence[Chosen], shard: str) -> list[Chosen]:
    """The breaks of part K of N, about as long as every other part; the same on every machine. Raises Refused."""
    match = re.fullmatch(r"(\d+)/(\d+)", shard)
    k, n = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= k <= n:
        raise Refused(
            N_("{shard} is no part of a check."),
            code="bad-shard",
            remedy=N_("Say which of how many, such as --shard 2/5."),
            shard=shard,
        )
    parts: list[list[Chosen]] = [[] for _ in range(n)]
    loads = [0.0] * n
    for one in sorted(chosen, key=lambda one: (-_length(one.folder), one.folder.name)):
        lightest = loads.index(min(loads))
        parts[lightest].append(one)
        loads[lightest] += _length(one.folder)
    return [one for one in chosen if one in parts[k - 1]]


def _length(folder: Path) -> float:
    """About how many seconds a break's check takes, by its proof: of everything that it runs."""
    try:
        held = json.loads((folder / PROOF).read_bytes())
        return float(held["seconds"]) * (2 + len(held["controls"]))
    except (OSError, ValueError, KeyError, TypeError):
        return 60.0


@dataclass(frozen=True)
class MergedRow:
    """One break over all parts: `state` is proved, fails, missing, other (files than those here) or disagree."""

    id: str
    slug: str
    folder: Path
    state: str
    files: tuple[str, ...] = ()  # the parts that speak of it
    seeds: int = 0
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Merged:
    """`lynx mentor merge`: a row for each break at hand."""

    rows: tuple[MergedRow, ...]
    files: int
    quick: bool

    @property
    def ok(self) -> bool:
        """Whether every break is proved, as it is here."""
        return all(row.state == "proved" for row in self.rows)


def merge(files: Sequence[Path], chosen: Sequence[Chosen]) -> Merged:
    """Hold what the parts say against the breaks at hand. Raises Refused for a file that is no part of a check."""
    told: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    quick = False
    for path in files:
        held = _read(path)
        quick = quick or bool(held.get("quick"))
        for row in held["breaks"]:
            told.setdefault(str(row["id"]), []).append((path.name, row))
    return Merged(tuple(_row(one, told) for one in chosen), len(files), quick)


def _row(one: Chosen, told: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]) -> MergedRow:
    id_, _, slug = one.folder.name.partition("-")
    said = told.get(id_, [])
    now = content(one.folder)
    of_this = [(name, row) for name, row in said if row.get("of") == now]
    names = tuple(sorted({name for name, _ in of_this or said}))
    if not of_this:
        return MergedRow(id_, slug, one.folder, "other" if said else "missing", names)
    verdicts = {json.dumps([row["ok"], *_verdicts(row)]) for _, row in of_this}
    problems = dict.fromkeys(f"{p['where']}  {p['what']}" for _, row in of_this for p in row["problems"])
    state = "disagree" if len(verdicts) > 1 else "proved" if all(row["ok"] for _, row in of_this) else "fails"
    seeds = max(int(row["seeds"]) for _, row in of_this)
    return MergedRow(id_, slug, one.folder, state, names, seeds, tuple(problems))


def _verdicts(row: Mapping[str, Any]) -> list[Any]:
    return sorted([claim["id"], claim["verdict"]] for claim in row["claims"])


def _read(path: Path) -> Mapping[str, Any]:
    try:
        held = json.loads(path.read_bytes())
        for row in held["breaks"]:
            (
                row["id"],
                row["ok"],
                row["seeds"],
                row["claims"],
                [(p["where"], p["what"]) for p in row["problems"]],
            )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            N_("{path} is not what a part of a check printed: {error}"),
            code="no-shard",
            remedy=N_("Keep what this prints: lynx mentor check --all --shard 1/5 --json"),
            path=path,
            error=error if isinstance(error, OSError) else type(error).__name__,
        ) from error
    assert isinstance(held, dict)
    return held
