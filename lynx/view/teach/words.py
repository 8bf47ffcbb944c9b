"""What screen and page of a class say alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.view.language import _, ngettext, number
from lynx.view.words import word

if TYPE_CHECKING:
    from lynx.teach.results import ClassView, Learner, Missed, Played, Stuck, Unread
    from lynx.truth.calibration import Decomposition

FAULTS = {
    "edited": N_("edited after it was handed in"),
    "words": N_("its words are not those that were sealed"),
    "order": N_("sealed anew: in an order that Lynx never writes"),
    "answers": N_("sealed anew: scored answers that were not locked"),
    "journal": N_("written from a journal that was changed by hand"),
    "taken-back": N_("an earlier hand-in says otherwise"),
    "copied": N_("the same work as {name}"),
}
UNREAD = {
    "damaged": N_("cannot be read as a hand-in"),
    "large": N_("is too large for a hand-in"),
    "newer": N_("was written by a newer Lynx"),
}
FEW = 30  # predictions: below, the parts of a Brier score are mostly chance


def faults(one: Learner) -> str:
    """What is in doubt about a hand-in; "" where nothing is."""
    return "; ".join(_(FAULTS[fault]).format(name=one.same_as) for fault in one.faults)


def unread(one: Unread) -> str:
    """Why a file counts as nothing."""
    return f"{one.path.name}: {_(UNREAD[one.why])}"


def state(played: Played) -> str:
    """A stage, done, revealed or reset."""
    return word(played.stage)


def value(text: str) -> str:
    """What was said or measured, with a number as the language writes it."""
    try:
        return number(float(text))
    except ValueError:
        return text


def missed(one: Missed) -> str:
    """How many were wrong, how sure, and what they said."""
    return _("{wrong} of {n}, {sure} % sure: said {said}, measured {measured}").format(
        wrong=one.wrong,
        n=one.of,
        sure=round(one.confidence),
        said=value(one.said),
        measured=value(one.measured),
    )


def stuck(one: Stuck) -> str:
    """Who, where, why, how long."""
    why = (
        _("all hints open")
        if one.why == "hints"
        else ngettext("{n} fix did not pass", "{n} fixes did not pass", one.n).format(n=one.n)
    )
    days = ngettext("{n} day", "{n} days", one.days).format(n=one.days)
    return _("{name} ({id}, {why}, {days})").format(name=one.name, id=one.break_id, why=why, days=days)


def confidence(parts: Decomposition) -> str:
    """What the class's confidence tells; of few predictions only the score."""
    if parts.n < FEW:
        return _("Over {n} predictions: Brier {score}.").format(n=parts.n, score=number(parts.brier))
    said = _(
        "Over {n} predictions: Brier {score}; confidence is off by {reliability} (0 is best) and tells hits from "
        "misses by {resolution}, where chance alone would give {chance}."
    )
    return said.format(
        n=parts.n,
        score=number(parts.brier),
        reliability=number(parts.reliability),
        resolution=number(parts.resolution),
        chance=number(parts.by_chance),
    )


def unsealed(view: ClassView) -> str:
    """Who is known from notes alone; "" where nobody is."""
    names = ", ".join(one.name for one in view.learners if one.source == "notes")
    return (
        _("Known from their notes alone, which are not sealed and tell of no hints: {names}.").format(
            names=names
        )
        if names
        else ""
    )


def lesson(view: ClassView) -> str:
    """Where the next lesson should start; "" where nobody was wrong."""
    if not view.misses:
        return ""
    first = view.misses[0]
    return _("Next lesson: start from {id} {prediction}.").format(
        id=first.break_id, prediction=first.prediction
    )
