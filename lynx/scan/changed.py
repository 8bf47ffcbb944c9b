"""Which lines differ from a revision: read from git's objects, nothing else."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from lynx.errors import N_, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def lines(top: Path, revision: str, files: Sequence[str]) -> dict[str, frozenset[int]]:
    """File -> its lines as they are now that the revision does not have so; all of a new file.

    Raises Refused when there is no such revision.
    """
    from lynx.repo import git  # GitPython takes a tenth of a second

    commit = git.resolve(top, f"{revision}^{{commit}}") if (top / ".git").exists() else None
    if commit is None:
        raise Refused(
            N_("There is no revision {revision} here."),
            code="no-revision",
            remedy=N_("Name one that git knows, such as HEAD~1 or main."),
            revision=revision,
        )
    found = {}
    for name in files:
        entry = git.tree_entry(top, commit, name)
        now = (top / name).read_bytes().splitlines()
        then = (git.blob(top, entry.oid) or b"").splitlines() if entry is not None else []
        found[name] = frozenset(_changed(then, now))
    return found


def _changed(then: Sequence[bytes], now: Sequence[bytes]) -> set[int]:
    matcher = difflib.SequenceMatcher(None, then, now, autojunk=False)
    return {
        line + 1
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag != "equal"
        for line in range(start, max(end, start + (tag == "delete")))
    }
