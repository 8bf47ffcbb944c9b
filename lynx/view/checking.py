"""A mentor's check while it works: an observer of its progress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from lynx.errors import N_
from lynx.view.language import _, seconds

if TYPE_CHECKING:
    from types import TracebackType

    from lynx.mentor.results import Progress
    from lynx.view.terminal import Terminal

STAGES = {
    "spec": N_("reading the spec"),
    "diff": N_("applying and reverting the diff"),
    "oracle": N_("trying the oracle"),
    "runs": N_("training"),
    "repeat": N_("training the same again"),
    "deciding": N_("trying the conditions of verify_by"),
    "done": N_("done"),
}


class LiveCheck:
    """`with LiveCheck(terminal) as observe: check(…, observe)`: one line redrawn, else one a stage."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._said: set[tuple[str, str]] = set()
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self.terminal.write("\r\x1b[2K", self.terminal.stderr)

    def __call__(self, progress: Progress) -> None:
        """Take one report of the check."""
        if self.terminal.json:
            return
        if self.terminal.animates:
            line = line_of(progress)[: self.terminal.look.width]
            self.terminal.write("\r\x1b[2K" + self.terminal.look.plain(line), self.terminal.stderr)
            self._shown = True
        elif (progress.break_id, progress.stage) not in self._said:
            self._said.add((progress.break_id, progress.stage))
            self.terminal.say(line_of(progress))


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
