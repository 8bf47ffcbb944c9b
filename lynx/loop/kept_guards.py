"""What the journal says of guards: tests that a learner proved, break by break, and whether they are still there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lynx.store import hashed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lynx.loop.session import Session

KIND = "guard"  # of the event
CATCHING = frozenset(("sharp", "catches"))


@dataclass(frozen=True)
class KeptGuard:
    """The last proof of a break's guard. `kept`: its files are there, byte for byte as they were proved."""

    break_id: str
    verdict: str
    kept: bool

    @property
    def counts(self) -> bool:
        """It catches the bug, and is still there."""
        return self.kept and self.verdict in CATCHING

    @property
    def rank(self) -> int:
        """How much it is worth: nothing, catches, sharp."""
        return 0 if not self.counts else 2 if self.verdict == "sharp" else 1


def kept_guards(session: Session) -> dict[str, KeptGuard]:
    """Break -> its guard: the sharpest that is still there, else the last one proved."""
    found: dict[str, KeptGuard] = {}
    for break_id, event in session.journal.events_of_breaks(KIND):
        same = all(
            digest(session.workspace.top / name) == sha for name, sha in event.payload["files"].items()
        )
        one = KeptGuard(break_id, str(event.payload["verdict"]), same)
        before = found.get(break_id)
        if before is None or one.rank >= before.rank:
            found[break_id] = one
    return found


def hashes(top: Path, names: Mapping[str, None]) -> dict[str, str]:
    """Each file of a guard with the SHA-256 of its bytes."""
    return {name: digest(top / name) for name in names}


def digest(path: Path) -> str:
    """The SHA-256 of a file's bytes; "" where there is none."""
    try:
        return hashed.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
