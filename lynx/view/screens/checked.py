"""`lynx mentor check`: what holds, what does not, and what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.view.error import problem_of
from lynx.view.language import _, ngettext, number, seconds
from lynx.view.layout import Cell, Column, blank, headline, indented, next_line, paragraph, table
from lynx.view.screens.ran import seeds_of
from lynx.view.verdicts import OPEN, verdict_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.content.spec import Problem
    from lynx.mentor.results import BreakCheck, Checked, ClaimRow
    from lynx.view.look import Look


# the keys whose problems are problems of the texts, and of the change
TEXTS = {
    "",
    "title",
    "blind_title",
    "setup",
    "symptom",
    "hidden_cause",
    "hints",
    "why",
    "rivals",
    "predictions",
}
WARNINGS = 5  # shown of what keeps nothing from passing
CHANGE = {"", "target", "within", "diff", "base"}


def render(result: Checked, look: Look) -> RenderableType:
    """Break by break: one line for all that holds, and every problem with its remedy."""
    parts: list[RenderableType] = []
    for one in result.breaks:
        parts += [*_break(one, look), blank()]
    problems = sum(len(one.problems) for one in result.breaks)
    took = seconds(result.seconds)
    if problems:
        said = ngettext("{n} problem.", "{n} problems.", problems).format(n=problems)
        parts.append(headline(f"{said} {took}", _("exit {code}").format(code=1), look))
        parts.append(next_line(["lynx mentor check"], look, _("Mend what is named, then:")))
    else:
        n = len(result.breaks)
        proved = ngettext("{n} break proved.", "{n} breaks proved.", n).format(n=n)
        parts.append(headline(proved, took, look))
        if result.quick:
            quick = _("Three seeds can only contradict: before publishing, check without --quick.")
            parts.append(paragraph(quick, look))
        elif not all(one.written for one in result.breaks):
            parts.append(next_line(["lynx mentor check --write"], look, _("Keep the figures in proof.json:")))
    return Group(*parts)


def _break(one: BreakCheck, look: Look) -> list[RenderableType]:
    parts: list[RenderableType] = [headline(f"{one.id} {one.slug}".strip(), seeds_of(one.seeds), look)]
    parts += [indented(f"{_mark(True, look)} {line}", look) for line in _holds(one)]
    if open_ := sum(row.agrees and row.provisional and row.verdict is not None for row in one.claims):
        said = ngettext(
            "{n} claim not contradicted, and not decided",
            "{n} claims not contradicted, and not decided",
            open_,
        )
        parts.append(indented(f"  {said.format(n=open_)}", look))
    for row in one.claims:
        if not row.agrees and not any(_about(problem, row) for problem in one.problems):
            parts.append(indented(f"{_mark(False, look)} {_claim(row)}", look, style="red"))
    for problem in one.problems:
        told = problem_of(problem, "")
        parts.append(indented(f"{_mark(False, look)} {told['what']}", look, style="red"))
        parts.append(indented(f"{told['where']}  {told['remedy']}".strip(), look, by=6))
    for warning in one.warnings[:WARNINGS]:
        told = problem_of(warning, "")
        parts.append(indented(f"! {told['what']}", look, style="cyan"))
        parts.append(indented(f"{told['where']}  {told['remedy']}".strip(), look, by=6))
    if (more := len(one.warnings) - WARNINGS) > 0:
        parts.append(indented(_("… and {n} more.").format(n=more), look))
    if one.claims and look.width >= 60:
        parts.append(_claims(one.claims, look))
    if one.written:
        parts.append(indented(_("The figures are written into proof.json."), look))
    return parts


def _about(problem: Problem, row: ClaimRow) -> bool:
    """Whether a problem is this claim's verdict, told with its line and remedy already."""
    return problem.fields.get("id") == row.id and problem.key.startswith("claims.")


def _mark(good: bool, look: Look) -> str:
    return ("✓" if good else "✗") if look.encoding == "utf-8" else ("ok" if good else "NO")


def _holds(one: BreakCheck) -> list[str]:
    """What was found to be right, a line for each kind of proof."""
    lines = []
    wrong_keys = {problem.key.partition(".")[0] for problem in one.problems}
    if one.languages and not wrong_keys & TEXTS:
        languages = ", ".join(one.languages)
        lines.append(_("texts in {languages}; hints leak nothing").format(languages=languages))
    if one.oracle and not wrong_keys & CHANGE:
        lines.append(_("diff applies, is unique, reverts"))
    right = [row for row in one.oracle if row.agrees]
    if right and len(right) == len(one.oracle):
        wrong = sum(row.subject == "wrong-fix" for row in right)
        said = ngettext(
            "oracle: healthy passes, bug rejected, {n} wrong fix rejected",
            "oracle: healthy passes, bug rejected, {n} wrong fixes rejected",
            wrong,
        )
        lines.append(said.format(n=wrong))
    agreed = sum(row.agrees and not row.provisional for row in one.claims)
    if agreed:
        lines.append(ngettext("{n} claim as declared", "{n} claims as declared", agreed).format(n=agreed))
    as_expected = sum(row.agrees for row in one.controls)
    if as_expected:
        said = ngettext("{n} control as expected", "{n} controls as expected", as_expected)
        lines.append(said.format(n=as_expected))
    if one.run_seconds is not None and one.budget is not None and one.run_seconds <= one.budget:
        told = _("a learner's run takes {time} of {budget}")
        lines.append(told.format(time=seconds(one.run_seconds), budget=seconds(one.budget)))
    return lines


def _claim(row: ClaimRow) -> str:
    said = _("claim {id}: declared {declared}, measured {verdict} ({k} of {n} seeds)")
    # the names that stand in the spec, so that they can be put there
    measured = row.verdict.value if row.verdict else _("nothing")
    text = said.format(id=row.id, declared=row.declared.value, verdict=measured, k=row.k, n=row.n)
    return text if row.p is None else f"{text}, p = {number(row.p, 2)}"


def _measured(row: ClaimRow) -> str:
    """The measured verdict by its name in the spec, or what too few seeds say."""
    if row.verdict is None:
        return "–"
    return verdict_word(row.verdict, row.reason) if row.reason in OPEN else row.verdict.value


def _claims(claims: Sequence[ClaimRow], look: Look) -> RenderableType:
    columns = [Column(wraps=True), Column(_("verdict")), Column(_("seeds")), Column(_("median")), Column("p")]
    rows: list[list[Cell]] = [
        [
            (row.id, "" if row.agrees else "red"),
            (_measured(row), ""),
            (_("{k} of {n}").format(k=row.k, n=row.n), "dim"),
            (number(row.median), ""),
            (number(row.p, 2), "dim"),
        ]
        for row in claims
    ]
    return table(columns, rows, look, indent=4)
