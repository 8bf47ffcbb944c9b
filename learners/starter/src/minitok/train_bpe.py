"""The course's tokeniser: trained on the verb corpus, both languages of it."""

from __future__ import annotations

from minimodel.corpus import PERSONS, load_verbs
from minitok.bpe import Tokenizer, train

PRONOUNS = {"english": ("I", "you", "he"), "spanish": ("yo", "tú", "él")}
VOCABULARY = 512


def load_corpus(only_language: str | None = None) -> list[str]:
    """A line for each row and language, "I walk" and "yo camino": 600, or 300 of one language.

    ValueError for a language that the corpus does not have.
    """
    if only_language not in (None, *PRONOUNS):
        raise ValueError(f"only_language must be one of {tuple(PRONOUNS)}, not {only_language!r}")
    return [
        f"{pronouns[PERSONS.index(row.person)]} {row.form(language)}"
        for language, pronouns in PRONOUNS.items()
        if only_language in (None, language)
        for row in load_verbs()
    ]


def train_tokenizer(vocabulary: int = VOCABULARY) -> Tokenizer:
    """The tokeniser that every model of the course reads with."""
    lines = load_corpus()
    return train("\n".join(lines), vocabulary)
