"""`lynx hand-in` and `lynx class` on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.teach.results import ClassView, HandedIn, Learner
from lynx.view.language import _, ngettext, text_of
from lynx.view.layout import Cell, Column, blank, headline, indented, paragraph, quoted, table
from lynx.view.teach import words
from lynx.view.words import word

if TYPE_CHECKING:
    from lynx.view.look import Look

ABREAST = 5  # breaks that stand beside one another with a word each; with more each has a letter
SHOWN = 5  # misses, and learners who are stuck
LETTERS = {
    "done": "d",
    "revealed": "r",
    "explaining": "e",
    "fixing": "f",
    "observing": "o",
    "predicting": "p",
}


def render(result: ClassView | HandedIn, look: Look) -> RenderableType:
    """What was handed in, or the class."""
    return _handed(result, look) if isinstance(result, HandedIn) else _class(result, look)


def _handed(result: HandedIn, look: Look) -> RenderableType:
    n = result.attempts
    said = ngettext("{n} attempt: {path}", "{n} attempts: {path}", n).format(
        n=n, path=quoted(str(result.path))
    )
    parts = [paragraph(said, look, "bold")]
    name = (
        _("Under the name {name}.")
        if result.chosen
        else _("Under the pseudonym {name}; --name gives your own.")
    )
    parts.append(paragraph(name.format(name=result.name), look))
    parts.append(
        paragraph(
            _("Your reasons and explanations are in it, in your own words.")
            if result.words
            else _("Your own words are not in it; --with-words puts them in."),
            look,
        )
    )
    if not result.untouched:
        parts.append(paragraph(_("The journal was changed by hand, and the file says so."), look, "red"))
    return Group(*parts, blank(), paragraph(_("Nothing was sent: give the file to your teacher."), look))


def _class(view: ClassView, look: Look) -> RenderableType:
    n = len(view.learners)
    head = ngettext("{n} learner", "{n} learners", n).format(n=n)
    if view.breaks:
        ends = (view.breaks[0], view.breaks[-1])
        head += " · " + (_("breaks {first}–{last}") if len(view.breaks) > 1 else _("break {first}")).format(
            first=ends[0], last=ends[1]
        )
    parts: list[RenderableType] = [headline(head, "", look), _learners(view, look)]
    if len(view.breaks) > ABREAST:
        legend = " · ".join(f"{letter} {word(stage)}" for stage, letter in LETTERS.items())
        parts.append(paragraph(legend, look, "dim"))
    if unsealed := words.unsealed(view):
        parts.append(paragraph(unsealed, look, "dim"))
    doubts = [f"{one.name}: {words.faults(one)}" for one in view.learners if one.faults]
    doubts += [words.unread(one) for one in view.unread]
    if doubts:
        parts += [blank(), headline(_("In doubt, and in no figure below"), "", look, "bold red")]
        parts += [indented(line, look) for line in doubts]
    if view.misses:
        parts += [blank(), headline(_("Believed and wrong, worst first"), "", look)]
        for one in view.misses[:SHOWN]:
            ask = text_of(one.ask)
            parts.append(indented(f"{one.break_id} {one.prediction}  {ask}".rstrip(), look, style="bold"))
            parts.append(indented(words.missed(one), look, 4))
    if view.parts is not None:
        parts += [blank(), paragraph(words.confidence(view.parts), look, "dim")]
    ends_ = [words.lesson(view)]
    if view.stuck:
        who = [words.stuck(one) for one in view.stuck[:SHOWN]]
        if len(view.stuck) > SHOWN:
            who.append(_("{n} more").format(n=len(view.stuck) - SHOWN))
        ends_.append(_("Stuck: {who}.").format(who=", ".join(who)))
    if any(ends_):
        parts += [blank(), paragraph("   ".join(filter(None, ends_)), look)]
    parts += [paragraph(_("Written: {path}").format(path=quoted(str(path))), look) for path in view.written]
    return Group(*parts)


def _learners(view: ClassView, look: Look) -> RenderableType:
    abreast = len(view.breaks) <= ABREAST and not look.narrow
    rows = [
        [(one.name, "bold" if not one.faults else "red"), *_cells(one, view, abreast)]
        for one in view.learners
    ]
    if abreast:
        return table([Column(), *(Column(name) for name in view.breaks)], rows, look)
    ids = [name.rpartition(":")[2][-2:].rjust(2) for name in view.breaks]
    heads: list[list[Cell]] = [[("", ""), (" ".join(id_[at] for id_ in ids), "dim")] for at in (0, 1)]
    return table([Column(), Column()], [*heads, *rows], look)


def _cells(one: Learner, view: ClassView, abreast: bool) -> list[Cell]:
    played = {break_.id: break_ for break_ in one.breaks}
    if abreast:
        return [
            (words.state(played[name]), "green" if played[name].stage == "done" else "")
            if name in played
            else ("–", "dim")
            for name in view.breaks
        ]
    line = " ".join(LETTERS.get(played[name].stage, "?") if name in played else "·" for name in view.breaks)
    return [(line, "")]
