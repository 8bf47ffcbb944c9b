"""Adding items to a list of break.yaml, every other line left as the mentor wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from lynx.content.reading.document import LOADER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOP = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*:", re.MULTILINE)
_BLANK = re.compile(r"<[^<>\n]*>")
WIDTH = 110


def with_items(text: str, section: str, items: Sequence[Mapping[str, Any]]) -> str:
    """`text` with `items` in the list `section`.

    A section that is still blank (every item of it has a text in brackets) is replaced; otherwise the items
    go behind those that are there, under other ids where they are taken. A missing section comes at the end.
    """
    if not items:
        return text
    found = re.search(rf"^{section}:.*\n?", text, re.MULTILINE)
    if found is None:
        return text.rstrip("\n") + f"\n\n{section}:\n" + "".join(map(_item, items))
    after = _TOP.search(text, found.end())
    end = after.start() if after else len(text)
    end -= len(_comments_before(text[found.end() : end]))
    body = text[found.end() : end]
    there = yaml.load(text[found.start() : end], Loader=LOADER) or {}
    old = [one for one in there.get(section) or [] if isinstance(one, dict)]
    if all(_BLANK.search(str(one)) for one in old):
        return (
            text[: found.start()]
            + f"{section}:\n"
            + "".join(map(_item, items))
            + "\n"
            + text[end:].lstrip("\n")
        )
    taken = {str(one.get("id")) for one in old}
    fresh = [_renamed(one, taken) for one in items]
    return (
        text[: found.end()]
        + body.rstrip("\n")
        + "\n"
        + "".join(map(_item, fresh))
        + "\n"
        + text[end:].lstrip("\n")
    )


def _comments_before(body: str) -> str:
    """The comment lines at the end of a section: they speak of what comes next."""
    match = re.search(r"(?:^(?:#.*)?\n)*\Z", body, re.MULTILINE)
    return match[0] if match else ""


def _renamed(item: Mapping[str, Any], taken: set[str]) -> dict[str, Any]:
    name, number = str(item["id"]), 1
    stem = re.sub(r"\d+\Z", "", name)
    while name in taken:
        number += 1
        name = f"{stem}{number}"
    taken.add(name)
    return {**item, "id": name}


def _item(values: Mapping[str, Any]) -> str:
    """One item of a list: a key a line, mappings in one line where they fit."""
    lines = [f"{key}: {_flow(value)}" for key, value in values.items()]
    return "".join(f"  {'-' if i == 0 else ' '} {line}\n" for i, line in enumerate(lines))


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n...\n").rstrip("\n")
