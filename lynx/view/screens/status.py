"""`lynx`, `lynx status`: where one is, what is next, what is due. Light."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.errors import N_
from lynx.view.language import _, ngettext, text_of
from lynx.view.layout import blank, headline, next_line, paragraph, quoted, stack
from lynx.view.screens.reset import leftover_lines, recovered
from lynx.view.words import word

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lynx.loop.standing import Due, Status
    from lynx.store.places import Place
    from lynx.view.look import Look


REASONS = {
    "miss": N_("you were {n} % sure and wrong"),
    "hit": N_("you were {n} % sure and right"),
    "revealed": N_("you had the answer shown"),
}


FOREIGN = N_(
    "What Lynx kept here was made by another user or on another machine. lynx adopt takes it over; "
    "lynx reset gives the file back. Until then it can be looked at, and nothing of it is run."
)


def render(result: Status, look: Look) -> RenderableType:
    """One line on the break under way, one a thing that is due, and the next command."""
    parts: list[RenderableType] = []
    if result.recovered:
        parts += [paragraph(recovered(result.recovered), look), blank()]
    if result.damage is not None:
        from lynx.view.error import message_of, remedy_of

        parts += [
            paragraph(message_of(result.damage), look, "bold"),
            paragraph(remedy_of(result.damage), look),
        ]
    if result.foreign:
        parts += [paragraph(_(FOREIGN), look), blank()]
    if result.break_id is None:
        parts += [] if result.damage else _nothing_under_way(result, look)
    else:
        parts += _under_way(result, look)
    for due in result.due:
        parts.append(headline(due_line(due), "lynx review", look, style=""))
    parts += leftover_lines(result.leftovers, look)
    if result.kept:
        parts.append(paragraph(_("Kept aside for you: {paths}").format(paths=", ".join(result.kept)), look))
    commands = [result.next, "lynx demo"] if result.fresh else [result.next]
    parts += [blank(), next_line(commands, look, _("Next:"))]
    return stack(*parts)


def _nothing_under_way(result: Status, look: Look) -> list[RenderableType]:
    if result.elsewhere:
        return [line for place in result.elsewhere[:3] for line in _elsewhere(place, look)]
    if result.fresh:
        begin = _("Begin with break {id}: its run takes a second. Or watch one played first: lynx demo")
        return [paragraph(begin.format(id=result.offer), look)]
    if result.offer:
        return [paragraph(_("No break is under way."), look)]
    return [paragraph(_("No break is under way, and every one has been played."), look)]


def _elsewhere(place: Place, look: Look) -> list[RenderableType]:
    said = _("No break is under way here. A workspace of yours with Break {id} under way is at {path}")
    path = quoted(str(place.top))
    return [
        paragraph(said.format(id=place.break_id, path=path), look),
        next_line([f"cd {path}"], look, _("Go on there:")),
    ]


def _under_way(result: Status, look: Look) -> list[RenderableType]:
    facts = [_("Break {id}").format(id=result.break_id)]
    if result.stage:
        facts.append(word(result.stage))
    if result.blind:
        facts.append(_("blind"))
    if result.hints_shown:
        facts.append(_("{n} of {of} hints").format(n=result.hints_shown, of=result.hints_of))
    if result.controls:
        n = result.controls
        facts.append(ngettext("{n} control run", "{n} controls run", n).format(n=n))
    parts: list[RenderableType] = [headline(" · ".join(facts), "", look)]
    if result.title:
        parts.append(paragraph(text_of(result.title), look))
    if result.target:
        state = _("{target}: {state}").format(
            target=result.prefix + result.target, state=word(result.target_state)
        )
        parts.append(paragraph(state, look, "dim"))
    if result.notes:
        parts.append(paragraph(_("notes: {path}").format(path=result.prefix + result.notes), look, "dim"))
    return parts


def due_line(due: Due) -> str:
    """“Due: 02 (you were 90 % sure and wrong)”."""
    reason = _(REASONS[due.reason]).format(n=due.confidence or 90) if due.reason in REASONS else due.reason
    if due.kind == "drill":
        return _("Due: a neighbour of drill {id} ({reason})").format(id=due.id, reason=reason)
    return _("Due: {id} ({reason})").format(id=due.id, reason=reason)
