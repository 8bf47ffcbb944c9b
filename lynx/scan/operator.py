"""An operator: one kind of training bug, and how to find where it would fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lynx.scan.source import Source
    from lynx.scan.words import Edit, Example


@dataclass(frozen=True)
class Operator:
    """One kind of training bug.

    `hints`: a file in which none of these bytes stand has no site, and is not parsed. `guards`: the checks of
    `lynx.guards` that see this bug, the sharpest first (docs/guards.md has what was measured). `source`: where the
    kind is described, or where it was met. `unlike`: code that looks like a site and is none.
    """

    name: str
    says: str  # what was done, in a few words, marked N_
    concept: str  # what one has to know to see it, marked N_
    source: str
    guards: tuple[str, ...]
    hints: tuple[bytes, ...]
    find: Callable[[Source], Iterable[Edit]]
    examples: tuple[Example, ...]
    unlike: tuple[str, ...] = ()
