"""A scan while it works: one line that is redrawn, or one a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.view.language import _, ngettext, seconds
from lynx.view.redrawn import Redrawn

if TYPE_CHECKING:
    from lynx.scan.scanning import Progress


class LiveScan(Redrawn):
    """`with LiveScan(terminal) as observe: scan(options, observe)`."""

    def say(self, stage: str) -> None:
        """A stage without a count."""
        self.terminal.say(
            {"test": _("Trying what might catch it …"), "play": _("Making a break of it …")}[stage]
        )

    def __call__(self, progress: Progress) -> None:
        """Take one report."""
        self.show(line_of(progress), (progress.stage, bool(progress.tests), bool(progress.seconds)))


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
