"""Verdicts in words: never more than the seeds they rest on can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.truth.claims import Verdict
from lynx.truth.judge import Reason
from lynx.truth.stats import RATE_SEEDS, least_rate
from lynx.view.language import _, ngettext
from lynx.view.words import word

if TYPE_CHECKING:
    from lynx.loop.results import Judged

STYLES = {Verdict.HOLDS: "green", Verdict.REFUTED: "red", Verdict.UNDECIDED: "cyan", Verdict.INVALID: "dim"}
OPEN = {Reason.NOT_CONTRADICTED: "not-contradicted", Reason.CONTRADICTED: "contradicted"}


def verdict_word(verdict: Verdict | str, reason: Reason = Reason.SOME) -> str:
    """The verdict; where there are too few seeds for one, whether any of them contradicts the claim."""
    return word(OPEN[reason]) if reason in OPEN else word(str(verdict))


def style_of(verdict: Verdict, reason: Reason = Reason.SOME) -> str:
    """A colour for a verdict; what is none has none."""
    return "" if reason in OPEN else STYLES[verdict]


def counted(one: Judged) -> str:
    """A verdict here with the seeds it rests on, and what n of n bounds where a claim says “always”."""
    said = _counted(verdict_word(one.verdict, one.reason), one.k, one.n)
    if one.claim.always and one.verdict is Verdict.HOLDS:
        return f"{said}\n{bound(one.n)}"
    return said


def bound(n: int) -> str:
    """What n of n seeds say about all that could be drawn."""
    return _("in at least {percent} % of seeds").format(percent=int(100 * least_rate(n)))


def mentors(one: Judged) -> str:
    """What the mentor's seeds gave; a dash where there are none."""
    theirs = one.mentor
    if not {"verdict", "k", "n"} <= set(theirs):
        return "–"
    verdict, k, n = str(theirs["verdict"]), int(theirs["k"]), int(theirs["n"])
    said = _counted(word(verdict), k, n)
    return f"{said}\n{bound(n)}" if one.claim.always and verdict == Verdict.HOLDS else said


def _counted(said: str, k: int, n: int) -> str:
    return _("{verdict} ({k} of {n})").format(verdict=said, k=k, n=n)


def too_few(n: int) -> str:
    """Why claims about one condition have no verdict from so few seeds."""
    few = ngettext("{n} seed gives no verdict", "{n} seeds give no verdict", n).format(n=n)
    return _("{few} on what one condition does; {enough} do.").format(few=few, enough=RATE_SEEDS)
