"""`lynx scan`: what nobody would have noticed, the worst first; then everything else in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.scan.results import Kind, State
from lynx.view.language import _, ngettext, number, seconds
from lynx.view.layout import Column, blank, headline, indented, next_line, paragraph, table
from lynx.view.words import metric_word, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lynx.scan.results import Effect, Healthy, Mutant, Scanned
    from lynx.view.look import Look

MOST = 20  # that are told one by one
ORDER = (
    State.CAUGHT,
    State.CRASHES,
    State.NO_EFFECT,
    State.NOT_REACHED,
    State.UNDECIDED,
    State.TIMED_OUT,
)


def render(result: Scanned, look: Look) -> RenderableType:
    """The sound side, the table of what is missed, the rest counted."""
    missed = result.missed
    said = _("exit {code}").format(code=int(result.outcome))
    parts: list[RenderableType] = [headline(healthy_line(result.healthy), said, look)]
    parts.append(paragraph(sites_line(result), look, "dim"))
    if missed:
        n = len(missed)
        said = ngettext(
            "{n} training bug that your tests would miss", "{n} training bugs that your tests would miss", n
        )
        parts += [blank(), headline(said.format(n=n), "", look), _missed(missed[:MOST], look)]
        if n > MOST:
            parts.append(indented(_("… and {n} more.").format(n=n - MOST), look))
    else:
        parts += [blank(), headline(_nothing(result), "", look)]
    if counts := counted(result):
        parts += [blank(), paragraph(counts, look)]
    parts += [paragraph(line, look) for line in _besides(result)]
    return Group(*parts, blank(), next_line(_next(result), look, _("Next:")))


def healthy_line(healthy: Healthy) -> str:
    """What passed before anything was changed."""
    parts = []
    if healthy.tests:
        told = ngettext("{n} test passes in {time}", "{n} tests pass in {time}", healthy.tests)
        parts.append(told.format(n=healthy.tests, time=seconds(healthy.seconds)))
    if healthy.steps:
        told = ngettext("training of {n} step, {time}", "training of {n} steps, {time}", healthy.steps)
        parts.append(told.format(n=healthy.steps, time=seconds(healthy.training_seconds)))
    return _("healthy: {what}").format(what=" · ".join(parts))


def sites_line(result: Scanned) -> str:
    """How many places, how many kinds, how far it came."""
    sites = ngettext("{n} place for a bug", "{n} places for a bug", result.sites).format(n=result.sites)
    kinds = ngettext("of {n} kind", "of {n} kinds", result.kinds).format(n=result.kinds)
    line = f"{sites} {kinds}"
    if not result.whole:
        line += " · " + _("{n} of {of} tried").format(n=result.judged, of=result.sites)
    if result.ignored:
        told = ngettext("{n} that you ignore", "{n} that you ignore", result.ignored)
        line += " · " + told.format(n=result.ignored)
    return line + " · " + seconds(result.wall)


def counted(result: Scanned) -> str:
    """“caught 19 · crashes 6 · …”."""
    counts = [(state, result.count(state)) for state in ORDER]
    return " · ".join(f"{word(state)} {n}" for state, n in counts if n)


def _missed(mutants: Sequence[Mutant], look: Look) -> RenderableType:
    columns = [
        Column("", right=True),
        Column(_("where")),
        Column(_("what was done"), wraps=True),
        Column(_("what it does"), wraps=True),
        Column(_("seen by"), wraps=True),
    ]
    rows = [
        [
            (str(one.number), "bold"),
            (f"{one.file}:{one.line}", ""),
            (_(one.says), ""),
            (effect_text(one.effect), ""),
            (", ".join(one.seen_by), "dim"),
        ]
        for one in mutants
    ]
    return table(columns, rows, look)


def effect_text(effect: Effect | None) -> str:
    """What a mutant does, in a few words."""
    if effect is None:
        return _("not measured")
    count = _("{k} of {n}").format(k=effect.k, n=effect.n)
    if effect.kind is Kind.EXACT:
        first, *more = effect.where.split(", ")
        return _("{what}: {where}, exact").format(
            what=metric_word(effect.metric), where=first + " …" * bool(more)
        )
    sign = "+" if effect.by > 0 else ""
    told = f"{metric_word(effect.metric)} {sign}{number(effect.by, 2)}, {count}"
    if effect.kind is Kind.BETTER:
        told += ", " + _("BETTER: does it leak?")
    return told


def _nothing(result: Scanned) -> str:
    return _("Nothing was missed.") if result.whole else _("Nothing was missed so far.")


def _besides(result: Scanned) -> list[str]:
    lines = []
    if result.interrupted:
        lines.append(_("Stopped: {n} of {of}. What is done is kept; the same command goes on.").format(
            n=result.judged, of=result.sites))  # fmt: skip
    elif not result.whole:
        lines.append(_("The time is up after {n} of {of}; the same command goes on.").format(
            n=result.judged, of=result.sites))  # fmt: skip
    if not result.trained:
        lines.append(_("No training was measured, so nobody knows what the missed ones do: --run names one."))
    lines += [
        _("Left out: {file}:{line}, {why}").format(file=one.file, line=one.line, why=one.why)
        for one in result.unread
    ]
    lines += [_("Written: {path}").format(path=path) for path in result.written]
    if result.dependent:
        names = ", ".join(result.dependent)
        lines.append(_("These tests fail by themselves in another order, and count for nothing here: {names}").format(
            names=names))  # fmt: skip
    return lines


def _next(result: Scanned) -> list[str]:
    told = [one.number for one in result.missed]
    if not told:
        return ["lynx scan"] if not result.whole else ["lynx scan --changed HEAD~1"]
    return [f"lynx scan show {told[0]}", f"lynx scan test {told[0]}"]
