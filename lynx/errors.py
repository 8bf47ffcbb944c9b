"""The one family of errors a person may see, and the exit codes they end in.

Messages and remedies are gettext templates: `N_` marks them for extraction, `view` translates
and fills in the fields. Code below `cli` raises; nothing below `cli` prints or exits.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process ends with (docs/architecture.md#contracts)."""

    DONE = 0
    NOT_YET = 1
    REFUSED = 2
    FAULT = 3
    INTERRUPTED = 130


SOURCE_LANGUAGE = "en"  # what every message in the source is written in


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark `text` for translation; `view` translates it when it is shown."""
    return text


class Word(str):
    """A field that is itself marked for translation; `view` translates it when it fills a message in."""

    __slots__ = ()


class LynxError(Exception):
    """Something a person must know: what is wrong, where, and what to do about it.

    `message` and `remedy` are templates with `{field}` places, filled from `fields`, so that a
    translation can move them. `code` is the stable name other programs see under `--json`.
    """

    exit_code = ExitCode.REFUSED

    def __init__(self, message: str, *, code: str, remedy: str = "", **fields: object) -> None:
        self.message, self.remedy, self.code, self.fields = message, remedy, code, fields
        super().__init__(str(self))

    def __str__(self) -> str:
        text = self.message.format(**self.fields)
        return f"{text} {self.remedy.format(**self.fields)}".rstrip()


class Refused(LynxError):
    """Wrong usage, a bad spec, an unsafe repository: exit 2."""


class NotYet(LynxError):
    """The learner has something to do first: exit 1."""

    exit_code = ExitCode.NOT_YET


class Interrupted(LynxError):
    """^C, where something was done already: what that is, and how to go on. Exit 130."""

    exit_code = ExitCode.INTERRUPTED


class Fault(LynxError):
    """Lynx's own mistake: exit 3, with a log."""

    exit_code = ExitCode.FAULT
