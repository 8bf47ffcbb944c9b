"""What counts of a debrief, in a screenful: said, seen, which idea is left, the cause, the fix, the guard."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.content.licensed import told as plainly
from lynx.truth.claims import Result
from lynx.view.figures import measured_said
from lynx.view.language import _, ngettext, number, text_of
from lynx.view.layout import Cell, Column, blank, headline, next_line, table
from lynx.view.screens import debrief
from lynx.view.screens.ran import result_text
from lynx.view.words import at_layer, word

if TYPE_CHECKING:
    from lynx.loop.results import Debrief
    from lynx.view.look import Look


def render(result: Debrief, look: Look) -> RenderableType:
    """A label and a few lines each; `--all` has the rest."""
    if result.whole:
        return debrief.render(result, look)
    break_ = result.break_
    title = _("Break {id} · {title}").format(id=break_.id, title=text_of(break_.title))
    told = [
        (_("you said"), _said(result)),
        (_("happened"), _happened(result)),
        (_("ideas"), _ideas(result)),
        (_("the cause"), plainly(text_of(break_.hidden_cause))),
        (_("the fix"), _fix(result.fix)),
        (_("the guard"), text_of(break_.guard)),
    ]
    rows: list[list[Cell]] = [[(label, "dim"), (text, "")] for label, text in told if text]
    after = f"lynx break {result.next}" if result.next else "lynx list"
    last = "lynx guard TEST" if break_.guard else "lynx report"
    return Group(
        headline(title, _("shown") if result.revealed else _("done"), look),
        table([Column(), Column(wraps=True)], rows, look),
        blank(),
        next_line(["lynx explain --all", after, last], look, _("Next:")),
    )


def _said(result: Debrief) -> str:
    """The learner's explanation, then how the predictions fared, and the most confident miss."""
    lines = [f"“{result.explanation}”"] if result.explanation else []
    if result.scored:
        n = len(result.scored)
        hits = sum(one.result is Result.HIT for one in result.scored)
        lines.append(
            ngettext("{k} of {n} prediction right.", "{k} of {n} predictions right.", n).format(k=hits, n=n)
        )
        misses = [one for one in result.scored if one.result is Result.MISS]
        if misses:
            worst = max(misses, key=lambda one: one.confidence)
            missed = _("{id}: you {you}, measured {measured}: {result}.")
            measured = measured_said(worst.measured, worst.answer)
            names = {"id": worst.prediction.id, "you": worst.written, "result": result_text(worst)}
            lines.append(missed.format(measured=measured, **names))
    return "\n".join(lines)


def _happened(result: Debrief) -> str:
    """The first links of the chain of symptoms, which are what came first."""
    said = _("step {n}: {what}: healthy {healthy}, broken {broken} ({name})")
    return "\n".join(
        said.format(
            n=one.step,
            what=at_layer(one.metric, one.layer),
            healthy=number(one.healthy),
            broken=number(one.broken),
            name=word(one.name),
        )
        for one in result.chain[:2]
    )


def _ideas(result: Debrief) -> str:
    """The idea that every control left standing, in words; the others by name."""
    out = list(dict.fromkeys(name for one in result.controls for name in one.out))
    left = list(dict.fromkeys(n for one in result.controls for n in one.survived if n not in out))
    stands = [f"{name}: {text_of(result.break_.rivals.get(name))}" for name in left]
    lines = [_("still standing: {ideas}").format(ideas=" · ".join(stands))] if stands else []
    if out:
        lines.append(_("out: {names}").format(names=", ".join(out)))
    return "\n".join(lines)


def _fix(diff: str) -> str:
    """The lines that change, without what surrounds them."""
    lines = [line for line in diff.splitlines() if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    signs = [line[0] for line in lines if line[1:].strip()]
    bare = textwrap.dedent("\n".join(line[1:] for line in lines if line[1:].strip())).splitlines()
    return "\n".join(f"{sign} {line}" for sign, line in zip(signs, bare, strict=True))
