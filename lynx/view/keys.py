"""Single keys from a terminal, without Enter; the terminal is put back whatever happens."""

from __future__ import annotations

import os
import select
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def keys(stdin: TextIO) -> Iterator[Callable[[float], str]]:
    """`with keys(stdin) as key: key(0.2)` waits that long for a key; "" when none came.

    Where `stdin` is no terminal it only waits. ^C and ^Z keep their meaning.
    """
    try:
        import termios
        import tty

        descriptor = stdin.fileno()
        before = termios.tcgetattr(descriptor)
    except (ImportError, OSError, ValueError, termios.error):
        yield _only_wait
        return
    try:
        tty.setcbreak(descriptor)
        yield lambda seconds: _key(descriptor, seconds)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _key(descriptor: int, seconds: float) -> str:
    ready, _, _ = select.select([descriptor], [], [], seconds)
    if not ready:
        return ""
    data = os.read(descriptor, 64)  # an arrow key is several bytes: they are one key, not three
    if not data:
        raise EOFError
    text = data.decode("utf-8", "replace")
    return "" if text.startswith("\x1b") else text[0]


def _only_wait(seconds: float) -> str:
    import time

    time.sleep(seconds)
    return ""
