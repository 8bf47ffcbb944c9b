"""Which lines of one version are which lines of another: the patience alignment (Bram Cohen)."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DEPTH = 30  # levels of gaps within gaps; bounds the time on files made to be slow


def align(old: Sequence[bytes], new: Sequence[bytes]) -> dict[int, int]:
    """Old line index -> new line index, increasing, for the lines that stayed.

    The places before the first line and after the last always match. Lines that occur once on both sides are
    anchors, and equal neighbours grow from them and from the ends; then the same within each gap. A line that
    merely looks alike is never matched across a gap.
    """
    matched = {-1: -1, len(old): len(new)}
    gaps = [(0, len(old), 0, len(new), 0)]
    while gaps:
        i, i_end, j, j_end, depth = gaps.pop()
        while i < i_end and j < j_end and old[i] == new[j]:
            matched[i] = j
            i, j = i + 1, j + 1
        while i < i_end and j < j_end and old[i_end - 1] == new[j_end - 1]:
            i_end, j_end = i_end - 1, j_end - 1
            matched[i_end] = j_end
        if i == i_end or j == j_end or depth == DEPTH:
            continue
        anchors = _anchors(old, i, i_end, new, j, j_end)
        if not anchors:
            continue
        edges = [(i - 1, j - 1), *anchors, (i_end, j_end)]
        for (a, b), (c, d) in itertools.pairwise(edges):
            gaps.append((a + 1, c, b + 1, d, depth + 1))
        matched.update(anchors)
    return matched


def _anchors(
    old: Sequence[bytes], i: int, i_end: int, new: Sequence[bytes], j: int, j_end: int
) -> list[tuple[int, int]]:
    """The longest increasing run of lines unique on both sides of the gap."""
    count_old, count_new = Counter(old[i:i_end]), Counter(new[j:j_end])
    place = {line: n for n, line in enumerate(new[j:j_end], j) if count_new[line] == 1}
    pairs = [
        (n, place[line]) for n, line in enumerate(old[i:i_end], i) if count_old[line] == 1 and line in place
    ]
    tails: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, (_, b) in enumerate(pairs):
        pile = bisect_left(tails, b)
        before.append(piles[pile - 1] if pile else -1)
        tails[pile : pile + 1] = [b]
        piles[pile : pile + 1] = [index]
    run: list[tuple[int, int]] = []
    index = piles[-1] if piles else -1
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    return run[::-1]
