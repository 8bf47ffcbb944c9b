"""An error as a person sees it: what is wrong, where, what to do; translated, with its fields filled in."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from lynx.errors import ExitCode, Fault, LynxError, NotYet, Word
from lynx.view.language import _, number
from lynx.view.layout import headline, indented, paragraph, row, stack
from lynx.view.words import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from lynx.view.look import Look

PROPER = ("Git", "Lynx", "Python", "NaN", "CPython")  # words that keep their capital after a colon
LOG_LINES = 12


def message_of(error: LynxError) -> str:
    """What is wrong, in the language in force."""
    return filled(error.message, error)


def remedy_of(error: LynxError) -> str:
    """What to do about it, in the language in force."""
    return filled(error.remedy, error)


def filled(template: str, error: LynxError) -> str:
    """A template of the error's, translated and filled in; mistakes that it lists are shown on their own."""
    fields = {name: _shown(value, name) for name, value in error.fields.items()}
    if "listing" in fields and getattr(error, "problems", None):
        fields["listing"] = ""
    return _(template).format(**fields).strip()


def _shown(value: object, name: str = "") -> str:
    if isinstance(value, Enum) or name == "variant":
        return word(str(value))
    if isinstance(value, PurePath):
        import shlex

        return shlex.quote(str(value))
    if isinstance(value, Word):
        return _(str(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return str(value)


def problems_of(error: LynxError) -> list[dict[str, str]]:
    """Every mistake that the error lists: where it stands, what it is about, what is wrong, the remedy."""
    return [problem_of(one, getattr(error, "notes_name", "")) for one in getattr(error, "problems", ())]


def problem_of(problem: Any, notes_name: str) -> dict[str, str]:
    """One mistake: in a spec (`content.spec.Problem`), or in the notes (`loop.notes.Problem`)."""
    fields = {name: _shown(value) for name, value in problem.fields.items()}
    if hasattr(problem, "template"):
        about, what, remedy, where = problem.key, problem.template, problem.advice, problem.where
    else:
        about, what, remedy, where = problem.id, problem.what, "", f"{notes_name}:{problem.line}"
    told = {"where": where, "about": about, "what": _(what).format(**fields)}
    return {**told, "remedy": _(remedy).format(**fields)}


def to_json(error: LynxError) -> dict[str, Any]:
    """The error for other programs: code, message, remedy, and the mistakes it lists."""
    body: dict[str, Any] = {"code": error.code, "message": message_of(error), "remedy": remedy_of(error)}
    if problems := problems_of(error):
        body["problems"] = problems
    if log := _log_of(error):
        body["log"] = log
    if file := error.fields.get("log_file"):
        body["log_file"] = str(file)
    return {"error": body}


def render(error: LynxError, look: Look, *, interrupted: bool = False) -> RenderableType:
    """The error as a screen: the message, its mistakes, the tail of a log, the remedy."""
    code = ExitCode.INTERRUPTED if interrupted else error.exit_code
    parts: list[RenderableType] = [headline(_first_line(error, interrupted), _exit(code), look)]
    parts += _listed(problems_of(error), look)
    if log := _log_of(error):
        parts.append(indented(log, look, by=4, style="dim"))
        if file := error.fields.get("log_file"):
            parts.append(paragraph(_("All it printed: {path}").format(path=file), look))
    if remedy := remedy_of(error):
        parts.append(paragraph(remedy, look))
    return stack(*parts)


def _exit(code: ExitCode) -> str:
    return _("exit {code}").format(code=int(code))


def _first_line(error: LynxError, interrupted: bool) -> str:
    message = message_of(error)
    plain = interrupted or isinstance(error, NotYet | Fault) or error.code in ("usage", "fault")
    plain = plain or error.code.startswith("run-")  # nobody was refused anything
    if plain or not message:
        return message
    return _("Refused: {message}").format(message=_continued(message, error.message))


def _continued(message: str, template: str) -> str:
    """A sentence as it goes on after a colon: small letter, unless a name or a field begins it."""
    first = message.split(maxsplit=1)[0].rstrip(".,:;")
    if (
        template.startswith("{")
        or first in PROPER
        or not ((first[:1].isupper() and first[1:].islower()) or first == "A")
    ):
        return message
    return message[0].lower() + message[1:]


def _listed(problems: Sequence[dict[str, str]], look: Look) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for problem in problems[:50]:  # a file with more has one cause behind most of them
        where = row([(problem["where"], ""), (problem["about"], "bold")], look, indent=2)
        said = f"{problem['what']} {problem['remedy']}".strip()
        whole = f"  {problem['where']}   {problem['about']}  {said}"
        if len(look.plain(whole)) <= look.prose and "\n" not in said:
            parts.append(
                row([(problem["where"], ""), (problem["about"], "bold"), (said, "")], look, indent=2)
            )
        else:
            parts += [where, indented(said, look, by=6)]
    if len(problems) > 50:
        parts.append(paragraph(_("… and {n} more.").format(n=len(problems) - 50), look))
    return parts


def _log_of(error: LynxError) -> str:
    """The tail of what the learner's own code printed, where the message has no place for it."""
    log = error.fields.get("log")
    if not isinstance(log, str) or "{log}" in error.message + error.remedy:
        return ""
    return "\n".join(log.strip().splitlines()[-LOG_LINES:])
