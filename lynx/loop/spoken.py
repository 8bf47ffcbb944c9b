"""The words for yes, no, never, about, units and a line of code: those of every language there is a catalogue of.

`spoken.json` is written by `python -m lynx.view.locale.update`, from the catalogues.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("spoken.json")


@cache
def spoken() -> dict[str, str]:
    """Word, in small letters -> yes, no, never, about, unit or line."""
    held = json.loads(FILE.read_text(encoding="utf-8"))
    return {word: meaning for meaning, words in held.items() for word in words}
