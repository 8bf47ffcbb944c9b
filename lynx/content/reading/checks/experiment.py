"""What runs: a function or a program, and what goes with each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.reading.mistakes import Loc, Mistake
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.content.reading.checks.draft import Draft

OF_A_PROGRAM = ("argv", "steps", "clock", "metrics", "files")


def in_experiment(draft: Draft) -> Iterator[Mistake]:
    """Neither a function nor a program, both, or what belongs to the other."""
    experiment = draft.experiment
    if experiment is None:
        return
    at: Loc = ("experiment",)
    if experiment.run is None and experiment.script is None:
        yield Mistake(
            (*at, "run"),
            N_("'run' is missing."),
            N_("A built-in experiment such as deep_mlp, or ./experiment.py beside this file."),
        )
    elif experiment.run is not None and experiment.script is not None:
        yield Mistake(
            (*at, "script"),
            N_("'{one}' and '{other}' exclude each other."),
            N_("Keep one of them."),
            {"one": "run", "other": "script"},
        )
    elif experiment.script is None:
        for key in OF_A_PROGRAM:
            if getattr(experiment, key):
                yield Mistake(
                    (*at, key),
                    N_("'{key}' belongs to a {kind}."),
                    N_("Leave it out; a function's arguments go under 'args'."),
                    {"key": key, "kind": "script"},
                )
    else:
        if experiment.steps is None:
            yield Mistake(
                (*at, "steps"), N_("'steps' is missing."), N_("After how many steps the program is ended.")
            )
        if experiment.args:
            yield Mistake(
                (*at, "args"),
                N_("a program has no 'args'."),
                N_("Its words go under 'argv', each in quotes."),
            )
    for key in ("needs", "tolerance"):
        if getattr(experiment, key) is not None and draft.at(key) is not None:
            yield Mistake((*at, key), N_("'{key}' is given twice."), N_("Keep one of them."), {"key": key})
