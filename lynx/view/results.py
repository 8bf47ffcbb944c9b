"""What becomes of what a verb returned: its screen, its JSON, its exit code. One row a type, and no other way.

A new result needs a row here and a screen; without `data` its JSON is its fields. Nothing is imported before
it is due.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lynx.errors import ExitCode
from lynx.values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

    from lynx.view.data.plain import Json
    from lynx.view.look import Look


class Row(Value):
    """How one type of result is shown."""

    screen: str  # the module below `lynx.view` whose `render(result, look)` draws it
    data: str = ""  # `module:function` below `lynx.view.data`; "" prints the fields
    done: Callable[[Any], bool | ExitCode] = lambda _result: (
        True
    )  # whether it ends in exit 0; else in "not yet"


# the full name of the type: two rooms may use one short name
RESULTS: dict[str, Row] = {
    "lynx.cli.demo.Demoed": Row("screens.demo"),
    "builtins.tuple": Row("screens.listed", "standing:listing"),
    "lynx.loop.results.Started": Row("screens.started", "loop:started"),
    "lynx.loop.results.Predicted": Row("screens.predicted", "loop:predicted"),
    "lynx.loop.results.Ran": Row("screens.ran", "loop:ran"),
    "lynx.loop.results.Shown": Row("screens.shown", "loop:shown"),
    "lynx.loop.hints.Hinted": Row("screens.hint", "standing:hinted", lambda hinted: hinted.opened),
    "lynx.loop.results.Controls": Row("screens.control", "loop:controls"),
    "lynx.loop.results.Controlled": Row("screens.controlled", "loop:controlled"),
    "lynx.loop.results.Verified": Row("screens.verified", "loop:verified", lambda v: v.verdict == "fixed"),
    "lynx.loop.results.Debrief": Row("screens.told", "loop:debrief"),
    "lynx.loop.given.Reset": Row("screens.reset", "loop:reset"),
    "lynx.loop.given.Change": Row("screens.adopted"),
    "lynx.loop.given.Adopted": Row("screens.adopted", "loop:adopted"),
    "lynx.loop.standing.Status": Row("screens.status", "standing:status"),
    "lynx.loop.begin.Found": Row("screens.made"),
    "lynx.loop.moving.Exported": Row("screens.moved"),
    "lynx.loop.moving.Imported": Row("screens.moved"),
    "lynx.loop.reporting.Written": Row("screens.written"),
    "lynx.loop.trusting.Offer": Row("screens.trust"),
    "lynx.loop.trusting.PackList": Row("screens.packs"),
    "lynx.mentor.results.Checked": Row("screens.checked", "mentor:checked", lambda checked: checked.ok),
    "lynx.mentor.shards.Merged": Row("screens.merged", "mentor:merged", lambda merged: merged.ok),
    "lynx.mentor.results.Recorded": Row("screens.recorded", "mentor:recorded"),
    "lynx.mentor.measure.Measuring": Row("screens.measured", "mentor:measuring"),
    "lynx.mentor.preview.Pages": Row("screens.fields"),
    "lynx.mentor.translate.Translating": Row("screens.translating", "mentor:translating"),
    "lynx.mentor.upgrade.Upgraded": Row(
        "screens.upgraded", "mentor:upgraded", lambda upgraded: not upgraded.problems
    ),
    "lynx.study.results.PhaseView": Row("study.phase", "study:phase"),
    "lynx.study.results.Checked": Row(
        "study.phase", "study:checked", lambda checked: all(item.ok for item in checked.items)
    ),
    "lynx.study.results.Page": Row("study.page"),
    "lynx.study.results.LabQuestions": Row("study.lab"),
    "lynx.study.results.LabReport": Row("study.lab", "study:laboratory"),
    "lynx.study.results.DrillQuestion": Row("study.drill", "study:question"),
    "lynx.study.results.Drilled": Row("study.drill", "study:drilled"),
    "lynx.study.trajectory.Sketching": Row("study.trajectory", "study:sketching"),
    "lynx.study.trajectory.Sketched": Row("study.trajectory", "study:sketched"),
    "lynx.study.exam.Sitting": Row(
        "study.exam", "exam:sitting", lambda sitting: not sitting.answers or sitting.look is not None
    ),
    "lynx.study.exam.Graded": Row("study.exam", "exam:graded"),
    "lynx.study.results.StudyProgress": Row("study.progress"),
    "lynx.study.results.Review": Row("study.progress"),
    "lynx.scan.guarding.Guarded": Row("screens.guarded", "guard:guarded", lambda guarded: guarded.done),
    "lynx.scan.results.Scanned": Row("screens.scanned", "scan:scanned", lambda scanned: scanned.outcome),
    "lynx.scan.showing.MutantShown": Row("screens.mutant", "scan:shown"),
    "lynx.scan.testing.TestWritten": Row("screens.mutant", "scan:tested"),
    "lynx.scan.showing.Ignored": Row("screens.mutant", "scan:ignored"),
    "lynx.study.results.Atlas": Row("study.atlas", "study:atlas"),
    "lynx.teach.results.HandedIn": Row("teach.screen", "teach:handed_in"),
    "lynx.teach.results.ClassView": Row("teach.screen", "teach:classroom", lambda view: view.ok),
}


def row_of(result: Any) -> Row:
    """The row of a result's type. KeyError for a type without one."""
    return RESULTS[f"{type(result).__module__}.{type(result).__qualname__}"]


def render(result: Any, look: Look) -> RenderableType:
    """The screen of what a verb returned; a tuple of lines is the screen of a list."""
    drawn: RenderableType = import_module(f"lynx.view.{row_of(result).screen}").render(result, look)
    return drawn


def to_json(result: Any) -> Json:
    """The result as an object for `json.dumps(…, allow_nan=False)`."""
    module, _, function = row_of(result).data.partition(":")
    if not module:
        from lynx.view.data.plain import json_object

        return json_object(result)
    data: Json = getattr(import_module(f"lynx.view.data.{module}"), function)(result)
    return data


def exit_code(result: Any) -> ExitCode:
    """What the process ends with: not yet when a fix or a check does not pass, or a hint stays closed."""
    done = row_of(result).done(result)
    return done if isinstance(done, ExitCode) else ExitCode.DONE if done else ExitCode.NOT_YET
