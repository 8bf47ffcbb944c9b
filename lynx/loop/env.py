"""The world outside, handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import SOURCE_LANGUAGE
from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Env(Value):
    """The world outside, handed in: what the command line and the environment said."""

    cwd: Path
    environ: Mapping[str, str]
    repo: Path | None = None
    learner: str | None = None
    python: str | None = None
    packs: tuple[Path, ...] = ()
    lang: str = SOURCE_LANGUAGE
    limit: float | None = None  # seconds of processor time a job may take; None: as the break's budget says
