"""What a person at a terminal is asked: predictions one by one, an expectation, an explanation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from lynx.loop.answers import as_kept, option_names, parse_confidence, parse_value
from lynx.truth.claims import Kind, Prediction
from lynx.view.editor import open_editor, told
from lynx.view.language import _, text_of
from lynx.view.layout import Cell, Column, headline, next_line, paragraph, table
from lynx.view.screens import predictions as form
from lynx.view.screens.verified import explain_question

if TYPE_CHECKING:
    from pathlib import Path

    from lynx.loop.results import ControlCard, Controls, Glimpse, Started
    from lynx.view.terminal import Terminal

Parse = Callable[[str], tuple[str | None, str]]  # the part as it is kept, or None and what is wanted
Keep = Callable[[str, dict[str, str]], None]
BACK = ("<", "back", "atrás", "atras")
EDIT = ("e", "edit", "editar")
HELP = ("?", "help", "ayuda")
PROMPTS = {"prediction": form.prompt, "confidence": form.sure_prompt, "because": form.because_prompt}


class _Back(Exception):
    """The person wants to answer the question before again."""


class _Edit(Exception):
    """The person would rather write in their editor."""


class _Help(Exception):
    """The person asks what the words mean."""


def predictions(
    terminal: Terminal, started: Started, unanswered: Sequence[str], *, keep: Keep, edit: Path
) -> bool:
    """Ask every prediction that is not answered yet; True when all are.

    Each answer goes to `keep` (its id; prediction, confidence and because as written) at once, so that ^C
    or the end of the input loses none. False when they went to their editor instead: what is next has been
    said then.
    """
    asked = [p for p in started.predictions if p.id in unanswered]
    if not asked:
        return True
    terminal.show(paragraph(form.keys_line(), terminal.look, "dim"))
    given: dict[str, dict[str, str]] = {}
    at = 0
    while at < len(asked):
        prediction = asked[at]
        ask = text_of(started.asks[prediction.id])
        try:
            answer = _one(terminal, prediction, ask, given.get(prediction.id, {}))
        except _Back:
            if at == 0:
                _say(terminal, _("This is the first one."))
            at = max(at - 1, 0)
            continue
        except _Edit:
            if _edited(terminal, started, edit):
                return False
            continue  # no editor: they were told how to set one, and are asked again
        given[prediction.id] = answer
        keep(prediction.id, answer)
        at += 1
    return True


def _one(
    terminal: Terminal,
    prediction: Prediction,
    ask: str,
    before: Mapping[str, str],
) -> dict[str, str]:
    """The three parts of one answer; `before` is what was answered when they passed here already."""
    terminal.write("\n")
    terminal.show(form.question(prediction, ask, terminal.look))
    if before:
        said = _("you said: {answer} · {confidence} · {because}  (Enter keeps each)")
        shown = said.format(answer=before["prediction"], **{k: before[k] for k in ("confidence", "because")})
        _say(terminal, shown)
    parts = parts_of(prediction)
    names = list(parts)
    answer: dict[str, str] = {}
    at = 0
    while at < len(names):
        try:
            answer[names[at]] = _kept(terminal, names[at], before, parts[names[at]])
            at += 1
            if at == 1 and prediction.kind is Kind.CURVE:
                at = _sketched(terminal, prediction, answer)
        except _Back:
            if at == 0:
                raise
            at -= 1
        except _Help:
            terminal.show(form.words(prediction, ask, terminal.look))
    return answer


def parts_of(prediction: Prediction) -> dict[str, Parse]:
    """How each of the three parts of an answer is read: at the prompt, and by `lynx predict`."""
    return {
        "prediction": lambda text: _value(prediction, text),
        "confidence": _confidence,
        "because": _because,
    }


def _sketched(terminal: Terminal, prediction: Prediction, answer: dict[str, str]) -> int:
    """Show a curve as it was typed, until it is kept; which part is asked next."""
    while True:
        curve = parse_value(prediction, answer["prediction"])
        assert isinstance(curve, Mapping)
        terminal.show(form.sketch(prediction, curve, terminal.look))
        text = terminal.read(form.keep_prompt()).strip()
        if not text:
            return 1
        if text.lower() in BACK:
            return 0
        if (found := _value(prediction, text)[0]) is not None:
            answer["prediction"] = found
        else:
            _say(terminal, _complaint(prediction, text))


def _kept(terminal: Terminal, name: str, before: Mapping[str, str], parse: Parse) -> str:
    """Ask for one part until it can be read; an empty line keeps what was answered before."""
    while True:
        text = terminal.read(PROMPTS[name]()).strip()
        if not text and before.get(name):
            return before[name]
        if text.lower() in BACK:
            raise _Back
        if text.lower() in HELP:
            raise _Help
        if text.lower() in EDIT and name != "because":
            raise _Edit
        found, complaint = parse(text)
        if found is not None:
            return found
        _say(terminal, complaint)


def _value(prediction: Prediction, text: str) -> tuple[str | None, str]:
    if parse_value(prediction, text) is not None:
        return as_kept(prediction, text), ""
    return None, _complaint(prediction, text)


def _confidence(text: str) -> tuple[str | None, str]:
    found = parse_confidence(text)
    return (None if found is None else str(found)), form.sure_complaint()


def _because(text: str) -> tuple[str | None, str]:
    return text or None, _("A few words are enough: what makes you think so?")


def _complaint(prediction: Prediction, text: str) -> str:
    if not text:
        return _("An answer is needed; a guess is fine, and counts as one.")
    if prediction.kind is Kind.NUMBER:
        return _("“{text}” is not a number. Write {form}.").format(text=text, form=form.form_of(prediction))
    if prediction.kind is Kind.CURVE:
        return _("“{text}” is no curve. Write {form}.").format(text=text, form=form.form_of(prediction))
    names = option_names(prediction)
    begun = [name for name in names if name.casefold().startswith(text.casefold())]
    told = _("“{text}” may be any of: {options}") if begun else _("“{text}” is none of: {options}")
    return told.format(text=text, options=" · ".join(begun or names))


def _say(terminal: Terminal, text: str) -> None:
    terminal.show(paragraph(text, terminal.look, "dim", indent=4))


def _edited(terminal: Terminal, started: Started, edit: Path) -> bool:
    """Whether there was an editor to go to; what is next has been said then."""
    outcome = open_editor(edit, terminal.environ)
    for line in told(outcome, started.prefix + started.notes).splitlines():
        terminal.show(paragraph(line, terminal.look))
    if outcome.kind == "missing":
        return False
    terminal.show(next_line(["lynx run"], terminal.look, _("Next:")))
    return True


# -- a control, an explanation -------------------------------------------------------------------


def expectation(terminal: Terminal, offered: Controls, card: ControlCard) -> tuple[str, int]:
    """Which rival the person expects a control to bear out, and how sure they are (percent)."""
    look = terminal.look
    if says := text_of(card.says):
        terminal.show(paragraph(says, look, "bold"))
    names = list(card.control.predicts)
    rows: list[list[Cell]] = [
        [(str(i), "bold"), (name, "bold"), (text_of(offered.rivals.get(name)), "")]
        for i, name in enumerate(names, 1)
    ]
    terminal.show(headline(_("Which idea will it bear out?"), "", look))
    terminal.show(table([Column(), Column(), Column(wraps=True)], rows, look))

    def chosen(text: str) -> str | None:
        if text.isdigit() and 1 <= int(text) <= len(names):
            return names[int(text) - 1]
        begun = [name for name in names if text and name.startswith(text.lower())]
        return text if text in names else begun[0] if len(begun) == 1 else None

    complaint = _("A number from 1 to {n}, or a name.").format(n=len(names))
    rival = terminal.ask(form.prompt(), chosen, f"    {complaint}")
    sure = terminal.ask(form.sure_prompt(), parse_confidence, "    " + form.sure_complaint())
    return rival, sure


def observation(terminal: Terminal, seen: Glimpse) -> str:
    """What the person saw in the first seed's curves, in a line; "" where they skip it."""
    from lynx.view.screens import ran

    terminal.show(ran.glimpse(seen, terminal.look))
    try:
        return terminal.read("› ").strip()
    except EOFError:
        return ""


def explanation(terminal: Terminal, *, asked: bool = False, failed: bool = False) -> str:
    """One or two sentences on why; asked again while empty. `asked`: the screen above asks; `failed`: training did."""
    if not asked:
        terminal.show(paragraph(explain_question(failed=failed), terminal.look, "bold"))
    more = _("In your own words; the answer comes after.")
    return terminal.ask("› ", lambda text: text or None, more)
