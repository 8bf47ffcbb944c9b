"""A scan while it works: one line that is redrawn, or one a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from lynx.view.language import _, ngettext, seconds

if TYPE_CHECKING:
    from types import TracebackType

    from lynx.scan.scanning import Progress
    from lynx.view.terminal import Terminal


class LiveScan:
    """`with LiveScan(terminal) as observe: scan(options, observe)`."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._said: set[str] = set()
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self.terminal.write("\r\x1b[2K", self.terminal.stderr)

    def say(self, stage: str) -> None:
        """A stage without a count."""
        self.terminal.say(
            {"test": _("Trying what might catch it …"), "play": _("Making a break of it …")}[stage]
        )

    def __call__(self, progress: Progress) -> None:
        """Take one report."""
        if self.terminal.json:
            return
        line = line_of(progress)
        if self.terminal.animates:
            cut = self.terminal.look.plain(line[: self.terminal.look.width])
            self.terminal.write("\r\x1b[2K" + cut, self.terminal.stderr)
            self._shown = True
        elif (key := f"{progress.stage}{bool(progress.tests)}{bool(progress.seconds)}") not in self._said:
            self._said.add(key)
            self.terminal.say(line)


def line_of(progress: Progress) -> str:
    """What is being done, and how far it is."""
    if progress.stage == "healthy":
        if not progress.tests:
            return _("Your tests as they are …")
        told = ngettext("{n} test passes in {time}", "{n} tests pass in {time}", progress.tests)
        return told.format(n=progress.tests, time=seconds(progress.seconds))
    if progress.stage == "training" and not progress.seconds:
        return _("Your training as it is …")
    if progress.stage == "training":
        return _("Training what survived: {n} of {of}").format(n=progress.done, of=progress.of)
    return _("Trying mutants: {n} of {of}").format(n=progress.done, of=progress.of)
