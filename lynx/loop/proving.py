"""The proof of a bug, before it goes in: the oracle passes the original and rejects the bug.

A proof is kept, and believed while everything it came from is as it was: the bytes, the break, the interpreter, the
environment, and every file that the oracle's processes opened or had loaded. What nobody could hear is not kept.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lynx
from lynx.errors import N_, Refused
from lynx.loop import needs
from lynx.runs.child.opened import is_unchanged, state
from lynx.runs.child.variables import PASSING, PREFIX
from lynx.store import private
from lynx.store.journal import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.content.spec import Break
    from lynx.loop.session import Session
    from lynx.runs.types import Setting

KIND = "proofs"
UNHEARD = ("forked", "past", "started", "before")
REMEDY = N_("That is the break's own, not your code's: tell whoever wrote {id}. Nothing was changed.")


def prove(session: Session, break_: Break, original: bytes, broken: bytes) -> None:
    """The bug compiles, and the oracle passes the original and rejects the bug. Raises Refused otherwise."""
    try:
        compile(broken, break_.target, "exec")
    except (SyntaxError, ValueError) as error:
        raise Refused(
            N_("With the bug in, {target} would not compile: {error}."),
            code="bug-does-not-compile",
            remedy=N_("Your copy has drifted too far from the break's; nothing was changed."),
            target=break_.target,
            error=error,
        ) from error
    if break_.oracle is None:
        return
    setting = session.setting(break_)
    place = _place(session, setting, break_, original, broken)
    if _is_proved(private.read(place)):
        return
    from lynx.loop.unfinished import TROUBLE, fault_of, trouble_of
    from lynx.runs.runner import examine

    depends: list[Mapping[str, Any]] = []
    healthy, bug = examine(
        setting, break_.oracle, original, [original, broken], folder=break_.folder, depends=depends
    )
    if healthy.fault is not None:
        raise fault_of(healthy, REMEDY, id=break_.id)
    for report in (healthy, bug):
        if report.ended in TROUBLE and (trouble := trouble_of(report, command="lynx break")) is not None:
            raise trouble
    if healthy.failed or not healthy.cases:
        why = healthy.log_tail or (healthy.first.error if healthy.first else healthy.ended)
        if (missing := needs.broken(session.workspace.top, setting.interpreter, why)) is not None:
            raise missing
        raise Refused(
            N_("Your {target} cannot be examined as it is: {why}"),
            code="original-fails",
            remedy=N_("Make it run again, then try once more; nothing was changed."),
            target=break_.target,
            why=why,
        )
    if bug.passed:
        raise Refused(
            N_("In your {target} this bug would change nothing."),
            code="bug-unseen",
            remedy=N_("The code it changes is no longer used; nothing was changed."),
            target=break_.target,
        )
    if (manifest := _manifest(depends)) is not None:
        private.keep(place, manifest)


def _place(session: Session, setting: Setting, break_: Break, original: bytes, broken: bytes) -> Path:
    """Where the proof of this bug would be kept: by all that is known before anything runs."""
    here = Path(lynx.__file__).parent
    told = [
        [lynx.__version__, *(state(str(path)) for path in sorted((here / "runs").glob("*.py")))],
        [sha256(data) for data in (original, broken, break_.kept)],
        [str(one) for one in (setting.top, setting.target, break_.folder, *setting.pythonpath)],
        [str(setting.interpreter), os.path.realpath(setting.interpreter), *os.uname()],
        sorted(item for item in os.environ.items() if item[0] not in PASSING),
    ]
    return private.place(session.env.environ, KIND, json.dumps(told))


def _manifest(depends: Sequence[Mapping[str, Any]]) -> list[list[str]] | None:
    """What the proof depends on besides; None where one of its processes did what nobody heard, or does not tell."""
    found: set[tuple[str, str]] = set()
    for one in depends:
        opened, loaded = one.get("opened"), one.get("loaded")
        if any(one.get(name) not in (False, "") for name in UNHEARD):
            return None
        if not isinstance(opened, dict) or not isinstance(loaded, dict) or not loaded:
            return None
        found.update((*opened.items(), *loaded.items()))
    return [[path, digest] for path, digest in sorted(found) if not path.startswith(PREFIX)]


def _is_proved(kept: object) -> bool:
    """Whether all that a kept proof depends on is as it was."""
    try:
        return (
            isinstance(kept, list)
            and bool(kept)
            and all(is_unchanged(path, digest, {}) for path, digest in kept)
        )
    except (TypeError, ValueError, AttributeError):
        return False  # it is not what `_manifest` made
