"""The parent's side of a run: jobs in, runs out."""

from __future__ import annotations

from lynx.runs.interpreter import choose_interpreter
from lynx.runs.types import Difference, Event, Job, OracleReport, Setting

__all__ = ["Difference", "Event", "Job", "OracleReport", "Setting", "choose_interpreter"]


def ignore(event: Event) -> None:
    """The observer of a run that nobody watches."""
