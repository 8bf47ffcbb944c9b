"""The `measured:` block: what the mentor's seeds found, written into break.yaml without touching the rest.

The edit is textual, so that the author's comments and layout stay; that nothing but the block changed is
proved by reading the result again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lynx.content.reading.breaks import load_break
from lynx.content.spec import BadSpec, Break
from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from pathlib import Path

DIGITS = 6  # significant digits kept of a measured number
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_TAKEN = {
    "yes",
    "no",
    "on",
    "off",
    "true",
    "false",
    "null",
    "nan",
    "inf",
    "y",
    "n",
}  # words YAML 1.1 reads as others


def block(measured: Mapping[str, Any]) -> str:
    """`measured:` as YAML, two levels of keys in block style and everything below in flow style."""
    lines = ["measured: # written by `lynx mentor check --write`, never by hand"]
    for key, value in measured.items():
        if isinstance(value, Mapping) and value and all(isinstance(v, Mapping) for v in value.values()):
            lines.append(f"  {_scalar(key)}:")
            lines += [f"    {_scalar(name)}: {_flow(entry)}" for name, entry in value.items()]
        elif isinstance(value, (list, tuple)) and value and all(isinstance(v, (list, tuple)) for v in value):
            lines.append(f"  {_scalar(key)}:")
            lines += [f"    - {_flow(entry)}" for entry in value]
        else:
            lines.append(f"  {_scalar(key)}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return number(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _TAKEN:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    """A character in a double-quoted YAML string; what a terminal cannot print goes by its number."""
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\U{ord(character):08x}"


def number(value: float) -> str:
    """A float as YAML 1.1 reads one: with a point, and a sign in the exponent."""
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    mantissa, e, exponent = f"{float(f'{value:.{DIGITS}g}')!r}".partition("e")
    if "." not in mantissa:
        mantissa += ".0"
    if e and exponent[0] not in "+-":
        exponent = f"+{exponent}"
    return mantissa + e + exponent


def with_block(text: str, lines: Mapping[str, int], measured: Mapping[str, Any]) -> str:
    """`text` with its `measured` block replaced, or appended where there is none.

    `lines` are the lines of its keys, as the loader read them (from 1). Comments and blank lines between the
    block and the next key belong to that key, and stay.
    """
    ending = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    new = block(measured).replace("\n", ending)
    rows = text.splitlines(keepends=True)
    tops = sorted(line for key, line in lines.items() if "." not in key)
    start = lines.get("measured")
    if start is None:
        if rows and not rows[-1].endswith(("\n", "\r")):
            rows[-1] += ending
        return "".join(rows) + new
    stop = next((line for line in tops if line > start), len(rows) + 1) - 1
    while stop > start and (not rows[stop - 1].strip() or rows[stop - 1].startswith(("#", "---", "..."))):
        stop -= 1
    return "".join(rows[: start - 1]) + new + "".join(rows[stop:])


def write(break_: Break, measured: Mapping[str, Any]) -> None:
    """Put the block in place in the break's own file, atomically.

    Raises Refused when the file has changed since it was checked: what was measured would stand under another
    page.
    """
    from lynx.loop.session import (
        change_text,  # the one atomic, durable edit of a file somebody may be editing
    )

    path = break_.folder / "break.yaml"

    def change(text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        if data != break_.text:
            raise _changed(path)
        after = with_block(text, break_.lines, measured)
        _prove(break_, path, after.encode("utf-8", "surrogateescape"))
        return after

    change_text(path, change)


def _prove(before: Break, path: Path, data: bytes) -> None:
    """Nothing but the block may differ in the file as it would be read."""
    try:
        after = load_break(before.folder, pack=before.pack, data=data)
    except BadSpec as error:
        raise _layout(path) from error
    same = replace(after, measured=before.measured, text=before.text, lines=before.lines)
    if repr(same) != repr(before):  # not ==: a page that says .nan differs from itself
        raise _layout(path)


def _changed(path: Path) -> Refused:
    return Refused(
        N_("{path} changed while it was being checked; nothing was written."),
        code="spec-changed",
        remedy=N_("Check it again: lynx mentor check --write"),
        path=path,
    )


def _layout(path: Path) -> Refused:
    return Refused(
        N_(
            "The measured block of {path} cannot be put in place without touching the rest; nothing was "
            "written."
        ),
        code="spec-layout",
        remedy=N_(
            "Write `measured:` as a key of its own at the start of a line, or remove it, then try again."
        ),
        path=path,
    )
