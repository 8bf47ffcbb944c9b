"""Did-you-mean and short quoting."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.content.reading.mistakes import numeric
from lynx.content.words import listed, near, nearest, shown

words = st.text("abc", max_size=7)


def levenshtein(one: str, other: str) -> int:
    """The textbook recursion, as independent truth."""

    @cache
    def between(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        return min(
            between(i - 1, j) + 1, between(i, j - 1) + 1, between(i - 1, j - 1) + (one[i - 1] != other[j - 1])
        )

    return between(len(one), len(other))


@given(words, words, st.integers(0, 3))
def test_near_is_the_distance_where_it_is_small(one: str, other: str, within: int) -> None:
    truth = levenshtein(one, other)
    assert near(one, other, within) == (truth if truth <= within else None)


def test_nearest_takes_the_closest_and_nothing_far() -> None:
    assert nearest("metrc", ["measure", "metric", "meter"]) == "metric"
    assert nearest("LOSS", ["loss", "val_loss"]) == "loss"
    assert nearest("wombat", ["metric"]) is None
    assert nearest("ab", ["xy"]) is None  # two edits of two letters are another word
    assert nearest("x" * 1000, ["x" * 1000]) is None
    assert nearest("metric", ["met\tric", "metric\xa0"]) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1e-3", "1.0e-3"),
        ("1e5", "1.0e+5"),
        ("1.5E+5", "1.5e+5"),
        ("0,5", "0.5"),
        (" 7 ", "7"),
        ("inf", ".inf"),
        ("-Infinity", "-.inf"),
        ("NaN", ".nan"),
        ("many", None),
        ("", None),
        ("1,000,000", None),
    ],
)
def test_numbers_as_yaml_wants_them(text: str, wanted: str | None) -> None:
    assert numeric(text) == wanted


@given(st.text(max_size=200))
def test_what_is_shown_is_short_and_printable(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) <= 61


def test_lists_are_cut() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(str(i) for i in range(30)).endswith("18, 19, …")
