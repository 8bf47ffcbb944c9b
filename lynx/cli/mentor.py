"""The commands of a mentor, and what packs and trust need."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add `lynx mentor …`, `lynx pack …` and `lynx trust`."""
