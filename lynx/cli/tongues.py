"""Whether anything at hand is in a language that the screens do not speak: asked for such a language alone."""

from __future__ import annotations

import os
import re
from pathlib import Path


def is_translated(tag: str) -> bool:
    """Whether a break at hand is written in, or translated into, this language."""
    from lynx.content import catalog, packs
    from lynx.errors import LynxError
    from lynx.repo import workspace
    from lynx.store import trust

    try:
        found = workspace.locate(Path.cwd(), None, None, os.environ)
        roots = packs.roots(found.top if found else Path.cwd(), home=trust.user_home(os.environ))
    except (LynxError, OSError):
        return False
    own = re.compile(rb"(?m)^language:\s*[\"']?%s[\"']?\s*(?:#.*)?$" % re.escape(tag).encode())
    return any(
        (folder / f"{tag}.yaml").is_file() or own.search(_head(folder / catalog.FILE))
        for root in roots
        for folder in catalog.folders(root.folder)
    )


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2_000)
    except OSError:
        return b""
