"""Reading one file of a break safely, whatever lies at its path."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from lynx.content.spec import BadSpec, Problem
from lynx.errors import N_

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1_000_000  # of a file of words or figures


def read(path: Path) -> bytes:
    """The bytes of a spec. Raises BadSpec unless it is a regular file of at most 1 MB inside its folder."""
    try:
        if not path.resolve(strict=True).is_relative_to(path.parent.resolve()):
            raise _refused(
                path, N_("it is a link that leaves the break's folder."), N_("Put the file itself there.")
            )
        # O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _refused(path, N_("there is no such file."), N_("lynx mentor new writes one.")) from None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _refused(
            path, N_("it cannot be read: {error}."), N_("Make it a readable file."), error=reason
        ) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _refused(path, N_("it is no regular file."), N_("Put a plain text file there."))
    with os.fdopen(handle, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _refused(
            path, N_("the file is larger than 1 MB."), N_("A break is a page of text; keep data elsewhere.")
        )
    return data


def _refused(path: Path, template: str, advice: str, **fields: object) -> BadSpec:
    return BadSpec(path, [Problem(f"{path}:1", "", template, advice, fields)])
