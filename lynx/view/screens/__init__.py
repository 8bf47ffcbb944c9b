"""One module a screen. `render` finds the one a result belongs to; nothing is imported before it is due."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lynx.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.view.look import Look

# the result's type -> the module of this package whose `render(result, look)` draws it
SCREENS = {
    "Started": "started",
    "Ran": "ran",
    "Shown": "shown",
    "Hinted": "hint",
    "Controls": "control",
    "Controlled": "controlled",
    "Verified": "verified",
    "Debrief": "debrief",
    "Reset": "reset",
    "Status": "status",
    "Listed": "listed",
    "Progress": "progress",
    "Found": "made",
    "Written": "written",
}


def render(result: Any, look: Look) -> RenderableType:
    """The screen of what a verb returned; a tuple of lines is the screen of a list.

    Raises KeyError for a result that has no screen.
    """
    name = "Listed" if isinstance(result, tuple) else type(result).__name__
    screen = import_module(f"{__name__}.{SCREENS[name]}")
    drawn: RenderableType = screen.render(result, look)
    return drawn


def exit_code(result: Any) -> ExitCode:
    """What the process ends with: not yet when a fix does not pass or a hint stays closed.

    A result may say so itself, with an attribute `exit_code`.
    """
    if (own := getattr(result, "exit_code", None)) is not None:
        return ExitCode(own)
    verdict = getattr(result, "verdict", "fixed") if type(result).__name__ == "Verified" else "fixed"
    closed = type(result).__name__ == "Hinted" and not result.opened
    return ExitCode.NOT_YET if verdict != "fixed" or closed else ExitCode.DONE
