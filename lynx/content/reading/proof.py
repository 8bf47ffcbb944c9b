"""`proof.json` beside a break: what `lynx mentor check --write` measured, and of what. Never edited by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lynx.content.reading import texts
from lynx.content.spec import Problem
from lynx.errors import N_
from lynx.store import hashed

if TYPE_CHECKING:
    from pathlib import Path

FILE = "proof.json"
SCHEMA = 2
MAX_BYTES = 1_000_000
NUMBERS = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}
WORDS = ("answer", "survived", "verdict")  # keys whose values are words, a choice called nan among them

# Texts, what only introduces them, and where the course leads: nothing that is measured depends on these.
TOLD = ("language", "hints", "sources", "elsewhere", "guard", "next", "read", "teaches")
SAID = {("predictions", "says"), ("claims", "from")}  # who says what


def digest(values: Mapping[str, Any], others: str) -> str:
    """The hash of everything but the texts: the spec's other values, and the folder's other files."""
    left = _without_texts(values)
    return hashed.sha256(
        json.dumps([left, others], ensure_ascii=False).encode("utf-8", "replace")
    ).hexdigest()


def _without_texts(values: Mapping[str, Any]) -> Any:
    told = texts.places(values, texts.BREAK)
    leaves = {told.at[key] for key in told.texts}

    def rest(value: Any, at: tuple[str | int, ...]) -> Any:
        if isinstance(value, dict):
            kept = [
                (name, rest(item, (*at, name)))
                for name, item in value.items()
                if (*at, name) not in leaves and not (name in TOLD if not at else (at[0], name) in SAID)
            ]
            kept += [(name, None) for name in value if at == ("rivals",)]  # which there are counts
            return kept if at and at[-1] == "options" else sorted(kept, key=lambda pair: pair[0])
        if isinstance(value, list):
            return [rest(item, (*at, index)) for index, item in enumerate(value)]
        return value

    return rest(values, ())


def read(data: bytes, path: Path) -> tuple[dict[str, Any], str, list[Problem]]:
    """What was measured, the hash of what it was measured on, and what is wrong with the file."""
    try:
        held = json.loads(data) if len(data) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        held = None
    if not sound(held):
        problem = Problem(
            f"{path}:1",
            "",
            N_("the file is not what lynx mentor check --write makes."),
            N_("Remove it, and measure again: lynx mentor check --write"),
        )
        return {}, "", [problem]
    assert isinstance(held, dict)
    measured = {name: _numbers(name, value) for name, value in held.items() if name not in ("schema", "of")}
    return measured, str(held["of"]), []


def sound(held: Any) -> bool:
    """Whether it has the sections that screens read, each row a mapping."""
    if not isinstance(held, dict) or held.get("schema") != SCHEMA or not isinstance(held.get("of"), str):
        return False
    for section in ("predictions", "claims", "controls"):
        rows = held.get(section, {})
        if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
            return False
    near = held.get("neighbours", {})
    if not isinstance(near, dict) or not all(_neighbour(row) for row in near.values()):
        return False
    return isinstance(held.get("chain", []), list) and isinstance(held.get("loss", {}), dict)


def _neighbour(row: Any) -> bool:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), dict) for key in ("args", "claims")):
        return False
    return all(isinstance(one, dict) and {"k", "n", "stops"} <= set(one) for one in row["claims"].values())


def _numbers(name: str, value: Any) -> Any:
    """Numbers that are no JSON come back from their words."""
    if isinstance(value, dict):
        return {key: item if key in WORDS else _numbers(key, item) for key, item in value.items()}
    if isinstance(value, list):
        told = 4 if name == "chain" and not any(isinstance(item, list) for item in value) else 0
        return [item if at < told else _numbers(name, item) for at, item in enumerate(value)]
    return NUMBERS.get(value, value) if isinstance(value, str) else value


def written(measured: Mapping[str, Any], of: str) -> bytes:
    """The file's bytes: one row a line, so that a change can be read in a diff."""
    parts = [f'  "schema": {SCHEMA}', f'  "of": {_json(of)}']
    for name, value in measured.items():
        if isinstance(value, Mapping) and value and all(isinstance(v, Mapping) for v in value.values()):
            rows = ",\n".join(f"    {_json(key)}: {_json(row)}" for key, row in value.items())
            parts.append(f"  {_json(name)}: {{\n{rows}\n  }}")
        elif isinstance(value, (list, tuple)) and value and all(isinstance(v, (list, tuple)) for v in value):
            rows = ",\n".join(f"    {_json(row)}" for row in value)
            parts.append(f"  {_json(name)}: [\n{rows}\n  ]")
        else:
            parts.append(f"  {_json(name)}: {_json(value)}")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


DIGITS = 6  # significant digits kept of a measured number


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        word = next((w for w, n in NUMBERS.items() if n == value or (n != n and value != value)), None)
        return word if word else float(f"{value:.{DIGITS}g}")
    return value
