"""The words for a run that says nothing: it did not finish, or what was to be compared took no part in it.

One table for the learner's run, a control, the mentor's check. Nothing here blames the learner's file for the
machine: a limit, memory, descriptors are called that.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lynx.errors import N_, LynxError, Refused
from lynx.runs.faults import WORDS
from lynx.runs.types import Fault
from lynx.truth.measures import Ended, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lynx.runs.types import OracleReport, Setting
    from lynx.truth.measures import Run

# Ends that are the code's own doing, told as such; every other is the machine's, and no verdict on the code.
ITS_OWN = (Ended.CRASHED, Ended.EXITED)

LOOK = N_("Look at the end of its output, mend the file it names, then: {command}")
CLOSE = N_("Close what else runs on this machine, or train something smaller, then: {command}")
MORE = N_("Go on with more: {command} --limit {more}. One seed only: lynx run --seeds 1.")

FEWER = N_("Ask for fewer (`experiment.steps`), or give the program arguments with which it goes on.")

SAID: dict[Ended, tuple[str, str]] = {
    Ended.CRASHED: (N_("The {variant} run crashed."), LOOK),
    Ended.EXITED: (N_("The {variant} run left before it reported: something in it calls exit."), LOOK),
    Ended.KILLED: (
        N_("The {variant} run was ended from outside, by {detail}."),
        N_("Something else on this machine did that; nothing is known about the code. Again: {command}"),
    ),
    Ended.TIMED_OUT: (
        N_("Stopped: the {variant} run needed more than its {limit} s of processor time."),
        MORE,
    ),
    Ended.STALLED: (
        N_("Stopped: the {variant} run was not done after {wall} s, of which it computed for {processor} s."),
        N_("It waits for something, or for this machine. To wait longer: {command} --limit {more}"),
    ),
    Ended.OUT_OF_MEMORY: (N_("The {variant} run asked for more memory than it may have."), CLOSE),
    Ended.OUT_OF_DESCRIPTORS: (
        N_("The {variant} run had no file descriptors left."),
        N_("This shell allows too few open files; allow more (ulimit -n 1024), then: {command}"),
    ),
    Ended.PRINTED_TOO_MUCH: (
        N_("Stopped: the {variant} run printed more than anybody can read."),
        N_("Something in it prints without end; its last lines are above. Then: {command}"),
    ),
    Ended.INTERRUPTED: (N_("The {variant} run was interrupted."), N_("Again: {command}")),
}
SAID_WITH_STEPS: dict[Ended, str] = {
    Ended.CRASHED: N_("The {variant} run crashed after {reached} of {of} steps."),
    Ended.EXITED: N_("The {variant} run ended by itself after {reached} of {of} steps."),
    Ended.TIMED_OUT: N_(
        "Stopped: the {variant} run needed more than its {limit} s of processor time; it got to step {reached} "
        "of {of}."
    ),
    Ended.STALLED: N_(
        "Stopped: the {variant} run was not done after {wall} s, of which it computed for {processor} s; it got "
        "to step {reached} of {of}."
    ),
}
BUSY: dict[Ended, str] = {
    Ended.TIMED_OUT: N_(
        "This machine is busy (load {load} on {cores} cores). Go on with more: {command} --limit {more}. One "
        "seed only: lynx run --seeds 1."
    ),
    Ended.STALLED: N_(
        "This machine is busy (load {load} on {cores} cores). To wait longer: {command} --limit {more}"
    ),
}
NOTHING_SAID: dict[Invalid, tuple[str, str, str]] = {
    # with the target named, with the target hidden (a blind break), what to do
    Invalid.NEVER_READ: (
        N_("The experiment never read {target} in the {variant} run, so nothing was compared."),
        N_("The experiment never read the changed file in the {variant} run, so nothing was compared."),
        N_(
            "Its experiment has to import or open that file from this repository: see `experiment`, `target` and "
            "`pythonpath` in break.yaml. To give the file back: lynx reset --yes"
        ),
    ),
    Invalid.IMPORTED_BEFORE: (
        N_("{target} was imported before the {variant} run began, so its version could not be served."),
        N_(
            "The changed file was imported before the {variant} run began, so its version could not be served."
        ),
        N_(
            "A start-up file of this Python does that (.pth, sitecustomize). Take it out, or name another Python "
            "with --python."
        ),
    ),
    Invalid.OPENED_PAST: (
        N_("The {variant} run opened {target} as it is on disk ({detail}), so nothing was compared."),
        N_("The {variant} run opened the changed file as it is on disk ({detail}), so nothing was compared."),
        N_(
            "Open it with Python's own `open`, or make the program itself the experiment (`script` in "
            "break.yaml): it then runs in a private view."
        ),
    ),
    Invalid.STARTED_PROCESS: (
        N_("The {variant} run started a program that reads {target} from disk: {detail}"),
        N_("The {variant} run started a program that reads the changed file from disk: {detail}"),
        N_(
            "Make that program itself the experiment (`script` in break.yaml): it then runs in a private view, "
            "where every process sees the same files."
        ),
    ),
    Invalid.NOTHING_RECORDED: (
        N_(
            "The program of the {variant} run recorded nothing: no step of a torch optimiser, no backward, no figure."
        ),
        N_(
            "The program of the {variant} run recorded nothing: no step of a torch optimiser, no backward, no figure."
        ),
        N_(
            "Name a figure that it prints (`experiment.metrics`, with `prints`), or write an experiment.py that "
            "calls the probe."
        ),
    ),
}


@dataclass(frozen=True)
class Said:
    """What is wrong and what to do, as templates over `fields`; `code` for other programs."""

    message: str
    remedy: str
    code: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def error(self) -> LynxError:
        """As what a command ends with."""
        return Refused(self.message, code=self.code, remedy=self.remedy, **self.fields)


def said_of(one: Run, setting: Setting, *, hidden: bool = False, command: str = "lynx run") -> Said | None:
    """The words for a run that says nothing; None for one that does. `command` is what would try again."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    fields: dict[str, object] = {
        "variant": one.variant,
        "seed": one.seed,
        "reached": one.reached or 0,
        "of": one.of or 0,
        "limit": round(setting.processor) if setting.processor >= 10 else round(setting.processor, 1),
        "wall": round(one.seconds),
        "processor": round(one.processor),
        "more": f"{math.ceil(4 * setting.processor / 60)}m",
        "load": round(load),
        "cores": cores,
        "detail": one.detail or "?",
        "target": "-" if hidden else setting.target,
        "command": command,
        "log": one.log_tail,
        "log_file": one.log,
    }
    if one.ended is not Ended.FINISHED:
        message, remedy = SAID[one.ended]
        if one.of:
            message = SAID_WITH_STEPS.get(one.ended, message)
            remedy = FEWER if one.ended is Ended.EXITED else remedy
        if load > 2 * cores:
            remedy = BUSY.get(one.ended, remedy)
        return Said(message, remedy, f"run-{one.ended}", fields)
    if one.invalid is not None:
        plain, veiled, remedy = NOTHING_SAID[one.invalid]
        return Said(veiled if hidden else plain, remedy, f"run-{one.invalid}", {**fields, "log": ""})
    return None


# An examination that came to no verdict: what was in the way, what to do.
TROUBLE: dict[Ended, tuple[str, str]] = {
    Ended.KILLED: (
        N_("No verdict: the examination was ended from outside, by {detail}."),
        N_(
            "A system that runs short of memory does that, and so does code that kills itself; nothing is known "
            "about your version. Again: {command}"
        ),
    ),
    Ended.STALLED: (
        N_(
            "No verdict: the examination did not end, though your version had not used up its processor time "
            "({processor} of {limit} s)."
        ),
        N_("It waits for something (a lock, a pause, an input), or for this machine. Again: {command}"),
    ),
    Ended.OUT_OF_MEMORY: (
        N_("No verdict: there was not enough memory to examine your version."),
        N_("Close what else runs on this machine, or see what your version keeps; then: {command}"),
    ),
    Ended.OUT_OF_DESCRIPTORS: (
        N_("No verdict: there were no file descriptors left to examine your version with."),
        N_("This shell allows too few open files; allow more (ulimit -n 1024), then: {command}"),
    ),
    Ended.PRINTED_TOO_MUCH: (
        N_("No verdict: your version printed more than anybody can read, so its examination was stopped."),
        N_("Take out what prints without end; its last lines are above. Then: {command}"),
    ),
    Ended.INTERRUPTED: (N_("No verdict: the examination was interrupted."), N_("Again: {command}")),
}
SOUND_CODE = N_("No verdict: the sound code itself cannot be examined any more.")
SOUND_REMEDY = N_(
    "Something beside the file has changed: a package, another module. Undo that, then: {command}. Or give the "
    "original back: lynx reset"
)


FAULT_REMEDY = N_(
    "That is the break's own oracle, or something beside the file has changed since it went in; your fix is not "
    "judged. Undo that, then: {command}. Or give the original back: lynx reset"
)


def fault_of(report: OracleReport, remedy: str, **fields: object) -> Refused:
    """The error for an oracle that is at fault itself: what is wrong, in which line of its own, its traceback."""
    fault = report.fault or Fault("call", "raises")
    told: dict[str, object] = {**fault.fields, "log": report.log_tail, **fields}
    if fault.where:  # the name alone: the folder's tells a blind learner what the break is
        name = fault.fields.get("function", "").partition(":")[2]
        told["function"] = f"{Path(fault.where).name} ({name})"
    return Refused(WORDS[fault.code][0], code="oracle-at-fault", remedy=remedy, **told)


def trouble_of(report: OracleReport, *, hidden: bool = False, command: str = "lynx verify") -> Refused | None:
    """The error for an examination that says nothing about the candidate; None where it does."""
    if report.passed or report.cases or (report.ended is Ended.FINISHED and not report.compiles):
        return None
    fields: dict[str, object] = {
        "detail": report.detail or "?",
        "processor": round(report.processor),
        "limit": round(report.limit),
        "command": command,
        "log": "" if hidden and report.judge else report.log_tail,
    }
    if report.ended in TROUBLE:
        message, remedy = TROUBLE[report.ended]
        fields["log"] = "" if report.judge else report.log_tail  # else it is Lynx's own traceback
        return Refused(message, code=f"examination-{report.ended}", remedy=remedy, **fields)
    if report.fault is not None and not hidden:
        return fault_of(report, FAULT_REMEDY, **fields)
    if report.judge:
        return Refused(SOUND_CODE, code="examination-sound-code", remedy=SOUND_REMEDY, **fields)
    return None


_PLACE = re.compile(r'^\s*File "(?P<file>[^"<]+)", line (?P<line>\d+)', re.MULTILINE)


def place_of(log: str, folder: str, top: str) -> str:
    """`file:line` of a crash, from its traceback: the last frame in a break's own folder, else below `top`."""
    found = [(m["file"], m["line"]) for m in _PLACE.finditer(log)]
    for home in (folder, top):
        within = [f"{file}:{line}" for file, line in found if home and file.startswith(home + os.sep)]
        if within:
            return within[-1]
    return ":".join(found[-1]) if found else ""
