"""The words of scan: a site, a splice, an example.

An operator is one kind of training bug, written as an edit of source. A site is one place of one file where it
applies: bytes that are replaced at some offsets, and every other byte stays.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Splice:
    """The bytes `old` at `start` become `new`; with `old` empty, `new` is put in there."""

    start: int
    old: bytes
    new: bytes

    @property
    def end(self) -> int:
        """The offset behind the old bytes."""
        return self.start + len(self.old)


Edit = tuple[Splice, ...]  # of one place: in order, not overlapping


@dataclass(frozen=True)
class Example:
    """A file before and after one edit of an operator: exactly this edit is found in it, perhaps among others."""

    before: str
    after: str


@dataclass(frozen=True)
class Site:
    """One operator at one place of one file.

    `line`, `end_line` and `column` are those of the first change (from 1; the column counts bytes from 1). `before`
    and `after` are the whole lines that it touches. `key` names the site by what stands there, not by its line, so
    it outlives edits elsewhere in the file.
    """

    path: str
    line: int
    end_line: int
    column: int
    operator: str
    scope: str  # the function or class around it, "Model.forward", or "" at the top of the file
    before: str
    after: str
    edit: Edit
    key: str

    def apply(self, source: bytes) -> bytes:
        """`source` with this edit; ValueError where other bytes stand than those that it was found in."""
        parts, at = [], 0
        for splice in self.edit:
            if source[splice.start : splice.end] != splice.old:
                raise ValueError(f"{self.path}:{self.line}: the file has changed since this place was found")
            parts += [source[at : splice.start], splice.new]
            at = splice.end
        return b"".join([*parts, source[at:]])
