"""Translations as YAML: every text by id, what is missing or stale marked, the hashes at the end."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

WIDTH = 112
_PLAIN = re.compile(r"[^\W\d_][\w .,;()/+×·–’“”¿?¡!-]*\Z")


def translation(
    keys: Mapping[str, tuple[str, ...]],
    own: Mapping[str, str],
    said: Mapping[str, str],
    made_from: Mapping[str, str],
    stale: Collection[str] = (),
    *,
    head: str = "",
) -> str:
    """A translation's text. `keys` gives every text's name with its path in the file, in order; `own` are the
    texts as they are, `said` what there is of them in the other language.

    Above a text that is missing or stale stands what it is a translation of.
    """
    tree: dict[str, Any] = {}
    for name, path in keys.items():
        node = tree
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = name
    lines = [f"# {line}" for line in head.splitlines()]
    lines += _lines(tree, 0, own, said, stale)
    lines += ["", "made_from:" if made_from else "made_from: {}"]
    lines += [f"  {_name(name)}: {json.dumps(value)}" for name, value in made_from.items()]
    return "\n".join(lines) + "\n"


def _lines(
    tree: Mapping[str, Any],
    depth: int,
    own: Mapping[str, str],
    said: Mapping[str, str],
    stale: Collection[str],
) -> Iterator[str]:
    indent = "  " * depth
    for part, held in tree.items():
        if isinstance(held, dict):
            yield f"{indent}{_name(part)}:"
            yield from _lines(held, depth + 1, own, said, stale)
            continue
        if held in stale or held not in said:
            mark = "# stale: " if held in said else "# "
            told = textwrap.wrap(" ".join(own[held].split()), WIDTH - len(indent) - len(mark))
            yield from (
                f"{indent}{'#' + ' ' * (len(mark) - 1) if at else mark}{line}" for at, line in enumerate(told)
            )
        yield f"{indent}{_name(part)}:{_value(said[held], indent) if held in said else ''}"


def _name(name: str) -> str:
    """A key, quoted where YAML would make something else of it."""
    plain = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) and isinstance(yaml.safe_load(name), str)
    return name if plain else json.dumps(name, ensure_ascii=False)


def _value(text: str, indent: str) -> str:
    """A text behind its key's colon: plain, folded or quoted, whichever reads best and reads back."""
    tried = []
    if "\n" not in text and len(indent) + len(text) < WIDTH:
        tried = [f" {text}"] if _PLAIN.match(text) else []
    elif "\n" not in text:
        folded = textwrap.wrap(text, WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False)
        tried = [" >-" + "".join(f"\n{indent}  {line}" for line in folded)]
    else:
        tried = [" |-" + "".join(f"\n{indent}  {line}".rstrip(" ") for line in text.split("\n"))]
    quoted = " " + json.dumps(text, ensure_ascii=False)
    return next((one for one in tried if _reads_back(f"{indent}k:{one}\n", text)), quoted)


def _reads_back(line: str, text: str) -> bool:
    try:
        return bool(yaml.safe_load(line) == {"k": text})
    except yaml.YAMLError:
        return False
