"""One line of progress that is redrawn where that can be done, and told sparsely elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from lynx.view.terminal import Terminal

EVERY = 10.0  # seconds between lines where they cannot be redrawn


class Line:
    """`with Line(terminal) as say: say("12 of 40, about 8 s to go")`; on stderr, nothing under `--json`."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._redraws = terminal.animates and terminal.stderr.isatty()
        self._last = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._redraws:
            self.terminal.write("\r\x1b[2K", self.terminal.stderr)

    def __call__(self, text: str) -> None:
        """Say where things stand."""
        if self._redraws:
            shown = self.terminal.look.plain(text)[: self.terminal.look.width]
            self.terminal.write("\r\x1b[2K" + shown, self.terminal.stderr)
        elif time.monotonic() - self._last > EVERY:
            self._last = time.monotonic()
            self.terminal.say(text)
