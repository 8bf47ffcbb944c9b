"""What a blind learner may read of a refusal. The one place where that is decided: messages know nothing of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lynx.errors import N_, LynxError, Refused, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.content.spec import Break
    from lynx.store.attempts import Attempt

HIDDEN = Word(N_("(hidden)"))
TELLING = {
    "target",
    "quoted",
    "link",
    "within",
    "function",
    "line",
}  # fields that name the place, by their names
BEFORE = N_("To read which file and why: lynx break {id}, without --blind. Nothing was changed.")
UNDER_WAY = N_("To see which file it is, end the search: lynx reveal --yes")


@dataclass(frozen=True)
class Secret:
    """What nothing may name: the file, the function, the lines."""

    target: str
    words: Sequence[str] = ()

    @classmethod
    def of(cls, break_: Break) -> Secret:
        """Everything in a break that tells where the bug is."""
        lines = [line[1:].strip() for line in break_.diff.splitlines() if line[:1] in ("+", "-")]
        return cls(break_.target, (*(break_.within or "").split("."), *(line for line in lines if line)))

    def told_by(self, text: str) -> bool:
        """Whether a text names any of it, or a line by its number."""
        path = PurePosixPath(self.target)
        folders = [str(parent) for parent in path.parents if str(parent) != "."]
        if text.rstrip("/") in folders or re.search(r"\bline \d+|:\d+\b", text):
            return True
        words = (path.name, path.stem, ".".join(path.with_suffix("").parts[-2:]), *self.words)
        return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in words if word)


def unsaid(text: str, secret: Secret) -> str:
    """What a program said, without the lines of it that tell."""
    kept = [line for line in text.splitlines() if not secret.told_by(line)]
    return "\n".join(kept).strip()


def blinded(error: LynxError, secret: Secret, remedy: str, **fields: object) -> LynxError:
    """The same error with every field hidden that would tell; a remedy that needs one is another: `remedy`."""
    told = {
        name
        for name, value in error.fields.items()
        if value and not isinstance(value, Word | int) and (name in TELLING or secret.told_by(str(value)))
    }
    if not told:
        return error
    if any("{" + name + "}" in error.remedy for name in told):
        error.remedy = remedy
    error.fields = {**fields, **{k: HIDDEN if k in told else v for k, v in error.fields.items()}}
    error.args = (str(error),)
    return error


def demand_open(attempt: Attempt | None, break_id: str, pack: str, remedy: str) -> None:
    """Raises Refused where `break_id` is under way blind, for a command that would tell all of it."""
    if attempt is not None and attempt.hidden and (attempt.break_id, attempt.pack) == (break_id, pack):
        raise Refused(
            N_("Break {id} is under way, blind, and this would tell where the bug is."),
            code="blind",
            remedy=remedy,
            id=break_id,
        )
