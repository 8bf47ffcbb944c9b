"""`lynx mentor check --write`: what the mentor's seeds found goes into proof.json beside the break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lynx.content.reading import kept, proof
from lynx.content.reading.breaks import load_break
from lynx.content.reading.folders import put
from lynx.content.spec import BadSpec
from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.content.spec import Break


def write(break_: Break, measured: Mapping[str, Any]) -> None:
    """Write the proof, at one instant.

    Raises Refused when what was measured has changed since: the figures would stand beside another break.
    Words may have changed; they are not what a proof is of.
    """
    path = break_.folder / proof.FILE
    try:
        now = load_break(break_.folder, pack=break_.pack).hash
    except BadSpec:
        now = ""
    if now != break_.hash:
        raise Refused(
            N_("{path} changed while it was being checked; nothing was written."),
            code="spec-changed",
            remedy=N_("Check it again: lynx mentor check --write"),
            path=break_.folder / kept.FILE,
        )
    try:
        put(path, proof.written(measured, break_.hash))
    except OSError as error:
        raise Refused(
            N_("{path} cannot be written: {error}."),
            code="unwritable",
            remedy=N_("Make its folder writable, then check again: lynx mentor check --write"),
            path=path,
            error=error.strerror or error,
        ) from error
