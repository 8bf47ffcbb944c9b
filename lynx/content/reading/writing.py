"""Translations as YAML: every text by id, what is missing or stale marked, the hashes at the end."""

from __future__ import annotations

import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from lynx.content.reading.texts import Key, digest, dotted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

WIDTH = 112
_PLAIN = re.compile(r"[^\W\d_][\w .,;()/+×·–’“”¿?¡!-]*\Z")


def translation(
    own: Mapping[Key, str],
    texts: Mapping[Key, str],
    made_from: Mapping[str, str],
    stale: Collection[Key] = (),
    *,
    head: str = "",
) -> str:
    """A translation's text: `own` gives the keys and their order, `texts` what there is of them.

    Above a text that is missing or stale stands what it is a translation of.
    """
    tree: dict[str, Any] = {}
    for key in own:
        node = tree
        for part in key[:-1]:
            node = node.setdefault(part, {})
        node[key[-1]] = key
    lines = [f"# {line}" for line in head.splitlines()]
    lines += _lines(tree, 0, own, texts, frozenset(stale))
    lines += ["", "made_from:" if made_from else "made_from: {}"]
    lines += [f"  {_name(key)}: {json.dumps(value)}" for key, value in made_from.items()]
    return "\n".join(lines) + "\n"


def hashes(own: Mapping[Key, str], keys: Collection[Key]) -> dict[str, str]:
    """The map from key to the hash of the source text."""
    return {dotted(key): digest(own[key]) for key in own if key in keys}


def _lines(
    tree: Mapping[str, Any],
    depth: int,
    own: Mapping[Key, str],
    texts: Mapping[Key, str],
    stale: frozenset[Key],
) -> Iterator[str]:
    indent = "  " * depth
    for name, held in tree.items():
        if isinstance(held, dict):
            yield f"{indent}{_name(name)}:"
            yield from _lines(held, depth + 1, own, texts, stale)
            continue
        if held in stale or held not in texts:
            said = " ".join(own[held].split())
            mark = "# stale: " if held in texts else "# "
            for at, line in enumerate(textwrap.wrap(said, WIDTH - len(indent) - len(mark))):
                yield f"{indent}{mark if not at else '#' + ' ' * (len(mark) - 1)}{line}"
        yield f"{indent}{_name(name)}:{_value(texts[held], indent) if held in texts else ''}"


def _name(name: str) -> str:
    """A key, quoted where YAML would stumble over it."""
    return (
        name if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) else json.dumps(name, ensure_ascii=False)
    )


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
