"""The figures that the chapter of Phase 11 cites, computed from scratch; `numbers.yaml` says where each stands."""

from __future__ import annotations

import csv
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

ROOTS = (Path(__file__).resolve().parents[3] / "learners" / "starter", Path(__file__).resolve().parents[3] / "starter")
CORPUS = Path("src/minimodel/corpus/verbs.csv")
PRONOUNS = {"english": ("I", "you", "he"), "spanish": ("yo", "tú", "él")}
WORDS = {"low": 5, "lower": 2, "newest": 6, "widest": 3}  # the example of Sennrich et al. 2016


def lines(language: str) -> list[str]:
    """The corpus' lines in a language: a pronoun and a form."""
    root = next(root for root in ROOTS if (root / CORPUS).is_file())
    with (root / CORPUS).open(encoding="utf-8", newline="") as file:
        return [f"{PRONOUNS[language][int(row['person']) - 1]} {row[language]}" for row in csv.DictReader(file)]


def joined(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    """The word with every `pair` as one token."""
    out: tuple[str, ...] = ()
    while word:
        size = 2 if word[:2] == pair else 1
        out, word = (*out, "".join(word[:size])), word[size:]
    return out


def merges(words: dict[str, int]) -> list[tuple[tuple[str, str], int]]:
    """Each pair in the order of merging, and how often it stood there; the smaller of equal ones, as bytes order."""
    number: dict[str, int] = {}
    state = {tuple(word): often for word, often in words.items()}
    found: list[tuple[tuple[str, str], int]] = []
    while True:
        counts: Counter[tuple[str, str]] = Counter()
        for word, often in state.items():
            for pair in pairwise(word):
                counts[pair] += often
        if not counts:
            return found

        def place(token: str) -> int:
            return number.get(token, ord(token[0]))

        best = min(counts, key=lambda p: (-counts[p], place(p[0]), place(p[1])))
        number["".join(best)] = 256 + len(found)
        found.append((best, counts[best]))
        state = {joined(word, best): often for word, often in state.items()}


def floor(language: str) -> float:
    """Bits a character of lines drawn independently and closed by a line break: H(line) / E[length]."""
    part = lines(language)
    entropy = -math.fsum(n / len(part) * math.log2(n / len(part)) for n in Counter(part).values())
    return entropy / (sum(len(line) + 1 for line in part) / len(part))


def figures() -> dict[str, float]:
    """Every figure by its name; shares in per cent."""
    made = merges(WORDS)
    assert [pair for pair, _ in made[:4]] == [("e", "s"), ("es", "t"), ("l", "o"), ("lo", "w")]
    spanish = "".join(lines("spanish"))
    return {
        "first": float(made[0][1]),
        "third": float(made[2][1]),
        "run.out": float(len(made)),
        "lines": float(len(lines("english"))),
        "beyond.ascii": 100 * sum(ord(c) > 127 for c in spanish) / len(spanish),
        "floor.english": floor("english"),
        "floor.spanish": floor("spanish"),
        "per.token": 9 / 3,
        "perplexity": 2.0 ** (9 / 3),
        "per.character": 9 / 12,
    }
