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
