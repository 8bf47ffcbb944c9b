"""What a job's last report means: how it ended, and whether what it recorded says anything. Pure."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, Refused
from lynx.truth.measures import Ended, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lynx.runs.types import Job
    from lynx.truth.measures import Run

RAN_OUT = {
    "Too many open files": Ended.OUT_OF_DESCRIPTORS,
    "Cannot allocate memory": Ended.OUT_OF_MEMORY,
    "MemoryError": Ended.OUT_OF_MEMORY,
}


def judged(job: Job, run: Run, report: Mapping[str, Any]) -> Run:
    """The run, with `invalid` where it ended well and nothing may be compared with it."""
    if run.ended is not Ended.FINISHED:
        return run
    why, detail = None, run.detail
    if job.script is not None and not run.series:
        why = Invalid.NOTHING_RECORDED
    elif job.must_read:
        why, detail = _undelivered(report)
    return replace(run, invalid=why, detail=detail)


def _undelivered(report: Mapping[str, Any]) -> tuple[Invalid | None, str]:
    if report.get("before"):
        return Invalid.IMPORTED_BEFORE, ""
    if report.get("past"):
        return Invalid.OPENED_PAST, str(report["past"])
    if report.get("started"):
        return Invalid.STARTED_PROCESS, str(report["started"])
    return (None if report.get("read") else Invalid.NEVER_READ), ""


def of_supervisor(said: str) -> Ended:
    """How jobs ended whose supervisor is gone, from the last that it printed."""
    return next((ended for words, ended in RAN_OUT.items() if words in said), Ended.KILLED)


UNUSABLE: dict[str, tuple[str, str]] = {
    # of a text that an argument names
    "text-missing": (
        N_("There is no file {path}."),
        N_("Name a text file by its path from where you stand, or by its whole path: --set {name}=FILE"),
    ),
    "text-folder": (N_("{path} is a folder, not a text."), N_("Name one text file in it: --set {name}=FILE")),
    "text-no-file": (
        N_("{path} is no plain file."),
        N_("A device or a pipe can be read only once; keep the text in a file: --set {name}=FILE"),
    ),
    "text-unreadable": (N_("{path} cannot be read: {reason}"), N_("See who may read it: ls -l {path}")),
    "text-empty": (N_("{path} is empty."), N_("Name a file with a text in it: --set {name}=FILE")),
    "text-short": (
        N_(
            "{path} is too short: it has {length} characters, and a context of {context} takes at least {least}."
        ),
        N_("Name a longer text, or let the model see less at once: --set context={fits}"),
    ),
    "text-shorter": (
        N_("{path} is too short: it has {length} characters, and the shortest context takes {least}."),
        N_("Name a longer text: --set {name}=FILE"),
    ),
    "text-large": (
        N_("{path} is too large: {size} MB, and at most {most} MB are read."),
        N_("Name a part of it: head -c {most}M FILE > part.txt, then --set {name}=part.txt"),
    ),
    "text-encoding": (
        N_("{path} is not UTF-8: line {line} has the byte {byte}."),
        N_("Save it as UTF-8 (iconv -f latin1 -t utf-8 FILE > text.txt), then: --set {name}=text.txt"),
    ),
}


def unusable(code: str, fields: Mapping[str, object]) -> Refused:
    """What an experiment cannot work with, and what it can."""
    message, remedy = UNUSABLE[code]
    return Refused(message, code=code, remedy=remedy, **fields)


def unknown_argument(name: str, known: Sequence[str]) -> Refused:
    """An experiment was given an argument that it does not take; the nearest that it does."""
    close = get_close_matches(name, known, n=1)
    return Refused(
        N_("The experiment has no argument “{name}”."),
        code="unknown-argument",
        remedy=N_("Did you mean {nearest}? It takes: {names}") if close else N_("It takes: {names}"),
        name=name,
        nearest=close[0] if close else "",
        names=", ".join(known) or "–",
    )
