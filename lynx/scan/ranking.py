"""The order in which mutants are told: by harm times invisibility. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lynx.scan.results import Kind, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lynx.scan.results import Mutant

# what is told first, and numbered; the rest follows by where it stands
TOLD = (State.MISSED, State.UNDECIDED)
MOST = 10.0  # standard deviations beyond which one harm is not told from another
STATES = (
    State.MISSED,
    State.UNDECIDED,
    State.NO_EFFECT,
    State.NOT_REACHED,
    State.TIMED_OUT,
    State.CAUGHT,
    State.CRASHES,
)


def ranked(mutants: Iterable[Mutant]) -> tuple[Mutant, ...]:
    """The worst first; those that are told are numbered from 1, and the others after them."""
    order = sorted(
        mutants,
        key=lambda one: (STATES.index(one.state), -weight(one), one.file, one.line, one.operator, one.id),
    )
    return tuple(replace(one, number=i) for i, one in enumerate(order, 1))


def weight(mutant: Mutant) -> float:
    """Harm × invisibility: harm in healthy standard deviations, up to ten; invisible is what the loss hides, too.

    An invariant that is broken, and a figure that got better, are seen by no loss curve: twice. What only makes the
    figure worse is seen by who looks at it: once. A harm that nobody measured comes after the least that was.
    """
    effect = mutant.effect
    if effect is None:
        return 0.9
    if effect.kind is Kind.EXACT:
        return 2 * MOST + 1
    if effect.kind in (Kind.BETTER, Kind.WORSE):
        harm = min(MOST, abs(effect.by) / effect.margin) if effect.margin > 0 else MOST
        return harm * (2.0 if effect.kind is Kind.BETTER else 1.0)
    return 0.5 if effect.kind is Kind.OPEN else 0.0
