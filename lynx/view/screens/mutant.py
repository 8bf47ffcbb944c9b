"""`lynx scan show` and `ignore`: one mutant, its diff, its curves, why it counts, who would see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.scan.results import Kind, State
from lynx.scan.showing import Ignored
from lynx.scan.testing import TestWritten
from lynx.view.language import _, ngettext, number
from lynx.view.layout import Column, blank, code, headline, next_line, paragraph, quoted, table
from lynx.view.words import metric_word, word

if TYPE_CHECKING:
    from lynx.scan.results import Mutant
    from lynx.scan.showing import MutantShown
    from lynx.truth.measures import Run, Series
    from lynx.view.look import Look


def render(result: MutantShown | Ignored | TestWritten, look: Look) -> RenderableType:
    """Whichever of the three."""
    if isinstance(result, TestWritten):
        return _tested(result, look)
    return _ignored(result, look) if isinstance(result, Ignored) else _shown(result, look)


def _tested(result: TestWritten, look: Look) -> RenderableType:
    """The file, and what it was proved by."""
    parts: list[RenderableType] = [
        headline(result.path, _("not committed"), look),
        code(result.text, look),
        blank(),
    ]
    parts.append(paragraph(_("It passes on your code as it is, and fails on the bug:"), look))
    if result.failed:
        parts.append(paragraph(result.failed.says, look, indent=2))
    if result.guard == "pinned":
        told = _(
            "No guard told the bug from sound code, so it holds numbers that your code gave. Better ones are yours."
        )
        parts.append(paragraph(told, look))
    elif result.guard != "traced":
        parts.append(
            paragraph(_("Its check comes from lynx.guards, which your tests' Python must have."), look, "dim")
        )
    return Group(
        *parts, blank(), next_line([f"git add {quoted(result.path)}", "lynx scan"], look, _("Next:"))
    )


def _shown(result: MutantShown, look: Look) -> RenderableType:
    one = result.mutant
    parts: list[RenderableType] = [
        headline(f"{one.number} · {_(one.says)}", f"{one.file}:{one.line}", look),
        paragraph(state_text(one), look),
    ]
    if result.stale:
        parts.append(
            paragraph(_("The file has changed since: scan again before you trust this."), look, "yellow")
        )
    parts += [blank(), code(one.diff, look)]
    parts += _curves(result, look)
    parts += [
        blank(),
        paragraph(_("What one has to know to see it: {concept}").format(concept=_(one.concept)), look),
    ]
    if one.seen_by:
        told = ngettext(
            "The guard that would see it: {names}", "The guards that would see it: {names}", len(one.seen_by)
        )
        parts.append(paragraph(told.format(names=", ".join(one.seen_by)), look))
    if one.source:
        parts.append(paragraph(_("Where it comes from: {source}").format(source=one.source), look, "dim"))
    return Group(*parts, blank(), next_line(_next(one), look, _("Next:")))


def state_text(one: Mutant) -> str:
    """What became of it, in a sentence that says no more than was measured."""
    if one.state is State.CAUGHT and one.failed:
        return _("Caught by {test} at {where}: {says}").format(
            test=one.failed.test, where=one.failed.where, says=one.failed.says
        )
    if one.state is State.CRASHES:
        where = f" ({one.failed.where}: {one.failed.says})" if one.failed else ""
        return _("It is loud by itself: the program falls over.") + where
    if one.state is State.NOT_REACHED:
        return _("Neither a test nor the training runs this line, so nothing can be said about it.")
    if one.state is State.TIMED_OUT:
        return _("With it the tests need more than five times as long, and were stopped.")
    reached = ngettext("{n} test reaches it and passes", "{n} tests reach it and pass", one.tests).format(
        n=one.tests
    )
    if not one.tests:
        reached = _("No test reaches it")
    return f"{reached}. {_effect(one)}"


def _effect(one: Mutant) -> str:
    effect = one.effect
    if effect is None:
        return _("What it does to a training was not measured.")
    if effect.kind is Kind.NONE and not effect.metric:
        return _("In {n} of {n} trainings every number is the same to the last bit, in this setting.").format(
            n=effect.n
        )
    if effect.kind is Kind.NONE:
        told = _("{metric}: all {n} paired differences lie within {margin}, in this setting.")
        return told.format(metric=metric_word(effect.metric), n=effect.n, margin=number(effect.margin, 2))
    if effect.kind is Kind.OPEN:
        told = _("{metric} differs by {low} to {high}; with a margin of {margin} that decides nothing.")
    elif effect.kind is Kind.EXACT:
        told = _("Exact, in {k} of {n} trainings: {what}: {where}.")
        return told.format(k=effect.k, n=effect.n, what=metric_word(effect.metric), where=effect.where)
    elif effect.kind is Kind.BETTER:
        told = _(
            "{metric} gets better by {low} to {high} in all {n}, beyond {margin}: a score that is too good leaks."
        )
    else:
        told = _(
            "{metric} gets worse by {low} to {high} in all {n}, beyond {margin} (one healthy standard deviation)."
        )
    return told.format(
        metric=metric_word(effect.metric),
        low=number(effect.low, 2),
        high=number(effect.high, 2),
        margin=number(effect.margin, 2),
        n=effect.n,
    )


def _curves(result: MutantShown, look: Look) -> list[RenderableType]:
    """The first seed's curves, and both figures seed by seed."""
    pairs = [(s, b) for s in result.sound for b in result.broken if s.seed == b.seed]
    if not pairs:
        return []
    from lynx.view.pictures import plots

    sound, broken = pairs[0]
    series: dict[str, Series] = {
        name: run.series["loss"]
        for name, run in (("healthy", sound), ("broken", broken))
        if "loss" in run.series
    }
    parts: list[RenderableType] = [blank()]
    if series:
        parts.append(plots.over_steps(series, None, "loss", False, look))
        parts.append(paragraph(_("seed {n}").format(n=sound.seed), look, "dim"))
    metric = result.healthy.metric
    rows = [
        [
            (_("seed {n}").format(n=s.seed), "dim"),
            (number(_last(s, metric)), ""),
            (number(_last(b, metric)), ""),
        ]
        for s, b in pairs
    ]
    titles = [Column(metric_word(metric)), Column(word("healthy")), Column(word("broken"))]
    return [*parts, blank(), table(titles, rows, look)]


def _last(run: Run, metric: str) -> float | None:
    from lynx.scan.effect import value

    return value(run, metric) if metric in run.series else None


def _next(one: Mutant) -> list[str]:
    if one.state is State.MISSED:
        n = one.number
        return [f"lynx scan test {n}", f"lynx scan play {n}", f'lynx scan ignore {n} --because "…"']
    return ["lynx scan"]


def _ignored(result: Ignored, look: Look) -> RenderableType:
    one = result.mutant
    told = _("{file}:{line}, {what}, is left out from now on.").format(
        file=one.file, line=one.line, what=_(one.says)
    )
    kept = _("The reason stands in {path}; commit it with your code.").format(path=result.path.name)
    return Group(
        paragraph(told, look), paragraph(kept, look), blank(), next_line(["lynx scan"], look, _("Next:"))
    )
