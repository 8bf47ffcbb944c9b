"""`lynx verify`: passes, or the first difference in words that give nothing away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType

from lynx.errors import N_
from lynx.loop.stages import Stage
from lynx.view.error import message_of
from lynx.view.language import _, number, seconds, text_of
from lynx.view.layout import Cell, Column, blank, code, headline, next_line, paragraph, quoted, table
from lynx.view.words import metric_word, word

if TYPE_CHECKING:
    from lynx.loop.results import Judged, Trained, Verified
    from lynx.view.look import Look

REASONS = {
    "output": N_(
        "The code runs, but on {failed} of {cases} random inputs its output is not a sound one's{by}."
    ),
    "input-gradient": N_(
        "The outputs agree, but on {failed} of {cases} random inputs the gradient of the input differs{by}."
    ),
    "parameter-gradient": N_(
        "The outputs agree, but on {failed} of {cases} random inputs the gradient of a parameter differs{by}."
    ),
    "missing-gradient": N_("The outputs agree, but a parameter gets no gradient that should get one."),
    "weight": N_("The weights drawn from one seed are not those of the sound code{by}."),
    "shape": N_("A shape is not what it should be: of an output, a gradient or a parameter."),
    "error": N_("Your version raises an error where the sound code does not."),
    "forbidden": N_(
        "Your version changes its inputs, or answers the same question differently the second time."
    ),
    "left-behind": N_(
        "The answers agree, but your version leaves something else behind than the sound code does: weights,"
        " running state or random numbers."
    ),
    "training": N_(
        "It answers every question right, but trained once, with a seed of its own, it is not the sound code."
    ),
    "crashed": N_("Your version stopped with an error before it could be examined."),
    "exited": N_("Your version left before it could be examined: something in it calls exit."),
    "step": N_(
        "Trained step by step beside the sound code, on {failed} of {cases} runs it does not hold what that "
        "holds{by}."
    ),
    "property": N_("The code runs, but on {failed} of {cases} random inputs its answer is not a right one."),
    "claims": N_("Measured on your version, {failed} of {cases} conditions are not met."),
}

# what all the questions share in which the output differs, while the others agree
ONLY = {
    "not-recording": N_("It differs only where no gradients are recorded, as when a model is evaluated."),
    "single": N_("It differs in single precision only; in double precision both agree."),
    "not-finite": N_(
        "It differs only where an input holds NaN or infinity, in places that these do not reach."
    ),
    "large": N_("It differs for large inputs only."),
    "small": N_("It differs for small inputs only."),
    "beyond": N_("It differs only for sizes beyond those it is usually called with."),
}


def render(result: Verified, look: Look) -> RenderableType:
    """The verdict first; then what differs, the learner's own error, files that changed besides."""
    if result.verdict == "fixed":
        return _fixed(result, look)
    parts: list[RenderableType] = [headline(_verdict(result), _("exit {code}").format(code=1), look)]
    parts += [paragraph(line, look) for line in _details(result)]
    if result.error:
        parts.append(code("\n".join(result.error.strip().splitlines()[-12:]), look))
    if result.claims:
        parts.append(conditions(result.claims, look))
    if result.other_files:
        other = _(
            "Other files changed too: {files}. The bug is in one file; the fix may have landed in another."
        )
        parts.append(paragraph(other.format(files=", ".join(result.other_files)), look))
    parts += [blank(), _next(result, look)]
    return Group(*parts)


def conditions(claims: tuple[Judged, ...], look: Look) -> RenderableType:
    """The claims that decide where no oracle fits, each with what was measured."""
    rows: list[list[Cell]] = [
        [
            (text_of(one.says), ""),
            (word(one.verdict), "green" if one.verdict == "HOLDS" else "red"),
            (_("{k} of {n} seeds").format(k=one.k, n=one.n), "dim"),
        ]
        for one in claims
    ]
    return table([Column(wraps=True), Column(), Column()], rows, look)


def _verdict(result: Verified) -> str:
    if result.verdict == "untouched":
        return _("Not yet. The file is still as the break left it.")
    if result.verdict == "does-not-compile":
        return _("Not yet. The file does not compile:")
    if result.verdict == "timed-out":
        return _("Not yet. Your version did not finish within its time.")
    reason = _(REASONS[result.reason]) if result.reason in REASONS else _("It is not right yet.")
    by = (
        _(", by up to {n}").format(n=number(result.by))
        if result.by is not None and result.by == result.by
        else ""
    )
    return _("Not yet. {reason}").format(
        reason=reason.format(failed=result.failed, cases=result.cases, by=by)
    )


def _details(result: Verified) -> list[str]:
    if result.verdict != "not-fixed":
        return []
    lines = []
    if (
        result.where
        and not result.blind
        and result.reason in ("parameter-gradient", "missing-gradient", "shape")
    ):
        lines.append(_("First seen at: {where}").format(where=result.where))
    if result.reason == "step" and result.step is not None:
        lines.append(_("It first shows after step {step} of training.").format(step=result.step))
        if result.where and not result.blind:
            lines.append(_("First seen at: {where}").format(where=result.where))
        return lines
    if result.modes == "training":
        lines.append(_("It differs in training mode only; in evaluation both agree."))
    if result.modes == "evaluation":
        lines.append(_("It differs in evaluation mode only; in training both agree."))
    if result.some_shapes:
        lines.append(_("It differs for some batch sizes only; for the others both agree."))
    if result.only:
        lines.append(_(ONLY[result.only]))
    if result.trained is not None:
        lines += _how_it_trained(result.trained, result.blind)
    if result.zeros_agree and result.reason in ("output", "input-gradient", "parameter-gradient"):
        lines.append(_("For an input of zeros both agree."))
    return lines


def _how_it_trained(trained: Trained, blind: bool) -> list[str]:
    """What the training run showed, where it did not go the sound code's way."""
    lines = []
    if trained.outcome == "departs" and trained.healthy is not None and trained.yours is not None:
        parted = _("At step {step} its {metric} is {yours}; the sound code's is {healthy}.")
        names = {"step": trained.step, "metric": metric_word(trained.metric)}
        lines.append(parted.format(**names, yours=number(trained.yours), healthy=number(trained.healthy)))
    if trained.outcome == "claims" and not blind:
        lines += [_("Not true of it: {claim}").format(claim=text_of(claim)) for claim in trained.claims]
    if trained.outcome == "broke-off":
        return [_("It broke off:")]
    return [
        *lines,
        _("Code that asks where it runs, how often or when does that; a fix is right everywhere."),
    ]


def _confirmed(trained: Trained | None) -> str:
    """How the training run bears out the verdict; empty where there was nothing to train."""
    if trained is None:
        return _("Meanwhile it trains once, with a seed of its own.")
    if trained.outcome == "agrees":
        return _("Trained once, with a seed of its own, it goes the sound code's way.")
    if trained.outcome == "not-made":
        why = message_of(trained.said) if trained.said is not None else _("it was not waited for.")
        return _("The training run that would have borne it out was not made: {why}").format(why=why)
    return ""


def _next(result: Verified, look: Look) -> RenderableType:
    if result.blind:
        return next_line(["lynx show", "lynx hint"], look, _("Next:"))
    if result.verdict == "untouched":
        return next_line(["lynx control", "lynx hint"], look, _("Find the line, or test an idea:"))
    at = f" -C {quoted(result.prefix.rstrip('/'))}" if result.prefix else ""
    return next_line([f"git{at} diff -- {quoted(result.target)}", "lynx hint"], look, _("See your change:"))


def _fixed(result: Verified, look: Look) -> RenderableType:
    if result.claims:
        lead = _("Fixed: measured on your version, every condition is met.")
    elif result.same_as_reference:
        lead = _("Fixed: the same as the original.")
    else:
        lead = _("Fixed: different from the original, and right.")
    parts: list[RenderableType] = [headline(lead, seconds(result.seconds), look)]
    if result.claims:
        parts.append(conditions(result.claims, look))
    elif result.cases:
        agree = _("{n} of {n} random inputs agree, outputs and gradients (within {tolerance}).")
        parts.append(paragraph(agree.format(n=result.cases, tolerance=number(result.tolerance)), look))
        if line := _confirmed(result.trained):
            parts.append(paragraph(line, look))
    if result.stage is Stage.DONE:
        return Group(*parts, blank(), next_line(["lynx list"], look, _("Next:")))
    parts.append(paragraph(explain_question(failed=result.training_failed), look))
    return Group(*parts, blank(), next_line(['lynx explain --text "…"'], look, _("Next:")))


def explain_question(*, failed: bool) -> str:
    """What is asked before the answer is shown; why training failed only where it was seen to."""
    if failed:
        return _("Before the answer: why did training fail? One or two sentences.")
    return _("Before the answer: what did the change do, and why? One or two sentences.")
