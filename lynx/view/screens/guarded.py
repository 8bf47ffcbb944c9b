"""`lynx guard`: what the learner's test says of the sound code, of the bug, and of each fix that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.errors import N_
from lynx.scan.guarding import Held, Outcome
from lynx.view.language import _, ngettext, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, paragraph, quoted, table

if TYPE_CHECKING:
    from lynx.scan.guarding import Guarded
    from lynx.view.look import Look

SOUND = {
    Outcome.PASSES: N_("passes"),
    Outcome.CAUGHT: N_("fails"),
    Outcome.CRASHES: N_("crashes"),
    Outcome.SLOW: N_("too slow"),
    Outcome.FLAKY: N_("flaky"),
    Outcome.UNREAD: N_("never read"),
}
BUG = {**SOUND, Outcome.PASSES: N_("missed"), Outcome.CAUGHT: N_("caught"), Outcome.UNREAD: N_("never read")}


def render(result: Guarded, look: Look) -> RenderableType:
    """A row a variant, what they come to, and what would be sharper."""
    told = ngettext("each run {n} time", "each run {n} times", result.rows[0].runs)
    title = _("The guard of break {id}: {tests}").format(id=result.break_id, tests=", ".join(result.tests))
    rows: list[list[Cell]] = [
        [(_(_words(row)), "green" if row.right else "red"), ("\n".join(filter(None, _told(row))), "")]
        for row in result.rows
    ]
    again = f"lynx guard {' '.join(quoted(name) for name in result.tests)}"
    commands = ["lynx list", "lynx progress"] if result.verdict == "sharp" else [again]
    return Group(
        headline(title, told.format(n=result.rows[0].runs), look),
        table([Column(), Column(wraps=True)], rows, look),
        blank(),
        *(paragraph(line, look) for line in _so(result)),
        blank(),
        next_line(commands, look, _("Next:")),
    )


def _told(row: Held) -> tuple[str, str]:
    """What was tried; below it where the assertion stands, or why it is not as it should be."""
    return _subject(row), "" if row.subject == "wrong-fix" and row.right else _detail(row)


def _subject(row: Held) -> str:
    if row.subject == "wrong-fix":
        return text_of(row.says)
    return _("sound code") if row.subject == "healthy" else _("the bug")


def _words(row: Held) -> str:
    return (SOUND if row.subject == "healthy" else BUG)[row.outcome]


def _detail(row: Held) -> str:
    """Where and what."""
    if row.outcome is Outcome.FLAKY:
        return _("fails in {k} of {n} runs").format(k=row.failed, n=row.runs)
    if row.outcome is Outcome.CAUGHT:
        return f"{row.where}  {row.line}"
    if row.outcome is Outcome.CRASHES:
        return f"{row.where}  {row.error}".strip()
    if row.outcome is Outcome.PASSES and row.subject == "wrong-fix":
        return _("your test cannot tell this from sound code")
    return ""


def _so(result: Guarded) -> list[str]:
    """What the rows come to, in sentences."""
    sound = result.rows[0]
    lines = []
    if result.verdict == "fails-healthy":
        lines.append(_healthy(sound))
        if result.under_way:
            lines.append(_("Break {id} is under way: its bug may be what fails.").format(id=result.under_way))
        return lines
    if sound.outcome is Outcome.UNREAD:
        return [
            _(
                "Your test never reads {file}, so it says nothing of this bug. Import from it what the bug is in."
            ).format(file=result.target)
        ]
    counted = _("Sharp on {k} of {n}.").format(k=result.right, n=len(result.rows))
    if result.verdict == "sharp":
        counted += " " + _("It passes on sound code and catches the bug; keep it.")
    elif result.verdict == "misses":
        counted += " " + _bug(result.rows[1])
    lines.append(counted)
    if result.unplaced:
        n = result.unplaced
        left = ngettext(
            "{n} wrong fix does not fit your file and was left out.",
            "{n} wrong fixes do not fit your file and were left out.",
            n,
        )
        lines.append(left.format(n=n))
    if result.verdict != "sharp" and (advice := text_of(result.advice)):
        lines.append(_("What would catch it: {guard}").format(guard=advice))
    return lines


def _healthy(row: Held) -> str:
    """Why a test is no guard that does not pass on sound code."""
    if row.outcome is Outcome.FLAKY:
        return _(
            "It is flaky: on sound code it fails in {k} of {n} runs. Does it draw its numbers with a seed?"
        ).format(k=row.failed, n=row.runs)
    if row.outcome is Outcome.SLOW:
        return _(
            "It was stopped after {n} s of processor time on sound code. A guard runs often: make it small."
        ).format(n=round(row.processor))
    if row.outcome is Outcome.CRASHES:
        return _("It falls over on sound code, before it compares anything: {error}").format(
            error=row.error or "-"
        )
    return _("It fails on sound code ({where}: {error}), so it would cry wolf.").format(
        where=row.where, error=row.error
    )


def _bug(row: Held) -> str:
    """Why the bug is not caught."""
    if row.outcome is Outcome.CRASHES:
        return _("On the bug it falls over before it compares: only an assertion says what was wrong.")
    if row.outcome is Outcome.SLOW:
        return _("On the bug it was stopped before it ended: an assertion has to say what was wrong.")
    if row.outcome is Outcome.FLAKY:
        return _(
            "It catches the bug now and then: give its numbers a seed, or compare what the bug always changes."
        )
    return _("It passes with the bug as well.")
