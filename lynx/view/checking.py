"""A mentor's check while it works: an observer of its progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.view.language import _, seconds
from lynx.view.redrawn import Redrawn

if TYPE_CHECKING:
    from lynx.mentor.results import Progress

STAGES = {
    "spec": N_("reading the spec"),
    "diff": N_("applying and reverting the diff"),
    "oracle": N_("trying the oracle"),
    "runs": N_("training"),
    "repeat": N_("training the same again"),
    "deciding": N_("trying the conditions of verify_by"),
    "done": N_("done"),
}


class LiveCheck(Redrawn):
    """`with LiveCheck(terminal) as observe: check(…, observe)`: one line redrawn, else one a stage."""

    def __call__(self, progress: Progress) -> None:
        """Take one report of the check."""
        self.show(line_of(progress), (progress.break_id, progress.stage))


def line_of(progress: Progress) -> str:
    """“02 (2 of 4): training 14/60, 8 s, about 30 s to go”."""
    stage = _(STAGES[progress.stage]) if progress.stage in STAGES else progress.stage
    said = _("{id} ({n} of {of}): {stage}")
    line = said.format(id=progress.break_id, n=progress.number, of=progress.of, stage=stage)
    if progress.total:
        line += f" {progress.done}/{progress.total}"
    if progress.elapsed:
        line += f", {seconds(progress.elapsed)}"
    if progress.to_go:
        line += _(", about {time} to go").format(time=seconds(progress.to_go))
    return line
