"""The program: every command put together, and the entry point."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import typer

from lynx.cli.framing import Group, Menu
from lynx.cli.tongues import is_translated
from lynx.cli.world import UsageProblem, World, report, show_aside
from lynx.errors import N_, SOURCE_LANGUAGE, ExitCode, LynxError
from lynx.loop.env import Env
from lynx.view.language import _, choose_language, use
from lynx.view.terminal import Terminal


def build(only: str | None = None, *, listing: bool = False) -> typer.Typer:
    """The app with every command, or with one where the line names it; help texts in the language in force.

    `listing`: whether only the list of commands will be told.
    """
    Menu.listing = listing
    app = Menu(
        name="lynx",
        cls=Group,
        help=_("Predict, then run: a tutor for people who train neural networks."),
        no_args_is_help=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.only = only
    for name in ("learn", "study", "mentor", "scan", "teach"):
        import_module(f"lynx.cli.{name}").register(app)
        if only and (app.registered_commands or app.registered_groups):
            return app
    return build() if only else app  # no such command: every one is needed, to say which was meant


ALONE = "status"  # what `lynx` alone does, and no other command is made for it
BEFORE = ("--json", "--lang", "--repo")  # options that may stand before the command


def command_named(args: list[str]) -> str | None:
    """The one command that the line needs: its first word; None where that is not plain, or the shell completes."""
    if "_LYNX_COMPLETE" in os.environ:
        return None
    rest = iter(args)
    for arg in rest:
        if not arg.startswith("-"):
            return arg
        name, given, _value = arg.partition("=")
        if name not in BEFORE:
            return None
        if not given and name != "--json":
            next(rest, None)
    return ALONE


def asks_for_the_list(args: list[str]) -> bool:
    """Whether the line is `lynx --help`."""
    rest = [arg for arg in args if arg not in ("--help", "-h")]
    return len(rest) < len(args) and command_named(rest) == ALONE


def language_asked(args: list[str]) -> str | None:
    """`--lang` as given anywhere on the line: the help itself is translated, so it must be known early."""
    for i, arg in enumerate(args):
        if arg == "--lang" and i + 1 < len(args):
            return args[i + 1]
        if arg.startswith("--lang="):
            return arg.partition("=")[2]
    return None


def usage_problem(message: str) -> LynxError:
    """A mistyped command, as the error that it is."""
    return LynxError("{text}", code="usage", remedy=N_("See: lynx --help"), text=message)


def main() -> None:
    """The program's entry point."""
    args = sys.argv[1:]
    json_ = "--json" in args
    lost = open_standard_streams()
    try:
        language = choose_language(language_asked(args), os.environ, is_translated)
    except LynxError as error:
        use(SOURCE_LANGUAGE)
        raise SystemExit(report(bare_world(SOURCE_LANGUAGE, json_), error)) from None
    use(language)
    world = bare_world(language, json_)
    if lost:
        raise SystemExit(show_aside(world, closed_output()))
    try:
        code = build(command_named(args), listing=asks_for_the_list(args))(
            standalone_mode=False, prog_name="lynx"
        )
    except UsageProblem as error:
        from lynx.view.usage import usage_text  # for mistakes alone

        message = usage_text(error.format_message())  # type: ignore[attr-defined]
        # a group without a command printed its help, and its error has no words
        code = report(world, usage_problem(message)) if message.strip() else ExitCode.REFUSED
    except BaseException as error:
        if isinstance(error, SystemExit | typer.Exit):
            raise SystemExit(getattr(error, "exit_code", getattr(error, "code", 0))) from None
        code = report(world, error)
    try:
        sys.stdout.flush()
    except OSError as error:
        world.terminal.broken = error
        code = report(world, error)
    raise SystemExit(int(code or 0))


def bare_world(language: str, json_: bool) -> World:
    """A world to report errors in, before the command's own is made."""
    terminal = Terminal(sys.stdout, sys.stderr, sys.stdin, os.environ, language, json=json_)
    return World(Env(Path("/"), os.environ, lang=language), terminal, json_)


def open_standard_streams() -> bool:
    """Give 0, 1 and 2 to something: else the next file opened, the journal, would be standard output to a child.

    Whether standard output was closed.
    """
    lost = sys.stdout is None
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    return lost


def closed_output() -> LynxError:
    """Nobody would hear the answer: found before anything is done."""
    return LynxError(
        N_("Standard output is closed: what Lynx has to say would go nowhere."),
        code="output-closed",
        remedy=N_("Nothing was done. Say it again with an open output, if need be >/dev/null"),
    )
