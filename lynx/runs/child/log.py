"""What the learner's code prints: the beginning goes to a file, the end is kept, the rest is dropped."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE_LIMIT = 1 << 20  # bytes
TAIL_LIMIT = 16 << 10
PRINT_LIMIT = 64 << 20  # more than this is not a message but a runaway loop


class Log:
    """Output of one job. Nothing is written until there is something to write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._tail = b""
        self.size = 0

    @property
    def name(self) -> str:
        """Where the beginning is kept; empty when nothing was printed."""
        return str(self._path) if self.size else ""

    def write(self, data: bytes) -> bool:
        """Take some output; False once it is more than anybody meant to print."""
        room = FILE_LIMIT - self.size
        if room > 0:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            os.write(self._file, data[:room])
        self.size += len(data)
        self._tail = (self._tail + data)[-TAIL_LIMIT:]
        return self.size <= PRINT_LIMIT

    def close(self) -> str:
        """End the file, with the tail after a gap if there is one; gives the tail as text."""
        if self._file is not None:
            if self.size > FILE_LIMIT:
                kept = self._tail[-min(TAIL_LIMIT, self.size - FILE_LIMIT) :]
                dropped = self.size - FILE_LIMIT - len(kept)
                os.write(self._file, b"\n[... %d bytes left out ...]\n" % dropped + kept)
            os.close(self._file)
            self._file = None
        text = self._tail.decode("utf-8", "replace")
        return text[-4000:]
