"""The rows of verbs.csv."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

TENSES = ("infinitive", "present", "past", "past participle", "simple future")
PERSONS = ("1", "2", "3")  # I/yo, you/tú, he-she/él-ella
LANGUAGES = ("english", "spanish")
DATA = Path(__file__).with_name("verbs.csv")


@dataclass(frozen=True)
class Row:
    """One form in both languages. `kind` says whether the *English* verb is regular or irregular."""

    verb: str
    kind: str
    tense: str
    person: str
    english: str
    spanish: str

    def form(self, language: str) -> str:
        """The form in "english" or "spanish"; ValueError for any other language."""
        if language not in LANGUAGES:
            raise ValueError(f"language must be one of {LANGUAGES}, not {language!r}")
        return self.english if language == "english" else self.spanish


def load_verbs(path: Path = DATA) -> tuple[Row, ...]:
    """All rows, in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(Row(**record) for record in csv.DictReader(file))
