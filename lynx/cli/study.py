"""The commands of a phase."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands that read, measure and drill."""
