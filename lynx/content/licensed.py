"""What an explanation stands on: names in square brackets at the end of each sentence of a causal text. Pure.

    Without the skip a step of the healthy length fails, too [short-steps, long-steps].

The names are the break's own controls and claims. `ASIDE` are words for a sentence that states no measured
cause, and are for writers alone: what the change itself does, what follows by calculation, what is open.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CAUSAL = ("hidden_cause", "why")  # the texts that explain
ASIDE = ("diff", "maths", "open")

_NAMES = re.compile(r"\s+\[([A-Za-z][\w-]*(?:,\s*[A-Za-z][\w-]*)*)\](?=[.?!]|\s*$)")
_END = re.compile(r"(?<=[.?!])[\"”»)]*\s+")
_CODE = re.compile(r"`[^`]*`")


def sentences(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each sentence with what it names; a full stop inside code ends none."""
    hidden = _CODE.sub(lambda found: found[0].replace(".", "·").replace("?", "·").replace("!", "·"), text)
    at = 0
    for end in (*(m.end() for m in _END.finditer(hidden)), len(text)):
        if sentence := text[at:end].strip():
            yield (
                sentence,
                tuple(name for found in _NAMES.finditer(sentence) for name in re.split(r",\s*", found[1])),
            )
        at = end


def names(text: str) -> frozenset[str]:
    """Everything that a text names."""
    return frozenset(name for _, found in sentences(text) for name in found)


def told(text: str) -> str:
    """The text as a person reads it: controls and claims stay, the words for writers go."""

    def kept(found: re.Match[str]) -> str:
        left = [name for name in re.split(r",\s*", found[1]) if name not in ASIDE]
        return f" [{', '.join(left)}]" if left else ""

    return _NAMES.sub(kept, text)
