"""Where the learner stands, as values: what the light commands return, apart from the results of runs.

`lynx` and `lynx list` are typed often; they import these and not what a run is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.values import Value

if TYPE_CHECKING:
    from lynx.content.spec import Text
    from lynx.loop.stages import Stage
    from lynx.store.damage import Damaged
    from lynx.store.places import Place


class Status(Value):
    """`lynx`, `lynx status`."""

    break_id: str | None
    title: Text | None
    blind: bool
    stage: Stage | None
    target: str | None
    target_state: str  # untouched | original | changed | missing | …
    notes: str | None
    hints_shown: int
    hints_of: int
    controls: int
    next: str
    due: tuple[Due, ...] = ()
    leftovers: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = ()
    recovered: str = ""
    offer: str | None = None  # the break to begin with, when none is under way
    first: bool = False  # nothing was ever begun here
    prefix: str = ""
    foreign: bool = False  # the state came along with the folder: `lynx adopt` takes it over
    elsewhere: tuple[
        Place, ...
    ] = ()  # workspaces of this user's with a break under way, when there is none here
    damage: Damaged | None = None  # what is wrong with the journal; the rest is what is known without it

    @property
    def fresh(self) -> bool:
        """Whether nothing has ever been played here, and there is something to begin with."""
        return self.first and self.offer is not None and not self.elsewhere


class Due(Value):
    """Something that comes back: a break missed with confidence or revealed, or a drill."""

    kind: str  # break | drill
    id: str
    reason: str  # miss | hit | revealed
    since: float
    confidence: int | None = None


class Listed(Value):
    """One line of `lynx list`; `state` is new, a stage, done, revealed or reset."""

    id: str
    phase: int
    title: Text
    teaches: tuple[str, ...]
    seconds: float
    state: str
    pack: str
    broken: bool = False  # its spec cannot be read
    place: str = ""  # phase and number in it: 10/00
    needs: tuple[str, ...] = ()  # packages beside numpy
    here: bool = False  # `seconds` was measured on this machine
