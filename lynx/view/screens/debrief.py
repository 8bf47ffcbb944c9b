"""The debrief: hidden cause, fix, why it matters, what everybody expected beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.content.licensed import told as plainly
from lynx.view.figures import measured_cell, with_range
from lynx.view.language import _, drawn, ngettext, number, option, text_of
from lynx.view.layout import Cell, Column, blank, code, headline, next_line, paragraph, table
from lynx.view.nearby import nearby
from lynx.view.quantities import quantity
from lynx.view.screens.ran import STYLES, chain_table, repeated, seeds_of, short
from lynx.view.verdicts import OPEN, counted, mentors, style_of, too_few
from lynx.view.words import word

if TYPE_CHECKING:
    from lynx.content.spec import Break, Origin
    from lynx.loop.results import ControlSeen, Debrief, Judged, Scored
    from lynx.truth.claims import Value
    from lynx.view.look import Look

SHORT = 12  # characters of a column that says who said it


def render(result: Debrief, look: Look) -> RenderableType:
    """Everything about one attempt, once the learner has explained or given up; `told` shows what counts of it."""
    title = _("Break {id} · {title}").format(id=result.break_.id, title=text_of(result.break_.title))
    parts: list[RenderableType] = [headline(title, _("shown") if result.revealed else _("done"), look)]
    if result.explanation:
        parts += [blank(), headline(_("You wrote"), "", look), paragraph(result.explanation, look)]
    parts += [blank(), headline(_("The hidden cause"), "", look)]
    parts.append(paragraph(plainly(text_of(result.break_.hidden_cause)), look))
    if result.chain:
        parts += [
            blank(),
            headline(_("What happened, in the order it happened"), _of(result.first_seed), look),
        ]
        parts.append(chain_table(result.chain, look) or blank())
    parts += [blank(), headline(_("The fix"), result.break_.target, look), code(_bare(result.fix), look)]
    if why := plainly(text_of(result.break_.why)):
        parts += [blank(), headline(_("Why this break"), "", look), paragraph(why, look)]
    if result.scored:
        parts += [blank(), headline(_("Who expected what"), seeds_of(result.seeds), look)]
        parts.append(_expected(result.scored, look))
        if result.replication is not None:
            own = result.scored[0].measured.seeds
            parts += [
                paragraph(line, look, "dim") for line in repeated(result.replication, result.scored, own)
            ]
        parts += [paragraph(line, look, "dim") for line in sources(result.break_.sources)]
    if result.judged:
        parts += [blank(), headline(_("What is said about it, measured here"), "", look)]
        parts.append(claims_table(result.judged, look))
        if few := [one.n for one in result.judged if one.reason in OPEN]:
            parts.append(paragraph(too_few(min(few)), look, "dim"))
    if lines := [*told(result.break_), *nearby(result.break_)]:
        parts += [blank(), *(paragraph(line, look) for line in lines)]
    parts += offered(result.break_, look)
    if result.break_.stale:
        parts += [blank(), paragraph(stale_text(), look)]
    if result.controls:
        parts += [blank(), headline(_("Controls"), "", look), _controls(list(result.controls), look)]
    if result.hints:
        n = result.hints
        parts += [blank(), paragraph(ngettext("{n} hint opened.", "{n} hints opened.", n).format(n=n), look)]
    if result.break_.read:
        chapters = [f"lynx read {_reference(result.break_.phase, path)}" for path in result.break_.read]
        parts += [blank(), next_line(chapters, look, _("Read:"))]
    commands = [f"lynx break {result.next}"] if result.next else ["lynx list"]
    parts += [blank(), next_line([*commands, "lynx report"], look, _("Next:"))]
    return Group(*parts)


def _of(seed: int | None) -> str:
    return "" if seed is None else _("seed {n}").format(n=seed)


def stale_text() -> str:
    """That the mentor's figures are older than the break."""
    return _("The mentor's figures were measured before the last change of this break.")


def _bare(diff: str) -> str:
    """The diff without the two lines that name the file: the heading names it."""
    lines = diff.splitlines()
    return "\n".join(line for line in lines if not line.startswith(("--- ", "+++ ")))


def value_text(value: Value | None) -> str:
    """What somebody says, in a few characters; a dash where they say nothing."""
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        return drawn(value)
    return option(value) if isinstance(value, str) else number(value)


def source_names(scored: Sequence[Scored]) -> list[str]:
    """The sources that say something about these predictions."""
    return list(dict.fromkeys(name for one in scored for name in one.says))


def _expected(scored: tuple[Scored, ...], look: Look) -> RenderableType:
    names = source_names(scored)
    titles = ("", "", _("you"), *names, _("measured"), _("mentor"), "")
    rows: list[list[Cell]] = [
        [
            (one.prediction.id, "bold"),
            (text_of(one.ask), ""),
            (short(one.written, 10), ""),
            *((value_text(one.says.get(name)), "") for name in names),
            (measured_cell(one.measured, one.answer), ""),
            (with_range(value_text(one.mentor), one.mentor_range, "\n"), ""),
            (word(one.result), STYLES[one.result]),
        ]
        for one in scored
    ]
    return _filled([Column(title, wraps=i == 1) for i, title in enumerate(titles)], rows, look)


def _filled(columns: list[Column], rows: list[list[Cell]], look: Look) -> RenderableType:
    """A table without the columns that nobody has filled, such as a mentor who measured nothing yet."""
    keep = [i for i in range(len(columns)) if any(row[i][0] not in ("", "–") for row in rows)]
    return table([columns[i] for i in keep], [[row[i] for i in keep] for row in rows], look)


def claims_table(judged: tuple[Judged, ...], look: Look) -> RenderableType:
    """Each claim, who says it, its verdict here as k of n, and the mentor's."""
    columns = [Column(wraps=True), Column(_("says")), Column(_("here")), Column(_("mentor"))]
    rows: list[list[Cell]] = [
        [
            (text_of(one.says), ""),
            (said_by(one), "dim"),
            (counted(one), style_of(one.verdict, one.reason)),
            (mentors(one), "dim"),
        ]
        for one in judged
    ]
    return _filled(columns, rows, look)


def said_by(one: Judged) -> str:
    """Who says it: what the source is, where that is short, else its name, which is explained nearby."""
    what = text_of(one.by)
    return what if 0 < len(what) <= SHORT else word(one.claim.source)


def sources(named: Mapping[str, Origin]) -> list[str]:
    """What each source of the break is, a line each."""
    return [
        f"{name}: {text_of(one.what)}{f' ({one.where})' if one.where else ''}" for name, one in named.items()
    ]


def told(break_: Break) -> list[str]:
    """What the break tells after the repair, a line each: figures of other experiments, its guard."""
    lines = []
    for other in break_.elsewhere:
        differs = text_of(other.differs)
        said = _("{source} says of another experiment: {says}").format(
            source=other.source, says=text_of(other.says)
        )
        lines.append(f"{said} ({differs})" if differs else said)
    if guard := text_of(break_.guard):
        lines.append(_("What would have caught it: {guard}").format(guard=guard))
    return lines


def offered(break_: Break, look: Look) -> list[RenderableType]:
    """The guard, offered: where the break tells which test would have caught it."""
    if not break_.guard:
        return []
    name = f"tests/test_guard_{break_.id.replace('-', '_')}.py"
    said = _("Write that test, so that this bug never comes back unseen; Lynx proves it:")
    return [blank(), next_line([f"lynx guard {name}"], look, said)]


def _reference(phase: int, path: str) -> str:
    """`theory/03-residuals.md` as `lynx read` takes it: 10/03."""
    return f"{phase:02d}/{path.rpartition('/')[2].partition('-')[0]}"


def _controls(seen: list[ControlSeen], look: Look) -> RenderableType:
    titles = ("", "", _("here"), _("mentor"), _("still standing"))
    rows: list[list[Cell]] = [
        [
            (one.name, "bold"),
            (f"{text_of(one.says)} {quantity(one.measure, one.own)}".strip(), ""),
            (with_range(number(one.here), one.here_range, "\n"), ""),
            (with_range(number(one.mentor), one.mentor_range, "\n"), ""),
            (", ".join(one.survived) or "–", ""),
        ]
        for one in seen
    ]
    return _filled([Column(title, wraps=i == 1) for i, title in enumerate(titles)], rows, look)
