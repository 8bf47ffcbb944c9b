"""`lynx watch`: the screen of a file that is verified on every save."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lynx.errors import LynxError
from lynx.view import results
from lynx.view.error import message_of
from lynx.view.keys import keys
from lynx.view.language import _, number
from lynx.view.layout import paragraph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lynx.loop.results import Verified
    from lynx.view.terminal import Terminal

POLL = 0.15  # seconds; one stat each time, which also works where change events do not arrive (a network)
LEAVE = ("q", "\x04")
FOLLOW = ("h", "c", "r")

Stamp = tuple[int, int, int] | None


def watch(
    terminal: Terminal, path: Path, once: Callable[[], Verified], follow: Callable[[str], None]
) -> bool:
    """Verify on every save of `path` until it passes (True) or a key leaves (False).

    The keys of FOLLOW call `follow`, and the watch goes on. A save counts when the file has been the same for
    two looks, so that an editor's several writes are one; a save during a verification, or while a key is
    followed, is verified after it, never beside it. ^C passes through.
    """
    terminal.show(paragraph(_("Watching: every save of the file is verified."), terminal.look))
    _offer(terminal)
    verified, seen = stamp(path), stamp(path)
    with keys(terminal.stdin) as key:
        while True:
            pressed = key(POLL).lower()
            if pressed in LEAVE:
                return False
            if pressed in FOLLOW:
                follow(pressed)
                _offer(terminal)
            now = stamp(path)
            if now == seen and now != verified and now is not None:
                verified = now
                if _verified(terminal, once):
                    return True
            seen = now


def _offer(terminal: Terminal) -> None:
    if terminal.interactive:
        line = _("keys: h hint · c control · r run · q leave")
        terminal.show(paragraph(line, terminal.look, "dim"))


def stamp(path: Path) -> Stamp:
    """What changes when a file is saved: its time, its size, which file it is; None while there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _verified(terminal: Terminal, once: Callable[[], Verified]) -> bool:
    """Verify, say it in one line, and whether it passed."""
    at = time.strftime("%H:%M:%S")
    try:
        result = once()
    except LynxError as error:
        terminal.show(paragraph(f"{at}  {message_of(error)}", terminal.look))
        return False
    if result.verdict == "fixed":
        terminal.show(results.render(result, terminal.look))
        return True
    terminal.show(paragraph(f"{at}  {short(result)}", terminal.look))
    return False


def short(result: Verified) -> str:
    """A verdict in one line."""
    if result.verdict == "untouched":
        return _("not yet: as the break left it")
    if result.verdict == "does-not-compile":
        last = result.error.strip().splitlines()[-1:] or [""]
        return _("not yet: does not compile: {error}").format(error=last[0])
    if result.verdict == "timed-out":
        return _("not yet: did not finish within its time")
    if result.cases:
        by = _(", by up to {n}").format(n=number(result.by)) if result.by is not None else ""
        differ = _("not yet: {failed} of {cases} random inputs differ{by}")
        return differ.format(failed=result.failed, cases=result.cases, by=by)
    last = result.error.strip().splitlines()[-1:] or [result.reason]
    return _("not yet: {error}").format(error=last[0])
