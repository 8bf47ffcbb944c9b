"""A page that is longer than the screen, in the person's own pager."""

from __future__ import annotations

import os
import pydoc
from typing import TYPE_CHECKING, Any

from lynx.view import results

if TYPE_CHECKING:
    from lynx.view.terminal import Terminal


def show(terminal: Terminal, result: Any) -> None:
    """Show a result; through `$PAGER` (less, else more) where it does not fit on the screen."""
    text = terminal.drawn(results.render(result, terminal.look))
    if terminal.dumb or text.count("\n") < terminal.rows:
        terminal.write(text)
        return
    os.environ.setdefault("LESS", "-R")  # less shows colours only when asked to
    pydoc.pager(text)
