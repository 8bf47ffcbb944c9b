"""What the keys of a break owe each other: names that exist, ids that are unique, answers that fit.

Each check takes the parts of the spec whose shape is right and yields what is wrong with them, so that a
mistake in one part hides none in another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.reading.checks.draft import Draft, no_such
from lynx.content.reading.checks.experiment import in_experiment
from lynx.content.reading.checks.files import in_diffs, in_files
from lynx.content.reading.checks.names import in_deciding, in_names
from lynx.content.reading.checks.oracle import in_oracle
from lynx.content.reading.checks.said import in_claim, in_control, in_prediction, in_sources
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from lynx.content.reading.mistakes import Mistake

__all__ = ["Draft", "all_mistakes"]


def all_mistakes(draft: Draft, folder: Path | None, known: Collection[str] | None) -> Iterator[Mistake]:
    """Everything the parts owe each other. `folder` None: nothing on disk is looked at."""
    yield from in_files(draft, folder)
    yield from in_diffs(draft)
    yield from in_names(draft)
    for name, control in draft.controls.items():
        yield from in_control(draft, ("controls", name), name, control)
    for index, prediction in draft.predictions.items():
        yield from in_prediction(draft, ("predictions", index), prediction)
    for index, claim in draft.claims.items():
        yield from in_claim(draft, ("claims", index), claim)
    yield from in_sources(draft)
    yield from in_experiment(draft)
    yield from in_deciding(draft)
    if draft.oracle:
        yield from in_oracle(draft, draft.oracle)
    following = draft.text("next")
    if known is not None and following and following not in known:
        yield no_such(("next",), N_("there is no break '{name}'."), following, known)
