"""Bytes and a diff in, bytes out: the match ladder (docs/architecture.md#injection). Pure.

A hunk is found by its lines, never by its line numbers, and on each rung exactly one place must fit:
exact or shifted; with less context; through a three-way merge when the base is known; inside the
named function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.repo.align import align
from lynx.repo.ladder import (
    RUNGS,
    Nowhere,
    Place,
    Rung,
    Wanted,
    apart,
    carried,
    encode,
    find_inside,
    find_merged,
    find_plain,
    function_ranges,
    touches,
)
from lynx.repo.source import Rewritten, Source, encoding_of, rewrite, spans
from lynx.repo.unidiff import DiffLine, Hunk, PatchRefused, parse, shown, write

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PatchRefused", "Patched", "apply", "function_at", "holds", "reverse", "unified"]


@dataclass(frozen=True)
class Patched:
    """The file after a diff: its bytes, the weakest rung needed, first and last changed line (1-based)."""

    data: bytes
    rung: Rung
    lines: tuple[int, int]


def apply(
    original: bytes,
    diff: str,
    *,
    within: str | None = None,
    base: bytes | None = None,
    target: str | None = None,
) -> Patched:
    """Put `diff` into `original`.

    `within` names the function (`Class.method`) that holds the change, `base` is the version the diff
    was made for, `target` the only file name the diff may carry. Raises PatchRefused, which says what
    was looked for.
    """
    return _apply(original, parse(diff, target), within, base, target)


def reverse(
    broken: bytes,
    diff: str,
    *,
    within: str | None = None,
    base: bytes | None = None,
    target: str | None = None,
) -> bytes:
    """Take `diff` out of `broken` again; `base` is then the broken version the author knew.

    Exact to the byte in a file of one line ending; what no diff can tell, the ending of a deleted line
    in a file that mixes them, is taken from its neighbour. Raises PatchRefused.
    """
    undone = tuple(hunk.reversed() for hunk in parse(diff, target))
    return _apply(broken, undone, within, base, target).data


def unified(a: bytes, b: bytes, path: str, *, context: int = 3) -> str:
    """The diff that turns `a` into `b`, empty when their lines are alike; line endings are not compared."""
    return write(_diff_lines(a), _diff_lines(b), path, context)


def function_at(source: bytes, line: int) -> str | None:
    """The innermost class or function around a 1-based line, such as `ResidualBlock.forward`."""
    around = [name for name, first, last in spans(source) if first <= line <= last]
    return around[-1] if around else None


def holds(data: bytes, original: bytes, broken: bytes) -> bool:
    """Whether `data`, whatever else changed in it, still holds the change from `original` to `broken`."""
    alike = data.replace(b"\r\n", b"\n")
    if alike == broken.replace(b"\r\n", b"\n"):
        return True
    if alike == original.replace(b"\r\n", b"\n"):
        return False
    try:
        hunks = parse(unified(original, broken, "target"))
        old, new, now = (Source.read(version) for version in (original, broken, data))
    except PatchRefused:
        return False
    from_old, from_new = align(old.lines, now.lines), align(new.lines, now.lines)
    for want, back in zip(
        encode(hunks, old, "target"), encode([hunk.reversed() for hunk in hunks], new, "target"), strict=True
    ):
        # Where the change went: its own lines are there, and those it replaced are not.
        if all(carried(edit, from_new) for edit in back.edits(back.place)) and not all(
            carried(edit, from_old) for edit in want.edits(want.place)
        ):
            return True
    return False


def _diff_lines(data: bytes) -> list[DiffLine]:
    try:
        source = Source.read(data)
    except PatchRefused:  # shown to a person all the same; what cannot be decoded is marked
        plain = Source.read(data.decode("utf-8", "backslashreplace").replace("\0", "\\0").encode())
        source = replace(plain, encoding="utf-8")
    count = len(source.lines)
    return [
        DiffLine(
            " ", line.decode(source.encoding, "backslashreplace"), bare=n == count - 1 and not source.ends[n]
        )
        for n, line in enumerate(source.lines)
    ]


def _apply(
    original: bytes, hunks: Sequence[Hunk], within: str | None, base: bytes | None, target: str | None
) -> Patched:
    name = shown(target or "the target")
    source = Source.read(original, name)
    wanted = encode(hunks, source, name)
    ranges = function_ranges(original, within)

    def complete(places: Sequence[Place | Nowhere]) -> list[Place]:
        good = [place for place in places if isinstance(place, Place)]
        return good if len(good) == len(wanted) and apart(good) and touches(good, ranges) else []

    # A name that is gone from the file leaves no way to tell a twin: then the whole context must fit.
    plain = [find_plain(source, want, reduce=not (within and not ranges)) for want in wanted]
    good = complete(plain) or complete(find_merged(source, hunks, within, base, ranges))
    if not good:
        good = complete(
            [
                find_inside(source, want, ranges)
                if isinstance(place, Nowhere) or not touches([place], ranges)
                else place
                for want, place in zip(wanted, plain, strict=True)
            ]
        )
    if good:
        return _finished(original, source, good, name)
    raise _refusal(source, wanted, plain, hunks, within, ranges, name)


def _finished(original: bytes, source: Source, places: Sequence[Place], name: str) -> Patched:
    edits = [edit for place in places for edit in place.edits]
    result: Rewritten = rewrite(source, edits)
    again = encoding_of(result.data, name)  # a diff may not change the cookie under the other lines
    read = Source.read(result.data, name)
    # Prove that the change went in: a merge can otherwise end in what was there before.
    if result.data == original or read.lines != result.source.lines or again != source.encoding:
        raise PatchRefused(
            N_("The change would leave {name} as it is, or change how its bytes are read."),
            code="patch-no-effect",
            remedy=N_("Nothing was changed; see whether it is in already."),
            name=name,
        )
    rung = max((place.rung for place in places), key=RUNGS.index)
    return Patched(result.data, rung, result.lines)


def _refusal(
    source: Source,
    wanted: Sequence[Wanted],
    plain: Sequence[Place | Nowhere],
    hunks: Sequence[Hunk],
    within: str | None,
    ranges: Sequence[tuple[int, int]],
    name: str,
) -> PatchRefused:
    """The clearest thing to say: already in, in several places, or nowhere, and what was looked for."""
    missing = next((place for place in plain if isinstance(place, Nowhere)), None)
    want = missing.wanted if missing else wanted[0]
    removed = [text for kind, text, _ in want.lines if kind == "-" and text.strip()]
    lines = [text.strip() for text in removed or want.old or [b""]]
    looked = shown(lines[0].decode(source.encoding, "replace"))
    where = shown(within) if within and ranges else name
    undo = encode([hunk.reversed() for hunk in hunks], source, name)
    back = [find_inside(source, w, ranges) if ranges else find_plain(source, w, reduce=False) for w in undo]
    if all(isinstance(place, Place) for place in back):
        return PatchRefused(
            N_(
                "{where} already holds the change: “{looked}” is gone from it, and what replaces it is there."
            ),
            code="patch-already",
            remedy=N_("Put the original back first (git diff shows what changed); nothing was changed."),
            where=where,
            looked=looked,
        )
    if missing is not None and missing.count > 1:
        return PatchRefused(
            N_("“{looked}” stands in more than one place of {where}, and nothing tells which is meant."),
            code="patch-ambiguous",
            remedy=N_("Make the places differ, or give the break more context; nothing was changed."),
            where=where,
            looked=looked,
        )
    return PatchRefused(
        N_("“{looked}” was looked for in {where} and is not there once, as the break knows it."),
        code="patch-missing",
        remedy=N_("Your copy differs from the one the break was made for; nothing was changed."),
        where=where,
        looked=looked,
    )
