"""Every command, from the program's own registry: `reference.md` for the site and `man/lynx.1` for man.

python docs/manual.py      writes both; a test compares them with what this prints
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lynx import __version__
from lynx.cli.app import build
from lynx.view.language import use

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ABOUT = (
    "Lynx injects one known bug into your own git repository, asks for predictions in numbers, runs healthy and broken "
    "code side by side, and holds each prediction against what was measured. Every command takes --json, --lang TAG, "
    "--repo PATH, --learner NAME and --help. lynx alone says where you are."
)
COMMON = ("--json", "--lang", "--repo", "--learner", "--help")
EXITS = (
    ("0", "done"),
    ("1", "not yet: predictions missing, a fix that does not pass, a claim whose verdict differs"),
    ("2", "refused or wrong: usage, a bad spec, an unsafe repository; the message says what to do"),
    ("3", "Lynx's own fault; a log is written and its path shown"),
    ("130", "interrupted; nothing is left half done"),
)
VARIABLES = (
    ("LYNX_LANG", "the language of the screens, before the locale's"),
    ("LYNX_HOME", "where trust, packs and caches of this user are kept"),
    ("NO_COLOR", "no colour"),
    ("COLUMNS", "the width of the screens, where there is no terminal"),
)


@dataclass(frozen=True)
class Told:
    """One command: how it is called, its sentence, and its own options and arguments with theirs."""

    name: str
    says: str
    options: tuple[tuple[str, str], ...]


def commands() -> Iterator[Told]:
    """Every command that is not hidden, groups before their own."""
    use("en")
    top = typer.main.get_command(build())
    yield from _below("lynx", top)


def _below(name: str, command: Any) -> Iterator[Told]:
    bare = getattr(command, "bare", None)  # the command that a group is without a word after it
    own = command if bare is None else command.commands[bare]
    yield Told(name, _line(own.help or ""), tuple(_options(own)))
    for child in sorted(getattr(command, "commands", {}).values(), key=lambda one: one.name):
        if not child.hidden and child.name != bare:
            yield from _below(f"{name} {child.name}", child)


def _options(command: Any) -> Iterator[tuple[str, str]]:
    for one in command.params:
        if one.param_type_name == "argument":
            yield one.make_metavar(ctx=None) if _takes_context(one) else one.make_metavar(), _line(one.help or "")
        elif not set(one.opts) & set(COMMON) and not one.hidden:
            metavar = "" if one.is_flag else f" {one.metavar or one.type.name.upper().split()[0]}"
            yield f"{', '.join(one.opts)}{metavar}", _line(one.help or "")


def _takes_context(parameter: Any) -> bool:
    return "ctx" in parameter.make_metavar.__code__.co_varnames


def _line(text: str) -> str:
    return " ".join(text.split())


def reference() -> str:
    """The page of the site."""
    parts = [
        "# Every command",
        "",
        "Written by `python docs/manual.py` from the program itself. Every command takes `--json` (one JSON object",
        "in place of the screen), `--lang TAG`, `--repo PATH` (the workspace, if not here), `--learner NAME` and help.",
        "",
    ]
    for told in commands():
        parts += [f"## `{told.name}`", "", told.says, ""]
        if told.options:
            parts += ["| | |", "|---|---|"]
            parts += [f"| `{name}` | {says} |".replace("[]", "[ ]") for name, says in _escaped(told.options)]
            parts.append("")
    parts += ["## Exit codes", "", "| | |", "|---|---|", *(f"| {code} | {says} |" for code, says in EXITS), ""]
    parts += ["## Variables", "", "| | |", "|---|---|", *(f"| `{name}` | {says} |" for name, says in VARIABLES), ""]
    return "\n".join(parts)


def _escaped(options: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    for name, says in options:
        yield name.replace("|", "\\|"), says.replace("|", "\\|")


def manual() -> str:
    """The manual page, in the macros that man has always had."""
    lines = [
        f'.TH LYNX 1 "" "lynx {__version__}" "User Commands"',
        ".SH NAME",
        "lynx \\- predict, then run: a tutor for people who train neural networks",
        ".SH SYNOPSIS",
        ".B lynx",
        ".RI [ command ] \" \" [ options ]",
        ".SH DESCRIPTION",
        _roff(ABOUT),
        ".SH COMMANDS",
    ]
    for told in commands():
        lines += [".SS " + _roff(told.name), _roff(told.says)]
        for name, says in told.options:
            lines += [".TP", f".B {_roff(name)}", _roff(says)]
    lines.append(".SH EXIT STATUS")
    for code, says in EXITS:
        lines += [".TP", f".B {code}", _roff(says)]
    lines.append(".SH ENVIRONMENT")
    for name, says in VARIABLES:
        lines += [".TP", f".B {name}", _roff(says)]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text)


if __name__ == "__main__":
    (HERE / "reference.md").write_text(reference(), encoding="utf-8")
    (HERE / "man" / "lynx.1").write_text(manual(), encoding="utf-8")
