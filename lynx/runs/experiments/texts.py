"""A text file that an argument names, read whole, or what is wrong with it."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path

from lynx.runs.child.unusable import Unusable

MOST = 64 << 20  # bytes: as text, codes and windows it must fit a job's memory many times over
SHORTEST = 2  # characters of context: one to see, one to predict


def read_text(path: str, context: int, name: str = "text") -> str:
    """The text of a UTF-8 file (a byte-order mark is dropped, line ends become \\n), long enough for `context`.

    A tenth of it must hold a window of `context` characters and the one after. Unusable, naming the argument `name`:
    for what is missing, no plain file, empty, too large, too short, not UTF-8, or may not be read.
    """
    fields = {"path": path, "name": name}
    try:
        found = Path(path).stat()
        if stat.S_ISDIR(found.st_mode):
            raise Unusable("text-folder", **fields)
        if not stat.S_ISREG(found.st_mode):
            raise Unusable("text-no-file", **fields)
        if found.st_size > MOST:
            raise Unusable("text-large", size=round(found.st_size / 1e6), most=round(MOST / 1e6), **fields)
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise Unusable("text-missing", **fields) from None
    except OSError as error:
        raise Unusable("text-unreadable", reason=os.strerror(error.errno or 0), **fields) from None
    if not data.strip():
        raise Unusable("text-empty", **fields)
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unusable("text-encoding", line=line, byte=f"0x{data[error.start]:02x}", **fields) from None
    least = needed(context)
    if len(text) < least:
        told = {"length": len(text), "context": context, "least": least, **fields}
        fits = len(text) // 10 - 1
        if fits < SHORTEST:
            raise Unusable("text-shorter", **{**told, "least": needed(SHORTEST)})
        raise Unusable("text-short", fits=fits, **told)
    return text


def needed(context: int) -> int:
    """How many characters a text must have so that its last tenth is longer than `context`."""
    return 10 * (context + 1)
