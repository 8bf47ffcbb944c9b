"""One module a screen. `render` finds the one a result belongs to; nothing is imported before it is due."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lynx.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.view.look import Look

# the result's type, by its full name -> the module of this package whose `render(result, look)` draws it
SCREENS = {
    "lynx.loop.results.Started": "started",
    "lynx.loop.results.Ran": "ran",
    "lynx.loop.results.Shown": "shown",
    "lynx.loop.hints.Hinted": "hint",
    "lynx.loop.results.Controls": "control",
    "lynx.loop.results.Controlled": "controlled",
    "lynx.loop.results.Verified": "verified",
    "lynx.loop.results.Debrief": "debrief",
    "lynx.loop.results.Reset": "reset",
    "lynx.loop.results.Change": "adopted",
    "lynx.loop.results.Adopted": "adopted",
    "lynx.loop.standing.Status": "status",
    "lynx.loop.results.Progress": "progress",
    "lynx.loop.begin.Found": "made",
    "lynx.loop.reporting.Written": "written",
    "lynx.mentor.results.Checked": "checked",
    "lynx.mentor.results.Recorded": "recorded",
    "lynx.content.trusting.Offer": "trust",
    "lynx.content.trusting.PackList": "packs",
    "lynx.study.results.PhaseView": "study_phase",
    "lynx.study.results.Checked": "study_phase",
    "lynx.study.results.Page": "study_page",
    "lynx.study.results.LabQuestions": "study_lab",
    "lynx.study.results.LabReport": "study_lab",
    "lynx.study.results.DrillQuestion": "study_drill",
    "lynx.study.results.Drilled": "study_drill",
    "lynx.study.results.StudyProgress": "study_progress",
    "lynx.study.results.Review": "study_progress",
    "lynx.study.results.Atlas": "study_atlas",
}


def name_of(result: Any) -> str:
    """The full name of a result's type: two rooms may use one short name."""
    return f"{type(result).__module__}.{type(result).__qualname__}"


def render(result: Any, look: Look) -> RenderableType:
    """The screen of what a verb returned; a tuple of lines is the screen of a list.

    A result may bring its own, with a method `screen(look)`. One that has none is shown field by field.
    """
    if own := getattr(result, "screen", None):
        brought: RenderableType = own(look)
        return brought
    module = "listed" if isinstance(result, tuple) else SCREENS.get(name_of(result), "fields")
    drawn: RenderableType = import_module(f"{__name__}.{module}").render(result, look)
    return drawn


def exit_code(result: Any) -> ExitCode:
    """What the process ends with: not yet when a fix or a check does not pass, or a hint stays closed.

    A result may say so itself, with an attribute `exit_code`.
    """
    if (own := getattr(result, "exit_code", None)) is not None:
        return ExitCode(own)
    name = name_of(result)
    short = (
        (name == "lynx.loop.results.Verified" and result.verdict != "fixed")
        or (name == "lynx.loop.hints.Hinted" and not result.opened)
        or (name == "lynx.mentor.results.Checked" and not result.ok)
    )
    return ExitCode.NOT_YET if short else ExitCode.DONE
