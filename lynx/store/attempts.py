"""An attempt at a break, as the journal and the file beside it hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping


class Attempt(Value):
    """One try at one break: where it stands and the hashes of the two versions of its target."""

    id: int
    break_id: str
    number: int  # 1, then 2 after a reset …
    stage: str
    blind: bool
    started: float  # seconds since the epoch
    active: bool  # at most one attempt is active: the one whose bug is in
    target: str  # relative to the repository's top, posix
    original: str  # sha256 of the healthy bytes
    broken: str
    spec: str  # sha256 of break.yaml as it was at injection
    folder: str  # the break's folder at injection
    pack: str
    notes: str  # relative path of the notes file
    heading: str  # the `## …` line of this attempt's section
    card: Mapping[str, Any]  # texts that light commands show without reading the spec (title, hints, …)

    @property
    def hidden(self) -> bool:
        """Whether nothing may tell the learner yet where the bug is."""
        return self.blind and self.stage != "done"


class Standing(Value):
    """Where a break stands: all its attempts, counted, and the last of them."""

    break_id: str
    pack: str
    done: int  # attempts that came to their end
    undisclosed: int  # of these, without the answer shown
    under_way: bool
    stage: str  # of the last
    blind: bool
    active: bool
    finished: int | None  # the id of the last that is done
