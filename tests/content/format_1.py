"""A break of today written in the format before: both languages at every text, figures in the file."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from lynx.content.reading import texts
from lynx.content.reading.breaks import load_break
from lynx.content.reading.document import parse


def downgraded(folder: Path) -> bytes:
    """`folder`'s break as one file of format 1."""
    break_ = load_break(folder)
    root = parse(break_.text, folder / "break.yaml").root
    assert root is not None
    values: dict[str, Any] = copy.deepcopy(root.plain())
    sources = values.pop("sources", {})
    for key, loc in texts.places(root.plain(), texts.BREAK).at.items():
        name = texts.dotted(key)
        if name not in break_.texts or key[0] == "sources":
            continue
        holder: Any = values
        for part in loc[:-1]:
            holder = holder[part]
        holder[loc[-1]] = dict(break_.texts[name])
    for prediction in values["predictions"]:
        for value in prediction.pop("says", {}).values():
            prediction["page"] = value
    for claim in values["claims"]:
        if claim["from"] in sources:
            claim["from"] = "course page"
    values.pop("elsewhere", None)  # there was no place for another's figures
    del values["language"]
    values["schema"] = 1
    if break_.measured:
        values["measured"] = dict(break_.measured)
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True).encode()
