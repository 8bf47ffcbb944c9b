"""Small helpers for sentences about specs: did-you-mean, quoting what was found, lists of names."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN = 60  # characters of a value echoed in a message


def distance(one: str, other: str) -> int:
    """Levenshtein distance (insertions, deletions, substitutions)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return row[-1]


def nearest(word: str, names: Iterable[str], *, within: int = 2) -> str | None:
    """The name at most `within` edits from `word` (and fewer than its length), or None."""
    if len(word) > SHOWN:
        return None
    scored = [
        (distance(word.lower(), name.lower()), name) for name in names if abs(len(name) - len(word)) <= within
    ]
    best = min(scored, default=None)
    return best[1] if best and best[0] <= within and best[0] < len(word) else None


def shown(value: object) -> str:
    """`value` as one short printable line: long text is cut, control characters are escaped."""
    text = value if isinstance(value, str) else repr(value)
    text = text[: SHOWN + 1]
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text[:SHOWN] + "…" if len(text) > SHOWN else text


def listed(names: Iterable[str], *, most: int = 20) -> str:
    """`a, b, c`; past `most` names an ellipsis."""
    all_names = [shown(name) for name in names]
    return ", ".join(all_names[:most]) + (", …" if len(all_names) > most else "")
