"""A line that tells how far something long is: redrawn in a terminal, elsewhere said once a stage and once a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Hashable
    from types import TracebackType

    from lynx.view.terminal import Terminal

OFTEN = 60.0  # seconds: a log in which nothing comes for longer looks as if nothing went on


class Redrawn:
    """Between `with` and its end the line stands; then it is wiped away. With `--json` nothing is said."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._said: set[Hashable] = set()
        self._shown = False
        self._last = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self.terminal.write("\r\x1b[2K", self.terminal.stderr)

    def show(self, line: str, stage: Hashable) -> None:
        """The line as it is now; where nothing can be redrawn, the first one of each stage, and one a minute."""
        if self.terminal.json:
            return
        if self.terminal.animates:
            cut = self.terminal.look.plain(line[: self.terminal.look.width])
            self.terminal.write("\r\x1b[2K" + cut, self.terminal.stderr)
            self._shown = True
        elif stage not in self._said or time.monotonic() - self._last >= OFTEN:
            self._said.add(stage)
            self._last = time.monotonic()
            self.terminal.say(line)
