"""Small helpers for sentences about specs: did-you-mean, quoting what was found, lists of names."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TAG = r"[a-z]{2,3}(?:-[A-Z]{2}|-[0-9]{3})?"  # of a language: en, es, pt-BR, es-419
SHOWN = 60  # characters of a value echoed in a message
COMPARED = 100  # names looked at for a did-you-mean; hostile files have thousands


class Worded(dict[str, str]):
    """A text by language, the one it was written in first: what a language lacks is told in that one."""


def told_in(text: Mapping[str, str], language: str) -> str:
    """A text in `language` (pt-BR, else pt), else in the one it was written in; "" where there is none."""
    said = text.get(language) or text.get(language.partition("-")[0]) or next(iter(text.values()), "")
    return said.strip()


def near(one: str, other: str, within: int) -> int | None:
    """Levenshtein distance (insertions, deletions, substitutions) when it is at most `within`, else None.

    Only the band of the table that can stay that small is filled in (Ukkonen, 1985).
    """
    if abs(len(one) - len(other)) > within:
        return None
    far = within + 1
    row = [min(j, far) for j in range(len(other) + 1)]
    for i, a in enumerate(one, 1):
        above, row = row, [far] * len(row)
        row[0] = min(i, far)
        for j in range(max(1, i - within), min(len(other), i + within) + 1):
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != other[j - 1]))
    return row[-1] if row[-1] <= within else None


def nearest(word: str, names: Iterable[str], *, within: int = 2) -> str | None:
    """The printable name at most `within` edits from `word` (and fewer than its length), or None."""
    if len(word) > SHOWN:
        return None
    compared = (name for name in islice(names, COMPARED) if name.isprintable())
    tried = ((near(word.lower(), name.lower(), within), name) for name in compared)
    best = min(((edits, name) for edits, name in tried if edits is not None), default=None)
    return best[1] if best and best[0] < len(word) else None


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
