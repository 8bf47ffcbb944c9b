"""Where a learner stands in a break, and what is allowed there. Nothing else decides that."""

from __future__ import annotations

from enum import StrEnum

from lynx.errors import N_, NotYet


class Stage(StrEnum):
    """The stages of one attempt, in order."""

    PREDICTING = "predicting"
    OBSERVING = "observing"  # predictions are locked, the first run is not finished
    FIXING = "fixing"
    EXPLAINING = "explaining"  # the fix passes; the learner's own explanation is missing
    DONE = "done"


ALWAYS = frozenset({"break", "setup", "status", "list", "reset", "reveal"})
AFTER_RUN = frozenset({"run", "show", "hint", "control", "verify", "watch", "report"})

ALLOWED: dict[Stage, frozenset[str]] = {
    Stage.PREDICTING: ALWAYS | {"predict", "run"},
    Stage.OBSERVING: ALWAYS | {"run"},
    Stage.FIXING: ALWAYS | AFTER_RUN,
    Stage.EXPLAINING: ALWAYS | AFTER_RUN | {"explain"},
    Stage.DONE: ALWAYS | AFTER_RUN | {"explain", "guard"},
}

NEXT: dict[Stage, str] = {
    Stage.PREDICTING: "lynx run",
    Stage.OBSERVING: "lynx run",
    Stage.FIXING: "lynx verify",
    Stage.EXPLAINING: 'lynx explain --text "…"',
    Stage.DONE: "lynx list",
}

WHY_NOT: dict[Stage, str] = {
    Stage.PREDICTING: N_("First predict, then run: this opens once the run has shown what happens."),
    Stage.OBSERVING: N_("The predictions are locked; this opens once the run has shown what happens."),
    Stage.FIXING: N_("This opens once the fix passes."),
    Stage.EXPLAINING: N_("The predictions are locked since the first run."),
    Stage.DONE: N_("This break is done."),
}


def demand(stage: Stage, verb: str) -> None:
    """Raise NotYet, naming the next command, unless `verb` is allowed in `stage`."""
    if verb not in ALLOWED[stage]:
        # What FIXING refuses is either still to come or, of predictions, past.
        past = stage is Stage.FIXING and verb == "predict"
        raise NotYet(
            WHY_NOT[Stage.EXPLAINING if past else stage],
            code="not-yet",
            remedy=N_("Next: {next}"),
            next=NEXT[stage],
        )
