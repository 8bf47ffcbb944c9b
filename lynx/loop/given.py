"""What giving back and taking over return, light enough for a command that trains nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.values import Value

if TYPE_CHECKING:
    from lynx.store.damage import Mended


class Reset(Value):
    """`lynx reset`: the target is as it was before the break."""

    break_id: str | None  # None where there was only a journal to mend
    target: str | None  # None where a blind break ended before it was found
    outcome: str  # restored | replaced | gone | missing | already | recreated | mended
    kept: str | None  # where the learner's own version is kept
    leftovers: tuple[tuple[str, str], ...]  # (where the bug still is, the command that removes it)
    mended: Mended | None = None
    diff: str = ""  # of a state that came along with the folder: what this changed in the file
    afresh: bool = False  # every break is new again


class Change(Value):
    """What `lynx reset` would do to a file, in a state that came along with the folder; shown before it is done."""

    target: str
    diff: str


class Adopted(Value):
    """`lynx adopt`: a state that came along with the folder, taken over."""

    was_foreign: bool
    break_id: str | None
    target: str | None  # None while the break is blind
    notes: str | None
    runnable: bool  # whether the break under way is one that this user has here, or has allowed
    next: str
