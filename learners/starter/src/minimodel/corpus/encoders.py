"""Rows into arrays: which tense is this form?

The input is the last four characters of the form, one-hot each (short forms are padded with spaces on
the left), and the person, one-hot. The target is the number of the tense in `TENSES`.

In Spanish the endings tell the tense apart; in English they do not ("walked" is two tenses, "walk" up
to three), which `bayes_ceiling` measures: no classifier of these inputs can be right more often.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from minimodel.corpus.table import PERSONS, TENSES, Row, load_verbs

ENDING = 4  # characters of a form that the model sees
SPLITS = ("row", "verb")


@dataclass(frozen=True)
class TenseDataset:
    """x: (rows, features) floats, y: (rows,) integers 0..4. The rows behind them are kept for a look."""

    x_train: npt.NDArray[Any]
    y_train: npt.NDArray[np.int64]
    x_val: npt.NDArray[Any]
    y_val: npt.NDArray[np.int64]
    rows_train: tuple[Row, ...]
    rows_val: tuple[Row, ...]
    alphabet: str


def ending(form: str) -> str:
    """The last four characters, padded with spaces on the left."""
    return form[-ENDING:].rjust(ENDING)


def alphabet(rows: tuple[Row, ...], language: str) -> str:
    """Every character of the language's forms and the padding, sorted."""
    return "".join(sorted({" ", *"".join(row.form(language) for row in rows)}))


def encode(rows: tuple[Row, ...], language: str, letters: str, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """(rows, 4 · len(letters) + 3): ones at the four characters and at the person."""
    x = np.zeros((len(rows), ENDING * len(letters) + len(PERSONS)), dtype=dtype)
    for i, row in enumerate(rows):
        for place, letter in enumerate(ending(row.form(language))):
            x[i, place * len(letters) + letters.index(letter)] = 1
        x[i, ENDING * len(letters) + PERSONS.index(row.person)] = 1
    return x


def split_rows(
    rows: tuple[Row, ...], split: str, seed: int, held_out: float
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Train and validation rows, each in the order of the file.

    "row" holds out single rows at random. It leaks: an infinitive or a participle is the same for all
    three persons, so most of those held out also stand in the training part. "verb" holds out whole
    verbs: no form is in both, only endings are.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {SPLITS}, not {split!r}")
    if not 0.0 < held_out < 1.0:
        raise ValueError(f"held_out must lie between 0 and 1, not {held_out}")
    units: list[Any] = list(rows) if split == "row" else sorted({row.verb for row in rows})
    order = np.random.default_rng(seed).permutation(len(units))
    chosen = {units[i] for i in order[: max(1, round(held_out * len(units)))]}

    def held(row: Row) -> bool:
        return (row if split == "row" else row.verb) in chosen

    return tuple(r for r in rows if not held(r)), tuple(r for r in rows if held(r))


def tense_dataset(
    language: str = "spanish",
    split: str = "row",
    seed: int = 0,
    dtype: npt.DTypeLike = np.float32,
    held_out: float = 0.2,
) -> TenseDataset:
    """The classification data: 240 rows to train and 60 to validate on with the default `held_out`.

    ValueError for an unknown language or split. The alphabet is taken from the whole file, so both
    parts have the same features.
    """
    rows = load_verbs()
    letters = alphabet(rows, language)
    train, val = split_rows(rows, split, seed, held_out)

    def targets(part: tuple[Row, ...]) -> npt.NDArray[np.int64]:
        return np.array([TENSES.index(row.tense) for row in part], dtype=np.int64)

    return TenseDataset(
        x_train=encode(train, language, letters, dtype),
        y_train=targets(train),
        x_val=encode(val, language, letters, dtype),
        y_val=targets(val),
        rows_train=train,
        rows_val=val,
        alphabet=letters,
    )


def bayes_ceiling(language: str) -> float:
    """The accuracy that no classifier of (last four characters, person) can exceed on all 300 rows.

    Rows with the same input get the same answer; the best answer is their most frequent tense.
    """
    tenses: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    rows = load_verbs()
    for row in rows:
        tenses[ending(row.form(language)), row.person][row.tense] += 1
    return sum(max(counts.values()) for counts in tenses.values()) / len(rows)


def shared_forms(language: str, split: str, seed: int = 0) -> float:
    """What the split leaks: the share of validation rows whose very form and tense stand in training."""
    data = tense_dataset(language, split, seed)
    seen = {(row.form(language), row.tense) for row in data.rows_train}
    return sum((row.form(language), row.tense) in seen for row in data.rows_val) / len(data.rows_val)
