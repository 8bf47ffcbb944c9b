"""What a sweep of the map keeps: a line for each training, as it comes; and the form in which the map ships."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lynx.study.bench import read_json
from lynx.study.grid import OUTCOME_OF, REASON_OF, cell_from_key
from lynx.truth.measures import from_json_number, to_json_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lynx.study.results import Mapped

ROWS = "cells.jsonl"

# a combination's key, the seed, the median of the last ten losses, why it did not learn (else "")
Row = tuple[str, int, float, str]
Rows = Mapping[tuple[str, int], tuple[float, str]]


def line(row: Row) -> str:
    """A training as it stands in the file."""
    key, seed, tail, why = row
    return json.dumps([key, seed, to_json_number(tail), why]) + "\n"


def table(cells: Sequence[Mapped], about: Mapping[str, Any]) -> dict[str, Any]:
    """The form in which the map ships (`phases/10/atlas.json`): combination -> a letter a seed."""
    letter = {outcome: key for key, outcome in OUTCOME_OF.items()}
    short = {why: key for key, why in REASON_OF.items()}
    return {
        "schema": 2,
        "manifest": dict(about),
        "cells": {one.cell.key: "".join(letter[o] for o in one.outcomes) for one in cells},
        "reasons": {
            one.cell.key: "".join(short[w] for w in one.reasons) for one in cells if any(one.reasons)
        },
    }


def read_rows(folder: Path) -> dict[tuple[str, int], tuple[float, str]]:
    """What a sweep has found so far; a line cut short by a kill is left out. Older lines have no
    reason.
    """
    found: dict[tuple[str, int], tuple[float, str]] = {}
    try:
        lines = (folder / ROWS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return found
    for text in lines:
        try:
            key, seed, tail, *why = json.loads(text)
            cell_from_key(key)
            found[str(key), int(seed)] = (from_json_number(tail), str(why[0]) if why else "")
        except (ValueError, TypeError):
            continue
    return found


def kept(folder: Path, modules: str, fresh: bool) -> dict[tuple[str, int], tuple[float, str]]:
    """Earlier rows, if they were measured on the same modules; else the file is begun anew."""
    before = read_json(folder / "manifest.json") or {}
    same = before.get("modules", {}).get("sha256") == modules
    folder.mkdir(parents=True, exist_ok=True)
    if same and not fresh:
        mend(folder / ROWS)
        return read_rows(folder)
    (folder / ROWS).unlink(missing_ok=True)
    return {}


def mend(path: Path) -> None:
    """End a last line that a kill cut short, so that the next one does not join it."""
    if path.is_file() and (data := path.read_bytes()) and not data.endswith(b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")
