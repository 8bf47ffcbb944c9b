"""The figures that the chapter of Phase 12 cites, counted in the corpus; `numbers.yaml` says where each stands."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

ROOTS = (Path(__file__).resolve().parents[3] / "learners" / "starter", Path(__file__).resolve().parents[3] / "starter")
CORPUS = Path("src/minimodel/corpus/verbs.csv")


def rows() -> list[dict[str, str]]:
    """The 300 rows of the starter's corpus."""
    root = next(root for root in ROOTS if (root / CORPUS).is_file())
    with (root / CORPUS).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def with_a_twin(language: str) -> float:
    """Share of rows of which another row of the same verb has the same form and the same tense."""
    count: dict[tuple[str, str, str], int] = defaultdict(int)
    table = rows()
    for row in table:
        count[row["verb"], row["tense"], row[language]] += 1
    return sum(count[row["verb"], row["tense"], row[language]] > 1 for row in table) / len(table)


def contradicted(language: str) -> float:
    """Share of rows of which a row with the same last four letters and person bears another tense."""
    tenses: dict[tuple[str, str], set[str]] = defaultdict(set)
    table = rows()
    for row in table:
        tenses[row[language][-4:], row["person"]].add(row["tense"])
    return sum(len(tenses[row[language][-4:], row["person"]]) > 1 for row in table) / len(table)


def figures() -> dict[str, float]:
    """Every figure by its name; shares in per cent."""
    table = rows()
    return {
        "rows": float(len(table)),
        "rows.aside": float(len(table) / len({row["verb"] for row in table}) * 4),
        "twins.spanish": 100 * with_a_twin("spanish"),
        "twins.english": 100 * with_a_twin("english"),
        "contradicted.spanish": 100 * contradicted("spanish"),
        "contradicted.english": 100 * contradicted("english"),
        "standard_error": math.sqrt(0.9 * 0.1 / 60),
    }
