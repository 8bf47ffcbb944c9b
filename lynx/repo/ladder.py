"""The rungs of the match ladder: where in a file a hunk's lines stand. Pure; `patch` climbs it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from lynx.errors import N_
from lynx.repo.align import align
from lynx.repo.source import Edit, Source, spans
from lynx.repo.unidiff import Hunk, PatchRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Rung = Literal["exact", "shifted", "reduced", "merged", "within"]
RUNGS: tuple[Rung, ...] = ("exact", "shifted", "reduced", "merged", "within")
MAX_CONTEXT = 3  # lines of context kept on either side once the whole hunk no longer fits


@dataclass(frozen=True)
class Wanted:
    """A hunk encoded for one file: (kind, bytes, bare) for each line."""

    lines: tuple[tuple[str, bytes, bool], ...]
    start: int | None

    @property
    def old(self) -> list[bytes]:
        """The lines that must stand in the file: context and removed."""
        return [text for kind, text, _ in self.lines if kind != "+"]

    @property
    def place(self) -> int:
        """The line index its numbers give for the first old line."""
        return max(0, (self.start or 1) - (1 if self.old else 0))

    @property
    def context(self) -> tuple[int, int]:
        """How many context lines lead and trail."""
        kinds = [kind for kind, _, _ in self.lines]
        changed = [n for n, kind in enumerate(kinds) if kind != " "]
        return changed[0], len(kinds) - 1 - changed[-1]

    def reduced(self, lead: int, trail: int) -> Wanted:
        """The same with at most so much context."""
        has_lead, has_trail = self.context
        drop, cut = max(0, has_lead - lead), max(0, has_trail - trail)
        return Wanted(self.lines[drop : len(self.lines) - cut], None)

    def edits(self, at: int) -> list[Edit]:
        """What the hunk replaces when its first old line is line index `at`."""
        found: list[Edit] = []
        removed: list[bool] = []
        added: list[tuple[bytes, bool]] = []
        line = at

        def close() -> None:
            if removed or added:
                texts = tuple(text for text, _ in added)
                found.append(
                    Edit(
                        line - len(removed),
                        line,
                        texts,
                        added_bare=bool(added) and added[-1][1],
                        removed_bare=bool(removed) and removed[-1],
                    )
                )
            removed.clear()
            added.clear()

        for kind, text, bare in self.lines:
            if kind == "+":
                added.append((text, bare))
                continue
            if kind == " ":
                close()
            else:
                removed.append(bare)
            line += 1
        close()
        return found


def encode(hunks: Sequence[Hunk], source: Source, name: str) -> list[Wanted]:
    """The hunks in the file's own encoding. Raises PatchRefused when it has no bytes for them."""
    encoding = "utf-8" if source.encoding == "utf-8-sig" else source.encoding
    wanted = []
    for hunk in hunks:
        try:
            lines = tuple((line.kind, line.text.encode(encoding), line.bare) for line in hunk.lines)
        except UnicodeError as error:
            raise PatchRefused(
                N_("The change cannot be written in the encoding of {name}, {encoding}."),
                code="patch-encoding",
                remedy=N_("Save the file as UTF-8; nothing was changed."),
                name=name,
                encoding=encoding,
            ) from error
        wanted.append(Wanted(lines, hunk.start))
    return wanted


# -- the ladder ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a hunk goes: its edits, and the rung that found it."""

    edits: tuple[Edit, ...]
    rung: Rung


@dataclass(frozen=True)
class Nowhere:
    """Why a hunk went nowhere: in how many places it fits (0, or 2 for several), and what was looked for."""

    count: int
    wanted: Wanted


def function_ranges(data: bytes, within: str | None) -> list[tuple[int, int]]:
    """The lines of the named function, as half-open index ranges; empty without one."""
    if within is None:
        return []
    return [(first - 1, last) for name, first, last in spans(data) if name == within]


def touches(places: Sequence[Place], ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether one change at least lies in the named function, where there is one.

    Without this, a diff whose own place has changed would go into a twin of it somewhere else.
    """
    return not ranges or any(
        low <= edit.start and edit.stop <= high
        for place in places
        for edit in place.edits
        for low, high in ranges
    )


def apart(places: Sequence[Place]) -> bool:
    """Whether the hunks come in order and nowhere overlap."""
    edits = [edit for place in places for edit in place.edits]
    return all(a.stop <= b.start and a != b for a, b in itertools.pairwise(edits))


def find_plain(source: Source, want: Wanted, *, reduce: bool) -> Place | Nowhere:
    """Exact or shifted; else with less and less context, each amount tried in every split of the sides."""
    lead, trail = want.context
    if not want.old:
        return Place(tuple(want.edits(0)), "exact") if not source.lines else Nowhere(0, want)
    found = source.find(want.old)
    if len(found) == 1:
        there = want.start in (None, found[0] + 1)
        return Place(tuple(want.edits(found[0])), "exact" if there else "shifted")
    if found or not reduce:
        return Nowhere(len(found), want)
    lead, trail = min(lead, MAX_CONTEXT), min(trail, MAX_CONTEXT)
    return _reduced(want, lambda old: source.find(old), lead, trail, "reduced")


def _reduced(
    want: Wanted, find: Callable[[Sequence[bytes]], list[int]], lead: int, trail: int, rung: Rung
) -> Place | Nowhere:
    smallest = want
    for total in range(lead + trail, -1, -1):
        found: dict[tuple[Edit, ...], None] = {}
        for before in range(min(lead, total), -1, -1):
            if total - before > trail:
                continue
            smallest = want.reduced(before, total - before)
            for at in find(smallest.old) if smallest.old else []:
                found[tuple(smallest.edits(at))] = None
        if len(found) == 1:
            return Place(next(iter(found)), rung)
        if found:
            return Nowhere(2, smallest)
    return Nowhere(0, want)


def find_inside(source: Source, want: Wanted, ranges: Sequence[tuple[int, int]]) -> Place | Nowhere:
    """Once in the named function; failing that, once there under another indentation."""

    def find(old: Sequence[bytes]) -> list[int]:
        return sorted({at for low, high in ranges for at in source.find(old, low, high)})

    if not ranges or not want.old:
        return Nowhere(0, want)
    found = find(want.old)
    if len(found) == 1:
        return Place(tuple(want.edits(found[0])), "within")
    lead, trail = (min(n, MAX_CONTEXT) for n in want.context)
    place = Nowhere(2, want) if found else _reduced(want, find, lead, trail, "within")
    if isinstance(place, Place) or place.count:
        return place
    return _reindented(source, want.reduced(0, 0), ranges)


def _reindented(source: Source, want: Wanted, ranges: Sequence[tuple[int, int]]) -> Place | Nowhere:
    """The changed lines found by their text alone; the added ones move to the indentation found there."""
    bare = [text.lstrip() for text in want.old]
    if not any(bare):
        return Nowhere(0, want)
    places = [
        at
        for low, high in ranges
        for at in range(low, high - len(bare) + 1)
        if [line.lstrip() for line in source.lines[at : at + len(bare)]] == bare
    ]
    if len(places) != 1:
        return Nowhere(min(len(places), 2), want)
    at = places[0]
    shift = [
        (_indent(old), _indent(here))
        for old, here in zip(want.old, source.lines[at : at + len(bare)], strict=True)
        if old.strip()
    ]
    old, here = shift[0]
    # One shift for all lines, or the block was rewritten and not only moved.
    if any(a[: len(old)] != old or b != here + a[len(old) :] for a, b in shift):
        return Nowhere(0, want)
    lines = tuple(
        (kind, here + text.removeprefix(old) if text.strip() else text, flag)
        for kind, text, flag in want.lines
    )
    return Place(tuple(Wanted(lines, None).edits(at)), "within")


def _indent(line: bytes) -> bytes:
    return line[: len(line) - len(line.lstrip())]


def find_merged(
    source: Source,
    hunks: Sequence[Hunk],
    within: str | None,
    base: bytes | None,
    ranges: Sequence[tuple[int, int]],
) -> list[Place]:
    """Each hunk placed in the base and carried to where the base's lines went; empty when it cannot be."""
    if base is None:
        return []
    try:
        known = Source.read(base)
        wanted = encode(hunks, known, "the base")
    except PatchRefused:
        return []
    inside = function_ranges(base, within)
    went = align(known.lines, source.lines)
    places: list[Place] = []
    for want in wanted:
        place = find_plain(known, want, reduce=False)
        if isinstance(place, Nowhere) or not touches([place], inside):
            place = find_inside(known, want, inside)
        if isinstance(place, Nowhere):
            return []
        edits = tuple(edit for edit in (carried(edit, went) for edit in place.edits) if edit is not None)
        if len(edits) < len(place.edits) or known.encoding != source.encoding:
            return []
        places.append(Place(edits, "merged"))
    return places if touches(places, ranges) else []


def carried(edit: Edit, went: dict[int, int]) -> Edit | None:
    """The edit at the place its lines have in the other version, if they are all there and together."""
    if edit.start == edit.stop:
        before, after = went.get(edit.start - 1), went.get(edit.start)
        if before is None or after is None or after != before + 1:
            return None
        return replace(edit, start=after, stop=after)
    to = [went.get(n) for n in range(edit.start, edit.stop)]
    first = to[0]
    if first is None or to != list(range(first, first + len(to))):
        return None
    return replace(edit, start=first, stop=first + len(to))
