"""A result without a screen of its own: its fields, one a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lynx.view.layout import Cell, Column, table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.view.look import Look


def render(result: Any, look: Look) -> RenderableType:
    """What `--json` would say, as a table."""
    from lynx.view.results import to_json

    rows: list[list[Cell]] = [
        [(name, "dim"), (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), "")]
        for name, value in to_json(result).items()
    ]
    return table([Column(), Column(wraps=True)], rows, look)
